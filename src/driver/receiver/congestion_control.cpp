#include "tern/driver/receiver/congestion_control.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "tern/base/shared_word.hpp"

namespace tern::driver {
namespace {

std::int32_t window_limit(const CongestionControlParams& params) {
    return std::min(params.term_length / 2, params.receiver_window);
}

class FixedWindow final : public CongestionControl {
  public:
    explicit FixedWindow(std::int32_t window) : window_(window) {}
    std::int32_t initial_window() const override { return window_; }
    std::int32_t max_window() const override { return window_; }
    Window on_rebuild(Nanos, Position, Position, bool) override { return {window_, false}; }
    bool should_measure_rtt(Nanos) const override { return false; }
    Nanos next_rtt_deadline() const override { return kNever; }
    void on_rtt_request_sent(Nanos) override {}
    void on_rtt(Nanos, Nanos) override {}

  private:
    const std::int32_t window_;
};

/// Windows count in datagrams of the sender's MTU.
class Cubic final : public CongestionControl {
  public:
    Cubic(const CongestionControlParams& params, const Settings& settings, Nanos now)
        : mtu_(params.mtu_length),
          max_window_(window_limit(params)),
          max_cwnd_(std::max(1, max_window_ / mtu_)),
          initial_rtt_(settings.cubic_initial_rtt),
          measures_rtt_(settings.cubic_measure_rtt),
          is_tcp_like_(settings.cubic_tcp_mode),
          rtt_counter_(params.rtt),
          window_counter_(params.window),
          cwnd_(std::min(kInitialCwnd, max_cwnd_)),
          w_max_(max_cwnd_),
          k_(cubic_root(w_max_)),
          last_loss_(now),
          last_update_(now),
          rtt_timeout_(4 * settings.cubic_initial_rtt),
          last_measurement_(now) {
        rtt_.store_relaxed(initial_rtt_.count());
        if (rtt_counter_.valid()) rtt_counter_.set(0);
        if (window_counter_.valid()) window_counter_.set(initial_window());
    }

    std::int32_t initial_window() const override {
        return window_of(std::min(kInitialCwnd, max_cwnd_));
    }
    std::int32_t max_window() const override { return max_window_; }

    Window on_rebuild(Nanos now, Position min_position, Position next_status_position,
                      bool has_found_loss) override {
        bool forces_status = false;
        if (has_found_loss) {
            forces_status = true;
            w_max_ = cwnd_;
            k_ = cubic_root(w_max_);
            cwnd_ = std::max(1, static_cast<std::int32_t>(cwnd_ * (1.0 - kB)));
            last_loss_ = now;
        } else if (cwnd_ < max_cwnd_ && last_update_ + initial_rtt_ < now) {
            grow(now);
            last_update_ = now;
        } else if (cwnd_ == 1 && min_position > next_status_position) {
            forces_status = true;
        }
        const std::int32_t window = window_of(cwnd_);
        if (window_counter_.valid() && window != published_window_) window_counter_.set(window);
        published_window_ = window;
        return {window, forces_status};
    }

    bool should_measure_rtt(Nanos now) const override {
        return measures_rtt_ && last_measurement_ + rtt_timeout_ < now;
    }
    Nanos next_rtt_deadline() const override {
        return measures_rtt_ ? last_measurement_ + rtt_timeout_ + Nanos{1} : kNever;
    }
    void on_rtt_request_sent(Nanos now) override { last_measurement_ = now; }
    void on_rtt(Nanos now, Nanos rtt) override {
        last_measurement_ = now;
        rtt_timeout_ = 4 * std::max(rtt, initial_rtt_);
        rtt_.store_relaxed(rtt.count());
        if (rtt_counter_.valid()) rtt_counter_.set(rtt.count());
    }

  private:
    static constexpr double kC = 0.4;
    static constexpr double kB = 0.2;
    static constexpr std::int32_t kInitialCwnd = 10;

    // A sender refuses more than half a term, even where not one datagram fits into that.
    std::int32_t window_of(std::int32_t cwnd) const { return std::min(cwnd * mtu_, max_window_); }
    static double cubic_root(std::int32_t w_max) { return std::cbrt(w_max * kB / kC); }
    static double seconds(Nanos time) { return static_cast<double>(time.count()) / 1e9; }

    void grow(Nanos now) {
        const double t = seconds(now - last_loss_);
        const double d = t - k_;
        const double target = w_max_ + std::trunc(kC * d * d * d);
        cwnd_ = static_cast<std::int32_t>(std::clamp<double>(target, 1, max_cwnd_));
        if (is_tcp_like_ && cwnd_ < w_max_) {
            const double rtt = std::max(1e-9, seconds(Nanos{rtt_.load_relaxed()}));
            const double as_tcp = w_max_ * (1.0 - kB) + 3.0 * kB / (2.0 - kB) * t / rtt;
            cwnd_ =
                static_cast<std::int32_t>(std::clamp<double>(std::trunc(as_tcp), cwnd_, max_cwnd_));
        }
    }

    // Never change.
    const std::int32_t mtu_;
    const std::int32_t max_window_;
    const std::int32_t max_cwnd_;
    const Nanos initial_rtt_;
    const bool measures_rtt_;
    const bool is_tcp_like_;

    // Conductor; the first counter is the receiver's.
    Counter rtt_counter_;
    Counter window_counter_;
    std::int32_t cwnd_;
    std::int32_t w_max_;
    double k_;
    Nanos last_loss_;
    Nanos last_update_;
    std::int32_t published_window_ = 0;

    SharedWord<std::int64_t> rtt_{};  // ns; writer: receiver, reader: conductor

    // Receiver.
    Nanos rtt_timeout_;
    Nanos last_measurement_;
};

}  // namespace

Result<CongestionControlKind> congestion_control_kind(std::string_view cc,
                                                      const Settings& settings) {
    const std::string& supplier = settings.congestion_control_supplier;
    if (supplier == "static") return CongestionControlKind::fixed;
    if (supplier == "cubic") return CongestionControlKind::cubic;
    if (cc.empty() || cc == "static") return CongestionControlKind::fixed;
    if (cc == "cubic") return CongestionControlKind::cubic;
    return Error{ErrorCode::generic_error,
                 "unknown congestion control: cc=" + std::string(cc) + ": use static or cubic"};
}

std::unique_ptr<CongestionControl> make_congestion_control(const CongestionControlParams& params,
                                                           const Settings& settings, Nanos now) {
    if (params.kind == CongestionControlKind::cubic)
        return std::make_unique<Cubic>(params, settings, now);
    return std::make_unique<FixedWindow>(window_limit(params));
}

}  // namespace tern::driver
