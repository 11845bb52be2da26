#pragma once

/// The client's side of the conversation with the driver (spec control-protocol.md 18): sends what
/// the application asks for, takes the driver's events, owns what exists because of them, and finds
/// out when either side has died.
///
/// Driven by one thread: the client's own or, with an invoker, the application's. Everything but
/// do_work, close and the getters is called from tasks of the CommandQueue, which that thread runs.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "tern/base/agent.hpp"
#include "tern/client/client_counter.hpp"
#include "tern/client/client_environment.hpp"
#include "tern/client/client_memory.hpp"
#include "tern/client/client_settings.hpp"
#include "tern/client/command_queue.hpp"
#include "tern/client/driver_proxy.hpp"
#include "tern/client/handler_list.hpp"
#include "tern/client/liveness.hpp"
#include "tern/client/publication.hpp"
#include "tern/client/registration.hpp"
#include "tern/client/subscription.hpp"
#include "tern/protocol/event.hpp"
#include "tern/shm/broadcast.hpp"

namespace tern::client {

/// What is remembered of a request until the driver answers.
struct PendingRequest {
    std::shared_ptr<Registration> registration;
    std::string channel;
    std::int32_t stream_id = 0;
    std::int64_t static_registration_id = 0;  // of a static counter: the user's own
    ImageHandler on_available_image;
    ImageHandler on_unavailable_image;
};

class ClientConductor final : public Agent {
  public:
    ClientConductor(const ClientSettings& settings, ClientEnvironment environment,
                    std::shared_ptr<ClientMemory> memory);
    ~ClientConductor() override;

    int do_work(Nanos now) override;
    Nanos next_deadline() const override;
    std::string_view role_name() const override { return "aeron-client"; }

    /// Runs what the application has asked for. Does nothing where it is running already, further
    /// up the stack.
    int run_tasks();
    /// True on the thread that is inside do_work, run_tasks or close.
    bool is_running_here() const;
    /// An answer of the driver is due: worth looking for soon.
    bool is_awaiting() const { return awaiting_.load(std::memory_order_relaxed); }

    /// Any thread. True after close() and after a fatal error.
    bool is_closed() const {
        return state_.load(std::memory_order_acquire) !=
               State::active;  // sync[client-state] acquire
    }
    /// Any thread, once is_closed(): what ended the client; nullopt where it was closed by close().
    std::optional<Error> fatal_error() const;

    /// On the thread that closes the client, with no thread inside do_work any more.
    void close();

    const std::shared_ptr<CommandQueue>& queue() const { return queue_; }
    DriverProxy& driver() { return driver_; }
    Nanos inter_service_timeout() const { return inter_service_timeout_; }

    // From tasks.

    /// Sends the command and waits for its answer from now on.
    template <typename Command>
    void start(PendingRequest request, const Command& command) {
        if (expect(request)) { send_or_fail(request.registration, driver_.send(command)); }
    }
    void start_next_session_id(PendingRequest request, std::int32_t stream_id);
    /// Drops a pending request or closes an object and tells the driver, then runs `on_removed`,
    /// also for an unknown id.
    void remove(RequestKind kind, std::int64_t id, bool revoke, const Notification& on_removed);
    void add_available_counter_handler(HandlerId id, CounterHandler handler) {
        available_counter_handlers_.add(id, std::move(handler));
    }
    void add_unavailable_counter_handler(HandlerId id, CounterHandler handler) {
        unavailable_counter_handlers_.add(id, std::move(handler));
    }
    void add_close_handler(HandlerId id, CloseHandler handler) {
        close_handlers_.add(id, std::move(handler));
    }
    /// Of whichever list it is in.
    void remove_handler(HandlerId id);

  private:
    enum class State { active, failed, closed };
    class Running;  // marks the thread that runs the conductor

    int receive_events();
    void on_event(std::int32_t type, ConstBytes body);
    void on(const protocol::CommandError& event);
    void on(const protocol::OperationSuccess& event);
    void on(const protocol::ClientTimeout& event);
    void on(const protocol::NextAvailableSessionId& event);
    void on(const protocol::PublicationReady& event);
    void on(const protocol::PublicationError& event);
    void on(const protocol::SubscriptionReady& event);
    void on(const protocol::AvailableImage& event);
    void on(const protocol::UnavailableImage& event);
    void on(const protocol::CounterReady& event);
    void on(const protocol::UnavailableCounter& event);
    void on(const protocol::StaticCounter& event);

    /// The request that an event answers; nullopt where it is not ours. An answer that comes after
    /// we gave up is taken back.
    std::optional<PendingRequest> take_pending(std::int64_t correlation_id);
    void give_back_late(std::int64_t correlation_id);
    void add_publication(const PendingRequest& request, const protocol::PublicationReady& event);
    void add_counter(const PendingRequest& request, std::int64_t counter_registration_id,
                     std::int32_t counter_id);
    /// Mapped once for each publication or image id, shared by all who use it.
    Result<LogBuffers> log_of(std::int64_t id, std::string_view file_name);
    void fail_creation(const PendingRequest& request, const Error& reason);
    ObjectSetup setup_of(const Registration& registration) const;

    bool expect(const PendingRequest& request);
    void send_or_fail(const std::shared_ptr<Registration>& registration, Result<void> sent);
    void close_subscription(Subscription& subscription);
    void send_removal(RequestKind kind, std::int64_t id, bool revoke);
    void send_unsent();
    void housekeeping(Nanos now);
    std::int64_t control_protocol_version() const;
    void expire(Nanos now);
    void fail(Error reason);
    void mark_all_closed();
    void report(const Error& error);
    template <typename Handler, typename... Args>
    void call(const Handler& handler, Args&&... args);

    using Removal = std::variant<protocol::RemovePublication, protocol::RemoveSubscription,
                                 protocol::RemoveCounter>;

    const ClientSettings settings_;
    ClientEnvironment environment_;
    const std::shared_ptr<ClientMemory> memory_;
    const std::shared_ptr<CommandQueue> queue_ = std::make_shared<CommandQueue>();
    DriverProxy driver_;
    BroadcastReceiver events_;
    const Nanos inter_service_timeout_;
    const bool driver_knows_next_session_id_;
    Liveness liveness_;
    Nanos last_housekeeping_;
    std::atomic<State> state_{State::active};
    std::atomic<bool> awaiting_{false};
    std::atomic<std::thread::id> running_on_{};
    std::optional<Error> fatal_error_;  // complete before state_ says failed

    std::unordered_map<std::int64_t, PendingRequest> pending_;
    std::unordered_map<std::int64_t, RequestKind> given_up_;  // timed out; may be answered yet
    std::unordered_map<std::int64_t, std::shared_ptr<Publication>> publications_;
    std::unordered_map<std::int64_t, std::shared_ptr<ExclusivePublication>> exclusive_publications_;
    std::unordered_map<std::int64_t, std::shared_ptr<Subscription>> subscriptions_;
    std::unordered_map<std::int64_t, std::shared_ptr<ClientCounter>> counters_;
    std::unordered_map<std::int64_t, std::weak_ptr<Mapping>>
        logs_;                                   // by id of publication or image
    std::vector<Removal> unsent_;                // the driver's ring was full
    std::vector<ConductorTask> left_for_close_;  // came too late for a client that failed
    HandlerList<CounterHandler> available_counter_handlers_;
    HandlerList<CounterHandler> unavailable_counter_handlers_;
    HandlerList<CloseHandler> close_handlers_;
};

}  // namespace tern::client
