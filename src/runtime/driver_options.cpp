#include "tern/runtime/driver_options.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "tern/platform/environment.hpp"

namespace tern::runtime {
namespace {

Error usage(std::string text) { return {ErrorCode::generic_error, std::move(text)}; }

/// Options that are another word for a setting.
struct Shorthand {
    std::string_view option;
    std::string_view property;
};
constexpr std::array kShorthands{
    Shorthand{"--dir", "aeron.dir"},
    Shorthand{"--threading", "aeron.threading.mode"},
};
/// Options without a value.
constexpr std::array kFlags{
    Shorthand{"--print-config", "aeron.print.configuration"},
    Shorthand{"--delete-on-start", "aeron.dir.delete.on.start"},
    Shorthand{"--delete-on-shutdown", "aeron.dir.delete.on.shutdown"},
};

/// Whether that option takes the value. Settings have fallbacks; an option of ours is mistyped.
Result<void> check(std::string_view option, const std::string& value) {
    constexpr std::array<std::string_view, 4> kModes{"DEDICATED", "SHARED_NETWORK", "SHARED",
                                                     "INVOKER"};
    if (value.empty()) return usage(std::string{option} + " needs a value");
    if (option != "--threading") return {};
    if (std::find(kModes.begin(), kModes.end(), value) != kModes.end()) return {};
    return usage("--threading " + value + " is none of DEDICATED, SHARED_NETWORK, SHARED, INVOKER");
}

std::optional<std::string> define_of_flag(const std::string& argument) {
    for (const Shorthand& flag : kFlags) {
        if (argument == flag.option) return std::string{flag.property} + "=true";
    }
    return std::nullopt;
}

/// The arguments, taken one after another.
class Arguments {
  public:
    explicit Arguments(const std::vector<std::string>& all) : all_(all) {}
    bool empty() const { return next_ == all_.size(); }
    const std::string& take() { return all_[next_++]; }

  private:
    const std::vector<std::string>& all_;
    std::size_t next_ = 0;
};

/// "--dir=x" or "--dir x"; nullopt where the argument is not that option.
Result<std::optional<std::string>> define_of_shorthand(const std::string& argument,
                                                       Arguments& rest) {
    for (const Shorthand& shorthand : kShorthands) {
        const std::string option{shorthand.option};
        std::string value;
        if (argument.starts_with(option + "=")) {
            value = argument.substr(option.size() + 1);
        } else if (argument == option) {
            if (rest.empty()) return usage(option + " needs a value");
            value = rest.take();
        } else {
            continue;
        }
        if (auto checked = check(option, value); !checked) return std::move(checked).error();
        return std::optional{std::string{shorthand.property} + "=" + value};
    }
    return std::optional<std::string>{};
}

}  // namespace

Result<DriverOptions> parse_driver_options(const std::vector<std::string>& arguments) {
    DriverOptions options;
    Arguments rest{arguments};
    while (!rest.empty()) {
        const std::string argument = rest.take();
        if (argument == "-h" || argument == "--help" || argument == "-?") {
            options.action = DriverOptions::Action::help;
            return options;
        }
        if (argument == "-v" || argument == "--version") {
            options.action = DriverOptions::Action::version;
            return options;
        }
        if (argument == "-D" && rest.empty()) return usage("-D needs name=value");
        if (argument.starts_with("-D")) {
            const std::string define = argument.size() > 2 ? argument.substr(2) : rest.take();
            if (auto property = driver::parse_define(define); !property)
                return std::move(property).error();
            options.defines.push_back(define);
            continue;
        }
        if (auto define = define_of_flag(argument)) {
            options.defines.push_back(*std::move(define));
            continue;
        }
        auto define = define_of_shorthand(argument, rest);
        if (!define) return std::move(define).error();
        if (define->has_value()) {
            options.defines.push_back(**std::move(define));
        } else if (argument.size() > 1 && argument.starts_with("-")) {
            return usage("unknown option " + argument);
        } else {
            options.files.push_back(argument);
        }
    }
    return options;
}

Result<driver::LoadedSettings> load_driver_settings(
    const DriverOptions& options, const std::map<std::string, std::string>& environment,
    FileSystem& files) {
    driver::ConfigValues values{environment};
    for (const std::string& define : options.defines) {
        if (auto defined = values.define(define); !defined) return std::move(defined).error();
    }
    std::vector<std::string> missing;
    for (const std::string& file : options.files) {
        auto loaded = values.load_file(file, files);
        if (!loaded) return std::move(loaded).error().within("loading properties from " + file);
        if (!*loaded) missing.push_back("WARNING: there is no properties file " + file);
    }
    auto loaded = driver::load_settings(values);
    if (!loaded) return loaded;
    loaded->warnings.insert(loaded->warnings.begin(), missing.begin(), missing.end());
    return loaded;
}

std::string driver_help(const std::string& program) {
    return "Usage: " + program + R"( [OPTIONS] [PROPERTIES FILE]...

The media driver: moves messages between programs on this machine. Started with no arguments it
serves the directory )" +
           platform::default_directory() + R"(, where clients look for it.

Options
  --dir DIR               directory of the driver's files (aeron.dir)
  --threading MODE        DEDICATED (default), SHARED_NETWORK, SHARED or INVOKER
                          (aeron.threading.mode)
  --print-config          print all settings in effect on standard output
  --delete-on-start       delete the directory first, without looking for a driver in it
  --delete-on-shutdown    delete the directory at the end
  -Dname=value            any setting, such as -Daeron.ipc.term.buffer.length=1m
  -v, --version           print the version
  -h, --help              print this

Settings have Aeron's names. Each can be given as a variable of the environment (AERON_DIR for
aeron.dir), as a -D option, which overrides that, or as a line name=value of a properties file,
which overrides both. An empty value is the default again. Ours begin with tern.:
  tern.file.access=owner|group|all   who may use the driver's files (default: owner)
  tern.config.strict=true            do not start with a value that cannot be read or is out of
                                     range, instead of warning and using the default or the limit

The driver stops cleanly on SIGINT (Ctrl-C) and SIGTERM; a second one ends it at once.

Exit status
  0  stopped by a signal, or by a client that may (aeron.driver.termination.validator=allow)
  1  could not start, or could not clean up at the end; standard error says why
  2  wrong usage
)";
}

}  // namespace tern::runtime
