#pragma once

/// Assertions are for our own mistakes: nothing that a peer or another process wrote may reach one.
/// TERN_ASSERT stays on in release builds; TERN_DASSERT is for the hot path and debug builds only.

#include <cstdio>
#include <cstdlib>

namespace tern::detail {
[[noreturn]] inline void assertion_failed(const char* what, const char* file, int line) {
    std::fprintf(stderr, "tern: assertion failed: %s (%s:%d)\n", what, file, line);
    std::abort();
}
}  // namespace tern::detail

#define TERN_ASSERT(condition) \
    ((condition) ? void(0) : ::tern::detail::assertion_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define TERN_DASSERT(condition) void(0)
#else
#define TERN_DASSERT(condition) TERN_ASSERT(condition)
#endif
