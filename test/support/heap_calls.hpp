#pragma once

/// Counts what a thread asks of the heap, to show that a loop asks for nothing. Linking the library
/// tern_test_heap_calls puts the counting functions in the place of the C library's; where a
/// sanitizer has taken that place already, only C++'s own (operator new and delete) are counted.

#include <cstdint>

namespace tern::test {

/// How often this thread has taken memory from the heap or given some back, so far.
std::uint64_t heap_calls();

}  // namespace tern::test
