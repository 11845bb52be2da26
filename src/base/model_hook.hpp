#pragma once

/// Where model/ takes hold of the code that it runs through all interleavings. Built with
/// TERN_MODEL (only the tests under model/ are), each access of a shared word first lets another
/// thread go on, and each value read becomes part of what the explorer knows of a thread. Built
/// with TERN_CRASH_POINTS (only the simulator of sim/ is), a process may die before any of its
/// writes. Otherwise nothing is left of this.

#include <cstddef>
#include <cstdint>

namespace tern {

#ifdef TERN_MODEL
/// Before an access that another thread may notice, or whose result another thread decides.
void model_step(const char* access, const void* at);
/// What a thread has read from memory that others write.
void model_observe(std::uint64_t value);
void model_observe(const void* value, std::size_t length);
#else
inline void model_step(const char*, const void*) {}
inline void model_observe(std::uint64_t) {}
inline void model_observe(const void*, std::size_t) {}
#endif

#ifdef TERN_CRASH_POINTS
/// Whoever runs now is to die soon.
extern bool is_doomed;
/// One of its last writes: does not return if it is the one that it dies before.
void before_last_writes();
inline void before_write() {
    if (is_doomed) before_last_writes();
}
#else
inline void before_write() {}
#endif

}  // namespace tern
