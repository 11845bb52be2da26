#pragma once

/// Min and tagged flow control (spec wire-protocol.md 4.9.1 to 4.9.3): the slowest receiver sets
/// the pace, of all or of those that carry the group tag. Sender thread.

#include <cstdint>
#include <optional>

#include "tern/base/dense_map.hpp"
#include "tern/driver/sender/flow_control.hpp"

namespace tern::driver {

class GroupFlowControl final : public FlowControl {
  public:
    /// `receivers` may be invalid: then nobody sees their number.
    GroupFlowControl(const FlowControlConfig& config, Counter receivers);

    Position on_status_message(const protocol::StatusMessage& message, Position position,
                               Position limit, Nanos now) override;
    Position on_idle(Position limit, bool is_end_of_stream, Nanos now) override;
    Position on_elicited_setup(Position limit, Nanos now) override;
    void on_setup_triggered(const protocol::StatusMessage& message) override;
    void on_error(const protocol::ErrorFrame& error, Nanos now) override;
    bool has_required_receivers() const override { return has_required_receivers_; }

  private:
    struct Receiver {
        Position last_position;
        Position window_end;  // of its last status message
        Nanos last_heard;
        bool is_ending;
    };
    struct HeldLimit {
        Position limit;
        Nanos since;
    };

    bool matches(const protocol::StatusMessage& message) const;
    Position current_limit(Nanos now);
    Position slowest_window_end();
    void update_window_end(Receiver& receiver, Position window_end);
    void drop_receivers(Nanos now);
    void publish_count();

    FlowControlConfig config_;
    Counter count_;
    DenseMap<std::int64_t, Receiver> receivers_;  // by receiver id
    bool has_required_receivers_ = false;

    // The least window end of all receivers; recomputed when the one that had it moved on, so that
    // a status message does not cost a walk over all.
    Position slowest_ = 0;
    bool is_slowest_known_ = false;
    // Nobody times out before then; some receiver may be ending.
    Nanos next_expiry_ = kNever;
    bool has_ending_ = false;

    bool is_setup_wanted_ = false;  // the mark of 4.9.3
    std::optional<HeldLimit> held_;
};

}  // namespace tern::driver
