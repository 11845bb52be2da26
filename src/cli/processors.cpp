#include "tern/cli/processors.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include "tern/platform/os_file_system.hpp"

namespace tern::cli {

int processors_of_quota(std::string_view cpu_max) {
    long quota = 0, period = 0;
    const char* const end = cpu_max.data() + cpu_max.size();
    const auto [after, fault] = std::from_chars(cpu_max.data(), end, quota);
    if (fault != std::errc{} || after == end || *after != ' ') return 0;
    if (std::from_chars(after + 1, end, period).ec != std::errc{}) return 0;
    if (quota <= 0 || period <= 0) return 0;
    return static_cast<int>(std::clamp<long>(quota / period, 1, 1024));
}

int usable_processors() {
    const int all = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    constexpr std::uint64_t kLongEnough = 4096;
    platform::OsFileSystem files;
    const auto text = files.read_text("/sys/fs/cgroup/cpu.max", kLongEnough);
    const int allowed = text ? processors_of_quota(*text) : 0;
    return allowed > 0 ? std::min(all, allowed) : all;
}

}  // namespace tern::cli
