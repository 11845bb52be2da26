#pragma once

/// The sender's half of a network publication: SETUPs, data, heartbeats, retransmission, and what
/// its receivers answer (spec wire-protocol.md 4.1 to 4.14, 4.16). The conductor makes it, hands it
/// to the sender (SenderCommand), and frees it when the sender says that it has let go of it.
/// Sender thread, but for construction and what is marked so.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "tern/base/clock.hpp"
#include "tern/driver/sender/flow_control.hpp"
#include "tern/driver/sender/publication_signals.hpp"
#include "tern/driver/sender/receiver_liveness.hpp"
#include "tern/driver/sender/retransmit_handler.hpp"
#include "tern/driver/sender/send_endpoint.hpp"
#include "tern/logbuffer/log_buffers.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

class DatagramBatch;

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
        std::int32_t ttl = 0;          // what a SETUP says: the socket's, where it was set
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
    std::int32_t term_length() const { return geometry_.term_length(); }
    bool is_tagged() const { return config_.flow_control.strategy == FlowControlStrategy::tagged; }

    /// hot: one cycle (4.2). Bytes sent.
    std::int64_t send(SenderContext& context);

    void on_status_message(const protocol::StatusMessage& message, const SocketAddress& source,
                           SenderContext& context);
    void on_nak(const protocol::Nak& nak, SenderContext& context);
    void on_error(const protocol::ErrorFrame& error, const SocketAddress& source,
                  std::int64_t destination_registration_id, SenderContext& context);
    void on_rtt_request(const protocol::RttMeasurement& request, SenderContext& context);
    void on_response_setup(const protocol::ResponseSetup& setup, SenderContext& context);

    /// When it wants its next cycle although nothing happens.
    Nanos next_deadline() const;

  private:
    bool is_setup_wanted() const { return !has_initial_connection_ || is_setup_elicited_; }
    bool send_setup_if_due(SenderContext& context);
    std::int64_t send_data(SenderContext& context);
    bool collect_new_data(DatagramBatch& batch) const;
    bool is_padding_early(Position padding_end) const;
    void on_back_pressure(SenderContext& context);
    std::int64_t send_heartbeat_if_due(SenderContext& context);
    std::uint8_t heartbeat_flags() const;
    void on_idle(SenderContext& context);
    void follow_spies();

    bool is_within_reach(const TermRange& range) const;
    bool begins_with_frame(const TermRange& range) const;
    bool may_resend(const TermRange& range, SenderContext& context) const;
    void resend(const TermRange& range, SenderContext& context);

    SendResult hand_over(const DatagramBatch& batch, SenderContext& context);
    void on_setup_elicited(const protocol::StatusMessage& message, const SocketAddress& source);
    bool is_plausible(Position consumed) const;
    void set_position(Position position);
    void set_limit(Position limit);
    void update_receivers(SenderContext& context);
    void update_connected();
    bool is_ended() const { return signals_.is_end_of_stream.load_acquire() != 0; }

    Config config_;
    LogBuffers log_;
    TermGeometry geometry_;
    Counters counters_;
    SendEndpoint& endpoint_;
    PublicationSignals& signals_;
    std::size_t max_datagrams_;  // of one send call
    bool is_group_;
    std::unique_ptr<FlowControl> flow_control_;
    RetransmitHandler retransmits_;
    ReceiverLiveness receivers_;

    Position position_;  // as in the counters
    Position limit_;
    std::int32_t receiver_window_ = 0;  // of the last status message
    Nanos last_cycle_{0};
    Nanos last_setup_;
    Nanos last_sent_;  // data or heartbeat
    bool has_initial_connection_ = false;
    bool is_setup_elicited_ = false;
    bool has_receivers_ = false;
    bool has_required_receivers_ = false;
    bool is_tracking_limit_ = false;     // the next stop at the limit is an event
    Nanos backlog_retry_{0};             // > 0: the socket did not take all
    bool is_connection_untold_ = false;  // the conductor is to hear of has_receivers_
    std::optional<SocketAddress> response_destination_;
};

}  // namespace tern::driver
