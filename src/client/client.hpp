#pragma once

/// A client of one driver: the full API on values, without exceptions. include/tern/context.hpp
/// puts threads, exceptions and scopes around it, the C ABI its own manners.
///
/// Every call but close() may come from any thread; with an invoker all calls come from one thread
/// at a time. Asynchronous calls never wait. Synchronous ones loop over them (pausing as the
/// environment says, driving the conductor themselves with an invoker); from a handler they would
/// wait for themselves and answer an error at once.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tern/client/client_conductor.hpp"

namespace tern::client {

class Client {
  public:
    /// Looks for the driver in steps until it is found or `wait` has passed; with 0 the first look
    /// decides. Errors: driver_timeout where there is no driver or its heartbeat is too old,
    /// client_timeout where its file was never initialised, invalid_argument for settings that
    /// cannot be and for a driver of another version.
    static Result<std::unique_ptr<Client>> connect(const ClientSettings& settings,
                                                   ClientEnvironment environment, Nanos wait);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// What a thread of the client runs; with an invoker the application does, through do_work().
    ClientConductor& conductor() { return *conductor_; }
    /// One duty cycle with an invoker; how much was done. Not from a handler.
    int do_work() { return conductor_->do_work(environment_.clock.now()); }
    /// Called after each request, on the thread that made it: wakes the conductor's thread. Before
    /// the first request.
    void set_wake(std::function<void()> wake);

    /// Ends the client: close handlers, notifications, then the word to the driver. All objects are
    /// closed. The thread of the conductor must have been stopped. Not from a handler.
    void close();
    /// True after close() and after a fatal error (of the driver, or because we were not run often
    /// enough).
    bool is_closed() const { return conductor_->is_closed(); }
    std::optional<Error> fatal_error() const { return conductor_->fatal_error(); }

    const ClientSettings& settings() const { return settings_; }
    std::int64_t client_id() const { return conductor_->driver().client_id(); }
    /// Unique among all clients of the driver.
    std::int64_t next_correlation_id() { return memory_->ring.next_correlation_id(); }
    /// Works after the end of the client, too.
    const CountersReader& counters() const { return memory_->counters; }
    const std::shared_ptr<ClientMemory>& memory() const { return memory_; }

    // Asynchronous requests. An error, client_illegal_state, only where the client is closed.

    Result<AsyncRequest<Publication>> async_add_publication(std::string_view channel,
                                                            std::int32_t stream_id);
    Result<AsyncRequest<ExclusivePublication>> async_add_exclusive_publication(
        std::string_view channel, std::int32_t stream_id);
    /// Without handlers of its own a subscription has those of the settings.
    Result<AsyncRequest<Subscription>> async_add_subscription(
        std::string_view channel, std::int32_t stream_id, ImageHandler on_available_image = {},
        ImageHandler on_unavailable_image = {});
    /// Keys beyond 112 bytes and labels beyond 380 are cut by the driver.
    Result<AsyncRequest<ClientCounter>> async_add_counter(std::int32_t type_id, ConstBytes key,
                                                          std::string_view label);
    /// A counter that outlives its clients; adds or finds the one with this type and registration
    /// id.
    Result<AsyncRequest<ClientCounter>> async_add_static_counter(std::int32_t type_id,
                                                                 ConstBytes key,
                                                                 std::string_view label,
                                                                 std::int64_t registration_id);
    /// Destinations of a publication or a subscription with control-mode=manual.
    Result<AsyncRequest<void>> async_add_destination(const PublicationBase& publication,
                                                     std::string_view channel);
    Result<AsyncRequest<void>> async_remove_destination(const PublicationBase& publication,
                                                        std::string_view channel);
    /// `destination_id`: the registration id of the request that added it.
    Result<AsyncRequest<void>> async_remove_destination(const PublicationBase& publication,
                                                        std::int64_t destination_id);
    Result<AsyncRequest<void>> async_add_destination(const Subscription& subscription,
                                                     std::string_view channel);
    Result<AsyncRequest<void>> async_remove_destination(const Subscription& subscription,
                                                        std::string_view channel);
    /// Ends an image for every subscriber of this driver; its publisher hears of it and of the
    /// reason, at most 1023 bytes.
    Result<AsyncRequest<void>> async_reject_image(const Image& image, std::string_view reason);
    /// A session id that no publication on this stream has. The Registration's outcome is an int32.
    Result<std::shared_ptr<Registration>> async_next_session_id(std::int32_t stream_id);

    /// Takes a request back, or closes what came of it; then `on_removed` runs, once, also for an
    /// unknown id. False where the client is closed: then it never runs.
    bool remove(RequestKind kind, std::int64_t registration_id, Notification on_removed = {});
    bool cancel(const Registration& registration) {
        return remove(registration.kind(), registration.id());
    }

    // Synchronous requests.

    /// Waits for the answer, which comes within the driver time-out or is an error.
    template <typename T>
    Result<std::shared_ptr<T>> await(const AsyncRequest<T>& request) {
        if (auto waited = await(request.registration()); !waited) return std::move(waited).error();
        return request.poll();
    }
    Result<void> await(const std::shared_ptr<Registration>& registration);
    Result<void> await(const AsyncRequest<void>& request) { return await(request.registration()); }
    Result<std::int32_t> next_session_id(std::int32_t stream_id);

    // Handlers. Adding and removing wait until the conductor has done it: a removed handler is not
    // running any more. From a handler they are done at once.

    Result<HandlerId> add_available_counter_handler(CounterHandler handler);
    Result<HandlerId> add_unavailable_counter_handler(CounterHandler handler);
    Result<HandlerId> add_close_handler(CloseHandler handler);
    Result<void> remove_handler(HandlerId id);

    /// Lets some time pass between two looks, at most `at_most`; drives the conductor where nobody
    /// else does.
    void pause(Nanos at_most);
    Clock& clock() { return environment_.clock; }

  private:
    Client(const ClientSettings& settings, ClientEnvironment environment,
           std::shared_ptr<ClientMemory> memory);

    template <typename Start>
    Result<std::shared_ptr<Registration>> request(RequestKind kind, PendingRequest pending,
                                                  Start start);
    template <typename T, typename Start>
    Result<AsyncRequest<T>> request_for(RequestKind kind, PendingRequest pending, Start start);
    Result<AsyncRequest<void>> destination(protocol::DestinationAction action,
                                           std::int64_t registration_id, std::string_view channel);
    Result<AsyncRequest<ClientCounter>> counter(RequestKind kind, std::int32_t type_id,
                                                ConstBytes key, std::string_view label,
                                                std::int64_t registration_id);
    Result<void> run_on_conductor(std::function<void(ClientConductor&)> task);
    Error closed_error() const;

    const ClientSettings settings_;
    ClientEnvironment environment_;
    const std::shared_ptr<ClientMemory> memory_;
    std::unique_ptr<ClientConductor> conductor_;
    std::atomic<HandlerId> next_handler_id_{1};
};

/// Asks the driver of a directory to end (TERMINATE_DRIVER). True: the command was written; whether
/// the driver obeys depends on its validator. False: there is no driver's file. Errors:
/// invalid_argument (token too long, file not initialised, other version), driver_buffer_full.
Result<bool> request_driver_termination(FileSystem& files, const std::string& directory,
                                        ConstBytes token);

}  // namespace tern::client
