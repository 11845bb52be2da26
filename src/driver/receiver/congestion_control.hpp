#pragma once

/// The window that receivers grant (spec wire-protocol.md 5.12): static or cubic. `on_rebuild` runs
/// on the conductor, the RTT functions on the receiver; what crosses between them is a shared word
/// inside.

#include <cstdint>
#include <memory>
#include <string_view>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/driver/settings.hpp"
#include "tern/logbuffer/position.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

class CongestionControl {
  public:
    struct Window {
        std::int32_t length = 0;  // bytes, at most half a term
        bool forces_status = false;
    };
    virtual ~CongestionControl() = default;

    // What never changes: any thread. Bytes.
    virtual std::int32_t initial_window() const = 0;
    virtual std::int32_t max_window() const = 0;

    // Conductor thread. hot:
    virtual Window on_rebuild(Nanos now, Position min_position, Position next_status_position,
                              bool has_found_loss) = 0;

    // Receiver thread.
    virtual bool should_measure_rtt(Nanos now) const = 0;
    /// When the next measurement is due; kNever where none is wanted.
    virtual Nanos next_rtt_deadline() const = 0;
    virtual void on_rtt_request_sent(Nanos now) = 0;
    virtual void on_rtt(Nanos now, Nanos rtt) = 0;
};

enum class CongestionControlKind : std::uint8_t { fixed, cubic };

/// Of the channel's `cc` (empty where it has none) and the driver's setting. Errors: generic_error
/// for a name that nobody knows.
Result<CongestionControlKind> congestion_control_kind(std::string_view cc,
                                                      const Settings& settings);

struct CongestionControlParams {
    CongestionControlKind kind = CongestionControlKind::fixed;
    std::int32_t receiver_window = 128 * 1024;  // as channel or setting say: bytes
    std::int32_t term_length = 0;
    std::int32_t mtu_length = 0;  // of the SETUP
    Counter rtt;                  // rcv-cc-cubic-rtt; of cubic only, like the next
    Counter window;               // rcv-cc-cubic-wnd
};
std::unique_ptr<CongestionControl> make_congestion_control(const CongestionControlParams& params,
                                                           const Settings& settings, Nanos now);

}  // namespace tern::driver
