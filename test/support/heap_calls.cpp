#include "support/heap_calls.hpp"

#include <cerrno>
#include <cstdlib>
#include <new>

namespace tern::test {
namespace {

thread_local std::uint64_t calls = 0;

}  // namespace

std::uint64_t heap_calls() { return calls; }

}  // namespace tern::test

// Visible, so that the C++ library's own calls come here too.
#define TERN_TEST_VISIBLE __attribute__((visibility("default")))

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

TERN_TEST_VISIBLE void* malloc(std::size_t length) {
    ++tern::test::calls;
    return __libc_malloc(length);
}
TERN_TEST_VISIBLE void* calloc(std::size_t count, std::size_t length) {
    ++tern::test::calls;
    return __libc_calloc(count, length);
}
TERN_TEST_VISIBLE void* realloc(void* old, std::size_t length) {
    ++tern::test::calls;
    return __libc_realloc(old, length);
}
TERN_TEST_VISIBLE void* memalign(std::size_t alignment, std::size_t length) {
    ++tern::test::calls;
    return __libc_memalign(alignment, length);
}
TERN_TEST_VISIBLE void* aligned_alloc(std::size_t alignment, std::size_t length) {
    ++tern::test::calls;
    return __libc_memalign(alignment, length);
}
TERN_TEST_VISIBLE int posix_memalign(void** result, std::size_t alignment, std::size_t length) {
    ++tern::test::calls;
    void* const memory = __libc_memalign(alignment, length);
    if (memory == nullptr) return ENOMEM;
    *result = memory;
    return 0;
}
TERN_TEST_VISIBLE void free(void* memory) {
    if (memory != nullptr) ++tern::test::calls;
    __libc_free(memory);
}

}  // extern "C"

#else

namespace {

void* counted(std::size_t length) {
    ++tern::test::calls;
    if (void* const memory = std::malloc(length > 0 ? length : 1)) return memory;
    throw std::bad_alloc{};
}
void* counted(std::size_t length, std::align_val_t alignment) {
    ++tern::test::calls;
    const auto unit = static_cast<std::size_t>(alignment);
    if (void* const memory = std::aligned_alloc(unit, (length + unit - 1) / unit * unit)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void give_back(void* memory) {
    if (memory != nullptr) ++tern::test::calls;
    std::free(memory);
}

}  // namespace

TERN_TEST_VISIBLE void* operator new(std::size_t length) { return counted(length); }
TERN_TEST_VISIBLE void* operator new[](std::size_t length) { return counted(length); }
TERN_TEST_VISIBLE void* operator new(std::size_t length, std::align_val_t alignment) {
    return counted(length, alignment);
}
TERN_TEST_VISIBLE void* operator new[](std::size_t length, std::align_val_t alignment) {
    return counted(length, alignment);
}
TERN_TEST_VISIBLE void operator delete(void* memory) noexcept { give_back(memory); }
TERN_TEST_VISIBLE void operator delete[](void* memory) noexcept { give_back(memory); }
TERN_TEST_VISIBLE void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
TERN_TEST_VISIBLE void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
TERN_TEST_VISIBLE void operator delete(void* memory, std::align_val_t) noexcept {
    give_back(memory);
}
TERN_TEST_VISIBLE void operator delete[](void* memory, std::align_val_t) noexcept {
    give_back(memory);
}
TERN_TEST_VISIBLE void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    give_back(memory);
}
TERN_TEST_VISIBLE void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    give_back(memory);
}

#endif
