/// tern ping and tern pong: round trips.

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tern/cli/command.hpp"
#include "tern/cli/histogram.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/paced_sender.hpp"
#include "tern/cli/pause.hpp"
#include "tern/platform/signals.hpp"

namespace tern::cli {
namespace {

struct EchoOptions {
    DirectoryOption driver;
    Config ping{.channel = "aeron:ipc", .stream = 1002};
    Config pong{.channel = "aeron:ipc", .stream = 1003};

    void add_to(CLI::App& command) {
        driver.add_to(command);
        command.add_option("-c,--channel", ping.channel, "channel of the pings")
            ->type_name("URI")
            ->capture_default_str();
        command.add_option("-C,--pong-channel", pong.channel, "channel of the answers")
            ->type_name("URI")
            ->capture_default_str();
        command.add_option("-s,--stream", ping.stream, "stream id of the pings")
            ->type_name("ID")
            ->check(id())
            ->capture_default_str();
        command.add_option("-S,--pong-stream", pong.stream, "stream id of the answers")
            ->type_name("ID")
            ->check(id())
            ->capture_default_str();
    }
};

/// What to type for the other side; `ping` is the channel in use.
std::string as_arguments(const EchoOptions& options, const std::string& ping) {
    const EchoOptions defaults;
    std::string text = options.driver.as_argument();
    if (ping != defaults.ping.channel) text += " --channel '" + ping + "'";
    if (options.pong.channel != defaults.pong.channel) {
        text += " --pong-channel '" + options.pong.channel + "'";
    }
    if (options.ping.stream != defaults.ping.stream) {
        text += " --stream " + std::to_string(options.ping.stream);
    }
    if (options.pong.stream != defaults.pong.stream) {
        text += " --pong-stream " + std::to_string(options.pong.stream);
    }
    return text;
}

struct PingOptions {
    EchoOptions echo;
    std::uint64_t count = 100'000;
    std::uint64_t warm_up = 10'000;
    std::uint64_t size = 32;
    double rate = 0;
    double wait = 5;
    double timeout = 10;
    bool json = false;
};

/// Sends a message, waits for it to come back, and takes the time.
class Pinger {
  public:
    Pinger(const PingOptions& options, const Context& context)
        : options_(options), context_(context), message_(options.size) {}

    /// False where a signal asked for the end.
    bool run(ExclusivePublication& pings, Subscription& pongs, std::uint64_t count,
             Histogram* histogram) {
        PacedSender sender(
            context_, pings,
            {.for_subscriber = seconds(options_.wait), .for_room = seconds(options_.timeout)},
            hint());
        if (!sender.wait_for_subscriber() || !wait_for(pongs)) return false;
        const Schedule schedule(options_.rate, monotonic_now());
        for (std::uint64_t number = 0; number < count; ++number) {
            const bool is_paced = schedule.is_paced();
            if (is_paced && !wait_until(schedule.due(number))) return false;
            // On a schedule a stall counts against every message that it delays.
            const Nanos sent = is_paced ? schedule.due(number) : monotonic_now();
            const std::int64_t stamp = sent.count();
            std::memcpy(message_.data(), &stamp, sizeof stamp);
            if (!sender.send(message_)) return false;
            const auto answered = answer(pongs, stamp);
            if (!answered) return false;
            if (histogram != nullptr) histogram->record(*answered - sent);
        }
        return true;
    }

    std::string hint() const {
        return "start the other side with: tern pong" +
               as_arguments(options_.echo, options_.echo.ping.channel);
    }

  private:
    bool wait_for(Subscription& pongs) const {
        const Nanos deadline = monotonic_now() + seconds(options_.wait);
        while (!pongs.is_connected()) {
            if (monotonic_now() >= deadline) {
                throw CommandError("nobody answers on " +
                                   StreamOptions::text_of_stream(options_.echo.pong) + "; " +
                                   hint());
            }
            if (!pause_unless_stopped(std::chrono::milliseconds{1})) return false;
        }
        return true;
    }

    /// When the answer to that stamp came; nullopt where a signal asked for the end.
    std::optional<Nanos> answer(Subscription& pongs, std::int64_t stamp) const {
        const Nanos deadline = monotonic_now() + seconds(options_.timeout);
        for (int tries = 1;; ++tries) {
            if (const auto message = pongs.poll()) {
                if (message->buffer.size() < sizeof stamp ||
                    load_plain<std::int64_t>(message->buffer.data()) != stamp) {
                    continue;  // somebody else's, or an old one's
                }
                return monotonic_now();
            }
            if (tries % 64 != 0) continue;
            std::this_thread::yield();
            if (platform::stop_signal() != 0) return std::nullopt;
            if (pongs.is_closed()) {
                throw_stream_ended(context_, StreamOptions::text_of_stream(options_.echo.pong));
            }
            if (monotonic_now() >= deadline) {
                throw CommandError("no answer for " + duration_text(seconds(options_.timeout)) +
                                   "; " + hint());
            }
        }
    }

    const PingOptions& options_;
    const Context& context_;
    std::vector<std::byte> message_;
};

void report(const PingOptions& options, const Histogram& histogram, Nanos took) {
    if (options.json) {
        Json json{{"channel", options.echo.ping.channel},
                  {"size", options.size},
                  {"rate", options.rate},
                  {"seconds", std::chrono::duration<double>(took).count()}};
        json["round_trip"] = percentiles_json(histogram);
        print_json(json);
        return;
    }
    print(grouped(static_cast<std::int64_t>(histogram.count())) + " round trips of " +
          grouped(static_cast<std::int64_t>(options.size)) + " bytes over " +
          options.echo.ping.channel + " in " + duration_text(took) + "\n" +
          percentiles_table(histogram));
}

int run_ping(const PingOptions& options) {
    platform::catch_stop_signals();
    Context context = connect(options.echo.driver, "tern ping");
    Subscription pongs = subscriber(context, options.echo.pong);
    ExclusivePublication pings = exclusive_publisher(context, options.echo.ping);
    Pinger pinger(options, context);
    const auto histogram = std::make_unique<Histogram>();
    const bool is_warm = pinger.run(pings, pongs, options.warm_up, nullptr);
    const Nanos start = monotonic_now();
    const bool finished = is_warm && pinger.run(pings, pongs, options.count, histogram.get());
    if (!finished && histogram->count() == 0) {
        throw CommandError("stopped before anything was measured");
    }
    report(options, *histogram, monotonic_now() - start);
    return finished ? kSuccess : kFailure;
}

/// A new asker may be seen before its subscription is; one that has gone waits for no answer.
void answer(const Context& context, const EchoOptions& options, ExclusivePublication& pongs,
            std::span<const std::byte> message) {
    OfferResult sent = pongs.offer(message);
    if (sent) return;
    constexpr Nanos kForAsker = std::chrono::seconds{5};
    const Nanos deadline = monotonic_now() + kForAsker;
    const std::string stream = StreamOptions::text_of_stream(options.pong);
    for (; !sent && platform::stop_signal() == 0; sent = pongs.offer(message)) {
        switch (sent.status()) {
            case OfferStatus::not_connected:
                if (monotonic_now() >= deadline) return;
                std::this_thread::sleep_for(std::chrono::microseconds{100});
                break;
            case OfferStatus::error:
                throw CommandError("a ping is longer than " +
                                   std::to_string(pongs.max_message_length()) +
                                   " bytes, the most that " + stream +
                                   " takes; use longer terms (term-length=...)");
            case OfferStatus::closed:
            case OfferStatus::max_position_exceeded: throw_stream_ended(context, stream);
            case OfferStatus::ok:
            case OfferStatus::admin_action:
            case OfferStatus::back_pressured: std::this_thread::yield(); break;
        }
    }
}

/// Sends everything back. Looks all the time while messages come, and less often when none does.
int run_pong(const EchoOptions& options) {
    platform::catch_stop_signals();
    constexpr Nanos kEager = std::chrono::milliseconds{100};
    Context context = connect(options.driver, "tern pong");
    Subscription pings = subscriber(context, options.ping);
    ExclusivePublication pongs = exclusive_publisher(context, options.pong);
    const std::string channel = channel_in_use(pings);
    note("answering " + StreamOptions::text_of_stream({channel, options.ping.stream}) + " on " +
         StreamOptions::text_of_stream(options.pong) + "; next: tern ping" +
         as_arguments(options, channel));
    Nanos last = monotonic_now();
    for (std::uint64_t tries = 1; platform::stop_signal() == 0; ++tries) {
        if (const auto message = pings.poll()) {
            answer(context, options, pongs, message->buffer);
            continue;
        }
        if (tries % 64 != 0) continue;
        if (pings.is_closed()) {
            throw_stream_ended(context, StreamOptions::text_of_stream(options.ping));
        }
        if (pings.is_connected()) {
            std::this_thread::yield();
            last = monotonic_now();
        } else if (monotonic_now() - last > kEager) {
            pause_unless_stopped(std::chrono::milliseconds{1});
        }
    }
    return kSuccess;
}

}  // namespace

void add_ping(CLI::App& app, int& status) {
    auto options = std::make_shared<PingOptions>();
    CLI::App* command = app.add_subcommand("ping", "measure round trips to a tern pong");
    options->echo.add_to(*command);
    command->add_option("-n,--count", options->count, "how many are measured")
        ->type_name("N")
        ->check(count_from(1))
        ->capture_default_str();
    command->add_option("--warm-up", options->warm_up, "how many before that are not")
        ->type_name("N")
        ->check(count_from(0))
        ->capture_default_str();
    command->add_option("--size", options->size, "bytes of a message")
        ->type_name("BYTES")
        ->transform(byte_size(8, kLongestMessage))
        ->capture_default_str();
    command
        ->add_option("-r,--rate", options->rate,
                     "messages a second, on a schedule (default: the next when one is back)")
        ->type_name("N")
        ->check(above_zero());
    command->add_option("-w,--wait", options->wait, "seconds to wait for the other side")
        ->type_name("SECONDS")
        ->check(not_negative())
        ->capture_default_str();
    command->add_option("--timeout", options->timeout, "seconds to wait for an answer")
        ->type_name("SECONDS")
        ->check(above_zero())
        ->capture_default_str();
    command->add_flag("--json", options->json, "percentiles as JSON");
    command->footer(
        "With --rate the time runs from when a message was due: a stall counts against\n"
        "every message that it delays.\n"
        "Over UDP pings and answers need a channel each, on both sides:\n"
        "  tern ping -c 'aeron:udp?endpoint=10.0.0.7:20123' -C "
        "'aeron:udp?endpoint=10.0.0.3:20124'\n" +
        std::string{kExitStatusHelp});
    command->callback([options, &status] { status = run_ping(*options); });
}

void add_pong(CLI::App& app, int& status) {
    auto options = std::make_shared<EchoOptions>();
    CLI::App* command = app.add_subcommand("pong", "send back what a tern ping sends");
    options->add_to(*command);
    command->footer(
        "Ends at Ctrl-C. Over UDP pings and answers need a channel each, on both sides:\n"
        "  tern pong -c 'aeron:udp?endpoint=10.0.0.7:20123' -C "
        "'aeron:udp?endpoint=10.0.0.3:20124'\n" +
        std::string{kExitStatusHelp});
    command->callback([options, &status] { status = run_pong(*options); });
}

}  // namespace tern::cli
