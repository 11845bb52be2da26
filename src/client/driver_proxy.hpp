#pragma once

/// Writes commands into the driver's ring buffer. Any thread.

#include <cstdint>
#include <string>

#include "tern/base/error.hpp"
#include "tern/base/idle_strategy.hpp"
#include "tern/protocol/command.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::client {

class DriverProxy {
  public:
    /// The ring must outlive the proxy.
    DriverProxy(ManyToOneRing& ring, std::int64_t client_id) : ring_(ring), client_id_(client_id) {}

    std::int64_t client_id() const { return client_id_; }
    std::int64_t next_correlation_id() { return ring_.next_correlation_id(); }
    std::int64_t heartbeat_ms() const { return ring_.consumer_heartbeat_ms(); }

    /// The header of the next command; `correlation_id` as drawn before, or kNullId where it is
    /// never answered.
    protocol::CorrelatedHeader header(std::int64_t correlation_id) const {
        return {client_id_, correlation_id};
    }

    /// driver_buffer_full where the ring stayed full for a few tries; invalid_argument where the
    /// command is longer than the ring takes.
    template <typename Command>
    Result<void> send(const Command& command) {
        const auto type = static_cast<std::int32_t>(command.type());
        const std::size_t length = encoded_length(command);
        if (length > static_cast<std::size_t>(ring_.max_payload_length())) {
            return Error{ErrorCode::invalid_argument,
                         "command is too long for the driver's buffer: msg_type_id=" +
                             std::to_string(type) + " command_length=" + std::to_string(length) +
                             " max=" + std::to_string(ring_.max_payload_length())};
        }
        for (int tries = 0;; ++tries) {
            if (ManyToOneRing::Claim claim =
                    ring_.try_claim(type, static_cast<std::int32_t>(length))) {
                encode(command, claim.payload);
                ring_.commit(claim.offset);
                return {};
            }
            if (tries == kRetries) { break; }
            yield_thread();
        }
        return Error{ErrorCode::driver_buffer_full,
                     "failed to send command to the driver: msg_type_id=" + std::to_string(type) +
                         " command_length=" + std::to_string(length)};
    }

  private:
    static constexpr int kRetries = 10;

    ManyToOneRing& ring_;
    std::int64_t client_id_;
};

}  // namespace tern::client
