#include "tern/client/client_conductor.hpp"

// The duty cycle, requests and their ends. What the driver's events do is in
// client_conductor_events.cpp.

#include <exception>

#include "tern/base/version.hpp"
#include "tern/client/conductor_call.hpp"

namespace tern::client {
namespace {

constexpr int kMaxEventsPerCycle = 64;  // so that time-outs are looked at in a flood of events, too
constexpr std::int32_t kSystemCounterTypeId = 0;
constexpr std::int32_t kControlProtocolVersionCounter = 43;

std::string heartbeat_label(const ClientSettings& settings) {
    return " name=" + settings.client_name + " version=" + std::string(version_text()) +
           " commit=" + std::string(revision_text());
}

}  // namespace

// Entered by whoever runs the conductor; a second one inside, from a handler, finds it taken.
class ClientConductor::Running {
  public:
    explicit Running(ClientConductor& conductor)
        : conductor_(conductor), is_outermost_(!conductor.is_running_here()) {
        if (is_outermost_)
            conductor_.running_on_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    }
    ~Running() {
        if (!is_outermost_) return;
        conductor_.awaiting_.store(!conductor_.pending_.empty(), std::memory_order_relaxed);
        conductor_.running_on_.store(std::thread::id{}, std::memory_order_relaxed);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    explicit operator bool() const { return is_outermost_; }

  private:
    ClientConductor& conductor_;
    const bool is_outermost_;
};

ClientConductor::ClientConductor(const ClientSettings& settings, ClientEnvironment environment,
                                 std::shared_ptr<ClientMemory> memory)
    : settings_(settings),
      environment_(std::move(environment)),
      memory_(std::move(memory)),
      driver_(memory_->ring, memory_->ring.next_correlation_id()),
      events_(memory_->cnc.to_clients()),
      inter_service_timeout_(memory_->cnc.layout().client_liveness_timeout),
      driver_knows_next_session_id_(control_protocol_version() >=
                                    protocol::kControlVersionWithNextSessionId),
      liveness_(memory_, driver_.client_id(),
                {settings.driver_timeout, settings.keepalive_interval, inter_service_timeout_},
                heartbeat_label(settings), environment_.clock.now()),
      last_housekeeping_(environment_.clock.now()) {
    if (settings_.on_available_counter)
        available_counter_handlers_.add(0, settings_.on_available_counter);
    if (settings_.on_unavailable_counter)
        unavailable_counter_handlers_.add(0, settings_.on_unavailable_counter);
    if (settings_.on_close) close_handlers_.add(0, settings_.on_close);
}

ClientConductor::~ClientConductor() { close(); }

bool ClientConductor::is_running_here() const {
    return running_on_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

std::optional<Error> ClientConductor::fatal_error() const {
    return is_closed() ? fatal_error_ : std::nullopt;
}

std::int64_t ClientConductor::control_protocol_version() const {
    const std::optional<CounterView> counter =
        memory_->counters.find(kControlProtocolVersionCounter);
    const bool is_it = counter && counter->type_id == kSystemCounterTypeId &&
                       counter->registration_id == kControlProtocolVersionCounter;
    return is_it ? counter->value : 0;
}

int ClientConductor::do_work(Nanos now) {
    int work = 0;
    if (is_closed()) return work;
    const Running running(*this);
    for (ConductorTask& task : queue_->take()) {
        task.run(*this);
        ++work;
    }
    work += receive_events();
    if (!is_closed() && now - last_housekeeping_ > settings_.idle_sleep) { housekeeping(now); }
    return work;
}

int ClientConductor::run_tasks() {
    const Running running(*this);
    int work = 0;
    if (!running || is_closed()) return work;
    for (std::vector<ConductorTask> tasks = queue_->take(); !tasks.empty();
         tasks = queue_->take()) {
        for (ConductorTask& task : tasks) {
            task.run(*this);
            ++work;
        }
    }
    return work;
}

Nanos ClientConductor::next_deadline() const {
    return is_closed() ? kNever : last_housekeeping_ + settings_.idle_sleep + Nanos{1};
}

int ClientConductor::receive_events() {
    for (int received = 0; received < kMaxEventsPerCycle; ++received) {
        const BroadcastReceiver::Outcome outcome =
            events_.receive([this](std::int32_t type, ConstBytes body) { on_event(type, body); });
        if (outcome == BroadcastReceiver::Outcome::lapped) {
            fail({ErrorCode::client_buffer_lapped,
                  "unable to keep up with broadcast: events of the driver were lost"});
        }
        if (outcome != BroadcastReceiver::Outcome::message || is_closed()) return received;
    }
    return kMaxEventsPerCycle;
}

void ClientConductor::housekeeping(Nanos now) {
    last_housekeeping_ = now;
    if (std::optional<Error> fault = liveness_.check(now, environment_.clock.epoch_now())) {
        fail(*std::move(fault));
        return;
    }
    expire(now);
    send_unsent();
    for (const auto& [id, subscription] : subscriptions_) subscription->reclaim();
    std::erase_if(logs_, [](const auto& log) { return log.second.expired(); });
}

void ClientConductor::expire(Nanos now) {
    for (auto entry = pending_.begin(); entry != pending_.end();) {
        const std::shared_ptr<Registration> registration = entry->second.registration;
        if (registration->deadline > now) {
            ++entry;
            continue;
        }
        given_up_[registration->id()] = registration->kind();
        entry = pending_.erase(entry);
        registration->fail(
            {ErrorCode::driver_timeout, "async_add_" + std::string(name_of(registration->kind())) +
                                            " no response from media driver"});
    }
}

bool ClientConductor::expect(const PendingRequest& request) {
    const std::shared_ptr<Registration>& registration = request.registration;
    if (is_closed()) {
        registration->fail({ErrorCode::client_illegal_state, "client is closed"});
        return false;
    }
    registration->deadline = environment_.clock.now() + settings_.driver_timeout;
    pending_.emplace(registration->id(), request);
    return true;
}

void ClientConductor::send_or_fail(const std::shared_ptr<Registration>& registration,
                                   Result<void> sent) {
    if (sent) return;
    pending_.erase(registration->id());
    registration->fail(sent.error());
    report(sent.error());
}

void ClientConductor::start_next_session_id(PendingRequest request, std::int32_t stream_id) {
    if (driver_knows_next_session_id_) {
        const std::int64_t id = request.registration->id();
        start(std::move(request),
              protocol::GetNextAvailableSessionId{driver_.header(id), stream_id});
    } else if (!is_closed()) {
        request.registration->succeed(static_cast<std::int32_t>(environment_.random.next()));
    }
}

void ClientConductor::remove(RequestKind kind, std::int64_t id, bool revoke,
                             const Notification& on_removed) {
    bool driver_may_have_it = false;
    if (const auto request = pending_.find(id);
        request != pending_.end() && request->second.registration->kind() == kind) {
        const std::shared_ptr<Registration> registration = request->second.registration;
        pending_.erase(request);
        registration->fail({ErrorCode::generic_error, "the request was cancelled"});
        driver_may_have_it = true;
    }
    const auto erase_from = [&](auto& objects) {
        const auto found = objects.find(id);
        if (found == objects.end() || found->second->kind() != kind)
            return std::shared_ptr<Subscription>();
        const auto object = found->second;
        objects.erase(found);
        object->mark_closed();
        driver_may_have_it = true;
        if constexpr (std::is_same_v<std::remove_const_t<decltype(object)>,
                                     std::shared_ptr<Subscription>>) {
            return object;
        } else {
            return std::shared_ptr<Subscription>();
        }
    };
    std::shared_ptr<Subscription> subscription;
    switch (kind) {
        case RequestKind::publication: erase_from(publications_); break;
        case RequestKind::exclusive_publication: erase_from(exclusive_publications_); break;
        case RequestKind::subscription: subscription = erase_from(subscriptions_); break;
        case RequestKind::counter:
        case RequestKind::static_counter: erase_from(counters_); break;
        case RequestKind::destination:
        case RequestKind::next_session_id:
        case RequestKind::reject_image: break;
    }
    // Also while this client is being closed: the driver acts on a removal at once, but on the end
    // of a client only when its timer is due, and a reader that has gone would hold streams up.
    const bool driver_is_there = state_.load(std::memory_order_acquire) != State::failed;
    if (driver_may_have_it && driver_is_there) send_removal(kind, id, revoke);
    if (subscription) close_subscription(*subscription);
    if (on_removed) call(on_removed);
}

void ClientConductor::close_subscription(Subscription& subscription) {
    for (const std::shared_ptr<Image>& image : subscription.remove_images()) {
        if (!is_closed() && subscription.on_unavailable_image())
            call(subscription.on_unavailable_image(), image);
    }
}

void ClientConductor::send_removal(RequestKind kind, std::int64_t id, bool revoke) {
    const protocol::CorrelatedHeader header = driver_.header(driver_.next_correlation_id());
    switch (kind) {
        case RequestKind::publication:
        case RequestKind::exclusive_publication:
            unsent_.emplace_back(protocol::RemovePublication{header, id, revoke});
            break;
        case RequestKind::subscription:
            unsent_.emplace_back(protocol::RemoveSubscription{header, id});
            break;
        case RequestKind::counter: unsent_.emplace_back(protocol::RemoveCounter{header, id}); break;
        case RequestKind::static_counter:  // outlives its clients
        case RequestKind::destination:
        case RequestKind::next_session_id:
        case RequestKind::reject_image: return;
    }
    send_unsent();
}

// Closing never fails because the driver's ring is full: what did not fit is sent in a later pass.
void ClientConductor::send_unsent() {
    std::size_t sent = 0;
    for (; sent < unsent_.size(); ++sent) {
        const Result<void> result = std::visit(
            [this](const auto& command) { return driver_.send(command); }, unsent_[sent]);
        if (!result) break;
    }
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
}

void ClientConductor::remove_handler(HandlerId id) {
    available_counter_handlers_.remove(id);
    unavailable_counter_handlers_.remove(id);
    close_handlers_.remove(id);
}

// The driver or our place in it is lost for good. Nothing is unmapped: threads may be inside an
// offer or a poll.
void ClientConductor::fail(Error reason) {
    fatal_error_ = std::move(reason);
    // First: whoever finds an object closed and asks why must find the reason.
    state_.store(State::failed, std::memory_order_release);  // sync[client-state] release
    mark_all_closed();
    const Error unanswered{ErrorCode::driver_timeout,
                           "no response from media driver: " + fatal_error_->text};
    for (const auto& [id, request] : pending_) request.registration->fail(unanswered);
    pending_.clear();
    for (ConductorTask& task : queue_->close()) {
        if (task.registration) {
            task.registration->fail(unanswered);
        } else {
            left_for_close_.push_back(std::move(task));
        }
    }
    report(*fatal_error_);
}

void ClientConductor::mark_all_closed() {
    for (const auto& [id, publication] : publications_) publication->mark_closed();
    for (const auto& [id, publication] : exclusive_publications_) publication->mark_closed();
    for (const auto& [id, counter] : counters_) counter->mark_closed();
    for (const auto& [id, subscription] : subscriptions_) {
        subscription->mark_closed();
        subscription->close_images();
    }
}

void ClientConductor::close() {
    if (state_.load(std::memory_order_acquire) == State::closed) return;
    const Running running(*this);
    state_.store(State::closed, std::memory_order_release);  // sync[client-state] release
    std::vector<ConductorTask> tasks = std::exchange(left_for_close_, {});
    std::vector<ConductorTask> queued = queue_->close();
    tasks.insert(tasks.end(), std::make_move_iterator(queued.begin()),
                 std::make_move_iterator(queued.end()));
    close_handlers_.for_each([this](const CloseHandler& handler) { call(handler); });
    const Error closed{ErrorCode::client_illegal_state, "client was closed"};
    for (const auto& [id, request] : pending_) request.registration->fail(closed);
    pending_.clear();
    for (ConductorTask& task : tasks) {
        if (task.registration) {
            task.registration->fail(closed);
        } else {
            task.run(*this);  // removals: their notifications run, the driver is told below
        }
    }
    mark_all_closed();
    publications_.clear();
    exclusive_publications_.clear();
    subscriptions_.clear();
    counters_.clear();
    logs_.clear();
    if (Result<void> sent = driver_.send(protocol::ClientClose{driver_.header(protocol::kNullId)});
        !sent) {
        report(sent.error());
    }
}

void ClientConductor::report(const Error& error) {
    if (!settings_.on_error) return;
    try {
        settings_.on_error(error);
    } catch (...) {
        // There is nobody left to tell: the handler for errors is the one that failed.
    }
}

}  // namespace tern::client
