#pragma once

/// For tests: a stack of its own to run a function on, left and entered again at will. Several
/// millions of times a model, so on x86-64 by a few instructions; elsewhere by ucontext, which
/// makes a system call each time.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "tern/base/assert.hpp"

#ifndef __x86_64__
#include <ucontext.h>
#endif

namespace tern {

#ifdef __x86_64__

// Saves the registers that a callee must keep, leaves the stack pointer in *left, and goes on with
// the stack that was left in such a way before.
extern "C" void tern_fiber_switch(void** left, void* entered);
asm(R"(
.text
.weak tern_fiber_switch
.type tern_fiber_switch, @function
tern_fiber_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size tern_fiber_switch, . - tern_fiber_switch
)");

class Fiber {
  public:
    static constexpr std::size_t kStackLength = 128 * 1024;  // bytes, where nothing else is said

    explicit Fiber(std::size_t stack_length = kStackLength)
        : stack_length_(stack_length), stack_(new std::byte[stack_length]) {}
    /// Begins anew with `entry`, which must never return. What was on the stack is forgotten.
    void start(void (*entry)()) {
        // `ret` takes the address of `entry`; a function expects the stack 8 bytes off from 16.
        const auto top = (reinterpret_cast<std::uintptr_t>(stack_.get()) + stack_length_) & ~15UL;
        auto* slots = reinterpret_cast<void**>(top - 64);
        std::memset(slots, 0, 64);
        slots[6] = reinterpret_cast<void*>(entry);
        own_ = slots;
    }
    void enter() { tern_fiber_switch(&other_, own_); }  // returns when the fiber leaves
    void leave() { tern_fiber_switch(&own_, other_); }  // returns when it is entered again

  private:
    std::size_t stack_length_;
    std::unique_ptr<std::byte[]> stack_;
    void* own_ = nullptr;
    void* other_ = nullptr;
};

#else

class Fiber {
  public:
    static constexpr std::size_t kStackLength = 128 * 1024;  // bytes, where nothing else is said

    explicit Fiber(std::size_t stack_length = kStackLength)
        : stack_length_(stack_length), stack_(new std::byte[stack_length]) {}
    void start(void (*entry)()) {
        TERN_ASSERT(getcontext(&own_) == 0);
        own_.uc_stack.ss_sp = stack_.get();
        own_.uc_stack.ss_size = stack_length_;
        own_.uc_link = nullptr;
        makecontext(&own_, entry, 0);
    }
    void enter() { swapcontext(&other_, &own_); }
    void leave() { swapcontext(&own_, &other_); }

  private:
    std::size_t stack_length_;
    std::unique_ptr<std::byte[]> stack_;
    ucontext_t own_{};
    ucontext_t other_{};
};

#endif

}  // namespace tern
