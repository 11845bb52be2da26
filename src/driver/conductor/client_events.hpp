#pragma once

/// What the conductor tells the clients: every event of spec control-protocol.md, section 5, goes
/// out through here. Conductor thread only.

#include <string>
#include <vector>

#include "tern/base/bytes.hpp"
#include "tern/driver/error_sink.hpp"
#include "tern/protocol/event.hpp"
#include "tern/shm/broadcast.hpp"

namespace tern::driver {

class ClientEvents {
  public:
    ClientEvents(BroadcastTransmitter& transmitter, ErrorSink& errors)
        : transmitter_(transmitter), errors_(errors) {}

    /// Any event of the protocol. One that the broadcast buffer cannot take is dropped and
    /// reported.
    template <typename Event>
    void send(const Event& event) {
        scratch_.resize(protocol::encoded_length(event));
        transmit(event.type(), protocol::encode(event, scratch_));
    }

    void success(std::int64_t correlation_id) {
        send(protocol::OperationSuccess{.correlation_id = correlation_id});
    }
    /// Answers a command that failed, and reports the error unless it only asks to try again.
    void failure(std::int64_t correlation_id, const Error& error);

  private:
    void transmit(protocol::EventType type, std::size_t length) {
        const ConstBytes body = ConstBytes(scratch_).first(length);
        if (transmitter_.transmit(static_cast<std::int32_t>(type), body)) return;
        errors_.report(ErrorCode::generic_error,
                       "event " + std::string(protocol::name_of(type)) +
                           " is too long to transmit: length=" + std::to_string(length) +
                           " max=" + std::to_string(transmitter_.max_payload_length()));
    }

    BroadcastTransmitter& transmitter_;
    ErrorSink& errors_;
    std::vector<std::byte> scratch_;
};

}  // namespace tern::driver
