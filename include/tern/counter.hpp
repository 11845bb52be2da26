#pragma once

/// ClientCounter: a 64-bit value in the driver's counters file that this program added and that
/// everybody can read. Removed by the destructor, unless it is static. CountersReader reads all
/// counters.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "tern/client/client_counter.hpp"

namespace tern {

class ClientCounter {
  public:
    explicit ClientCounter(std::shared_ptr<client::ClientCounter> core) : core_(std::move(core)) {}
    ClientCounter(ClientCounter&&) noexcept = default;
    ClientCounter& operator=(ClientCounter&& other) noexcept {
        if (this != &other) {
            close();
            core_ = std::move(other.core_);
        }
        return *this;
    }
    ~ClientCounter() { close(); }

    std::int32_t id() const { return core_->id(); }
    std::int64_t registration_id() const { return core_->counter_registration_id(); }
    std::string label() const { return std::string(core_->label()); }
    std::int64_t get() const { return core_->get(); }
    /// Nothing happens to a closed counter.
    void set(std::int64_t value) { core_->set(value); }
    std::int64_t add(std::int64_t delta) { return core_->add(delta); }  // the value before
    std::int64_t increment() { return core_->increment(); }
    bool is_static() const { return core_->is_static(); }
    bool is_closed() const { return core_ == nullptr || core_->is_closed(); }
    void close() {
        if (core_) core_->close();
    }
    const std::shared_ptr<client::ClientCounter>& core() const { return core_; }

  private:
    std::shared_ptr<client::ClientCounter> core_;
};

}  // namespace tern
