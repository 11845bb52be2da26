#pragma once

/// Texts of settings as they were given, before anybody has read them: variables of the
/// environment, -D options over these, properties files over those (spec driver-config.md, sections
/// 1 and 2).

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/driver/config/properties.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::driver {

/// "aeron.term.buffer.length" -> "AERON_TERM_BUFFER_LENGTH".
std::string environment_name(std::string_view property);

class ConfigValues {
  public:
    struct Value {
        std::string text;
        std::string
            origin;  // for messages: "AERON_DIR of the environment", "-Daeron.dir", "line 3 of x"
    };

    ConfigValues() = default;
    /// Takes what begins with AERON_ or TERN_ out of an environment.
    explicit ConfigValues(const std::map<std::string, std::string>& environment);

    /// A -D option without the "-D". Overrides what is there.
    Result<void> define(std::string_view text);
    /// A properties file, or its "file://" address. Overrides what is there. False where there is
    /// no such file, which is not an error to Aeron.
    Result<bool> load_file(const std::string& file, FileSystem& files);

    /// The text given for a property, under any spelling that has the same variable; null where
    /// there is none.
    const Value* find(std::string_view property) const;
    /// Every property that -D options and files named, with its origin, in order: to look for
    /// typing errors.
    const std::vector<std::pair<std::string, std::string>>& named() const { return named_; }

  private:
    void set(const Property& property, std::string origin);

    std::map<std::string, Value> values_;  // by variable
    std::vector<std::pair<std::string, std::string>> named_;
};

}  // namespace tern::driver
