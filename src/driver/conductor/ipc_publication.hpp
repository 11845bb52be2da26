#pragma once

/// One IPC publication, shared or exclusive, from its log file to its end (spec
/// control-protocol.md, 16.3): the limit of its publishers, cleaning behind its subscribers,
/// unblocking of claims whose publisher died, draining, revocation and rejection. It reads no
/// clock, makes no file and talks to nobody by itself: events and position counters go through the
/// linker it is given. Conductor thread only.

#include <cstdint>
#include <optional>
#include <string>

#include "tern/driver/conductor/blocked_watch.hpp"
#include "tern/driver/conductor/client_publication.hpp"
#include "tern/driver/conductor/log_reserve.hpp"
#include "tern/driver/conductor/subscription_linker.hpp"
#include "tern/driver/system_counters.hpp"
#include "tern/logbuffer/log_buffers.hpp"
#include "tern/logbuffer/log_unblocker.hpp"

namespace tern::driver {

class IpcPublication final : public ClientPublication {
  public:
    enum class State {
        active,    // usable; a shared one may be joined
        draining,  // no links left; subscribers finish reading
        linger,    // subscribers were told that the image is unavailable
    };

    struct Config {
        std::string channel;  // of the command that made it
        bool is_exclusive = false;
        std::int32_t start_term_id = 0;
        std::int32_t start_term_offset = 0;
        std::int32_t window = 0;  // bytes that publishers may be ahead of the slowest subscriber
        std::optional<std::int64_t> entity_tag;
        std::int64_t response_correlation_id = -1;
        UntetheredTimeouts untethered{};
        Nanos unblock_timeout{};
        bool is_sparse = true;
    };
    /// Both counters hold the start position, in the same log whose tails begin there. `reserved`:
    /// up to which position the file has blocks.
    IpcPublication(Identity identity, Config config, LogBuffers log, OwnCounter position,
                   OwnCounter limit, Position reserved, Nanos now);

    State state() const { return state_; }
    const Config& config() const { return config_; }
    const LogBuffers& log() const { return log_; }
    std::int32_t limit_counter_id() const override { return limit_counter_.id; }
    std::int32_t channel_status_id() const override { return kNullCounterId; }
    bool is_exclusive() const override { return config_.is_exclusive; }
    std::int32_t position_counter_id() const { return position_counter_.id; }
    bool is_revoked() const { return is_revoked_; }
    /// A concurrent add joins only one that will go on.
    bool is_shareable() const {
        return state_ == State::active && !config_.is_exclusive && !is_revoked_;
    }

    /// One for each link of a client.
    void add_reference() override { ++references_; }
    /// With the last one the stream ends where its publishers are now.
    void drop_reference();
    void drop_reference(Nanos) override { drop_reference(); }
    /// Ends the stream for its subscribers in the next timer pass, whatever they have read.
    void revoke() override;
    /// Takes the image away from all subscribers, and takes no new ones until `cool_down` has
    /// passed.
    void reject(SubscriptionLinker& linker, Nanos now, Nanos cool_down);

    /// hot: once a duty cycle. Position and limit of the publishers. Returns 1 if the limit moved.
    int track(Nanos now);
    /// Up to which position blocks have to be reserved before the limit can go on; 0 for no need.
    Position blocks_due() const { return blocks_due_; }
    /// The pieces of the file to reserve; nothing more is due until one of the three that follow.
    std::vector<FileRange> request_blocks(Position to);
    void blocks_not_requested() { reserve_.on_failed(Nanos{0}); }
    void blocks_reserved(Position to) { reserve_.on_reserved(to); }
    void blocks_refused(Nanos retry_at);

    enum class Outcome {
        goes_on,
        cool_down_over,  // link the matching subscriptions again
        ended,           // no links, no subscribers: free its counters, delete its log
    };
    Outcome on_timer(SubscriptionLinker& linker, SystemCounters& system, Nanos now);

    bool accepts_subscribers() const override;
    Position join_position() const override;
    void on_subscribers_changed() override;

  private:
    Position producer_position() const;
    PositionBounds bounds(Position producer) const { return {clean_position_, producer}; }
    bool is_drained(Position producer) const;
    void open();
    void publish_position(Position producer);
    void set_limit(Position limit, Position trip_limit);
    int raise_limit(Position slowest, Position producer, Nanos now);
    void clean_to(Position position);

    Outcome on_timer_active(SubscriptionLinker& linker, SystemCounters& system, Nanos now);
    void on_timer_draining(SubscriptionLinker& linker, SystemCounters& system);
    void end_revoked(SubscriptionLinker& linker, SystemCounters& system);
    void check_blocked(SystemCounters& system, Nanos now);
    void check_untethered(SubscriptionLinker& linker);
    void unblock(Publishers publishers, SystemCounters& system);

    Config config_;
    LogBuffers log_;
    OwnCounter position_counter_;
    OwnCounter limit_counter_;
    LogReserve reserve_;

    State state_ = State::active;
    int references_ = 0;
    bool is_revoked_ = false;
    bool is_open_;  // the first blocks are there, or were refused: publishers may see subscribers
    bool is_in_cool_down_ = false;
    Nanos cool_down_end_{0};

    Position consumer_position_;  // the furthest that any subscriber has read
    Position clean_position_;     // what lies before is zeroed, or kept by nobody
    Position limit_;              // what the limit counter holds: clients may write there, not here
    Position published_position_;  // what the position counter holds
    Position trip_limit_ = 0;      // a limit up to here is not worth publishing
    Position blocks_due_ = 0;
    BlockedWatch blocked_;
};

}  // namespace tern::driver
