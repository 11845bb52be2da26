#include "doom.hpp"

#include <utility>
#include <vector>

#include "tern/base/assert.hpp"
#include "tern/base/model_hook.hpp"

namespace tern {

bool is_doomed = false;

namespace sim {
namespace {

constexpr std::size_t kStack = 1024 * 1024;  // bytes; pages that are not used cost nothing
Doom* running = nullptr;

}  // namespace

Doom::Doom(std::uint64_t writes) : writes_left_(writes) { TERN_ASSERT(writes > 0); }

Doom::~Doom() {
#ifdef __SANITIZE_ADDRESS__
    // What only a dead one's stack refers to is lost on purpose: here the leak checker finds it.
    static auto& graves = *new std::vector<std::unique_ptr<Fiber>>;
    if (is_dead_) graves.push_back(std::move(fiber_));
#endif
}

bool Doom::strikes(const std::function<void()>& what) {
    TERN_ASSERT(running == nullptr && !is_dead_);
    if (fiber_ == nullptr) {
        fiber_ = std::make_unique<Fiber>(kStack);
        fiber_->start(&Doom::live);
    }
    what_ = &what;
    running = this;
    is_doomed = true;
    fiber_->enter();
    is_doomed = false;
    running = nullptr;
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    return is_dead_;
}

void Doom::live() {
    Doom& self = *running;
    for (;;) {
        try {
            (*self.what_)();
        } catch (...) { self.thrown_ = std::current_exception(); }
        self.fiber_->leave();
    }
}

void Doom::on_write() {
    if (--writes_left_ > 0) return;
    is_dead_ = true;
    fiber_->leave();
    TERN_ASSERT(!"the dead do not come back");
}

}  // namespace sim

void before_last_writes() { sim::running->on_write(); }

}  // namespace tern
