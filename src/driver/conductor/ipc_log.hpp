#pragma once

/// The log file of an IPC publication: how long it is, which of it gets blocks from the beginning,
/// and what its metadata says (spec shared-memory.md, 9.1 to 9.3).

#include <string>

#include "tern/driver/conductor/log_storage.hpp"
#include "tern/driver/settings.hpp"
#include "tern/logbuffer/log_buffers.hpp"
#include "tern/uri/publication_params.hpp"

namespace tern::driver {

/// Bytes after the start position that a sparse file has blocks for from the beginning: all of a
/// small one, one page of a large one.
std::int64_t first_reserve(std::int32_t term_length);

/// A random initial term id need not be known yet: without a position in the channel the stream
/// begins with its first partition.
LogStorage::Request ipc_log_request(std::string path, const uri::PublicationParams& params,
                                    const Settings& settings);

/// All but type, ids, session and what the system gives sockets.
LogParameters ipc_log_parameters(const uri::PublicationParams& params,
                                 const uri::StartPosition& start, const Settings& settings);

}  // namespace tern::driver
