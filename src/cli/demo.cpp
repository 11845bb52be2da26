/// tern demo: a driver here, a publisher and a subscriber in processes of their own, and how fast
/// messages cross between them.

#include <optional>
#include <string>
#include <vector>

#include "tern/base/version.hpp"
#include "tern/cli/command.hpp"
#include "tern/cli/demo_streams.hpp"
#include "tern/cli/output.hpp"
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
    double rate = 10'000;
    std::string role;
    bool json = false;
};

/// What a run of the two processes came to.
struct Phase {
    std::string name;
    double rate;
    Json total;  // of the subscriber
    Json sent;   // of the publisher
};

/// All of it together takes less than 32 MiB of shared memory, the log that the first half leaves
/// behind included. A driver that sleeps long while publisher and subscriber wait for a processor
/// would be what the demo measures.
EmbeddedDriver start_driver(const std::string& directory) {
    return EmbeddedDriver{{.directory = directory,
                           .settings = {{"aeron.threading.mode", "SHARED"},
                                        {"aeron.shared.idle.strategy", "backoff"},
                                        {"aeron.shared.idle.strategy.init.args", "10-20-1us-20us"},
                                        {"aeron.ipc.term.buffer.length", "2m"},
                                        {"aeron.counters.buffer.length", "1m"}}}};
}

std::unique_ptr<ChildProgram> start(const std::string& role, const DemoStream& stream) {
    auto child = ChildProgram::start({
        platform::own_program(),
        "demo",
        "--role",
        role,
        "--dir",
        stream.directory,
        "--stream",
        std::to_string(stream.config.stream),
        "--size",
        std::to_string(stream.size),
        "--rate",
        std::to_string(stream.rate),
        "--seconds",
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

double per_second(const Json& tally, const char* what) {
    return tally.at(what).get<double>() / std::max(1e-9, tally.at("seconds").get<double>());
}

std::string latency_text(const Json& tally, const char* key) {
    return duration_text(Nanos{tally.at("latency").at(key).get<std::int64_t>()});
}

std::string columns(const std::string& first, const std::string& messages, const std::string& bytes,
                    const std::string& p50, const std::string& p99, const std::string& max) {
    return right(first, 8) + right(messages, 15) + right(bytes, 13) + right(p50, 12) +
           right(p99, 12) + right(max, 12);
}

/// Shows one line after another; on a terminal one that changes.
class Display {
  public:
    explicit Display(bool is_quiet) : is_quiet_(is_quiet) {}

    void begin(const std::string& title) {
        if (is_quiet_) return;
        print(
            "\n" + styled(Look::bold, title) + "\n" +
            styled(Look::faint, columns("", "messages/s", "bytes/s", "latency p50", "p99", "max")) +
            "\n");
        elapsed_ = 0;
    }
    void show(const Json& interval) {
        if (is_quiet_) return;
        elapsed_ += interval.at("seconds").get<double>();
        show_line(elapsed_text(), interval, is_styled() ? "\r\x1b[K" : "", is_styled() ? "" : "\n");
    }
    void end(const Json& total) {
        if (!is_quiet_) show_line("all", total, is_styled() ? "\r\x1b[K" : "", "\n");
    }

  private:
    std::string elapsed_text() const {
        const auto tenths = static_cast<std::int64_t>(elapsed_ * 10 + 0.5);
        return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
    }
    static void show_line(const std::string& first, const Json& tally, const char* before,
                          const char* after) {
        print(before +
              columns(first, grouped(static_cast<std::int64_t>(per_second(tally, "messages"))),
                      bytes_text(per_second(tally, "bytes")), latency_text(tally, "p50_ns"),
                      latency_text(tally, "p99_ns"), latency_text(tally, "max_ns")) +
              after);
    }

    bool is_quiet_;
    double elapsed_ = 0;
};

[[noreturn]] void end_early(const char* who) {
    if (platform::stop_signal() != 0) throw CommandError("stopped before it was done");
    throw CommandError(std::string{"the demo's "} + who + " ended too early; its message is above");
}

/// Both of them are watched: a subscriber without a publisher would wait for ever.
void run_phase(const DemoStream& stream, Display& display, Phase& phase) {
    const auto subscriber = start("subscriber", stream);
    if (!next_report(*subscriber, kForever).json) end_early("subscriber");  // it is ready
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
        if (sent.is_last && phase.sent.is_null()) end_early("publisher");
        publishes = !sent.is_last;
    }
    if (phase.total.is_null()) end_early("subscriber");
    display.end(phase.total);
    if (phase.sent.is_null()) phase.sent = next_report(*publisher, kForever).json.value_or(Json{});
    if (publisher->wait() != kSuccess || phase.sent.is_null()) end_early("publisher");
    if (subscriber->wait() != kSuccess) end_early("subscriber");
}

/// Why the phase is not a success; empty where it is.
std::string fault_of(const Phase& phase) {
    const auto sent = phase.sent.at("sent").get<std::uint64_t>();
    const auto received = phase.total.at("messages").get<std::uint64_t>();
    const auto wrong = phase.total.at("wrong").get<std::uint64_t>();
    if (sent == received && wrong == 0) return "";
    return std::to_string(sent) + " messages were sent, " + std::to_string(received) +
           " came, and " + std::to_string(wrong) + " of those were not as sent: this is a bug";
}

void summarise(const DemoOptions& options, const std::vector<Phase>& phases) {
    if (options.json) {
        Json json{{"size", options.stream.size}, {"phases", Json::array()}};
        for (const Phase& phase : phases) {
            Json one{{"name", phase.name}, {"rate", phase.rate}};
            one.update(phase.total);
            one["messages_per_second"] = per_second(phase.total, "messages");
            one["bytes_per_second"] = per_second(phase.total, "bytes");
            one["back_pressured"] = phase.sent.at("back_pressured");
            json["phases"].push_back(std::move(one));
        }
        print_json(json);
        return;
    }
    std::int64_t messages = 0;
    for (const Phase& phase : phases) messages += phase.total.at("messages").get<std::int64_t>();
    const Json& fast = phases.front().total;
    const Json& steady = phases.back().total;
    print("\n" + styled(Look::bold, "Summary") + "\n  throughput  " +
          grouped(static_cast<std::int64_t>(per_second(fast, "messages"))) + " messages/s, " +
          bytes_text(per_second(fast, "bytes")) + "/s\n  latency     p50 " +
          latency_text(steady, "p50_ns") + ", p99 " + latency_text(steady, "p99_ns") + ", p99.9 " +
          latency_text(steady, "p99_9_ns") + " at " +
          grouped(static_cast<std::int64_t>(options.rate)) + " messages/s\n  " +
          styled(Look::good,
                 "all " + grouped(messages) + " messages arrived, once, in order and whole") +
          "\n");
}

int run_demo(const DemoOptions& options) {
    platform::catch_stop_signals();
    EmbeddedDriver driver = start_driver(options.stream.directory);
    DemoStream stream = options.stream;
    stream.seconds /= 2;  // for each half
    stream.directory = driver.directory();
    stream.report_every = is_styled() ? 0.25 : 1;
    if (!options.json) {
        print("tern " + std::string{version_text()} +
              ": a driver in this process, a publisher and a subscriber in their own, " +
              grouped(static_cast<std::int64_t>(stream.size)) +
              "-byte\nmessages over shared memory (" + stream.config.channel + "),\nfiles in " +
              stream.directory + "\n");
    }
    std::vector<Phase> phases{{"fast", 0, {}, {}}, {"steady", options.rate, {}, {}}};
    const std::vector<std::string> titles{
        "As fast as they go: the time in flight is that of a full queue",
        grouped(static_cast<std::int64_t>(options.rate)) +
            " messages a second: the time in flight is the latency"};
    Display display(options.json);
    for (std::size_t i = 0; i < phases.size(); ++i) {
        stream.rate = phases[i].rate;
        display.begin(titles[i]);
        run_phase(stream, display, phases[i]);
        if (const std::string fault = fault_of(phases[i]); !fault.empty()) {
            throw CommandError(fault);
        }
        ++stream.config.stream;  // its driver still knows the first subscriber for a moment
    }
    summarise(options, phases);
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
    command->add_option("-r,--rate", options->rate, "messages a second of the second half")
        ->type_name("N")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    command->add_option("--seconds", options->stream.seconds, "how long it takes, both halves")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.01, 3600.0))
        ->capture_default_str();
    command->add_flag("--json", options->json, "only the summary, as JSON");
    // How it starts its own processes.
    command->add_option("--role", options->role)
        ->check(CLI::IsMember({"publisher", "subscriber"}))
        ->group("");
    command->add_option("--stream", options->stream.config.stream)->group("");
    command->add_option("--report-every", options->stream.report_every)->group("");
    command->add_option("--parent", options->stream.parent_pid)->group("");
    command->footer("Needs no driver, and less than 32 MiB of /dev/shm.\n" +
                    std::string{kExitStatusHelp});
    command->callback([options, &status] { status = run(*options); });
}

}  // namespace tern::cli
