#pragma once

/// How far a sender may go: the strategies of spec wire-protocol.md 4.9. Sender thread only; the
/// configuration is a plain value that the conductor makes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/driver/settings.hpp"
#include "tern/logbuffer/position.hpp"
#include "tern/protocol/network_frames.hpp"
#include "tern/shm/counters.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

enum class FlowControlStrategy : std::uint8_t { unicast_max, multicast_max, min, tagged };

struct FlowControlConfig {
    FlowControlStrategy strategy = FlowControlStrategy::unicast_max;
    Nanos receiver_timeout{5'000'000'000};
    std::int64_t group_tag = -1;
    std::int32_t group_min_size = 0;
    std::int32_t retransmit_window_multiple = 16;  // M of 4.10

    /// Whether the publication has a counter fc-receivers.
    bool counts_receivers() const {
        return strategy == FlowControlStrategy::min || strategy == FlowControlStrategy::tagged;
    }
};

/// Of a publication's channel and the driver's settings. Errors: generic_error, for an `fc` that
/// cannot be read or a supplier in the settings that is not one of 4.9.
Result<FlowControlConfig> flow_control_config(const uri::UdpChannel& channel,
                                              const Settings& settings);

class FlowControl {
  public:
    virtual ~FlowControl() = default;

    /// Each returns the new sender limit. `limit` is the current one.
    virtual Position on_status_message(const protocol::StatusMessage& message, Position position,
                                       Position limit, Nanos now) = 0;
    virtual Position on_idle(Position limit, bool is_end_of_stream, Nanos now) = 0;
    /// An elicited SETUP is about to leave (4.9.3).
    virtual Position on_elicited_setup(Position limit, Nanos now) = 0;
    /// A status message has elicited a SETUP.
    virtual void on_setup_triggered(const protocol::StatusMessage& message) = 0;
    virtual void on_error(const protocol::ErrorFrame& error, Nanos now) = 0;
    virtual bool has_required_receivers() const = 0;
};

/// Receivers that one publication tracks at most, in min and tagged flow control and for liveness.
/// Any peer can invent receiver ids; those beyond the bound wait until another one is dropped.
inline constexpr std::size_t kMaxReceivers = 1024;

/// `receivers` is the counter fc-receivers of min and tagged (`counts_receivers`); invalid for the
/// others.
std::unique_ptr<FlowControl> make_flow_control(const FlowControlConfig& config, Counter receivers);

}  // namespace tern::driver
