/// tern sub: receives messages and shows them.

#include <memory>
#include <optional>
#include <string>

#include "tern/cli/command.hpp"
#include "tern/cli/message_printer.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/paced_sender.hpp"
#include "tern/platform/signals.hpp"
#include "tern/platform/terminal.hpp"

namespace tern::cli {
namespace {

using Format = MessagePrinter::Format;

struct SubOptions {
    StreamOptions stream;
    std::string format = "text";
    bool json = false;
    std::uint64_t count = 0;
    double timeout = 0;
    bool exits_at_end = false;
};

Format format_of(const std::string& name) {
    if (name == "hex") return Format::hex;
    if (name == "raw") return Format::raw;
    if (name == "count") return Format::count;
    return Format::text;
}

/// Reads until it is told to end, and throws where the stream ends by itself.
class Receiver {
  public:
    Receiver(const SubOptions& options, const Context& context, Subscription& subscription)
        : options_(options),
          context_(context),
          subscription_(subscription),
          printer_(format_of(options.format), options.json, monotonic_now()),
          last_message_(monotonic_now()) {}

    void run() {
        while (platform::stop_signal() == 0 && !has_enough()) {
            const bool goes_on = receive_what_is_there() && wait_for_more();
            if (!goes_on) return;  // nobody reads what we print, or there will be no more
        }
        printer_.finish(monotonic_now());
    }

  private:
    bool has_enough() const { return options_.count > 0 && printer_.messages() >= options_.count; }

    /// False where nobody reads standard output any more. Looks up now and then.
    bool receive_what_is_there() {
        constexpr int kAtOnce = 1000;
        for (int i = 0; i < kAtOnce && !has_enough(); ++i) {
            const auto message = subscription_.poll();
            if (!message) break;
            if (!take(*message)) return false;
        }
        return printer_.tick(monotonic_now());
    }

    bool take(const Message& message) {
        was_connected_ = true;
        is_idle_ = false;
        return printer_.show(message);
    }

    /// False at the end of the stream, or where nobody reads.
    bool wait_for_more() {
        const Nanos now = monotonic_now();
        if (!is_idle_) last_message_ = now;
        is_idle_ = true;
        if (has_enough()) return true;
        if (!flush()) return false;
        const bool is_connected = subscription_.is_connected();
        if (const auto message = subscription_.take_for(std::chrono::milliseconds{50})) {
            return take(*message);
        }
        if (subscription_.is_closed()) throw_stream_ended(context_, options_.stream.as_text());
        was_connected_ |= is_connected;
        if (options_.exits_at_end && was_connected_ && !is_connected) {
            printer_.finish(now);
            return false;
        }
        if (options_.timeout > 0 && now - last_message_ >= seconds(options_.timeout)) give_up(now);
        return true;
    }

    [[noreturn]] void give_up(Nanos now) {
        printer_.finish(now);
        throw CommandError("no message on " + options_.stream.as_text() + " for " +
                           duration_text(seconds(options_.timeout)) + "; send one with: tern pub" +
                           options_.stream.as_arguments() + " hello");
    }

    const SubOptions& options_;
    const Context& context_;
    Subscription& subscription_;
    MessagePrinter printer_;
    Nanos last_message_;
    bool is_idle_ = true;
    bool was_connected_ = false;
};

int run(const SubOptions& options) {
    platform::catch_stop_signals();
    Context context = connect(options.stream.driver, "tern sub");
    Subscription subscription = subscriber(context, options.stream.config);
    const std::string channel = channel_in_use(subscription);
    const bool is_told = channel == options.stream.config.channel;
    if (!is_told || platform::is_terminal(platform::StandardStream::errors)) {
        note("listening on " +
             StreamOptions::text_of_stream({channel, options.stream.config.stream}) +
             "; Ctrl-C ends");
    }
    Receiver{options, context, subscription}.run();
    return kSuccess;
}

}  // namespace

void add_sub(CLI::App& app, int& status) {
    auto options = std::make_shared<SubOptions>();
    CLI::App* command = app.add_subcommand("sub", "receive messages");
    options->stream.add_to(*command);
    command
        ->add_option("-o,--format", options->format,
                     "text: a line each; hex: a dump; raw: the bytes alone;\n"
                     "count: rates each second")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "hex", "raw", "count"}))
        ->capture_default_str();
    command->add_flag("--json", options->json,
                      "an object a line for each message, or for each second's rates");
    command->add_option("-n,--count", options->count, "stop after so many messages")
        ->type_name("N")
        ->check(count_from(1));
    command->add_option("--timeout", options->timeout, "fail after so many seconds without one")
        ->type_name("SECONDS")
        ->check(above_zero());
    command->add_flag("-e,--exit-at-end", options->exits_at_end,
                      "stop when publishers were there and the last one has gone");
    command->footer(
        "  tern sub                    tern sub --json | jq .text\n"
        "  tern sub --format count     tern sub --count 1 --timeout 5\n"
        "  tern sub --channel 'aeron:udp?endpoint=0.0.0.0:40123'\n"
        "JSON has the bytes of a message as text where they are UTF-8, else as hex.\n" +
        std::string{kChannelHelp} +
        "  aeron-spy:aeron:udp?endpoint=10.0.0.7:40123    what this driver sends there\n"
        "Port 0 takes a free one, and says which.\n" +
        kExitStatusHelp);
    command->callback([options, &status] {
        if (options->json && options->format == "raw") {
            throw CLI::ValidationError("--json", "excludes --format raw");
        }
        status = run(*options);
    });
}

}  // namespace tern::cli
