// Throughput and round trip of Tern's client, on whatever driver AERON_DIR names.
//
//   message_bench throughput --mode offer|claim|block --length L --subs K --seconds S
//                 [--exclusive 1]
//       question: how many messages a second pass from one publisher to each of K subscribers?
//   message_bench rtt --length L --messages N [--exclusive 1]
//       question: how long do a message and its answer take?
//   message_bench floor
//       question: how long does the machine itself take to bounce a cache line between two threads?
//
// Also: --channel aeron:ipc, --reply-channel (for rtt; else the same), --warmup, --idle
// spin|yield|sleep. Each end has a thread and a client of its own, with the default conductor.
// --role says which end this process is, where the ends are on two drivers: both (default), pub or
// sub, ping or pong; pub and pong run until they are killed.
//
// Prints a line of JSON {"event": "ready"} when its subscriptions are there, {"event": "begin"} and
// {"event": "end"} around what is measured, and the result at the end, with the keys of the peer
// that it is compared with (bench/compare.py).

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "tern/tern.hpp"

namespace tern::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::int32_t kStream = 1001;
constexpr int          kFragmentLimit = 10;

Context connect(const char* name) { return Context{Context::Options{.client_name = name}}; }

struct Options {
    std::string   what;
    std::string   mode = "offer";
    std::string   role = "both";
    std::string   channel = "aeron:ipc";
    std::string   reply_channel = "";   // empty: the same

    bool has_role(const char* one) const { return role == "both" || role == one; }
    const std::string& replies() const { return reply_channel.empty() ? channel : reply_channel; }
    bool          exclusive = false;
    std::size_t   length = 32;
    int           subs = 1;
    double        seconds = 3;
    double        warmup = 1;   // seconds; thousands of messages for rtt
    std::int64_t  messages = 100'000;
};

enum class Idle { spin, yield, sleep };
Idle when_idle = Idle::spin;   // set once, before there are threads

Idle idle_of(const std::string& name) {
    if (name == "spin") return Idle::spin;
    if (name == "yield") return Idle::yield;
    if (name == "sleep") return Idle::sleep;
    throw std::invalid_argument("--idle is spin, yield or sleep");
}

Options parse(int argc, char** argv) {
    if (argc < 2) {
        throw std::invalid_argument(
            "usage: message_bench throughput|rtt|floor [--option value]...; its source lists them");
    }
    Options options{.what = argv[1]};
    for (int i = 2; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--mode") {
            options.mode = value;
        } else if (name == "--exclusive") {
            options.exclusive = value != "0";
        } else if (name == "--length") {
            options.length = std::stoul(value);
        } else if (name == "--subs") {
            options.subs = std::stoi(value);
        } else if (name == "--seconds") {
            options.seconds = std::stod(value);
        } else if (name == "--warmup") {
            options.warmup = std::stod(value);
        } else if (name == "--idle") {
            when_idle = idle_of(value);
        } else if (name == "--role") {
            options.role = value;
        } else if (name == "--channel") {
            options.channel = value;
        } else if (name == "--reply-channel") {
            options.reply_channel = value;
        } else if (name == "--messages") {
            options.messages = std::stoll(value);
        } else {
            throw std::invalid_argument("unknown option " + name);
        }
    }
    return options;
}

void spin() {
    if (when_idle == Idle::yield) {
        std::this_thread::yield();
        return;
    }
    if (when_idle == Idle::sleep) {
        std::this_thread::sleep_for(std::chrono::microseconds{1});
        return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

std::int64_t nanos_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Steady::now().time_since_epoch())
        .count();
}

/// For whoever watches, and takes the drivers' times meanwhile.
void tell(const char* event) {
    std::printf("{\"event\": \"%s\"}\n", event);
    std::fflush(stdout);
}

void sleep_for(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

/// Anything but "not now" ends the run.
bool is_in(OfferResult result) {
    if (result.ok()) {
        return true;
    }
    switch (result.status()) {
        case OfferStatus::not_connected:
        case OfferStatus::back_pressured:
        case OfferStatus::admin_action:
            return false;
        default:
            throw std::runtime_error("offer failed: " + std::string{name_of(result.status())});
    }
}

/// Ready-made frames for one term, appended with a single copy.
class FrameBlock {
  public:
    FrameBlock(const ExclusivePublication& publication, std::size_t length)
        : stride_(align(length + kDataHeaderLength, std::size_t{kFrameAlignment})),
          count_(std::max<std::size_t>(1, 64 * 1024 / stride_)),
          frames_(stride_ * count_),
          term_length_(publication.term_buffer_length()),
          bits_(publication.core()->position_bits_to_shift()),
          initial_term_id_(publication.core()->initial_term_id()) {
        for (std::size_t i = 0; i < count_; ++i) {
            std::byte* frame = frames_.data() + i * stride_;
            store_plain(frame, static_cast<std::int32_t>(length + kDataHeaderLength));
            store_plain(frame + 4, std::uint32_t{0x0001'C000});   // version 0, unfragmented, data
            store_plain(frame + 12, publication.session_id());
            store_plain(frame + 16, publication.stream_id());
        }
    }

    /// Offers as many messages as fit before the end of the term; how many went in.
    int offer(ExclusivePublication& publication) {
        const std::int64_t position = publication.position();
        const auto offset = static_cast<std::int32_t>(position & (term_length_ - 1));
        const std::size_t count =
            std::min(count_, static_cast<std::size_t>(term_length_ - offset) / stride_);
        if (count == 0) {   // the rest of the term is too short: an offer turns it into padding
            return is_in(publication.offer(
                ConstBytes{frames_.data() + kDataHeaderLength, stride_ - kDataHeaderLength}));
        }
        const std::int32_t term_id =
            initial_term_id_ + static_cast<std::int32_t>(position >> bits_);
        for (std::size_t i = 0; i < count; ++i) {
            std::byte* frame = frames_.data() + i * stride_;
            store_plain(frame + 8,
                        static_cast<std::int32_t>(offset + static_cast<std::int32_t>(i * stride_)));
            store_plain(frame + 20, term_id);
        }
        return is_in(publication.offer_block(ConstBytes{frames_.data(), count * stride_}))
                   ? static_cast<int>(count)
                   : 0;
    }

  private:
    std::size_t            stride_;
    std::size_t            count_;
    std::vector<std::byte> frames_;
    std::int32_t           term_length_;
    int                    bits_;
    std::int32_t           initial_term_id_;
};

template <typename Publication>
bool claim(Publication& publication, ConstBytes message) {
    BufferClaim claimed;
    if (!is_in(publication.try_claim(message.size(), claimed))) {
        return false;
    }
    std::memcpy(claimed.buffer().data(), message.data(), message.size());
    claimed.commit();
    return true;
}

struct alignas(kFalseSharingRange) Count {
    std::atomic<std::uint64_t> messages{0};   // its own thread only
    std::atomic<bool>          ready{false};
};

struct Run {
    const Options&     options;
    std::atomic<bool>  stopping{false};
    Count              published;
    std::vector<Count> received;
};

void bump(std::atomic<std::uint64_t>& count, std::uint64_t by) {
    count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

void subscribe(Run& run, Count& count) {
    Context context = connect("bench-sub");
    Subscription subscription = context.add_subscription(run.options.channel, kStream);
    FragmentAssembler assembler{
        [&count](ConstBytes, const FragmentHeader&) { bump(count.messages, 1); }};
    count.ready.store(true);
    while (!run.stopping.load(std::memory_order_relaxed)) {
        if (subscription.poll(assembler, kFragmentLimit) == 0) {
            spin();
        }
    }
}

template <typename Publication, typename Send>
void publish_with(Run& run, Publication& publication, Send&& send) {
    while (!publication.is_connected()) {
        spin();
    }
    while (!run.stopping.load(std::memory_order_relaxed)) {
        if (const int sent = send(); sent > 0) {
            bump(run.published.messages, static_cast<std::uint64_t>(sent));
        } else {
            spin();
        }
    }
}

template <typename Publication>
void publish_as(Run& run, Publication& publication) {
    const std::vector<std::byte> message(run.options.length);
    if (run.options.mode == "claim") {
        publish_with(run, publication, [&] { return claim(publication, message) ? 1 : 0; });
    } else {
        publish_with(run, publication,
                     [&] { return is_in(publication.offer(ConstBytes{message})) ? 1 : 0; });
    }
}

void publish(Run& run) {
    Context context = connect("bench-pub");
    if (!run.options.exclusive) {
        Publication publication = context.add_publication(run.options.channel, kStream);
        publish_as(run, publication);
        return;
    }
    ExclusivePublication publication =
        context.add_exclusive_publication(run.options.channel, kStream);
    if (run.options.mode == "block") {
        FrameBlock block{publication, run.options.length};
        publish_with(run, publication, [&] { return block.offer(publication); });
    } else {
        publish_as(run, publication);
    }
}

/// A thread of one end; what goes wrong in it ends the program with a message.
template <typename Body>
std::jthread run_end(Body body) {
    return std::jthread{[body] {
        try {
            body();
        } catch (const std::exception& failure) {
            std::fprintf(stderr, "message_bench: %s\n", failure.what());
            std::_Exit(1);
        }
    }};
}

struct Sample {
    std::int64_t               at;
    std::uint64_t              published;
    std::vector<std::uint64_t> received;
};

Sample sample(const Run& run) {
    Sample taken{0, run.published.messages.load(std::memory_order_relaxed), {}};
    for (const Count& count : run.received) {
        taken.received.push_back(count.messages.load(std::memory_order_relaxed));
    }
    taken.at = nanos_now();
    return taken;
}

nlohmann::json throughput(const Options& options) {
    if (options.mode == "block" && !options.exclusive) {
        throw std::invalid_argument("--mode block needs --exclusive 1");
    }
    Run run{.options = options,
            .received = std::vector<Count>(static_cast<std::size_t>(options.subs))};
    if (!options.has_role("sub")) {
        publish(run);   // until it is killed
        return {};
    }
    std::vector<std::jthread> threads;
    for (Count& count : run.received) {
        threads.push_back(run_end([&run, &count] { subscribe(run, count); }));
        while (!count.ready.load()) {
            std::this_thread::yield();
        }
    }
    tell("ready");
    if (options.has_role("pub")) threads.push_back(run_end([&run] { publish(run); }));
    for (Count& count : run.received) {
        while (count.messages.load() == 0) {
            sleep_for(0.001);
        }
    }
    sleep_for(options.warmup);
    tell("begin");
    const Sample from = sample(run);
    sleep_for(options.seconds);
    const Sample to = sample(run);
    tell("end");
    run.stopping.store(true);
    threads.clear();

    const double seconds = static_cast<double>(to.at - from.at) / 1e9;
    std::vector<double> rates;
    for (std::size_t i = 0; i < to.received.size(); ++i) {
        rates.push_back(static_cast<double>(to.received[i] - from.received[i]) / seconds);
    }
    const double slowest = *std::min_element(rates.begin(), rates.end());
    return {{"bench", "throughput"},
            {"peer", "tern"},
            {"channel", options.channel},
            {"mode", options.mode},
            {"exclusive", options.exclusive},
            {"length", options.length},
            {"subs", options.subs},
            {"seconds", seconds},
            {"published_per_s", static_cast<double>(to.published - from.published) / seconds},
            {"received_per_s", rates},
            {"messages_per_s", slowest},
            {"bytes_per_s", slowest * static_cast<double>(options.length)}};
}

nlohmann::json percentiles(const char* bench, std::vector<std::int64_t> times) {
    std::sort(times.begin(), times.end());
    const auto at = [&times](double share) {
        const auto rank =
            static_cast<std::size_t>(share * static_cast<double>(times.size()) + 0.999999);
        return times[std::clamp<std::size_t>(rank, 1, times.size()) - 1];
    };
    return {{"bench", bench},          {"peer", "tern"},        {"messages", times.size()},
            {"min_ns", times.front()}, {"p50_ns", at(0.5)},     {"p90_ns", at(0.9)},
            {"p99_ns", at(0.99)},      {"p99_9_ns", at(0.999)}, {"max_ns", times.back()}};
}

void answer(std::atomic<bool>& ready, const std::atomic<bool>& stopping, const Options& options) {
    Context context = connect("bench-pong");
    Subscription subscription = context.add_subscription(options.channel, kStream);
    const auto serve = [&](auto& publication) {
        FragmentAssembler assembler{[&](ConstBytes message, const FragmentHeader&) {
            while (!is_in(publication.offer(message)) &&
                   !stopping.load(std::memory_order_relaxed)) {
                spin();
            }
        }};
        ready.store(true);
        while (!stopping.load(std::memory_order_relaxed)) {
            if (subscription.poll(assembler, kFragmentLimit) == 0) {
                spin();
            }
        }
    };
    if (options.exclusive) {
        ExclusivePublication publication =
            context.add_exclusive_publication(options.replies(), kStream + 1);
        serve(publication);
    } else {
        Publication publication = context.add_publication(options.replies(), kStream + 1);
        serve(publication);
    }
}

template <typename Publication>
std::vector<std::int64_t> ask(const Options& options, Subscription& subscription,
                              Publication& publication) {
    std::int64_t answered = 0;
    FragmentAssembler assembler{[&answered](ConstBytes message, const FragmentHeader&) {
        answered = load_plain<std::int64_t>(message.data());
    }};
    while (!publication.is_connected() || !subscription.is_connected()) {
        std::this_thread::yield();
    }
    std::vector<std::byte> message(options.length);
    std::vector<std::int64_t> times;
    times.reserve(static_cast<std::size_t>(options.messages));
    const auto warmup = static_cast<std::int64_t>(options.warmup * 1000);
    if (warmup == 0) {
        tell("begin");
    }
    for (std::int64_t number = 1; number <= warmup + options.messages; ++number) {
        const std::int64_t start = nanos_now();
        store_plain(message.data(), number);
        while (!is_in(publication.offer(ConstBytes{message}))) {
            spin();
        }
        while (answered != number) {
            if (subscription.poll(assembler, kFragmentLimit) == 0) {
                spin();
            }
        }
        if (number > warmup) {
            times.push_back(nanos_now() - start);
        }
        if (number == warmup) {
            tell("begin");
        }
    }
    tell("end");
    return times;
}

nlohmann::json round_trip(const Options& options) {
    if (options.length < sizeof(std::int64_t) || options.messages < 1) {
        throw std::invalid_argument(
            "rtt needs --length of at least 8 and --messages of at least 1");
    }
    std::atomic<bool> ready{false};
    std::atomic<bool> stopping{false};
    std::jthread pong;
    if (options.has_role("pong")) {
        pong = run_end([&] { answer(ready, stopping, options); });
        while (!ready.load()) {
            std::this_thread::yield();
        }
        tell("ready");
    }
    if (!options.has_role("ping")) {
        pong.join();   // until it is killed
        return {};
    }
    Context context = connect("bench-ping");
    Subscription subscription = context.add_subscription(options.replies(), kStream + 1);
    std::vector<std::int64_t> times;
    if (options.exclusive) {
        ExclusivePublication publication =
            context.add_exclusive_publication(options.channel, kStream);
        times = ask(options, subscription, publication);
    } else {
        Publication publication = context.add_publication(options.channel, kStream);
        times = ask(options, subscription, publication);
    }
    stopping.store(true);
    return percentiles("rtt", std::move(times));
}

nlohmann::json floor() {
    constexpr std::int64_t kRounds = 200'000;
    alignas(kFalseSharingRange) std::atomic<std::int64_t> ball{0};
    std::jthread partner{[&ball] {
        for (std::int64_t i = 0; i < kRounds; ++i) {
            while (ball.load(std::memory_order_acquire) != 2 * i + 1) {
                spin();
            }
            ball.store(2 * i + 2, std::memory_order_release);
        }
    }};
    std::vector<std::int64_t> times;
    times.reserve(kRounds);
    for (std::int64_t i = 0; i < kRounds; ++i) {
        const std::int64_t start = nanos_now();
        ball.store(2 * i + 1, std::memory_order_release);
        while (ball.load(std::memory_order_acquire) != 2 * i + 2) {
            spin();
        }
        times.push_back(nanos_now() - start);
    }
    return percentiles("floor", std::move(times));
}

}  // namespace
}  // namespace tern::bench

int main(int argc, char** argv) {
    using namespace tern::bench;
    try {
        const Options options = parse(argc, argv);
        if (options.what == "throughput") {
            std::puts(throughput(options).dump().c_str());
        } else if (options.what == "rtt") {
            std::puts(round_trip(options).dump().c_str());
        } else if (options.what == "floor") {
            std::puts(tern::bench::floor().dump().c_str());
        } else {
            throw std::invalid_argument("unknown benchmark '" + options.what +
                                        "': throughput, rtt or floor");
        }
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "message_bench: %s\n", failure.what());
        return 1;
    }
    return 0;
}
