#include "explorer.hpp"

#include <cstring>
#include <unordered_set>

#include <ucontext.h>

#include "tern/base/assert.hpp"

// Depth first. A run follows a prefix of choices that is known to lead somewhere new, then always
// takes the first choice and leaves the others behind as further prefixes, until it comes to a
// state that was seen before or to the end. State is never copied or restored: a branch is reached
// by running it again from the start, which costs little because runs are some dozens of steps
// long.
//
// Threads are fibers (ucontext). The scheduler resumes one; it makes the access before which it
// stands, goes on to the next and stops there.

namespace tern::model {

namespace {

constexpr std::size_t kStackLength = 128 * 1024;

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

struct Fiber {
    std::string name;
    bool mortal = false;
    Status status = Status::running;
    const std::function<bool()>* ready = nullptr;  // while awaiting; lies on the fiber's stack
    Hash128 history;
    std::uint64_t steps = 0;
    const char* access = "";  // the one before which it stands
    const void* at = nullptr;
    ucontext_t context{};
    std::unique_ptr<std::byte[]> stack = std::make_unique<std::byte[]>(kStackLength);
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
    std::vector<std::unique_ptr<Fiber>> fibers;
    std::unordered_set<Hash128, HashOfHash> seen;
    std::vector<Path> branches;
    Report report;
    int deaths = 0;
    Fiber* current = nullptr;
    ucontext_t scheduler{};
    static Engine* active;

    Engine(ExplorerCore& owner, Limits bounds) : core(owner), limits(bounds) {}

    void resume(Fiber& fiber) {
        current = &fiber;
        swapcontext(&scheduler, &fiber.context);
        current = nullptr;
    }
    void pause() {
        Fiber& fiber = *current;
        swapcontext(&fiber.context, &scheduler);
    }
    static void enter() {
        Engine& engine = *active;
        for (std::size_t i = 0; i < engine.fibers.size(); ++i) {
            if (engine.fibers[i].get() == engine.current) {
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
        for (const auto& fiber : fibers) {
            fiber->status = Status::running;
            fiber->history = {};
            fiber->steps = 0;
            getcontext(&fiber->context);
            fiber->context.uc_stack.ss_sp = fiber->stack.get();
            fiber->context.uc_stack.ss_size = kStackLength;
            fiber->context.uc_link = nullptr;
            makecontext(&fiber->context, &Engine::enter, 0);
            resume(*fiber);  // up to its first access
        }
    }

    void take(Choice choice) {
        Fiber& fiber = *fibers[choice.thread];
        if (choice.dies) {
            fiber.status = Status::dead;
            ++deaths;
            return;
        }
        fiber.status = Status::running;
        resume(fiber);
    }

    void choices(std::vector<Choice>& out) const {
        out.clear();
        for (std::size_t i = 0; i < fibers.size(); ++i) {
            const Fiber& fiber = *fibers[i];
            if (fiber.status == Status::running ||
                (fiber.status == Status::awaiting && (*fiber.ready)())) {
                out.push_back({static_cast<std::uint8_t>(i), false});
            }
        }
        for (std::size_t i = 0; deaths < limits.deaths && i < fibers.size(); ++i) {
            const Fiber& fiber = *fibers[i];
            if (fiber.mortal &&
                (fiber.status == Status::running || fiber.status == Status::awaiting)) {
                out.push_back({static_cast<std::uint8_t>(i), true});
            }
        }
    }

    Hash128 state() const {
        Hash128 hash;
        hash.mix(core.shared());
        for (const auto& fiber : fibers) {
            hash.mix(static_cast<std::uint64_t>(fiber->status));
            hash.mix(fiber->steps);
            hash.mix(fiber->history.a);
            hash.mix(fiber->history.b);
        }
        return hash;
    }

    bool all_over() const {
        for (const auto& fiber : fibers) {
            if (fiber->status == Status::running || fiber->status == Status::awaiting) {
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
            const Fiber& fiber = *fibers[choice.thread];
            const auto offset = static_cast<const std::byte*>(fiber.at) - core.shared().data();
            const bool shared =
                offset >= 0 && static_cast<std::size_t>(offset) < core.shared().size();
            text += "\n  " + fiber.name + (choice.dies ? " dies before: " : ": ") + fiber.access +
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
    auto fiber = std::make_unique<Fiber>();
    fiber->name = std::move(name);
    fiber->mortal = mortal;
    engine_->fibers.push_back(std::move(fiber));
}

void await(const std::function<bool()>& ready) {
    Fiber& fiber = *Engine::active->current;
    ++fiber.steps;
    fiber.access = "goes on";
    fiber.at = nullptr;
    fiber.status = Status::awaiting;
    fiber.ready = &ready;
    Engine::active->pause();
}

bool is_dead(int index) {
    return Engine::active->fibers[static_cast<std::size_t>(index)]->status == Status::dead;
}

bool is_over(int index) {
    const Status status = Engine::active->fibers[static_cast<std::size_t>(index)]->status;
    return status == Status::dead || status == Status::over;
}

}  // namespace tern::model

namespace tern {

void model_step(const char* access, const void* at) {
    model::Engine* engine = model::Engine::active;
    if (engine == nullptr || engine->current == nullptr) {
        return;  // a world being made, or a check
    }
    model::Fiber& fiber = *engine->current;
    ++fiber.steps;
    fiber.access = access;
    fiber.at = at;
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
