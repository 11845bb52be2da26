#pragma once

/// The conductor's half of an image (spec wire-protocol.md 5.8, 5.15 and 5.19, control-protocol.md
/// 16.5): how far the stream is complete, which gap is to be asked for, the window and the status
/// messages, cleaning behind the subscribers, blocks of the log ahead of the window, and the way to
/// its end. The receiver's half (ReceiverImage) inserts and answers; both share the log, the
/// counters and the signals. Reads no clock; events and position counters go through the linker it
/// is given. Conductor thread only.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tern/base/random.hpp"
#include "tern/driver/conductor/client_publication.hpp"
#include "tern/driver/conductor/image_losses.hpp"
#include "tern/driver/conductor/local_stream.hpp"
#include "tern/driver/conductor/log_reserve.hpp"
#include "tern/driver/conductor/subscription_linker.hpp"
#include "tern/driver/receiver/congestion_control.hpp"
#include "tern/driver/receiver/image_signals.hpp"
#include "tern/driver/receiver/loss_detector.hpp"
#include "tern/driver/receiver/receiver_image.hpp"
#include "tern/logbuffer/log_buffers.hpp"

namespace tern::driver {

struct ReceiveChannel;  // tern/driver/conductor/receive_channels.hpp

class NetworkImage final : public LocalStream {
  public:
    enum class State : std::uint8_t {
        active,    // receiving
        draining,  // nothing more is expected; subscribers finish reading, senders hear of the end
        linger,    // subscribers were told that it is unavailable; the receiver lets go of it
        done,      // freed as soon as the receiver has let go
    };

    struct Config {
        Position join_position = 0;
        std::int32_t mtu_length = 0;  // of the SETUP
        bool is_sparse = true;
        bool wants_response = false;  // its sender has a response channel
        FeedbackDelay feedback;
        UntetheredTimeouts untethered{};
        Nanos liveness_timeout{};
        Nanos status_message_timeout{};
    };
    struct Counters {
        OwnCounter rtt;              // of cubic congestion control only, like the next
        OwnCounter window;           // the receiver writes the first, the conductor the second
        OwnCounter high_water_mark;  // rcv-hwm: the receiver
        OwnCounter position;         // rcv-pos: the conductor
        OwnCounter naks_sent;        // the receiver
    };

    /// Both counters of positions hold the join position. `reserved`: up to which position the file
    /// has blocks, at least a window. The channel is used until the image lingers; the rest
    /// outlives it.
    NetworkImage(Identity identity, const Config& config, LogBuffers log, const Counters& counters,
                 std::unique_ptr<CongestionControl> congestion_control, ReceiveChannel& channel,
                 Position reserved, ImageLosses losses, RandomSource& random, Nanos now);

    State state() const { return state_; }
    const Config& config() const { return config_; }
    const LogBuffers& log() const { return log_; }
    const Counters& counters() const { return counters_; }
    ImageSignals& signals() { return signals_; }
    CongestionControl& congestion_control() { return *congestion_control_; }
    /// Null from when it lingers.
    ReceiveChannel* channel() const { return channel_; }

    /// The receiver's half, until the end.
    void set_receiver_half(std::unique_ptr<ReceiverImage> half) { half_ = std::move(half); }
    ReceiverImage* receiver_half() const { return half_.get(); }
    void on_released() { is_released_ = true; }

    /// hot: once a duty cycle. Returns 1 if something is to be told to the senders.
    int track(Nanos now, Millis epoch_now);
    /// When a gap is due to be reported: never where nobody waits for it.
    Nanos next_deadline() const;

    /// Up to which position blocks have to be reserved before the window can go on; 0 for no need.
    Position blocks_due() const { return blocks_due_; }
    /// The pieces of the file to reserve; nothing more is due until one of the three that follow.
    std::vector<FileRange> request_blocks(Position to);
    void blocks_not_requested() { reserve_.on_failed(Nanos{0}); }
    void blocks_reserved(Position to);
    void blocks_refused(Nanos retry_at) { reserve_.on_failed(retry_at); }

    enum class Outcome : std::uint8_t {
        goes_on,
        lingers,  // just now: take it from receiver, subscribers and endpoint
        ended,    // nobody uses it any more: free its counters, delete its log
    };
    Outcome on_timer(SubscriptionLinker& linker, Nanos now);
    /// A channel that closes forgets it; what the last subscription inspected says of coming back.
    ReceiveChannel& leave_channel();
    bool may_rejoin() const;

    /// A newer image of the same session takes over: this one says nothing more.
    void silence() { signals_.is_silent.store_release(1); }
    /// Until it is cleared, the sender is told which session answers it, the first time at once.
    void set_response_session(std::int32_t session_id);
    /// The latest that was set, cleared or not.
    std::int32_t response_session() const { return signals_.response_session_id.load_relaxed(); }
    void clear_response_session() { signals_.has_response_session.store_release(0); }

    /// Somebody reads what its receiver's half takes in: its session needs no other image.
    bool is_live() const { return state_ == State::active && subscribers().has_working(); }
    bool accepts_subscribers() const override;
    Position join_position() const override;
    void on_subscribers_changed() override {}

  private:
    SubscriberPositions::Range readers() const;
    Position high_water_mark() const;
    void publish_position();
    bool schedule_status(Position min_position, const CongestionControl::Window& window, Nanos now);
    Position blocks_for(Position position, std::int32_t window, Nanos now) const;
    void clean_to(Position position);
    bool is_drained() const;
    bool is_rebuilt() const;  // what arrives may still reach somebody
    bool is_complete() const;

    Outcome on_timer_active(SubscriptionLinker& linker, Nanos now);
    Outcome on_timer_draining(SubscriptionLinker& linker, Nanos now);
    Outcome on_timer_linger(Nanos now);
    void drain(Nanos now);
    void tell_of_end();
    void check_untethered(SubscriptionLinker& linker);

    Config config_;
    LogBuffers log_;
    Counters counters_;
    ImageSignals signals_{};
    std::unique_ptr<CongestionControl> congestion_control_;
    std::unique_ptr<ReceiverImage> half_;
    ReceiveChannel* channel_;
    LogReserve reserve_;
    LossDetector loss_detector_;
    ImageLosses losses_;

    State state_ = State::active;
    Nanos since_;  // of the state
    bool is_released_ = false;

    Position rebuild_position_;  // all before it is there
    Position clean_position_;    // what lies before is zeroed
    ScheduledStatus status_;     // what status messages say
    Position blocks_due_ = 0;
    std::int64_t deadline_resets_ = 0;
};

}  // namespace tern::driver
