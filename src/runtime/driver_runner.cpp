#include "tern/runtime/driver_runner.hpp"

#include <algorithm>
#include <system_error>

#include "tern/driver/media/buffer_checks.hpp"
#include "tern/platform/cpu_affinity.hpp"
#include "tern/platform/environment.hpp"
#include "tern/platform/thread_executor.hpp"

namespace tern::runtime {

using driver::ThreadingMode;

DriverRunner::DriverRunner(Options options)
    : options_(std::move(options)),
      files_(options_.settings.file_access),
      random_(platform::system_random()),
      main_idle_(options_.settings.shared_idle) {}

DriverRunner::~DriverRunner() { (void)close(); }

Result<std::unique_ptr<DriverRunner>> DriverRunner::start(Options options) {
    std::string& directory = options.settings.directory;
    directory =
        platform::absolute_path(directory.empty() ? platform::default_directory() : directory);
    if (auto valid = driver::validate(options.settings); !valid) return std::move(valid).error();

    if (!options.settings.event_log.empty() && options.notice) {
        options.notice("WARNING: aeron.event.log is set, but this driver does not log events yet");
    }

    std::unique_ptr<DriverRunner> runner{new DriverRunner{std::move(options)}};
    if (auto resolved = runner->resolve_affinity(); !resolved) return std::move(resolved).error();
    if (auto checked = runner->check_socket_buffers(); !checked) return std::move(checked).error();
    if (auto prepared = runner->prepare(); !prepared) return std::move(prepared).error();
    if (auto started = runner->start_threads(); !started) return std::move(started).error();
    return runner;
}

Result<void> DriverRunner::prepare() {
    const driver::Settings& settings = options_.settings;
    auto prepared =
        driver::prepare_directory(settings, files_, clock_, sleep_thread, options_.notice,
                                  platform::process_id(), options_.is_given_up);
    if (!prepared) return std::move(prepared).error();
    directory_ = *std::move(prepared);
    memory_ = std::make_unique<driver::DriverMemory>(directory_->cnc, settings, clock_.epoch_now());
    if (auto made = make_executors(); !made) return made;
    const driver::SocketBufferLimits limits = network_.buffer_limits();
    context_.reset(new driver::DriverContext{settings,
                                             options_.hooks,
                                             clock_,
                                             files_,
                                             random_,
                                             *executor_,
                                             *names_,
                                             *directory_,
                                             {limits.default_send, limits.default_receive}});
    conductor_ = std::make_unique<driver::Conductor>(*context_, *memory_, network_, sender_queues_,
                                                     receiver_queues_);
    sender_ = std::make_unique<driver::Sender>(*context_, *memory_, network_, sender_queues_);
    receiver_ = std::make_unique<driver::Receiver>(*context_, *memory_, network_, receiver_queues_);
    driver::publish(*directory_, clock_);
    return {};
}

// The helper threads sleep in the kernel until the conductor has something slow to do, so the idle
// strategy of Aeron's native resource agent has nothing to govern.
Result<std::unique_ptr<Executor>> DriverRunner::make_executor(std::string name) {
    if (is_invoker()) return std::unique_ptr<Executor>(std::make_unique<InlineExecutor>());
    platform::ThreadExecutor::Options helper{
        .name = name,
        .cpu = affinity_.native_resource_agent,
        .on_start = options_.hooks.agent_on_start,
        .on_error = [this](const Error& error) { record(error); }};
    try {
        return std::unique_ptr<Executor>(
            std::make_unique<platform::ThreadExecutor>(std::move(helper)));
    } catch (const std::system_error& error) {
        return Error{ErrorCode::generic_error,
                     "cannot start the thread " + name + ": " + error.what()};
    }
}

Result<void> DriverRunner::make_executors() {
    auto executor = make_executor("aeron-md-nra");
    if (!executor) return std::move(executor).error();
    executor_ = *std::move(executor);
    auto names = make_executor("aeron-md-names");
    if (!names) return std::move(names).error();
    names_ = *std::move(names);
    return {};
}

Result<void> DriverRunner::start_threads() {
    driver::Settings resolved = options_.settings;
    resolved.conductor_cpu_affinity = affinity_.conductor;
    resolved.sender_cpu_affinity = affinity_.sender;
    resolved.receiver_cpu_affinity = affinity_.receiver;
    plan_ = plan_threads(resolved);
    for (const PlannedThread& planned : plan_) {
        std::vector<Agent*> agents;
        for (const Role role : planned.roles) agents.push_back(agent_of(role));
        agents_.push_back(std::make_unique<CompositeAgent>(planned.name, std::move(agents)));
    }
    if (is_invoker()) {
        main_agent_ = agents_.back().get();
        if (options_.hooks.agent_on_start) options_.hooks.agent_on_start(main_agent_->role_name());
        return {};
    }
    for (std::size_t i = 0; i < plan_.size(); ++i) {
        platform::AgentThread::Options how{
            .idle = plan_[i].idle,
            .cpu = plan_[i].cpu,
            .on_start = options_.hooks.agent_on_start,
            .on_error = [this](const Error& error) { record(error); }};
        threads_.push_back(
            std::make_unique<platform::AgentThread>(*agents_[i], clock_, std::move(how)));
        if (auto started = threads_.back()->start(); !started) return started;
    }
    return {};
}

Agent* DriverRunner::agent_of(Role role) const {
    switch (role) {
        case Role::conductor: return conductor_.get();
        case Role::sender: return sender_.get();
        case Role::receiver: return receiver_.get();
    }
    return nullptr;
}

Result<void> DriverRunner::check_socket_buffers() {
    auto warnings = driver::check_socket_buffers(network_.buffer_limits(), options_.settings);
    if (!warnings) return std::move(warnings).error();
    for (const std::string& warning : *warnings) {
        if (options_.notice) options_.notice("WARNING: " + warning);
    }
    return {};
}

Result<void> DriverRunner::resolve_affinity() {
    auto resolved = platform::resolve_affinity(options_.settings, options_.notice);
    if (!resolved) return std::move(resolved).error();
    affinity_ = *resolved;
    return {};
}

void DriverRunner::record(const Error& error) {
    memory_->error_log.record(error.code, error.text, clock_.epoch_now());
    memory_->system_counters[driver::SystemCounter::errors].increment();
}

Nanos DriverRunner::time_to_next_deadline() {
    const Nanos deadline = main_agent_->next_deadline();
    if (deadline == kNever) return kNever;
    return std::max(deadline - clock_.now(), Nanos{0});
}

std::string DriverRunner::dump() const {
    return driver::dump(options_.settings, options_.hooks, affinity_);
}

Result<void> DriverRunner::close() {
    if (closed_) return {};
    closed_ = true;
    if (threads_.empty() && conductor_ != nullptr) {
        for (auto& agent : agents_) agent->on_close();
    }
    for (auto& thread : threads_) thread->stop();
    threads_.clear();
    agents_.clear();
    if (executor_ != nullptr) executor_->run_all();  // what the conductor left to it
    conductor_.reset();
    sender_.reset();
    receiver_.reset();
    executor_.reset();
    names_.reset();
    context_.reset();
    memory_.reset();
    if (!directory_) return {};
    return driver::close_directory(*std::move(directory_), options_.settings, files_);
}

}  // namespace tern::runtime
