#pragma once

/// Making, mapping and reserving files: the slow half of OsFileSystem. Internal to src/platform/.

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "tern/platform/file_descriptor.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::platform {

/// "<doing> <path>: <reason of errno>", with a code that fits it.
Error system_error(std::string_view doing, const std::string& path, int error_number);
/// storage_space: names what is free on the path's file system and what is needed.
Error no_room(const std::string& path, std::uint64_t needed);
/// Bytes that we may still write to the file system that holds the path; 0 where it cannot be told.
std::uint64_t usable_space_at(const std::string& path);

/// Sets the length of a new file, with blocks if so wanted, and maps it.
Result<std::shared_ptr<Mapping>> map_new_file(const FileDescriptor& file, const std::string& path,
                                              std::uint64_t length, Blocks blocks);
/// Maps a file that exists, at the length that it has now.
Result<std::shared_ptr<Mapping>> map_existing_file(const FileDescriptor& file,
                                                   const std::string& path, MapMode mode);

}  // namespace tern::platform
