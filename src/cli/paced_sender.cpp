#include "tern/cli/paced_sender.hpp"

#include <cmath>
#include <thread>
#include <utility>

#include "tern/cli/pause.hpp"
#include "tern/platform/signals.hpp"
#include "tern/platform/system_clock.hpp"

namespace tern::cli {

PacedSender::PacedSender(const Context& context, ExclusivePublication& publication, Limits limits,
                         std::string hint)
    : context_(context), publication_(publication), limits_(limits), hint_(std::move(hint)) {}

bool PacedSender::wait_for_subscriber() {
    const Nanos deadline = monotonic_now() + limits_.for_subscriber;
    while (!publication_.is_connected()) {
        check_open();
        if (monotonic_now() >= deadline) give_up(OfferStatus::not_connected);
        if (!pause_unless_stopped(std::chrono::milliseconds{1})) return false;
    }
    return true;
}

bool PacedSender::send(std::span<const std::byte> message) {
    if (!publication_.offer(message) && !send_late(message)) return false;
    ++messages_;
    bytes_ += message.size();
    return true;
}

void PacedSender::check_open() const {
    if (publication_.is_closed()) give_up(OfferStatus::closed);
}

bool PacedSender::send_late(std::span<const std::byte> message) {
    const Nanos deadline = monotonic_now() + limits_.for_room;
    bool waited = false;
    while (platform::stop_signal() == 0) {
        const OfferResult result = publication_.offer(message);
        switch (result.status()) {
            case OfferStatus::ok: return true;
            case OfferStatus::admin_action: break;
            case OfferStatus::back_pressured:
            case OfferStatus::not_connected:
                if (!waited) ++back_pressured_;
                waited = true;
                if (monotonic_now() >= deadline) give_up(result.status());
                std::this_thread::yield();
                break;
            case OfferStatus::closed:
            case OfferStatus::max_position_exceeded:
            case OfferStatus::error: give_up(result.status());
        }
    }
    return false;
}

void PacedSender::give_up(OfferStatus status) const {
    const std::string stream = StreamOptions::text_of_stream(
        {.channel = publication_.channel(), .stream = publication_.stream_id()});
    switch (status) {
        case OfferStatus::not_connected:
            throw CommandError("nobody subscribes to " + stream + "; " + hint_);
        case OfferStatus::back_pressured:
            throw CommandError("a subscriber of " + stream +
                               " does not read; find it with: tern stat");
        case OfferStatus::max_position_exceeded:
            throw CommandError(stream + " has no positions left; start again for a new one");
        case OfferStatus::error:
            throw CommandError(
                "a message is longer than " + std::to_string(publication_.max_message_length()) +
                " bytes, the most that " + stream + " takes; use longer terms (term-length=...)");
        case OfferStatus::ok:
        case OfferStatus::admin_action:
        case OfferStatus::closed: break;
    }
    throw_stream_ended(context_, stream);
}

Schedule::Schedule(double per_second, Nanos start)
    : period_(per_second > 0 ? 1e9 / per_second : 0), start_(start) {}

Nanos Schedule::due(std::uint64_t number) const {
    return start_ + Nanos{std::llround(period_ * static_cast<double>(number))};
}

bool wait_until(Nanos when) {
    constexpr Nanos kNear = std::chrono::microseconds{200};
    for (Nanos left = when - monotonic_now(); left > Nanos{0}; left = when - monotonic_now()) {
        if (left > kNear) {
            if (!pause_unless_stopped(left - kNear)) return false;
        } else {
            std::this_thread::yield();
        }
    }
    return platform::stop_signal() == 0;
}

Nanos monotonic_now() { return platform::SystemClock{}.now(); }

}  // namespace tern::cli
