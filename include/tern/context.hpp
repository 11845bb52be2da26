#pragma once

/// Context: this program's connection to a media driver, and where publications, subscriptions and
/// counters come from.
///
/// It has a thread of its own that talks to the driver, unless `use_invoker` says that the program
/// calls do_work() itself. Any thread may use it. Close it, or let it go out of scope, after what
/// was made by it, or before: what is left then answers that it is closed, and its memory stays
/// mapped until it goes.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tern/client/client.hpp"
#include "tern/counter.hpp"
#include "tern/errors.hpp"
#include "tern/publication.hpp"
#include "tern/subscription.hpp"

namespace tern {

using client::HandlerId;

/// The handle of an asynchronous add: poll() it until it gives the object. Taken back where it is
/// dropped before.
template <typename Object, typename Core>
class Pending {
  public:
    Pending(client::AsyncRequest<Core> request, std::shared_ptr<detail::Session> session)
        : request_(std::move(request)), session_(std::move(session)) {}
    Pending(Pending&&) noexcept = default;
    Pending& operator=(Pending&&) = delete;
    ~Pending() { cancel(); }

    std::int64_t registration_id() const { return request_.registration_id(); }
    /// The object, once; nullopt while there is no answer. Throws RegistrationError, DriverTimeout,
    /// ContextClosed.
    std::optional<Object> poll();
    void cancel();

  private:
    client::AsyncRequest<Core> request_;
    std::shared_ptr<detail::Session> session_;  // null once taken
};

class Context {
  public:
    struct Options {
        /// The driver's directory. Empty: $AERON_DIR, else /dev/shm/aeron-<user>.
        std::string directory;
        /// How long to wait for a driver to appear. 0: there must be one now.
        std::chrono::nanoseconds wait_for_driver{0};
        /// A driver that shows no sign of life for longer is dead; also bounds the wait for its
        /// answers. Else $AERON_DRIVER_TIMEOUT (ms), else 10 s.
        std::optional<std::chrono::milliseconds> driver_timeout{};
        /// Between two signs of life of this client.
        std::chrono::nanoseconds keepalive_interval = std::chrono::milliseconds{500};
        /// The next five: else $AERON_CLIENT_..., else Aeron's defaults.
        std::optional<std::chrono::nanoseconds>
            resource_linger{};  // for compatibility: nothing depends on it
        std::optional<std::chrono::nanoseconds> idle_sleep{};  // of the context's thread
        std::optional<bool> pre_touch{};           // touch the pages of logs when they are mapped
        std::optional<std::string> client_name{};  // for people, in the heartbeat counter's label
        std::optional<IdleOptions>
            idle_strategy{};  // of the context's thread; else it sleeps and is woken
        /// No thread: the program calls do_work(), far more often than the driver's client
        /// time-out.
        bool use_invoker = false;

        /// Called one at a time on the context's thread (with an invoker: within do_work). See
        /// ClientSettings.
        client::ErrorHandler on_error{};
        client::PublicationErrorHandler on_publication_error{};
        client::ImageHandler on_available_image{};
        client::ImageHandler on_unavailable_image{};
        client::CounterHandler on_available_counter{};
        client::CounterHandler on_unavailable_counter{};
        client::NewPublicationHandler on_new_publication{};
        client::NewPublicationHandler on_new_exclusive_publication{};
        client::NewSubscriptionHandler on_new_subscription{};
        client::CloseHandler on_close{};
        std::function<void(std::string_view role)> on_agent_start{};
    };

    /// Throws DriverNotRunning, InvalidArgument.
    Context();
    explicit Context(Options options);
    /// Around a client with an environment of its own (a simulator's, a test's). No thread is made.
    explicit Context(std::unique_ptr<client::Client> client);
    ~Context();
    Context(Context&&) noexcept;
    Context& operator=(Context&&) noexcept;

    // Each waits for the driver's answer. They throw RegistrationError where it refuses,
    // DriverTimeout where it does not answer, ContextClosed.

    Publication add_publication(std::string_view channel, std::int32_t stream_id);
    ExclusivePublication add_exclusive_publication(std::string_view channel,
                                                   std::int32_t stream_id);
    Subscription add_subscription(std::string_view channel, std::int32_t stream_id,
                                  ImageHandler on_available_image = {},
                                  ImageHandler on_unavailable_image = {});
    ClientCounter add_counter(std::int32_t type_id, std::string_view label,
                              std::span<const std::byte> key = {});
    /// A counter that outlives this program; adds or finds the one of this type and registration
    /// id.
    ClientCounter add_static_counter(std::int32_t type_id, std::string_view label,
                                     std::int64_t registration_id,
                                     std::span<const std::byte> key = {});
    /// A session id that no publication on this stream has at the moment.
    std::int32_t next_session_id(std::int32_t stream_id);

    using PendingPublication = Pending<Publication, client::Publication>;
    using PendingExclusivePublication = Pending<ExclusivePublication, client::ExclusivePublication>;
    using PendingSubscription = Pending<Subscription, client::Subscription>;
    using PendingCounter = Pending<ClientCounter, client::ClientCounter>;
    // The same without waiting.
    PendingPublication async_add_publication(std::string_view channel, std::int32_t stream_id);
    PendingExclusivePublication async_add_exclusive_publication(std::string_view channel,
                                                                std::int32_t stream_id);
    PendingSubscription async_add_subscription(std::string_view channel, std::int32_t stream_id,
                                               ImageHandler on_available_image = {},
                                               ImageHandler on_unavailable_image = {});
    PendingCounter async_add_counter(std::int32_t type_id, std::string_view label,
                                     std::span<const std::byte> key = {});
    PendingCounter async_add_static_counter(std::int32_t type_id, std::string_view label,
                                            std::int64_t registration_id,
                                            std::span<const std::byte> key = {});

    std::int64_t client_id() const;
    std::int64_t next_correlation_id();
    const std::string& directory() const;
    /// All counters of the driver.
    const CountersReader& counters() const;

    /// A handler that was removed is not running any more, unless it removed itself.
    HandlerId add_available_counter_handler(client::CounterHandler handler);
    HandlerId add_unavailable_counter_handler(client::CounterHandler handler);
    HandlerId add_close_handler(client::CloseHandler handler);
    void remove_handler(HandlerId id);

    /// One duty cycle, with `use_invoker`; how much was done. Throws what ended the client, once in
    /// each call.
    int do_work();

    /// Ends this client: handlers run, threads stop, everything made by it is closed. Not from a
    /// handler.
    void close();
    bool is_closed() const;
    /// What ended the client where it was not close().
    std::optional<Error> fatal_error() const;

    /// The full API.
    client::Client& client();
    const std::shared_ptr<detail::Session>& session() const { return session_; }

  private:
    std::shared_ptr<detail::Session> session_;
};

/// Asks the driver of a directory to end; true where the request was written, false where there is
/// no driver's file. Whether it obeys depends on its termination validator. Throws InvalidArgument.
bool request_driver_termination(const std::string& directory,
                                std::span<const std::byte> token = {});

}  // namespace tern
