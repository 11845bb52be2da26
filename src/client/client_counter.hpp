#pragma once

/// A counter that this client added: a 64-bit value in the driver's counters file, which everybody
/// may read.

#include <cstdint>
#include <utility>

#include "tern/client/client_object.hpp"

namespace tern::client {

class ClientCounter final : public ClientObject {
  public:
    /// `counter_registration_id`: of a static counter the user's own, else the correlation id.
    ClientCounter(ObjectSetup object, std::int64_t counter_registration_id, std::int32_t id,
                  Counter word)
        : ClientObject(std::move(object)),
          counter_registration_id_(counter_registration_id),
          id_(id),
          word_(word) {}

    std::int32_t id() const { return id_; }
    /// As in the counter's record.
    std::int64_t counter_registration_id() const { return counter_registration_id_; }
    /// A static counter outlives its clients; closing it tells the driver nothing.
    bool is_static() const { return kind() == RequestKind::static_counter; }
    CounterState state() const { return memory().counters.state(id_); }
    std::string_view label() const { return memory().counters.label(id_); }

    /// The value. Writes to a closed counter do nothing: its id may belong to somebody else by now.
    std::int64_t get() const { return word_.get(); }
    void set(std::int64_t value) {
        if (!is_closed()) word_.set(value);
    }
    /// The value before; 0 where it is closed.
    std::int64_t add(std::int64_t delta) { return is_closed() ? 0 : word_.add(delta); }
    std::int64_t increment() { return add(1); }
    bool propose_max(std::int64_t value) { return !is_closed() && word_.propose_max(value); }
    /// The value's word in the mapped file, for the C ABI.
    Counter word() const { return word_; }

  private:
    const std::int64_t counter_registration_id_;
    const std::int32_t id_;
    Counter word_;
};

}  // namespace tern::client
