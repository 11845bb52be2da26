#pragma once

/// What the layers above ask of files. src/platform/ implements it on the operating system, tests
/// may wrap it to make a disk full. Paths are absolute UTF-8. An error names the path, the reason
/// of the system and, where it can be told, the remedy; its code is storage_space where there is no
/// room.

#include <cstdint>
#include <memory>
#include <string>

#include "tern/base/bytes.hpp"
#include "tern/base/error.hpp"

namespace tern {

/// A file mapped into memory. Unmapped by the destructor, so whoever hands out pointers into it
/// shares its ownership (std::shared_ptr<Mapping>).
class Mapping {
  public:
    virtual ~Mapping() = default;
    Bytes bytes() const { return bytes_; }
    const std::string& path() const { return path_; }
    /// Makes sure that [offset, offset + length) has blocks on disk or in memory, so that writing
    /// there cannot end in SIGBUS. Slow (a system call): never on the hot path. storage_space if
    /// there is no room; the text says what is free and what is needed.
    virtual Result<void> reserve(std::uint64_t offset, std::uint64_t length) = 0;
    /// Writes changes back (msync); for the end of a driver's life.
    virtual void flush() = 0;

  protected:
    Mapping(std::string path, Bytes bytes) : path_(std::move(path)), bytes_(bytes) {}

  private:
    std::string path_;
    Bytes bytes_;
};

enum class MapMode { read_only, read_write };

/// Who besides their owner may use the files of a directory: nobody (0700, 0600), the owner's group
/// (0770, 0660), or everybody that the umask leaves (0777, 0666: Aeron's way).
enum class FileAccess { owner, group, all };
enum class Blocks { sparse, reserved };  // reserved: allocated and touched when the file is made

class FileSystem {
  public:
    virtual ~FileSystem() = default;
    /// Fails if the file exists. The new file reads as zeros.
    virtual Result<std::shared_ptr<Mapping>> create(const std::string& path, std::uint64_t length,
                                                    Blocks) = 0;
    virtual Result<std::shared_ptr<Mapping>> open(const std::string& path, MapMode) = 0;
    /// Success where the path is a directory that belongs to our user (or there is nothing at the
    /// path); else an error that says whose or what it is and what to do about it. A symbolic link
    /// is refused.
    virtual Result<void> check_ownership(const std::string& directory) = 0;
    virtual bool exists(const std::string& path) = 0;
    virtual std::uint64_t file_length(const std::string& path) = 0;      // 0 where there is none
    virtual Result<void> make_directories(const std::string& path) = 0;  // parents too
    virtual Result<void> remove_file(const std::string& path) = 0;       // gone already is success
    /// Deletes a directory and all in it, following no symbolic link. Gone already is success, and
    /// so is a mount point that is empty afterwards.
    virtual Result<void> remove_tree(const std::string& path) = 0;
    /// All that a file (or a pipe) holds; an error where that is more than `limit` bytes.
    virtual Result<std::string> read_text(const std::string& path, std::uint64_t limit) = 0;
    /// A new file with that text; fails if the path exists.
    virtual Result<void> write_text(const std::string& path, const std::string& text) = 0;
    /// Bytes that we may still write there; 0 where it cannot be told.
    virtual std::uint64_t usable_space(const std::string& directory) = 0;
    /// Keeps other processes and threads that ask the same from working in a directory, until the
    /// result is dropped. Null where somebody else has it now. A directory that cannot be locked at
    /// all counts as locked: this guards against accidents, not against enemies.
    virtual std::shared_ptr<void> try_lock(const std::string& directory) = 0;
};

}  // namespace tern
