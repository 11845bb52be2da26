#include "tern/cli/message_printer.hpp"

#include <algorithm>
#include <string_view>

namespace tern::cli {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex_digits(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::byte byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += kDigits[value >> 4];
        text += kDigits[value & 15];
    }
    return text;
}

/// Well-formed UTF-8, as far as JSON asks: found out by trying.
bool is_text(std::string_view bytes) {
    try {
        return !Json(bytes).dump().empty();
    } catch (const Json::exception&) { return false; }
}

std::string head_of(const Message& message) {
    return styled(Look::bold, "session " + std::to_string(message.session_id) + " position " +
                                  grouped(message.position) + ", " +
                                  grouped(static_cast<std::int64_t>(message.buffer.size())) +
                                  " bytes") +
           "\n";
}

double seconds_of(Nanos span) {
    return std::max(1e-9, std::chrono::duration<double>(span).count());
}

}  // namespace

std::string hex_dump(std::span<const std::byte> bytes) {
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

Json json_of(const Message& message, bool always_hex) {
    Json json{{"session_id", message.session_id},
              {"stream_id", message.stream_id},
              {"position", message.position},
              {"length", message.buffer.size()}};
    if (message.reserved_value != 0) json["reserved_value"] = message.reserved_value;
    if (!always_hex && is_text(message.text())) {
        json["text"] = message.text();
    } else {
        json["hex"] = hex_digits(message.buffer);
    }
    return json;
}

MessagePrinter::MessagePrinter(Format format, bool is_json, Nanos start)
    : format_(format), is_json_(is_json), start_(start), second_(start) {}

bool MessagePrinter::show(const Message& message) {
    ++messages_;
    bytes_ += message.buffer.size();
    if (format_ == Format::count) return true;
    if (is_json_) return write(json_line(json_of(message, format_ == Format::hex)));
    switch (format_) {
        case Format::text: return write(message.text()) && write("\n");
        case Format::hex: return write(head_of(message) + hex_dump(message.buffer));
        case Format::raw: return write(message.text());
        case Format::count: break;
    }
    return true;
}

bool MessagePrinter::tick(Nanos now) {
    if (format_ != Format::count || now - second_ < std::chrono::seconds{1}) return true;
    return show_rates(now);
}

bool MessagePrinter::show_rates(Nanos now) {
    const double span = seconds_of(now - second_);
    const double messages = static_cast<double>(messages_ - shown_messages_) / span;
    const double bytes = static_cast<double>(bytes_ - shown_bytes_) / span;
    second_ = now;
    shown_messages_ = messages_;
    shown_bytes_ = bytes_;
    if (is_json_) {
        return print_json({{"messages_per_second", messages},
                           {"bytes_per_second", bytes},
                           {"messages", messages_},
                           {"bytes", bytes_}});
    }
    return print(right(grouped(static_cast<std::int64_t>(messages)), 15) + " msgs/s " +
                 right(bytes_text(bytes), 12) + "/s   total " +
                 grouped(static_cast<std::int64_t>(messages_)) + " msgs, " +
                 bytes_text(static_cast<double>(bytes_)) + "\n");
}

bool MessagePrinter::finish(Nanos now) {
    if (format_ != Format::count) return flush();
    if (is_json_) {
        return print_json({{"messages", messages_},
                           {"bytes", bytes_},
                           {"seconds", seconds_of(now - start_)},
                           {"is_total", true}});
    }
    return print(grouped(static_cast<std::int64_t>(messages_)) + " messages, " +
                 bytes_text(static_cast<double>(bytes_)) + " in all\n");
}

}  // namespace tern::cli
