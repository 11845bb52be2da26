#pragma once

/// The to-clients broadcast buffer (spec shared-memory.md 5): one transmitter, any number of
/// receivers, no back pressure. The transmitter overwrites; a receiver that was too slow finds out.
/// Views: they own no mapped memory.

#include <cstdint>
#include <vector>

#include "tern/base/bytes.hpp"
#include "tern/base/shared_word.hpp"
#include "tern/shm/record.hpp"

namespace tern {

/// Lies after the data area. Written by the transmitter only.
struct BroadcastTrailer {
    SharedWord<std::int64_t> tail_intent;   // how far the transmitter may already be overwriting
    SharedWord<std::int64_t> tail;          // end of the last complete message
    SharedWord<std::int64_t> latest;        // start of the last complete message
    std::byte                rest[104];
};
static_assert(sizeof(BroadcastTrailer) == 128 && offsetof(BroadcastTrailer, latest) == 16);

/// True where `section_length` minus the trailer is a capacity that a broadcast buffer may have.
bool is_valid_broadcast_length(std::int64_t section_length);

/// The driver's side; one thread.
class BroadcastTransmitter {
  public:
    explicit BroadcastTransmitter(Bytes section);
    std::int32_t max_payload_length() const { return capacity_ / 8; }
    /// False, and nothing sent, where the type is below 1 or the payload too long.
    bool transmit(std::int32_t type, ConstBytes payload);

  private:
    void announce(std::int64_t new_tail);

    std::byte*        data_;
    std::int32_t      capacity_;
    BroadcastTrailer* trailer_;
    std::int64_t      tail_;   // what the trailer says, unless somebody else wrote there
};

/// A client's side; one thread. Messages are copied into private memory and validated before they
/// are handed out, so a handler never sees torn bytes.
class BroadcastReceiver {
  public:
    enum class Outcome {
        nothing,
        message,
        lapped,  // messages were lost: what the receiver knows of the driver is not reliable any
                 // more
    };

    /// Starts at the latest message: the first receive may hand out one that was sent before.
    explicit BroadcastReceiver(ConstBytes section);

    /// Receives at most one message; `handler(type, payload)` gets a private copy.
    template <typename Handler>
    Outcome receive(Handler&& handler) {
        const Outcome outcome = receive_copy();
        if (outcome == Outcome::message) {
            handler(type_, ConstBytes{copy_.data(), static_cast<std::size_t>(length_)});
        }
        return outcome;
    }

    std::int64_t times_lapped() const { return lapped_; }
    std::int64_t position() const { return next_; }   // where the next message begins, in bytes

  private:
    Outcome receive_copy();
    Outcome lose_track();
    bool still_valid(std::int64_t cursor) const;
    std::int32_t length_at(std::int64_t position) const;  // 0 where the bytes there are no record's

    const std::byte*        data_;
    std::int32_t            capacity_;
    const BroadcastTrailer* trailer_;
    std::int64_t            cursor_ = 0;   // start of the current record
    std::int64_t            next_ = 0;     // start of the one after
    std::int64_t            lapped_ = 0;
    std::int32_t            type_ = 0;
    std::int32_t            length_ = 0;
    std::vector<std::byte>  copy_;
};

}  // namespace tern
