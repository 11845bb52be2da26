#include "tern/runtime/client_session.hpp"

#include <algorithm>
#include <utility>

#include "tern/platform/environment.hpp"

namespace tern::detail {
namespace {

using namespace std::chrono_literals;

constexpr int kSpins = 200;
constexpr int kYields = 20;
constexpr Nanos kLongestPause = 1ms;

template <typename To, typename From>
void take(To& to, const std::optional<From>& from) {
    if (from) to = *from;
}

client::ClientSettings settings_of(const Context::Options& options) {
    client::ClientSettings settings;
    settings.dir = platform::default_directory();
    if (auto applied = client::apply_environment(settings, platform::environment()); !applied) {
        throw InvalidArgument(applied.error());
    }
    if (!options.directory.empty()) settings.dir = options.directory;
    settings.dir = platform::absolute_path(settings.dir);
    take(settings.driver_timeout, options.driver_timeout);
    settings.keepalive_interval = options.keepalive_interval;
    take(settings.resource_linger, options.resource_linger);
    take(settings.idle_sleep, options.idle_sleep);
    take(settings.pre_touch, options.pre_touch);
    take(settings.client_name, options.client_name);
    settings.idle_strategy = options.idle_strategy;
    settings.use_invoker = options.use_invoker;
    settings.on_error = options.on_error;
    settings.on_publication_error = options.on_publication_error;
    settings.on_available_image = options.on_available_image;
    settings.on_unavailable_image = options.on_unavailable_image;
    settings.on_available_counter = options.on_available_counter;
    settings.on_unavailable_counter = options.on_unavailable_counter;
    settings.on_new_publication = options.on_new_publication;
    settings.on_new_exclusive_publication = options.on_new_exclusive_publication;
    settings.on_new_subscription = options.on_new_subscription;
    settings.on_close = options.on_close;
    settings.on_agent_start = options.on_agent_start;
    return settings;
}

std::unique_ptr<client::Client> connect(const client::ClientSettings& settings,
                                        client::ClientEnvironment environment, Nanos wait) {
    auto client = client::Client::connect(settings, std::move(environment), wait);
    if (client) return *std::move(client);
    const ErrorCode code = client.error().code;
    if (code == ErrorCode::driver_timeout || code == ErrorCode::client_timeout)
        throw DriverNotRunning(client.error());
    throw_error(client.error());
}

}  // namespace

Session::Session(const Context::Options& options)
    : random_(platform::system_random()),
      client_(connect(settings_of(options),
                      {files_, clock_, random_, [](Nanos time) { sleep_thread(time); }},
                      options.wait_for_driver)) {
    if (client_->settings().use_invoker) {
        if (client_->settings().on_agent_start)
            client_->settings().on_agent_start(client_->conductor().role_name());
        return;
    }
    thread_ =
        std::make_unique<runtime::ClientThread>(client_->conductor(), clock_, client_->settings());
    client_->set_wake([thread = thread_.get()] { thread->wake(); });
    thread_->start();
}

Session::Session(std::unique_ptr<client::Client> client) : random_(0), client_(std::move(client)) {}

Session::~Session() { close(); }

void Session::close() {
    {
        std::scoped_lock lock(mutex_);
        if (watcher_) watcher_->stop();
    }
    if (thread_) thread_->stop();
    client_->close();
}

Watcher& Session::watcher() {
    std::scoped_lock lock(mutex_);
    if (client_->is_closed()) {
        throw_fatal_error();
        throw ContextClosed({ErrorCode::client_illegal_state, "the context is closed"});
    }
    if (!watcher_) watcher_ = std::make_unique<Watcher>(*client_);
    return *watcher_;
}

void Session::throw_fatal_error() const {
    if (const std::optional<Error> fatal = client_->fatal_error()) throw_error(*fatal);
}

void Waiting::wait() {
    ++times_;
    if (client_.settings().use_invoker) client_.do_work();
    if (times_ <= kSpins) {
        pause_cpu();
    } else if (times_ <= kSpins + kYields) {
        yield_thread();
    } else {
        client_.pause(pause_);
        pause_ = std::min(2 * pause_, kLongestPause);
    }
}

Patience::Patience(Session& session, std::chrono::nanoseconds at_most)
    : session_(session), deadline_(session.client().clock().now() + at_most), pause_(1us) {}

bool Patience::wait() {
    client::Client& client = session_.client();
    if (client.clock().now() >= deadline_) return false;
    if (client.settings().use_invoker) client.do_work();
    if (++tries_ <= kSpins) {
        pause_cpu();
    } else if (tries_ <= kSpins + kYields) {
        yield_thread();
    } else {
        client.pause(pause_);
        pause_ = std::min(2 * pause_, kLongestPause);
    }
    return true;
}

}  // namespace tern::detail

namespace tern {

void throw_error(const Error& error) {
    switch (error.code) {
        case ErrorCode::driver_timeout: throw DriverTimeout(error);
        case ErrorCode::client_timeout: throw ClientTimeout(error);
        case ErrorCode::conductor_service_timeout: throw ServiceTimeout(error);
        case ErrorCode::client_illegal_state: throw ContextClosed(error);
        case ErrorCode::invalid_argument: throw InvalidArgument(error);
        default: throw Exception(error);
    }
}

void throw_error(const Error& error, std::int64_t correlation_id) {
    const int code = static_cast<int>(error.code);
    const bool is_drivers = code > 0 && code < static_cast<int>(ErrorCode::driver_timeout);
    if (is_drivers || error.code == ErrorCode::unknown_code_value)
        throw RegistrationError(error, correlation_id);
    throw_error(error);
}

}  // namespace tern
