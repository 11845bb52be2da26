#include "tern/cli/demo_streams.hpp"

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "tern/cli/command.hpp"
#include "tern/cli/histogram.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/paced_sender.hpp"
#include "tern/cli/pause.hpp"
#include "tern/cli/processors.hpp"
#include "tern/platform/child_program.hpp"
#include "tern/platform/signals.hpp"

namespace tern::cli {
namespace {

/// A message begins with this, and ends with its number once more.
struct Stamp {
    std::int64_t sent_ns;  // when it was due, on the monotonic clock
    std::int64_t number;
};

class Tally {
  public:
    Tally() : histogram_(std::make_unique<Histogram>()), start_(monotonic_now()) {}

    void add(std::size_t bytes, Nanos latency) {
        if (messages_++ == 0) start_ = monotonic_now();
        bytes_ += bytes;
        histogram_->record(latency);
    }
    Nanos age(Nanos now) const { return now - start_; }
    std::uint64_t messages() const { return messages_; }
    Json json(Nanos now) const {
        return {{"messages", messages_},
                {"bytes", bytes_},
                {"seconds", std::chrono::duration<double>(age(now)).count()},
                {"latency", percentiles_json(*histogram_)}};
    }
    void restart(Nanos now) {
        histogram_->clear();
        messages_ = bytes_ = 0;
        start_ = now;
    }

  private:
    std::unique_ptr<Histogram> histogram_;
    Nanos start_;
    std::uint64_t messages_ = 0;
    std::uint64_t bytes_ = 0;
};

/// The number of the message that opens the stream. Mapping the log, when it comes, is no message's
/// latency, so this one is not counted, and the others wait a moment for it.
constexpr std::int64_t kOpening = -1;
constexpr Nanos kAfterOpening = std::chrono::milliseconds{100};
/// The number of the one that closes it.
constexpr std::int64_t kClosing = -2;

/// What a subscriber without messages does. Publisher and subscriber look again all the time where
/// each can have a processor, and over UDP the driver, too; else the subscriber sleeps, so that
/// whoever brings the next message can run.
class Idle {
  public:
    explicit Idle(const std::string& channel)
        : sleeps_(usable_processors() < (channel.starts_with("aeron:ipc") ? 2 : 3)) {}

    void after(std::uint64_t empty_polls) const {
        constexpr std::uint64_t kEager = 20;
        constexpr Nanos kNap = std::chrono::microseconds{10};
        if (sleeps_ && empty_polls > kEager) {
            std::this_thread::sleep_for(kNap);
        } else if (sleeps_ || empty_polls % 64 == 0) {
            std::this_thread::yield();
        }
    }

  private:
    bool sleeps_;
};

void fill(std::vector<std::byte>& message, Nanos due, std::int64_t number) {
    store_plain(message.data(), Stamp{due.count(), number});
    store_plain(message.data() + message.size() - sizeof number, number);
}

/// Whether every message came, once, in order and whole.
class Inspector {
  public:
    explicit Inspector(std::size_t size) : size_(size) {}

    Stamp check(std::span<const std::byte> message) {
        if (message.size() != size_) {
            ++wrong_;
            return {monotonic_now().count(), 0};
        }
        const auto stamp = load_plain<Stamp>(message.data());
        if (stamp.number == kClosing) return stamp;
        const std::byte* end = message.data() + message.size();
        const auto last = load_plain<std::int64_t>(end - sizeof(std::int64_t));
        if (stamp.number != next_ || last != stamp.number) ++wrong_;
        next_ = stamp.number + 1;
        return stamp;
    }
    std::uint64_t wrong() const { return wrong_; }

  private:
    std::size_t size_;
    std::int64_t next_ = kOpening;
    std::uint64_t wrong_ = 0;
};

}  // namespace

int publish_demo(const DemoStream& stream) {
    platform::catch_stop_signals();
    if (!platform::stop_with_parent(stream.parent_pid)) return kFailure;
    Context context{{.directory = stream.directory}};
    ExclusivePublication publication = exclusive_publisher(context, stream.config);
    PacedSender sender(context, publication,
                       {.for_subscriber = seconds(10), .for_room = seconds(10)},
                       "the demo's subscriber ended");
    if (!sender.wait_for_subscriber()) return kFailure;

    std::vector<std::byte> message(stream.size);
    fill(message, monotonic_now(), kOpening);
    if (!sender.send(message) || !pause_unless_stopped(kAfterOpening)) return kFailure;

    const Nanos start = monotonic_now();
    const Nanos end = start + seconds(stream.seconds);
    constexpr Nanos kLateness = std::chrono::seconds{1};  // of a machine that is too slow for it
    const Schedule schedule(stream.rate, start);
    for (std::int64_t number = 0;; ++number) {
        const auto index = static_cast<std::uint64_t>(number);
        const Nanos due = schedule.is_paced() ? schedule.due(index) : monotonic_now();
        if (due >= end || monotonic_now() >= end + kLateness) break;
        if (schedule.is_paced() && !wait_until(due)) break;
        fill(message, due, number);
        if (!sender.send(message)) break;
    }
    const std::uint64_t sent = sender.messages() - 1;
    fill(message, monotonic_now(), kClosing);
    sender.send(message);
    print_json({{"sent", sent}, {"back_pressured", sender.back_pressured()}});
    return kSuccess;
}

int subscribe_demo(const DemoStream& stream) {
    platform::catch_stop_signals();
    if (!platform::stop_with_parent(stream.parent_pid)) return kFailure;
    Context context{{.directory = stream.directory}};
    Subscription subscription = subscriber(context, stream.config);
    print_json({{"ready", channel_in_use(subscription)}});

    Tally interval, total;
    Inspector inspector(stream.size);
    const Idle idle(stream.config.channel);
    const Nanos period = seconds(stream.report_every);
    Nanos last = monotonic_now();
    bool began = false;
    for (std::uint64_t empty = 0; platform::stop_signal() == 0;) {
        if (const auto message = subscription.poll()) {
            empty = 0;
            const Stamp stamp = inspector.check(message->buffer);
            began = true;
            if (stamp.number == kOpening) continue;
            if (stamp.number == kClosing) break;
            last = monotonic_now();
            const Nanos latency = last - Nanos{stamp.sent_ns};
            interval.add(message->buffer.size(), latency);
            total.add(message->buffer.size(), latency);
        } else {
            if (++empty % 64 == 0 && began && !subscription.is_connected()) break;
            idle.after(empty);
            if (empty % 64 != 0) continue;
        }
        if (const Nanos now = monotonic_now();
            interval.messages() > 0 && interval.age(now) >= period) {
            if (!print_json({{"interval", interval.json(now)}})) return kFailure;
            interval.restart(now);
        }
    }
    Json json = total.json(last);
    json["wrong"] = inspector.wrong();
    print_json({{"total", std::move(json)}});
    return kSuccess;
}

}  // namespace tern::cli
