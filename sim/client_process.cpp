#include "client_process.hpp"

namespace tern::sim {
namespace {

constexpr Nanos kRetryInterval{5'000'000};

client::ClientSettings client_settings(const ProcessSetup& setup) {
    client::ClientSettings settings;
    settings.dir = setup.directory;
    settings.driver_timeout = setup.driver_timeout;
    settings.keepalive_interval = setup.keepalive_interval;
    settings.idle_sleep = Nanos{1'000'000};
    settings.use_invoker = true;
    settings.client_name = setup.name;
    settings.on_error = [](const Error&) {};  // what matters shows in what the application gets
    return settings;
}

}  // namespace

ClientProcess::ClientProcess(const ProcessSetup& setup, Trace& trace, Dice dice)
    : Party(setup.name), setup_(setup), trace_(trace), dice_(dice), random_(dice_.next()) {}

ClientProcess::~ClientProcess() = default;

int ClientProcess::run(Nanos now) {
    if (client_ == nullptr) {
        if (!is_closing_ && now >= next_try_) try_to_connect(now);
        return client_ != nullptr ? 1 : 0;
    }
    int done = client_->do_work();
    if (client_->is_closed()) {
        trace_.add(now, name() + " lost its driver");
        on_lost();
        client_.reset();
        next_try_ = now + kRetryInterval;
        return 1;
    }
    done += work(*client_, now);
    return done;
}

void ClientProcess::try_to_connect(Nanos now) {
    next_try_ = now + kRetryInterval;
    const client::ClientEnvironment environment{setup_.host->files, setup_.host->clock, random_,
                                                [](Nanos) {}};
    auto connected = client::Client::connect(client_settings(setup_), environment, Nanos{0});
    if (!connected) return;
    client_ = *std::move(connected);
    trace_.add(now, name() + " is connected");
    on_connected(*client_);
}

Nanos ClientProcess::next_deadline() const {
    return client_ ? client_->conductor().next_deadline() : next_try_;
}

void ClientProcess::close() {
    is_closing_ = true;
    if (client_ == nullptr) return;
    on_lost();
    client_->close();
    client_.reset();
}

}  // namespace tern::sim
