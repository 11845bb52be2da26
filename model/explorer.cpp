#include "explorer.hpp"

#include <cstring>
#include <unordered_set>

#include "tern/base/assert.hpp"
#include "tern/base/testing/fiber.hpp"

// Depth first. A run follows a prefix of choices that is known to lead somewhere new, then always
// takes the first choice and leaves the others behind as further prefixes, until it comes to a
// state that was seen before or to the end. State is never copied or restored: a branch is reached
// by running it again from the start, which costs little because runs are some dozens of steps
// long.
//
// Threads are threads. The scheduler resumes one; it makes the access before which it
// stands, goes on to the next and stops there.

namespace tern::model {

namespace {

struct Hash128 {
    std::uint64_t a = 0x9e3779b97f4a7c15;
    std::uint64_t b = 0xc2b2ae3d27d4eb4f;
    bool operator==(const Hash128&) const = default;

    void mix(std::uint64_t value) {
        a = scramble(a ^ value, 0xff51afd7ed558ccd);
        b = scramble(b + value, 0xc4ceb9fe1a85ec53);
    }
    void mix(ConstBytes bytes) {
        std::size_t i = 0;
        for (; i + 8 <= bytes.size(); i += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data() + i, 8);
            mix(word);
        }
        std::uint64_t rest = bytes.size();
        std::memcpy(&rest, bytes.data() + i, bytes.size() - i);
        mix(rest);
    }

  private:
    static std::uint64_t scramble(std::uint64_t value, std::uint64_t factor) {
        value *= factor;
        return value ^ (value >> 32);
    }
};

struct HashOfHash {
    std::size_t operator()(const Hash128& hash) const {
        return static_cast<std::size_t>(hash.a ^ hash.b);
    }
};

enum class Status : std::uint8_t { running, awaiting, over, dead };

struct Thread {
    std::string name;
    bool mortal = false;
    Status status = Status::running;
    const std::function<bool()>* ready = nullptr;  // while awaiting; lies on the thread's own stack
    Hash128 history;
    std::uint64_t steps = 0;
    const char* access = "";  // the one before which it stands
    const void* at = nullptr;
    Fiber fiber;
};

struct Choice {
    std::uint8_t thread;
    bool dies;
};
using Path = std::vector<Choice>;

}  // namespace

struct Engine {
    ExplorerCore& core;
    Limits limits;
    std::vector<std::unique_ptr<Thread>> threads;
    std::unordered_set<Hash128, HashOfHash> seen;
    std::vector<Path> branches;
    Report report;
    int deaths = 0;
    Thread* current = nullptr;
    static Engine* active;

    Engine(ExplorerCore& owner, Limits bounds) : core(owner), limits(bounds) {}

    void resume(Thread& thread) {
        current = &thread;
        thread.fiber.enter();
        current = nullptr;
    }
    void pause() { current->fiber.leave(); }
    static void enter() {
        Engine& engine = *active;
        for (std::size_t i = 0; i < engine.threads.size(); ++i) {
            if (engine.threads[i].get() == engine.current) {
                engine.core.run_thread(static_cast<int>(i));
            }
        }
        engine.current->status = Status::over;
        engine.pause();
    }

    void start_run() {
        core.make_world();
        deaths = 0;
        ++report.runs;
        for (const auto& thread : threads) {
            thread->status = Status::running;
            thread->history = {};
            thread->steps = 0;
            thread->fiber.start(&Engine::enter);
            resume(*thread);  // up to its first access
        }
    }

    void take(Choice choice) {
        Thread& thread = *threads[choice.thread];
        if (choice.dies) {
            thread.status = Status::dead;
            ++deaths;
            return;
        }
        thread.status = Status::running;
        resume(thread);
    }

    void choices(std::vector<Choice>& out) const {
        out.clear();
        for (std::size_t i = 0; i < threads.size(); ++i) {
            const Thread& thread = *threads[i];
            if (thread.status == Status::running ||
                (thread.status == Status::awaiting && (*thread.ready)())) {
                out.push_back({static_cast<std::uint8_t>(i), false});
            }
        }
        for (std::size_t i = 0; deaths < limits.deaths && i < threads.size(); ++i) {
            const Thread& thread = *threads[i];
            if (thread.mortal &&
                (thread.status == Status::running || thread.status == Status::awaiting)) {
                out.push_back({static_cast<std::uint8_t>(i), true});
            }
        }
    }

    Hash128 state() const {
        Hash128 hash;
        hash.mix(core.shared());
        for (const auto& thread : threads) {
            hash.mix(static_cast<std::uint64_t>(thread->status));
            hash.mix(thread->steps);
            hash.mix(thread->history.a);
            hash.mix(thread->history.b);
        }
        return hash;
    }

    bool all_over() const {
        for (const auto& thread : threads) {
            if (thread->status == Status::running || thread->status == Status::awaiting) {
                return false;
            }
        }
        return true;
    }

    std::string end_of_run() {
        if (!all_over()) { return "a thread waits for what never comes"; }
        ++report.ends;
        report.ends_after_a_death += deaths > 0 ? 1 : 0;
        return core.check_at_end();
    }

    /// Follows one branch; what is wrong at its end, if anything.
    std::string follow(Path& path) {
        start_run();
        for (const Choice choice : path) { take(choice); }
        std::vector<Choice> next;
        while (seen.insert(state()).second) {
            if (seen.size() > limits.states) { return "more states than the model's limit"; }
            if (std::string fault = core.check_always(); !fault.empty()) { return fault; }
            choices(next);
            if (next.empty()) { return end_of_run(); }
            for (std::size_t i = next.size() - 1; i > 0; --i) {
                branches.push_back(path);
                branches.back().push_back(next[i]);
            }
            path.push_back(next[0]);
            take(next[0]);
        }
        return {};
    }

    /// The steps of a path as text; runs it once more to learn where each thread stood.
    std::string narrate(const Path& path) {
        std::string text;
        start_run();
        for (const Choice choice : path) {
            const Thread& thread = *threads[choice.thread];
            const auto offset = static_cast<const std::byte*>(thread.at) - core.shared().data();
            const bool shared =
                offset >= 0 && static_cast<std::size_t>(offset) < core.shared().size();
            text += "\n  " + thread.name + (choice.dies ? " dies before: " : ": ") + thread.access +
                    (shared ? " at " + std::to_string(offset) : std::string{});
            take(choice);
        }
        return text;
    }

    Report run() {
        TERN_ASSERT(active == nullptr);
        active = this;
        report = {};
        seen.clear();
        branches.assign(1, {});
        while (!branches.empty()) {
            Path path = std::move(branches.back());
            branches.pop_back();
            if (const std::string fault = follow(path); !fault.empty()) {
                report.violation = fault + ", after" + narrate(path);
                break;
            }
        }
        report.states = seen.size();
        active = nullptr;
        return report;
    }
};

Engine* Engine::active = nullptr;

ExplorerCore::ExplorerCore(Limits limits) : engine_(std::make_unique<Engine>(*this, limits)) {}
ExplorerCore::~ExplorerCore() = default;

Report ExplorerCore::run() { return engine_->run(); }

void ExplorerCore::add_thread(std::string name, bool mortal) {
    auto thread = std::make_unique<Thread>();
    thread->name = std::move(name);
    thread->mortal = mortal;
    engine_->threads.push_back(std::move(thread));
}

void await(const std::function<bool()>& ready) {
    Thread& thread = *Engine::active->current;
    ++thread.steps;
    thread.access = "goes on";
    thread.at = nullptr;
    thread.status = Status::awaiting;
    thread.ready = &ready;
    Engine::active->pause();
}

void summarise(std::uint64_t local_state) {
    if (Engine::active == nullptr || Engine::active->current == nullptr) { return; }
    Thread& thread = *Engine::active->current;
    thread.history = {};
    thread.history.mix(local_state);
    thread.steps = 0;
}

bool is_dead(int index) {
    return Engine::active->threads[static_cast<std::size_t>(index)]->status == Status::dead;
}

bool is_over(int index) {
    const Status status = Engine::active->threads[static_cast<std::size_t>(index)]->status;
    return status == Status::dead || status == Status::over;
}

}  // namespace tern::model

namespace tern {

void model_step(const char* access, const void* at) {
    model::Engine* engine = model::Engine::active;
    if (engine == nullptr || engine->current == nullptr) {
        return;  // a world being made, or a check
    }
    model::Thread& thread = *engine->current;
    ++thread.steps;
    thread.access = access;
    thread.at = at;
    engine->pause();
}

void model_observe(std::uint64_t value) {
    model::Engine* engine = model::Engine::active;
    if (engine != nullptr && engine->current != nullptr) { engine->current->history.mix(value); }
}

void model_observe(const void* value, std::size_t length) {
    for (std::size_t i = 0; i < length; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, static_cast<const std::byte*>(value) + i,
                    length - i < 8 ? length - i : 8);
        model_observe(word);
    }
}

}  // namespace tern
