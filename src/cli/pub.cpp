/// tern pub: sends messages.

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tern/cli/command.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/paced_sender.hpp"
#include "tern/platform/line_input.hpp"
#include "tern/platform/signals.hpp"
#include "tern/platform/terminal.hpp"

namespace tern::cli {
namespace {

struct PubOptions {
    StreamOptions stream;
    std::vector<std::string> messages;
    std::string file = "-";
    bool whole = false;
    std::uint64_t size = 0;
    bool is_generated = false;
    std::uint64_t count = 0;
    double rate = 0;
    double wait = 5;
    double timeout = 10;
    bool quiet = false;
    bool json = false;
};

/// Where messages come from, one after another. The bytes are valid until the next call.
class Source {
  public:
    enum class Outcome { message, nothing_yet, end };

    virtual ~Source() = default;
    virtual Outcome next(std::span<const std::byte>& message) = 0;
};

/// The words of the command line, again and again where --count wants more.
class Words final : public Source {
  public:
    Words(const std::vector<std::string>& words, std::uint64_t count)
        : words_(words), left_(count > 0 ? count : words.size()) {}
    Outcome next(std::span<const std::byte>& message) override {
        if (left_ == 0) return Outcome::end;
        --left_;
        message = bytes_of(words_[next_++ % words_.size()]);
        return Outcome::message;
    }

  private:
    const std::vector<std::string>& words_;
    std::uint64_t left_;
    std::size_t next_ = 0;
};

class Lines final : public Source {
  public:
    Lines(platform::LineInput input, std::uint64_t count)
        : input_(std::move(input)), left_(count > 0 ? count : UINT64_MAX) {}
    Outcome next(std::span<const std::byte>& message) override {
        if (left_ == 0) return Outcome::end;
        switch (input_.next(line_, std::chrono::milliseconds{200})) {
            case platform::LineInput::Outcome::line: break;
            case platform::LineInput::Outcome::nothing_yet: return Outcome::nothing_yet;
            case platform::LineInput::Outcome::end: return Outcome::end;
            case platform::LineInput::Outcome::failed:
                throw CommandError(input_.error().text + "; is it a file?");
        }
        --left_;
        message = bytes_of(line_);
        return Outcome::message;
    }

  private:
    platform::LineInput input_;
    std::uint64_t left_;
    std::string line_;
};

/// Zeros that begin with the number of the message, as Aeron's streaming samples send them.
class Generated final : public Source {
  public:
    Generated(std::size_t size, std::uint64_t count)
        : bytes_(size), left_(count > 0 ? count : UINT64_MAX) {}
    Outcome next(std::span<const std::byte>& message) override {
        if (left_ == 0) return Outcome::end;
        --left_;
        std::memcpy(bytes_.data(), &number_, std::min(sizeof number_, bytes_.size()));
        ++number_;
        message = bytes_;
        return Outcome::message;
    }

  private:
    std::vector<std::byte> bytes_;
    std::uint64_t left_;
    std::int64_t number_ = 0;
};

std::unique_ptr<Source> source_of(const PubOptions& options) {
    if (options.is_generated) return std::make_unique<Generated>(options.size, options.count);
    if (!options.messages.empty()) {
        return std::make_unique<Words>(options.messages, options.count);
    }
    if (options.file == "-" && platform::is_terminal(platform::StandardStream::input)) {
        note("each line that you type is a message; Ctrl-D ends");
    }
    const auto delimiter = options.whole ? std::nullopt : std::optional('\n');
    auto input = options.file == "-" ? platform::LineInput::standard_input(delimiter)
                                     : platform::LineInput::open(options.file, delimiter);
    if (!input) throw CommandError(input.error().text + "; name a file that can be read");
    return std::make_unique<Lines>(*std::move(input), options.count);
}

void send_all(Source& source, PacedSender& sender, const Schedule& schedule) {
    std::span<const std::byte> message;
    while (platform::stop_signal() == 0) {
        const Source::Outcome outcome = source.next(message);
        if (outcome == Source::Outcome::end) return;
        if (outcome == Source::Outcome::nothing_yet) {
            sender.check_open();
            continue;
        }
        if (schedule.is_paced() && !wait_until(schedule.due(sender.messages()))) return;
        if (!sender.send(message)) return;
    }
}

void report(const PubOptions& options, const PacedSender& sender, Nanos took) {
    const double secs = std::max(1e-9, std::chrono::duration<double>(took).count());
    const auto messages = static_cast<double>(sender.messages());
    if (options.json) {
        print_json({{"messages", sender.messages()},
                    {"bytes", sender.bytes()},
                    {"seconds", secs},
                    {"messages_per_second", messages / secs},
                    {"bytes_per_second", static_cast<double>(sender.bytes()) / secs},
                    {"back_pressured", sender.back_pressured()}});
    } else if (!options.quiet) {
        note("sent " + grouped(static_cast<std::int64_t>(sender.messages())) + " messages, " +
             bytes_text(static_cast<double>(sender.bytes())) + " in " + duration_text(took) + " (" +
             grouped(static_cast<std::int64_t>(messages / secs)) + "/s, " +
             bytes_text(static_cast<double>(sender.bytes()) / secs) + "/s)");
    }
}

int run(const PubOptions& options) {
    platform::catch_stop_signals();
    const std::unique_ptr<Source> source = source_of(options);
    Context context = connect(options.stream.driver, "tern pub");
    ExclusivePublication publication = exclusive_publisher(context, options.stream.config);
    PacedSender sender(
        context, publication,
        {.for_subscriber = seconds(options.wait), .for_room = seconds(options.timeout)},
        "start one with: tern sub" + options.stream.as_arguments() +
            ", or wait longer with --wait");
    if (!sender.wait_for_subscriber()) throw CommandError("stopped before a subscriber came");
    const Nanos start = monotonic_now();
    try {
        send_all(*source, sender, Schedule(options.rate, start));
    } catch (...) {  // what was sent was sent
        report(options, sender, monotonic_now() - start);
        throw;
    }
    report(options, sender, monotonic_now() - start);
    return kSuccess;
}

}  // namespace

void add_pub(CLI::App& app, int& status) {
    auto options = std::make_shared<PubOptions>();
    CLI::App* command =
        app.add_subcommand("pub", "send messages: arguments, lines, or generated ones");
    options->stream.add_to(*command);
    auto* words = command->add_option("message", options->messages,
                                      "messages; without any: lines of standard input");
    auto* file = command->add_option("-f,--file", options->file, "lines of this file; -: stdin")
                     ->type_name("PATH")
                     ->excludes(words);
    auto* whole = command->add_flag("--whole", options->whole, "all of the input is one message");
    whole->excludes(words);
    auto* size = command->add_option("--size", options->size,
                                     "generate numbered messages of so many bytes (1k: 1024);\n"
                                     "without --count they do not end");
    size->type_name("BYTES")
        ->transform(byte_size(0, kLongestMessage))
        ->excludes(words)
        ->excludes(file)
        ->excludes(whole);
    command->add_option("-n,--count", options->count, "stop after so many messages")
        ->type_name("N")
        ->check(count_from(1));
    command->add_option("-r,--rate", options->rate, "messages a second (default: no limit)")
        ->type_name("N")
        ->check(above_zero());
    command->add_option("-w,--wait", options->wait, "seconds to wait for a subscriber")
        ->type_name("SECONDS")
        ->check(not_negative())
        ->capture_default_str();
    command->add_option("--timeout", options->timeout, "seconds that a message may be held up")
        ->type_name("SECONDS")
        ->check(not_negative())
        ->capture_default_str();
    command->add_flag("-q,--quiet", options->quiet, "no summary");
    command->add_flag("--json", options->json, "the summary as JSON, on standard output");
    command->footer(
        "  tern pub hello world        ls | tern pub --stream 7\n"
        "  tern pub --size 1k --rate 1000 --count 5000\n"
        "  tern pub --channel 'aeron:udp?endpoint=10.0.0.7:40123' hello\n" +
        std::string{kChannelHelp} + kExitStatusHelp);
    command->callback([options, size, &status] {
        options->is_generated = size->count() > 0;
        status = run(*options);
    });
}

}  // namespace tern::cli
