#pragma once

/// Names for rare paths. `TERN_MARK(nak_into_a_frame);` notes that the path was taken; tests and
/// the simulator ask which marks were never reached. A mark is listed from the start of the
/// program, reached or not, wherever the code that holds it is linked. Reaching one is a load, and
/// the first time a store: no allocation, no lock, any thread. The same name at several places is
/// one mark.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string_view>

namespace tern {

class CoverageMark {
  public:
    /// Static objects of the macro only: they are made before main().
    explicit CoverageMark(std::string_view name) : name_(name), next_(first_) { first_ = this; }
    CoverageMark(const CoverageMark&) = delete;
    CoverageMark& operator=(const CoverageMark&) = delete;

    // hot:
    void reach() {
        if (!was_reached()) reached_.store(true, std::memory_order_relaxed);
    }
    bool was_reached() const { return reached_.load(std::memory_order_relaxed); }
    std::string_view name() const { return name_; }

    /// Calls `visit(const CoverageMark&)` for each mark of the program, in no order.
    template <typename Visit>
    static void for_each(Visit&& visit) {
        for (const CoverageMark* mark = first_; mark != nullptr; mark = mark->next_) visit(*mark);
    }
    /// Whether the mark of this name was reached; false where there is none.
    static bool was_reached(std::string_view name) {
        bool reached = false;
        for_each([&](const CoverageMark& mark) {
            reached = reached || (mark.name() == name && mark.was_reached());
        });
        return reached;
    }
    /// Before a run that wants to know what it reaches itself.
    static void forget_all() {
        for (CoverageMark* mark = first_; mark != nullptr; mark = mark->next_) {
            mark->reached_.store(false, std::memory_order_relaxed);
        }
    }

  private:
    static inline constinit CoverageMark* first_ = nullptr;
    std::string_view name_;
    CoverageMark* next_;
    std::atomic<bool> reached_{false};
};

namespace detail {

template <std::size_t N>
struct MarkName {
    consteval MarkName(const char (&name)[N]) {  // NOLINT: implicit
        std::copy_n(name, N, text);
    }
    char text[N];
};

// A static member of a template is there once in a program, and from its start.
template <MarkName Name>
struct MarkOf {
    static inline CoverageMark mark{std::string_view{Name.text, sizeof(Name.text) - 1}};
};

}  // namespace detail
}  // namespace tern

#define TERN_MARK(name) (::tern::detail::MarkOf<#name>::mark.reach())
