#pragma once

/// What a thread does between duty cycles that found nothing to do. Nothing here is virtual: each
/// strategy is a small class with `idle(work_count)`, for templates, and IdleStrategy holds any one
/// of them, chosen at run time by one predictable branch. Not shared between threads.
///
/// Names and arguments are Aeron's (spec driver-config.md, section 8).

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"

namespace tern {

enum class IdleKind { sleeping, yielding, busy_spinning, noop, backoff };

/// A strategy and its arguments, as configured.
struct IdleOptions {
    IdleKind kind = IdleKind::backoff;
    std::int64_t max_spins = 10;   // backoff
    std::int64_t max_yields = 20;  // backoff
    Nanos min_park{1'000};         // backoff
    Nanos max_park{1'000'000};     // backoff
    Nanos sleep{1};                // sleeping
    bool operator==(const IdleOptions&) const = default;
};

/// The strategy of that name ("backoff", "sleep-ns", "sleeping", "yield", "spin", "noop", or
/// Aeron's symbol such as "aeron_idle_strategy_backoff") with its arguments; empty arguments mean
/// its defaults. An error names what is wrong and what would be right. Arguments of a strategy that
/// takes none are ignored, as in Aeron.
Result<IdleOptions> parse_idle_strategy(std::string_view name, std::string_view init_args);

/// The short name, as in a setting: "backoff", "sleep-ns", "yield", "spin", "noop".
std::string_view idle_strategy_name(IdleKind kind);
/// The arguments in the form that parse_idle_strategy takes; empty for a strategy without any.
std::string idle_strategy_arguments(const IdleOptions& options);

/// One pause instruction: tells the processor that this is a spin loop.
inline void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#else
    std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

/// Gives the rest of the time slice away; sleeps at least for a while. Out of line: system calls.
void yield_thread();
void sleep_thread(Nanos period);

class NoopIdle {
  public:
    void idle(int) {}
    void reset() {}
};

class BusySpinIdle {
  public:
    void idle(int work_count) {
        if (work_count <= 0) pause_cpu();
    }
    void reset() {}
};

class YieldingIdle {
  public:
    void idle(int work_count) {
        if (work_count <= 0) yield_thread();
    }
    void reset() {}
};

class SleepingIdle {
  public:
    explicit SleepingIdle(Nanos period) : period_(period) {}
    void idle(int work_count) {
        if (work_count <= 0) sleep_thread(period_);
    }
    void reset() {}

  private:
    Nanos period_;
};

/// Spins, then yields, then parks for periods that double up to a limit; any work starts it over.
class BackoffIdle {
  public:
    enum class State { not_idle, spinning, yielding, parking };

    explicit BackoffIdle(const IdleOptions& options)
        : max_spins_(options.max_spins),
          max_yields_(options.max_yields),
          min_park_(options.min_park),
          max_park_(options.max_park),
          park_(options.min_park) {}

    void idle(int work_count) {
        if (work_count > 0) {
            reset();
        } else {
            idle_once();
        }
    }
    void reset() {
        spins_ = 0;
        yields_ = 0;
        park_ = min_park_;
        state_ = State::not_idle;
    }
    State state() const { return state_; }
    /// How long the next parking would be.
    Nanos next_park() const { return park_; }

  private:
    void idle_once();

    std::int64_t max_spins_, max_yields_;
    Nanos min_park_, max_park_;
    std::int64_t spins_ = 0, yields_ = 0;
    Nanos park_;
    State state_ = State::not_idle;
};

/// Any one of them.
class IdleStrategy {
  public:
    explicit IdleStrategy(const IdleOptions& options);
    void idle(int work_count) {
        std::visit([work_count](auto& strategy) { strategy.idle(work_count); }, strategy_);
    }
    void reset() {
        std::visit([](auto& strategy) { strategy.reset(); }, strategy_);
    }

  private:
    using Any = std::variant<BackoffIdle, SleepingIdle, YieldingIdle, BusySpinIdle, NoopIdle>;
    static Any make(const IdleOptions& options);
    Any strategy_;
};

}  // namespace tern
