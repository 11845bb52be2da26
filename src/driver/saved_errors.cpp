#include "tern/driver/saved_errors.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "tern/shm/distinct_error_log.hpp"

namespace tern::driver {

std::string date_text(Millis epoch) {
    // Rounded down by hand: std::chrono::floor overflows at the ends of what foreign bytes may
    // hold.
    constexpr std::int64_t kPerSecond = 1000;
    const std::int64_t rest = (epoch.count() % kPerSecond + kPerSecond) % kPerSecond;
    const std::time_t time = epoch.count() / kPerSecond - (epoch.count() % kPerSecond < 0 ? 1 : 0);
    std::tm parts{};
    std::array<char, 64> date{};
    std::array<char, 16> zone{};
    // A time that no calendar has (foreign bytes) is printed as the number it is.
    if (::localtime_r(&time, &parts) == nullptr ||
        std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        return std::to_string(epoch.count()) + "ms";
    }
    std::strftime(zone.data(), zone.size(), "%z", &parts);
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "%s.%03d%s", date.data(), static_cast<int>(rest),
                  zone.data());
    return text.data();
}

SavedErrors describe_errors(ConstBytes error_log) {
    SavedErrors saved;
    saved.distinct = read_error_log(error_log, [&saved](const ErrorObservation& seen) {
        saved.text += "***\n" + std::to_string(seen.count) + " observations from " +
                      date_text(seen.first) + " to " + date_text(seen.last) + " for:\n " +
                      std::string{seen.text} + "\n";
    });
    saved.text.append("\n").append(std::to_string(saved.distinct));
    saved.text.append(" distinct errors observed.\n");
    return saved;
}

}  // namespace tern::driver
