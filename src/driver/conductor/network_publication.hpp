#pragma once

/// The conductor's half of a network publication, shared or exclusive (spec wire-protocol.md 4.7,
/// 4.8, 4.16, 4.17, control-protocol.md 16.4): the limit of its publishers, cleaning behind the
/// sender and the spies, unblocking, draining, linger and revocation. The sender's half
/// (SenderPublication) sends; both share the log, the counters and the signals. Reads no clock;
/// events and position counters go through the linker it is given. Conductor thread only.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tern/driver/conductor/blocked_watch.hpp"
#include "tern/driver/conductor/client_publication.hpp"
#include "tern/driver/conductor/log_reserve.hpp"
#include "tern/driver/conductor/subscription_linker.hpp"
#include "tern/driver/sender/publication_signals.hpp"
#include "tern/driver/sender/sender_publication.hpp"
#include "tern/driver/system_counters.hpp"
#include "tern/logbuffer/log_buffers.hpp"
#include "tern/logbuffer/log_unblocker.hpp"

namespace tern::driver {

struct SendChannel;  // tern/driver/conductor/send_channels.hpp

class NetworkPublication final : public ClientPublication {
  public:
    enum class State : std::uint8_t {
        active,    // usable; a shared one may be joined
        draining,  // no links left; the sender still sends what is in the log
        linger,    // retransmissions and end-of-stream heartbeats only
        done,      // the sender was asked to let go of it
    };

    struct Config {
        std::string channel;  // of the command that made it
        bool is_exclusive = false;
        std::int32_t start_term_id = 0;
        std::int32_t start_term_offset = 0;
        std::int32_t window = 0;  // bytes that publishers may be ahead of sender and spies
        std::optional<std::int64_t> entity_tag;
        std::int64_t response_correlation_id = -1;
        bool is_response = false;
        bool spies_simulate_connection = false;
        UntetheredTimeouts untethered{};
        Nanos unblock_timeout{};
        Nanos linger_timeout{};
        bool is_sparse = true;
    };
    struct Counters {
        OwnCounter position;         // pub-pos: the conductor writes it, and the next
        OwnCounter limit;            // pub-lmt
        OwnCounter sender_position;  // snd-pos: the sender writes it, and all that follow
        OwnCounter sender_limit;
        OwnCounter back_pressure_events;
        OwnCounter naks_received;
        OwnCounter receivers;  // where flow control has it
    };

    /// Counters of positions hold the start position. `reserved`: up to which position the file has
    /// blocks.
    NetworkPublication(Identity identity, Config config, LogBuffers log, const Counters& counters,
                       SendChannel& channel, Position reserved, Nanos now);

    State state() const { return state_; }
    const Config& config() const { return config_; }
    const LogBuffers& log() const { return log_; }
    const Counters& counters() const { return counters_; }
    SendChannel& channel() const { return channel_; }
    PublicationSignals& signals() { return signals_; }
    /// The sender's half, from its making until the sender has let go of it.
    void set_sender_half(std::unique_ptr<SenderPublication> half) { half_ = std::move(half); }
    SenderPublication* sender_half() const { return half_.get(); }

    std::int32_t limit_counter_id() const override { return counters_.limit.id; }
    std::int32_t channel_status_id() const override;
    bool is_exclusive() const override { return config_.is_exclusive; }
    /// A concurrent add joins only one that will go on.
    bool is_shareable() const {
        return state_ == State::active && !config_.is_exclusive && !is_revoked_;
    }

    void add_reference() override { ++references_; }
    void drop_reference(Nanos now) override;
    void revoke() override;

    /// hot: once a duty cycle. Position and limit of the publishers, and how far spies have read.
    /// Returns 1 if the limit moved.
    int track(Nanos now);
    /// Up to which position blocks have to be reserved before the limit can go on; 0 for no need.
    Position blocks_due() const { return blocks_due_; }
    /// The pieces of the file to reserve; nothing more is due until one of the three that follow.
    std::vector<FileRange> request_blocks(Position to);
    void blocks_not_requested() { reserve_.on_failed(Nanos{0}); }
    void blocks_reserved(Position to) { reserve_.on_reserved(to); }
    void blocks_refused(Nanos retry_at) { reserve_.on_failed(retry_at); }

    enum class Outcome : std::uint8_t {
        goes_on,
        ended,  // DONE now: ask the sender to remove it
    };
    Outcome on_timer(SubscriptionLinker& linker, SystemCounters& system, Nanos now);

    bool accepts_subscribers() const override;
    Position join_position() const override;
    void on_subscribers_changed() override;

  private:
    Position refresh_positions();
    Position producer_position() const;
    SubscriberPositions::Range spies(Position producer) const {
        return subscribers().working_range({clean_position_, producer});
    }
    bool has_subscribers(bool has_spies) const;
    void update_connected();
    void tell_spies(const SubscriberPositions::Range& spies);
    void publish_position(Position producer);
    void set_limit(Position limit);
    int raise_limit(Position slowest, Position producer, Nanos now);
    void clean_to(Position position);

    void on_timer_active(SubscriptionLinker& linker, SystemCounters& system, Nanos now);
    void on_timer_draining(SubscriptionLinker& linker, SystemCounters& system, Nanos now);
    Outcome on_timer_linger(Nanos now);
    void end_revoked(SubscriptionLinker& linker, SystemCounters& system);
    void end_spies(SubscriptionLinker& linker);
    void check_untethered(SubscriptionLinker& linker);
    bool unblock(Publishers publishers, SystemCounters& system);

    Config config_;
    LogBuffers log_;
    Counters counters_;
    SendChannel& channel_;
    PublicationSignals signals_{};
    std::unique_ptr<SenderPublication> half_;
    LogReserve reserve_;

    State state_ = State::active;
    int references_ = 0;
    bool is_revoked_ = false;
    Nanos linger_since_;

    // What the sender's counter said, as far as that can be: it lies where clients can write.
    Position sender_position_;
    Position clean_position_;      // what lies before is zeroed
    Position limit_;               // what the limit counter holds
    Position published_position_;  // what the position counter holds
    Position spy_position_;        // the furthest that a working spy has read
    Position blocks_due_ = 0;
    BlockedWatch blocked_;
};

}  // namespace tern::driver
