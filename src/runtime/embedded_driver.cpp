#include "tern/embedded_driver.hpp"

#include "tern/driver/config/load_settings.hpp"
#include "tern/platform/environment.hpp"
#include "tern/runtime/driver_runner.hpp"

namespace tern {

struct EmbeddedDriver::Impl {
    std::string directory;
    std::unique_ptr<runtime::DriverRunner> runner;  // null once closed
};

namespace {

[[noreturn]] void fail(const Error& error) { throw DriverStartError{error}; }

/// A name that no other driver has: the default directory's and 64 random bits.
std::string fresh_directory() {
    static constexpr char kDigits[] = "0123456789abcdef";
    SeededRandom random = platform::system_random();
    std::string name = platform::default_directory() + "-";
    std::uint64_t bits = random.next();
    for (int i = 0; i < 16; ++i, bits >>= 4) name += kDigits[bits & 15];
    return name;
}

driver::Settings settings_of(const EmbeddedDriver::Options& options) {
    driver::Settings defaults;
    defaults.strict_configuration = true;
    driver::ConfigValues values;
    if (options.use_environment) values = driver::ConfigValues{platform::environment()};
    for (const auto& [name, text] : options.settings) {
        if (auto defined = values.define(name + "=" + text); !defined) fail(defined.error());
    }
    auto loaded = driver::load_settings(values, defaults);
    if (!loaded) fail(loaded.error());
    driver::Settings settings = std::move(loaded->settings);
    if (options.invoker) settings.threading_mode = driver::ThreadingMode::invoker;
    if (!options.directory.empty()) settings.directory = options.directory;
    if (settings.directory.empty()) {
        settings.directory = fresh_directory();
        settings.delete_directory_on_shutdown = true;
    }
    return settings;
}

}  // namespace

EmbeddedDriver::EmbeddedDriver() : EmbeddedDriver(Options{}) {}

EmbeddedDriver::EmbeddedDriver(Options options) : impl_(std::make_unique<Impl>()) {
    driver::Settings settings = settings_of(options);
    auto runner = runtime::DriverRunner::start({
        .settings = std::move(settings),
        .hooks = {.termination_validator = std::move(options.termination_validator),
                  .termination_hook = std::move(options.on_termination_request),
                  .agent_on_start = std::move(options.on_agent_start)},
        .notice = std::move(options.on_notice),
    });
    if (!runner) fail(runner.error());
    impl_->runner = *std::move(runner);
    impl_->directory = impl_->runner->settings().directory;
}

EmbeddedDriver::~EmbeddedDriver() = default;
EmbeddedDriver::EmbeddedDriver(EmbeddedDriver&&) noexcept = default;
EmbeddedDriver& EmbeddedDriver::operator=(EmbeddedDriver&&) noexcept = default;

const std::string& EmbeddedDriver::directory() const { return impl_->directory; }

int EmbeddedDriver::do_work() {
    if (is_closed()) return 0;
    if (!impl_->runner->is_invoker()) {
        throw std::logic_error(
            "tern::EmbeddedDriver::do_work: this driver has threads of its own; "
            "start it with Options::invoker to run it yourself");
    }
    return impl_->runner->do_work();
}

void EmbeddedDriver::idle(int work_count) {
    if (!is_closed()) impl_->runner->idle(work_count);
}

std::chrono::nanoseconds EmbeddedDriver::time_to_next_deadline() const {
    return is_closed() ? kNever : impl_->runner->time_to_next_deadline();
}

void EmbeddedDriver::close() { impl_->runner.reset(); }

bool EmbeddedDriver::is_closed() const { return impl_ == nullptr || impl_->runner == nullptr; }

}  // namespace tern
