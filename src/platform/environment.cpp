#include "tern/platform/environment.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

extern char** environ;

namespace tern::platform {

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string line = *entry;
        const std::size_t equals = line.find('=');
        if (equals != line.npos) variables.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return variables;
}

std::string user_name() {
    if (const char* user = std::getenv("USER"); user != nullptr) return user;
    std::vector<char> buffer(16 * 1024);
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr) {
        return found->pw_name;
    }
    return "default";
}

std::string default_directory() {
#ifdef __linux__
    return "/dev/shm/aeron-" + user_name();
#else
    const char* tmp = std::getenv("TMPDIR");
    std::string root = tmp != nullptr && *tmp != '\0' ? tmp : "/tmp";
    if (root.back() != '/') root += '/';
    return root + "aeron-" + user_name();
#endif
}

std::string absolute_path(const std::string& path) {
    std::error_code error;
    std::filesystem::path absolute = std::filesystem::absolute(path, error);
    if (error) return path;
    absolute = absolute.lexically_normal();
    if (!absolute.has_filename() && absolute.has_relative_path())
        absolute = absolute.parent_path();  // "a/"
    return absolute.string();
}

std::int64_t process_id() { return getpid(); }

}  // namespace tern::platform
