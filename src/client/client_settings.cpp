#include "tern/client/client_settings.hpp"

#include "tern/base/value_parser.hpp"

namespace tern::client {
namespace {

Error invalid(std::string text) { return Error{ErrorCode::invalid_argument, std::move(text)}; }

const std::string* find(const std::map<std::string, std::string>& environment, const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? nullptr : &found->second;
}

Result<void> take_duration(const std::map<std::string, std::string>& environment, const char* name,
                           Nanos& into) {
    if (const std::string* text = find(environment, name)) {
        const std::optional<Nanos> value = parse_duration(*text);
        if (!value) {
            return invalid("could not parse: " + std::string(name) + "=" + *text +
                           ": a whole number with s, ms, us or ns is needed");
        }
        into = *value;
    }
    return {};
}

}  // namespace

Result<void> apply_environment(ClientSettings& settings,
                               const std::map<std::string, std::string>& environment) {
    if (const std::string* dir = find(environment, "AERON_DIR")) { settings.dir = *dir; }
    if (const std::string* text = find(environment, "AERON_DRIVER_TIMEOUT")) {
        const std::optional<std::int64_t> value = parse_int64(*text);
        if (!value || *value < 0) {
            return invalid("could not parse driver timeout: AERON_DRIVER_TIMEOUT=" + *text +
                           ": a whole number of milliseconds is needed");
        }
        settings.driver_timeout = Millis{*value};
    }
    if (auto taken = take_duration(environment, "AERON_CLIENT_RESOURCE_LINGER_DURATION",
                                   settings.resource_linger);
        !taken) {
        return taken;
    }
    if (auto taken =
            take_duration(environment, "AERON_CLIENT_IDLE_SLEEP_DURATION", settings.idle_sleep);
        !taken) {
        return taken;
    }
    if (const std::string* text = find(environment, "AERON_CLIENT_PRE_TOUCH_MAPPED_MEMORY")) {
        settings.pre_touch = parse_bool_prefix(*text).value_or(settings.pre_touch);
    }
    if (const std::string* name = find(environment, "AERON_CLIENT_NAME")) {
        settings.client_name = *name;
    }
    return check(settings);
}

Result<void> check(const ClientSettings& settings) {
    if (settings.client_name.size() > kMaxClientNameLength) {
        return invalid("client_name length must <= 100: length=" +
                       std::to_string(settings.client_name.size()));
    }
    if (settings.driver_timeout < Millis{1}) {
        return invalid("driver timeout must be at least 1 ms");
    }
    if (settings.keepalive_interval <= Nanos{0}) {
        return invalid("keepalive interval must be positive");
    }
    return {};
}

}  // namespace tern::client
