#pragma once

/// The log file of a publication: how long it is, which of it gets blocks from the beginning,
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
LogStorage::Request publication_log_request(std::string path, const uri::PublicationParams& params,
                                            const Settings& settings);

/// How far claims may reach beyond the limit that publishers were given: a publisher looks at the
/// limit before it claims, not after.
std::int64_t publisher_overshoot(const LogBuffers& log, bool is_exclusive);

/// All but type, ids, session and what the system gives sockets.
LogParameters publication_log_parameters(const uri::PublicationParams& params,
                                         const uri::StartPosition& start, const Settings& settings);

}  // namespace tern::driver
