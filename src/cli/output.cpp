#include "tern/cli/output.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <utility>

#include "tern/cli/command.hpp"
#include "tern/platform/terminal.hpp"

namespace tern::cli {
namespace {

struct Percentile {
    const char* name;
    const char* key;
    double      percent;
};
constexpr std::array<Percentile, 6> kPercentiles{{
    {"p50", "p50_ns", 50},
    {"p90", "p90_ns", 90},
    {"p99", "p99_ns", 99},
    {"p99.9", "p99_9_ns", 99.9},
    {"p99.99", "p99_99_ns", 99.99},
    {"p99.999", "p99_999_ns", 99.999},
}};

std::string four_digits(double value) {
    std::array<char, 32> text{};
    const int decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return text.data();
}

/// Judges a write right after it.
bool is_read(bool success) {
    if (success) return true;
    if (errno == EPIPE) return false;
    throw CommandError("cannot write: " + std::generic_category().message(errno));
}

}  // namespace

std::string grouped(std::int64_t value) {
    std::string digits = std::to_string(value);
    const std::size_t first = value < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string duration_text(Nanos value) {
    const double nanos = static_cast<double>(value.count());
    if (nanos < 1e3) return std::to_string(value.count()) + " ns";
    if (nanos < 1e6) return four_digits(nanos / 1e3) + " us";
    if (nanos < 1e9) return four_digits(nanos / 1e6) + " ms";
    return four_digits(nanos / 1e9) + " s";
}

std::string bytes_text(double bytes) {
    for (const char* unit : {"B", "kB", "MB", "GB"}) {
        if (bytes < 1000) return (*unit == 'B' ? grouped(std::llround(bytes)) : four_digits(bytes))
                                 + " " + unit;
        bytes /= 1000;
    }
    return four_digits(bytes) + " TB";
}

std::string time_text(Millis epoch) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(epoch);
    const std::time_t seconds = whole.count();
    std::tm local{};
    std::array<char, 64> date{}, zone{};
    if (::localtime_r(&seconds, &local) == nullptr) return std::to_string(epoch.count()) + " ms";
    std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M:%S", &local);
    std::strftime(zone.data(), zone.size(), "%z", &local);
    const std::string millis = std::to_string(1000 + (epoch - whole).count()).substr(1);
    return std::string{date.data()} + "." + millis + zone.data();
}

std::string right(std::string_view text, std::size_t width) {
    const std::size_t missing = text.size() < width ? width - text.size() : 0;
    return std::string(missing, ' ').append(text);
}

std::string printable(std::string_view text) {
    std::string shown;
    for (const char character : text) {
        const auto value = static_cast<unsigned char>(character);
        const bool is_control = value < 0x20 || value == 0x7F;
        if (!is_control || character == '\n' || character == '\t') {
            shown += character;
            continue;
        }
        std::array<char, 8> code{};
        std::snprintf(code.data(), code.size(), "\\x%02x", value);
        shown += code.data();
    }
    return shown;
}

std::string json_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool write(std::string_view text) {
    return is_read(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

bool flush() { return is_read(std::fflush(stdout) == 0); }

bool print(std::string_view text) { return write(text) && flush(); }

bool print_json(const Json& json) { return print(json_line(json)); }

void note(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fputc('\n', stderr);
}

bool is_styled() {
    static const bool styled = platform::is_terminal(platform::StandardStream::output) &&
                               std::getenv("NO_COLOR") == nullptr;
    return styled;
}

std::string styled(Look look, std::string_view text) {
    if (!is_styled()) return std::string{text};
    const char* code = "1";
    if (look == Look::good) code = "32";
    if (look == Look::bad) code = "31";
    if (look == Look::faint) code = "2";
    return std::string{"\x1b["} + code + "m" + std::string{text} + "\x1b[0m";
}

Json percentiles_json(const Histogram& histogram) {
    Json json{{"count", histogram.count()},
              {"min_ns", histogram.min().count()},
              {"mean_ns", histogram.mean().count()}};
    for (const Percentile& row : kPercentiles) {
        json[row.key] = histogram.percentile(row.percent).count();
    }
    json["max_ns"] = histogram.max().count();
    return json;
}

std::string percentiles_table(const Histogram& histogram) {
    constexpr std::size_t kWidth = 11;
    std::string names = right("min", kWidth);
    std::string values = right(duration_text(histogram.min()), kWidth);
    for (const Percentile& row : kPercentiles) {
        names += right(row.name, kWidth);
        values += right(duration_text(histogram.percentile(row.percent)), kWidth);
    }
    names += right("max", kWidth);
    values += right(duration_text(histogram.max()), kWidth);
    return styled(Look::bold, names) + "\n" + values + "\n";
}

}  // namespace tern::cli
