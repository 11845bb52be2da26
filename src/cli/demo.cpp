/// tern demo: a driver here, a publisher and a subscriber in processes of their own, and how fast
/// messages cross between them: over shared memory, UDP unicast and UDP multicast.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tern/base/version.hpp"
#include "tern/cli/command.hpp"
#include "tern/cli/demo_display.hpp"
#include "tern/cli/demo_streams.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/pause.hpp"
#include "tern/embedded_driver.hpp"
#include "tern/platform/child_program.hpp"
#include "tern/platform/environment.hpp"
#include "tern/platform/signals.hpp"

namespace tern::cli {
namespace {

using platform::ChildProgram;
using Outcome = platform::LineInput::Outcome;

struct DemoOptions {
    DemoStream stream{};
    double rate = 2'000;
    std::string role;
    bool json = false;
};

/// All of it together takes less than 48 MiB of shared memory, the logs that earlier rounds leave
/// behind for a moment included. A driver that sleeps long while publisher and subscriber wait for
/// a processor would be what the demo measures. The socket buffer is the most that Linux gives
/// without asking, and holds a window of packets with what the kernel adds to each.
EmbeddedDriver start_driver(const std::string& directory) try {
    return EmbeddedDriver{{.directory = directory,
                           .settings = {{"aeron.threading.mode", "SHARED"},
                                        {"aeron.shared.idle.strategy", "backoff"},
                                        {"aeron.shared.idle.strategy.init.args", "10-20-1us-20us"},
                                        {"aeron.ipc.term.buffer.length", "1m"},
                                        {"aeron.term.buffer.length", "1m"},
                                        {"aeron.socket.so_rcvbuf", "200k"},
                                        {"aeron.publication.linger.timeout", "1s"},
                                        {"aeron.counters.buffer.length", "1m"}}}};
} catch (const DriverStartError& error) {
    const std::string text = error.what();
    const bool names_setting = text.find("aeron.dir") != text.npos;
    throw CommandError(text + (names_setting ? "; aeron.dir is --dir here" : ""));
}

/// What is added to a channel for its publisher: few large packets, as fits this machine's own
/// network.
std::string for_publisher(const std::string& channel) {
    return channel.starts_with("aeron:udp") ? channel + "|mtu=8k" : channel;
}

std::vector<DemoRound> rounds_of_demo() {
    // A port of our own among those that are free as a rule: others may show a demo as well.
    const auto port = 20'000 + platform::process_id() % 10'000;
    const std::string group = "224.20.30.39:" + std::to_string(port);
    return {{"ipc", "Shared memory", "aeron:ipc", "", {}},
            {"udp", "UDP unicast", "aeron:udp?endpoint=127.0.0.1:0", "", {}},
            {"multicast",
             "UDP multicast",
             "aeron:udp?endpoint=" + group + "|interface=127.0.0.1",
             "",
             {}}};
}

/// Why no message would come through; empty where one did.
std::string why_not(const DemoStream& stream) {
    try {
        Context context{{.directory = stream.directory, .client_name = "tern demo"}};
        const Subscription in = subscriber(context, stream.config);
        ExclusivePublication out =
            exclusive_publisher(context, {for_publisher(channel_in_use(in)), stream.config.stream});
        constexpr int kTries = 150;
        for (int i = 0; i < kTries; ++i) {
            if (in.is_connected() && out.is_connected()) return "";
            if (!pause_unless_stopped(std::chrono::milliseconds{20})) break;
        }
        return "this machine lets no such packets through";
    } catch (const RegistrationError& error) {
        return error.what();
    } catch (const CommandError& error) { return error.what(); }
}

std::unique_ptr<ChildProgram> start(const std::string& role, const DemoStream& stream) {
    auto child = ChildProgram::start({
        platform::own_program(),
        "demo",
        "--role",
        role,
        "--dir",
        stream.directory,
        "--channel",
        stream.config.channel,
        "--stream",
        std::to_string(stream.config.stream),
        "--size",
        std::to_string(stream.size),
        "--rate",
        std::to_string(stream.rate),
        "--phase-seconds",
        std::to_string(stream.seconds),
        "--report-every",
        std::to_string(stream.report_every),
        "--parent",
        std::to_string(platform::process_id()),
    });
    if (!child) throw CommandError(child.error().text);
    return *std::move(child);
}

constexpr Nanos kForever = Nanos::max();

struct Report {
    std::optional<Json> json;
    bool is_last = false;  // there will be no more of them, or a signal came
};

/// The next report of a child; none where none comes within `at_most`.
Report next_report(ChildProgram& child, Nanos at_most) {
    const Nanos piece = std::min<Nanos>(at_most, std::chrono::milliseconds{200});
    std::string line;
    while (platform::stop_signal() == 0) {
        const Outcome outcome = child.output().next(line, piece);
        if (outcome == Outcome::line) return {.json = Json::parse(line)};
        if (outcome != Outcome::nothing_yet) break;
        if (at_most != kForever) return {};
    }
    return {.is_last = true};
}

void end_if_stopped() {
    if (platform::stop_signal() != 0) throw CommandError("stopped before it was done");
}

/// Of a child that has closed its output.
[[noreturn]] void end_early(const std::string& who, ChildProgram& child) {
    end_if_stopped();
    constexpr int kSignals = 128;  // above it a status is a signal
    const int status = child.wait();
    if (status > kSignals) {
        throw CommandError("the demo's " + who + " was killed by signal " +
                           std::to_string(status - kSignals));
    }
    throw CommandError("the demo's " + who + " ended too early; its message is above");
}

/// Both of them are watched: a subscriber without a publisher would wait for ever.
void run_phase(DemoStream stream, DemoDisplay& display, DemoRound::Phase& phase) {
    const auto subscriber = start("subscriber", stream);
    const Report ready = next_report(*subscriber, kForever);
    if (!ready.json) end_early("subscriber", *subscriber);
    stream.config.channel = for_publisher(ready.json->at("ready").get<std::string>());
    const auto publisher = start("publisher", stream);
    bool publishes = true;
    while (true) {
        const Report report = next_report(*subscriber, std::chrono::milliseconds{100});
        if (report.is_last) break;
        if (report.json && report.json->contains("interval")) {
            display.show(report.json->at("interval"));
        }
        if (report.json && report.json->contains("total")) phase.total = report.json->at("total");
        if (!publishes) continue;
        const Report sent = next_report(*publisher, Nanos{0});
        if (sent.json) phase.sent = *sent.json;
        if (sent.is_last && phase.sent.is_null()) end_early("publisher", *publisher);
        publishes = !sent.is_last;
    }
    if (phase.total.is_null()) end_early("subscriber", *subscriber);
    display.end_phase(phase.total);
    if (phase.sent.is_null()) phase.sent = next_report(*publisher, kForever).json.value_or(Json{});
    if (publisher->wait() != kSuccess || phase.sent.is_null()) end_early("publisher", *publisher);
    if (subscriber->wait() != kSuccess) end_early("subscriber", *subscriber);
}

/// Why the phase is not a success; empty where it is.
std::string fault_of(const DemoRound::Phase& phase) {
    const auto sent = phase.sent.at("sent").get<std::uint64_t>();
    const auto received = phase.total.at("messages").get<std::uint64_t>();
    const auto wrong = phase.total.at("wrong").get<std::uint64_t>();
    if (sent == received && wrong == 0) return "";
    return std::to_string(sent) + " messages were sent, " + std::to_string(received) +
           " came, and " + std::to_string(wrong) + " of those were not as sent: this is a bug";
}

void run_round(DemoStream& stream, double rate, DemoDisplay& display, DemoRound& round) {
    stream.config.channel = round.channel;
    round.skipped = why_not(stream);
    ++stream.config.stream;  // the driver still knows the last ones for a moment
    end_if_stopped();
    if (!round.skipped.empty()) {
        display.skip(round);
        return;
    }
    display.begin_round(round);
    for (const double one : {0.0, rate}) {
        stream.rate = one;
        display.begin_phase(one);
        DemoRound::Phase& phase = round.phases.emplace_back();
        phase.rate = one;
        run_phase(stream, display, phase);
        if (const std::string fault = fault_of(phase); !fault.empty()) throw CommandError(fault);
        ++stream.config.stream;
    }
}

int run_demo(const DemoOptions& options) {
    platform::catch_stop_signals();
    EmbeddedDriver driver = start_driver(options.stream.directory);
    std::vector<DemoRound> rounds = rounds_of_demo();
    DemoStream stream = options.stream;
    stream.seconds /= static_cast<double>(2 * rounds.size());  // for each half of each
    stream.directory = driver.directory();
    stream.report_every = is_styled() ? 0.25 : 1;
    if (!options.json) {
        print("tern " + std::string{version_text()} +
              ": a driver in this process, a publisher and a subscriber in their own, " +
              grouped(static_cast<std::int64_t>(stream.size)) +
              "-byte\nmessages over shared memory and UDP, files in " + stream.directory + "\n");
    }
    DemoDisplay display(options.json);
    for (DemoRound& round : rounds) run_round(stream, options.rate, display, round);
    if (!rounds.front().skipped.empty()) throw CommandError(rounds.front().skipped);
    display.summarise(rounds);
    if (options.json) print_json(json_of_demo(options.stream.size, rounds));
    return kSuccess;
}

int run(DemoOptions options) {
    if (options.role.empty()) return run_demo(options);
    options.stream.rate = options.rate;
    return options.role == "publisher" ? publish_demo(options.stream)
                                       : subscribe_demo(options.stream);
}

}  // namespace

void add_demo(CLI::App& app, int& status) {
    auto options = std::make_shared<DemoOptions>();
    CLI::App* command = app.add_subcommand(
        "demo", "show messages crossing between processes, with a driver of its own");
    command
        ->add_option("-d,--dir", options->stream.directory,
                     "where the driver's files go (default: a fresh one, deleted at the end)")
        ->type_name("PATH");
    command->add_option("--size", options->stream.size, "bytes of a message")
        ->type_name("BYTES")
        ->transform(byte_size(24, 64 * 1024))
        ->capture_default_str();
    command->add_option("-r,--rate", options->rate, "messages a second of each second half")
        ->type_name("N")
        ->check(between(0, 1e9))
        ->capture_default_str();
    command
        ->add_option("--seconds", options->stream.seconds, "how long messages are sent, all in all")
        ->type_name("SECONDS")
        ->check(between(0.01, 3600))
        ->capture_default_str();
    command->add_flag("--json", options->json, "only the summary, as JSON");
    // How it starts its own processes.
    command->add_option("--role", options->role)
        ->check(CLI::IsMember({"publisher", "subscriber"}))
        ->group("");
    command->add_option("--phase-seconds", options->stream.seconds)->group("");
    command->add_option("--channel", options->stream.config.channel)->group("");
    command->add_option("--stream", options->stream.config.stream)->group("");
    command->add_option("--report-every", options->stream.report_every)->group("");
    command->add_option("--parent", options->stream.parent_pid)->group("");
    command->footer(
        "Three rounds: shared memory, UDP unicast, UDP multicast; each as fast as it goes and at\n"
        "a steady rate. Needs no driver, no network but the machine's own, and less than\n"
        "48 MiB of /dev/shm. Ends by itself.\n" +
        std::string{kExitStatusHelp});
    command->callback([options, &status] { status = run(*options); });
}

}  // namespace tern::cli
