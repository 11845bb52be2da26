#pragma once

/// Runs real code, on a handful of threads, through every interleaving of its accesses to shared
/// words, and lets a thread die before each of them. The code is compiled with TERN_MODEL, so that
/// SharedWord and the racy helpers (src/base/shared_word.hpp) stop before every access; between two
/// accesses a thread runs undisturbed. Only one thread runs at any time.
///
/// What this proves and what not: the machine here is SEQUENTIALLY CONSISTENT. Every access takes
/// effect at once and in program order, fences do nothing. It finds wrong algorithms (a window in
/// which a death blocks everybody, a lost claim, a torn message that passes), not a missing release
/// or acquire. For those the stress tests run under the thread sanitizer.
///
/// Two runs that came to the same shared bytes, in which each thread has made as many steps and
/// read the same values, go on alike, so the second is not followed further. Equality is that of a
/// 128-bit hash.
///
/// A world is what one run works on: default-constructible, made anew for each run, with
///     ConstBytes shared() const;    // every byte through which threads influence each other
/// Threads must be deterministic and bounded (no endless polling: poll a fixed number of times, or
/// `await`). What a thread reads from the world by other ways than SharedWord, racy_* or load_plain
/// must lie in `shared()` and be handed to `model_observe`. A thread that may die must own nothing
/// on its stack that needs its destructor.
///
///     model::Explorer<RingWorld> explorer;
///     explorer.add_mortal("producer", [](RingWorld& world) { world.ring.write(1, payload); });
///     explorer.add("consumer", [](RingWorld& world) { world.read(); });
///     explorer.always([](const RingWorld& world) { return world.fault; });   // "" if all is well
///     explorer.at_end([](RingWorld& world) { return world.drain_and_compare(); });
///     const model::Report report = explorer.run();
///     EXPECT_EQ(report.violation, "");
///
/// `always` is asked in every state, `at_end` where all threads are through or dead, with the
/// scheduler out of the way: it may use the structures itself. A violation comes with the steps
/// that led to it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tern/base/bytes.hpp"
#include "tern/base/model_hook.hpp"

#ifndef TERN_MODEL
#error "build the model tests with TERN_MODEL (model/CMakeLists.txt)"
#endif

namespace tern::model {

/// Called on a thread of a running model: nobody runs it until `ready()` holds. One step.
void await(const std::function<bool()>& ready);
/// Whether the thread that was added as number `index` has died, or has ended in any way. For
/// `await` and `always`; elsewhere hand the answer to model_observe.
bool is_dead(int index);
bool is_over(int index);

/// Called on a thread of a running model, between two operations: what it does from here on depends
/// on `local_state` and the shared bytes alone, not on anything else it has read before. Its place
/// in its own program is part of `local_state`. Keeps the number of states down: without it, every
/// way of having read the same few words counts as different. Elsewhere it does nothing.
void summarise(std::uint64_t local_state);

struct Limits {
    int deaths = 1;                   // in one run
    std::size_t states = 20'000'000;  // more than that is a violation: the model is too large
};

struct Report {
    std::string violation;     // empty: none; else what, and the steps that led there
    std::uint64_t states = 0;  // different ones
    std::uint64_t runs = 0;
    std::uint64_t ends = 0;  // states in which everybody is through or dead
    std::uint64_t ends_after_a_death = 0;
};

/// The explorer without its world's type.
class ExplorerCore {
  public:
    explicit ExplorerCore(Limits limits);
    virtual ~ExplorerCore();
    ExplorerCore(const ExplorerCore&) = delete;
    ExplorerCore& operator=(const ExplorerCore&) = delete;

    Report run();

  protected:
    void add_thread(std::string name, bool mortal);

  private:
    friend struct Engine;
    virtual void make_world() = 0;
    virtual ConstBytes shared() const = 0;
    virtual void run_thread(int index) = 0;
    virtual std::string check_always() const = 0;
    virtual std::string check_at_end() = 0;

    std::unique_ptr<struct Engine> engine_;
};

template <typename World>
class Explorer final : public ExplorerCore {
  public:
    explicit Explorer(Limits limits = {}) : ExplorerCore(limits) {}

    void add(std::string name, std::function<void(World&)> body) {
        bodies_.push_back(std::move(body));
        add_thread(std::move(name), false);
    }
    void add_mortal(std::string name, std::function<void(World&)> body) {
        bodies_.push_back(std::move(body));
        add_thread(std::move(name), true);
    }
    void always(std::function<std::string(const World&)> check) { always_ = std::move(check); }
    void at_end(std::function<std::string(World&)> check) { at_end_ = std::move(check); }

  private:
    void make_world() override { world_ = std::make_unique<World>(); }
    ConstBytes shared() const override { return world_->shared(); }
    void run_thread(int index) override { bodies_[static_cast<std::size_t>(index)](*world_); }
    std::string check_always() const override { return always_ ? always_(*world_) : std::string{}; }
    std::string check_at_end() override { return at_end_ ? at_end_(*world_) : std::string{}; }

    std::unique_ptr<World> world_;
    std::vector<std::function<void(World&)>> bodies_;
    std::function<std::string(const World&)> always_;
    std::function<std::string(World&)> at_end_;
};

}  // namespace tern::model
