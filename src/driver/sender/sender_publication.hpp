#pragma once

/// The sender's half of a network publication: SETUPs, data, heartbeats, retransmission, and what
/// its receivers answer (spec wire-protocol.md 4.1 to 4.14, 4.16). The conductor makes it, hands it
/// to the sender (SenderCommand), and frees it when the sender says that it has let go of it.
/// Sender thread, but for construction and what is marked so.

#include <cstdint>
#include <memory>
#include <optional>

#include "tern/base/clock.hpp"
#include "tern/driver/sender/flow_control.hpp"
#include "tern/driver/sender/publication_signals.hpp"
#include "tern/driver/sender/send_endpoint.hpp"
#include "tern/logbuffer/log_buffers.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

class SenderPublication {
  public:
    struct Config {
        std::int64_t registration_id = 0;
        std::int32_t session_id = 0;
        std::int32_t stream_id = 0;
        Position start_position = 0;
        bool is_response = false;
        std::int64_t response_correlation_id = -1;
        bool signals_end_of_stream = true;
        bool spies_simulate_connection = false;
        std::int32_t ttl = 0;          // what a SETUP says: effective TTL of the socket
        std::uint32_t max_resend = 1;  // retransmit actions: 1 for unicast
        FlowControlConfig flow_control;
    };
    /// The sender writes all of them.
    struct Counters {
        Counter position;              // snd-pos
        Counter limit;                 // snd-lmt
        Counter back_pressure_events;  // snd-bpe
        Counter naks_received;         // snd-naks-received
        Counter receivers;             // fc-receivers; invalid where flow control counts none
    };

    /// `endpoint` and `signals` outlive it. `log` is of the same mapping as the conductor's view.
    SenderPublication(const Config& config, LogBuffers log, const Counters& counters,
                      SendEndpoint& endpoint, PublicationSignals& signals,
                      const Settings& settings);
    ~SenderPublication();
    SenderPublication(const SenderPublication&) = delete;
    SenderPublication& operator=(const SenderPublication&) = delete;

    const Config& config() const { return config_; }
    SendEndpoint& endpoint() const { return endpoint_; }

    /// hot: one cycle (4.2). Bytes sent.
    std::int64_t send(SenderContext& context);

    void on_status_message(const protocol::StatusMessage& message, const SocketAddress& source,
                           SenderContext& context);
    void on_nak(const protocol::Nak& nak, SenderContext& context);
    void on_error(const protocol::ErrorFrame& error, const SocketAddress& source,
                  std::int64_t destination_registration_id, SenderContext& context);
    void on_rtt_request(const protocol::RttMeasurement& request, SenderContext& context);
    void on_response_setup(const protocol::ResponseSetup& setup, SenderContext& context);

  private:
    Config config_;
    SendEndpoint& endpoint_;
};

}  // namespace tern::driver
