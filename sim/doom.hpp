#pragma once

/// The death of a process in the middle of what it does: between two of its writes to memory that
/// others may see. What it had done by then stays, what it was about to do never happens. The
/// layers under sim/ are built with TERN_CRASH_POINTS for that (tern/base/model_hook.hpp).

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

#include "tern/base/testing/fiber.hpp"

namespace tern::sim {

class Doom {
  public:
    /// It comes before the `writes`-th write from now on, counted while something runs; from 1.
    explicit Doom(std::uint64_t writes);
    /// The objects that the dead one was working on must be gone by then, or never used again.
    ~Doom();
    Doom(const Doom&) = delete;
    Doom& operator=(const Doom&) = delete;

    /// Runs `what`; an exception comes through. True where the process died within: then `what` has
    /// not returned, never will, and nothing on its stack was or will be destroyed.
    [[nodiscard]] bool strikes(const std::function<void()>& what);
    bool has_struck() const { return is_dead_; }

  private:
    friend void tern::before_last_writes();
    void on_write();
    static void live();

    std::uint64_t writes_left_;
    std::unique_ptr<Fiber> fiber_;
    const std::function<void()>* what_ = nullptr;
    std::exception_ptr thrown_;
    bool is_dead_ = false;
};

}  // namespace tern::sim
