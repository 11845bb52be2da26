/// tern sub: receives messages and shows them.

#include <array>
#include <map>
#include <optional>
#include <string>

#include "tern/cli/command.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/paced_sender.hpp"
#include "tern/platform/signals.hpp"

namespace tern::cli {
namespace {

enum class Format { text, hex, raw, count, json };

struct SubOptions {
    StreamOptions stream;
    Format        format = Format::text;
    bool          json = false;
    std::uint64_t count = 0;
    double        timeout = 0;
    bool          exits_at_end = false;
};

/// Sixteen bytes a line: offset, hexadecimal, characters.
std::string hex_dump(std::span<const std::byte> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    constexpr std::size_t kInLine = 16;
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += kInLine) {
        std::string offset, hex, characters;
        for (int shift = 28; shift >= 0; shift -= 4) offset += kDigits[(at >> shift) & 15];
        for (std::size_t i = 0; i < kInLine; ++i) {
            if (i == kInLine / 2) hex += ' ';
            if (at + i >= bytes.size()) {
                hex += "   ";
                continue;
            }
            const auto value = static_cast<unsigned char>(bytes[at + i]);
            hex.append({kDigits[value >> 4], kDigits[value & 15], ' '});
            characters += value >= 0x20 && value < 0x7F ? static_cast<char>(value) : '.';
        }
        text += "  " + offset + "  " + hex + " " + characters + "\n";
    }
    return text;
}

std::string hex_digits(std::span<const std::byte> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text.append({kDigits[value >> 4], kDigits[value & 15]});
    }
    return text;
}

/// Well-formed UTF-8, as far as JSON asks: checked by trying.
bool is_text(std::string_view bytes) {
    try {
        return !Json(bytes).dump().empty();
    } catch (const Json::exception&) {
        return false;
    }
}

class Printer {
  public:
    explicit Printer(Format format) : format_(format), second_(monotonic_now()) {}

    /// False where nobody reads it any more.
    bool show(const Message& message) {
        ++messages_;
        bytes_ += message.buffer.size();
        switch (format_) {
            case Format::text: return print(std::string{message.text()} + "\n");
            case Format::hex: return print(head(message) + hex_dump(message.buffer));
            case Format::raw: return print(message.text());
            case Format::json: return print_json(json_of(message));
            case Format::count: break;
        }
        return tick();
    }
    /// What is due without a message: a line of rates each second.
    bool tick() {
        if (format_ != Format::count || (++ticks_ & 63) != 0) return true;
        const Nanos now = monotonic_now();
        return now - second_ < std::chrono::seconds{1} || rates(now);
    }
    bool finish() {
        if (format_ != Format::count) return true;
        return print(grouped(static_cast<std::int64_t>(messages_)) + " messages, " +
                     bytes_text(static_cast<double>(bytes_)) + " in all\n");
    }
    std::uint64_t messages() const { return messages_; }

  private:
    std::string head(const Message& message) const {
        return styled(Look::bold, "session " + std::to_string(message.session_id) + " position " +
                                      grouped(message.position) + ", " +
                                      grouped(static_cast<std::int64_t>(message.buffer.size())) +
                                      " bytes") +
               "\n";
    }
    static Json json_of(const Message& message) {
        Json json{{"session_id", message.session_id},
                  {"stream_id", message.stream_id},
                  {"position", message.position},
                  {"length", message.buffer.size()}};
        if (message.reserved_value != 0) json["reserved_value"] = message.reserved_value;
        if (is_text(message.text())) {
            json["text"] = message.text();
        } else {
            json["hex"] = hex_digits(message.buffer);
        }
        return json;
    }
    bool rates(Nanos now) {
        const double secs = std::chrono::duration<double>(now - second_).count();
        const auto since = static_cast<double>(messages_ - shown_messages_);
        const auto bytes = static_cast<double>(bytes_ - shown_bytes_);
        const bool going = print(right(grouped(static_cast<std::int64_t>(since / secs)), 15) +
                                 " msgs/s " + right(bytes_text(bytes / secs), 12) +
                                 "/s   total " + grouped(static_cast<std::int64_t>(messages_)) +
                                 " msgs, " + bytes_text(static_cast<double>(bytes_)) + "\n");
        second_ = now;
        shown_messages_ = messages_;
        shown_bytes_ = bytes_;
        return going;
    }

    Format        format_;
    Nanos         second_;
    std::uint64_t messages_ = 0, bytes_ = 0;
    std::uint64_t shown_messages_ = 0, shown_bytes_ = 0;
    std::uint64_t ticks_ = 63;
};

/// Reads until it is told to end; throws where the stream ends by itself.
int receive(const SubOptions& options, const Context& context, Subscription& subscription) {
    Printer printer(options.json ? Format::json : options.format);
    const Nanos timeout = options.timeout > 0 ? seconds(options.timeout) : kNever;
    Nanos last = monotonic_now();
    bool was_connected = false;
    while (platform::stop_signal() == 0) {
        const bool is_connected = subscription.is_connected();
        const auto message = subscription.take_for(std::chrono::milliseconds{50});
        if (message) {
            was_connected = true;
            if (!printer.show(*message)) return kSuccess;
            if (options.count > 0 && printer.messages() == options.count) break;
            if (timeout != kNever) last = monotonic_now();
            continue;
        }
        if (subscription.is_closed()) throw_stream_ended(context, options.stream.as_text());
        was_connected |= is_connected;
        if (options.exits_at_end && was_connected && !is_connected) break;
        if (timeout != kNever && monotonic_now() - last >= timeout) {
            printer.finish();
            throw CommandError("no message on " + options.stream.as_text() + " for " +
                               duration_text(timeout) + "; send one with: tern pub" +
                               options.stream.as_arguments() + " hello");
        }
        for (int i = 0; i < 64; ++i) {
            if (!printer.tick()) return kSuccess;
        }
    }
    printer.finish();
    return kSuccess;
}

int run(const SubOptions& options) {
    platform::catch_stop_signals();
    Context context = connect(options.stream.driver);
    Subscription subscription = subscriber(context, options.stream.config);
    return receive(options, context, subscription);
}

}  // namespace

void add_sub(CLI::App& app, int& status) {
    auto options = std::make_shared<SubOptions>();
    const std::map<std::string, Format> formats{{"text", Format::text},
                                                {"hex", Format::hex},
                                                {"raw", Format::raw},
                                                {"count", Format::count},
                                                {"json", Format::json}};
    CLI::App* command = app.add_subcommand("sub", "receive messages");
    options->stream.add_to(*command);
    command->add_option("-o,--format", options->format,
                        "text: a line each; hex: a dump; raw: the bytes alone;\n"
                        "count: rates each second; json: one object each")
        ->type_name("FORMAT")
        ->transform(CLI::CheckedTransformer(formats).description("text|hex|raw|count|json"))
        ->default_str("text");
    command->add_flag("--json", options->json, "as --format json");
    command->add_option("-n,--count", options->count, "stop after so many messages")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command->add_option("--timeout", options->timeout, "fail after so many seconds without one")
        ->type_name("SECONDS")
        ->check(CLI::PositiveNumber);
    command->add_flag("-e,--exit-at-end", options->exits_at_end,
                      "stop when publishers were there and the last one has gone");
    command->footer("  tern sub                    tern sub --json | jq .text\n"
                    "  tern sub --format count     tern sub --count 1 --timeout 5\n"
                    "JSON has the bytes of a message as text where they are UTF-8, else as hex.\n" +
                    std::string{kExitStatusHelp});
    command->callback([options, &status] { status = run(*options); });
}

}  // namespace tern::cli
