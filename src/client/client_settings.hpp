#pragma once

/// Everything that a client can be told before it connects: the settings (spec
/// control-protocol.md 18.2) and the handlers (18.11). Plain values; copied when the client is
/// made.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/base/idle_strategy.hpp"
#include "tern/protocol/publication_events.hpp"
#include "tern/shm/counters.hpp"

namespace tern::client {

class Image;

inline constexpr std::size_t kMaxClientNameLength = 100;

/// Handlers run one at a time, without any lock held, on the thread that runs the client's
/// conductor. They must be quick and must not throw: an exception goes to the error handler. Any
/// call of the client may be made from one, except closing the client itself and those that wait
/// for an answer of the driver.
using ErrorHandler = std::function<void(const Error&)>;
using ImageHandler = std::function<void(const std::shared_ptr<Image>&)>;
using CounterHandler = std::function<void(const CountersReader&, std::int64_t registration_id,
                                          std::int32_t counter_id)>;
using NewPublicationHandler =
    std::function<void(std::string_view channel, std::int32_t stream_id, std::int32_t session_id,
                       std::int64_t correlation_id)>;
using NewSubscriptionHandler = std::function<void(std::string_view channel, std::int32_t stream_id,
                                                  std::int64_t correlation_id)>;
/// Once for each local publication that shares the one at fault. The message is valid during the
/// call only.
using PublicationErrorHandler = std::function<void(const protocol::PublicationError&)>;
using CloseHandler = std::function<void()>;
/// Runs once an object has been closed and, where it has images, after its last image handler.
using Notification = std::function<void()>;

struct ClientSettings {
    std::string dir;  // the Aeron directory, absolute
    Millis driver_timeout{
        10'000};  // a driver silent for longer is dead; also bounds the wait for an answer
    Nanos keepalive_interval{
        std::chrono::milliseconds{500}};  // shorter than the driver's client time-out
    /// As in Aeron's C client nothing depends on it: memory stays mapped for as long as somebody
    /// holds it.
    Nanos resource_linger{std::chrono::seconds{3}};
    Nanos idle_sleep{
        std::chrono::milliseconds{16}};  // between two housekeeping passes of the conductor
    /// How the conductor's thread idles. Without one it sleeps for `idle_sleep`, is woken by calls
    /// of the application, and looks more often while it waits for an answer of the driver.
    std::optional<IdleOptions> idle_strategy;
    bool use_invoker = false;  // no thread: the application calls do_work()
    /// Take all blocks of a log and read each page when it is mapped. Where there is no room for
    /// them the error handler hears of it, and the log is used as it is.
    bool pre_touch = false;
    std::string client_name;   // at most 100 bytes; part of the heartbeat counter's label

    ErrorHandler on_error;
    PublicationErrorHandler on_publication_error;
    ImageHandler on_available_image;  // of subscriptions that are added without one of their own
    ImageHandler on_unavailable_image;
    CounterHandler on_available_counter;  // any client's counters, heartbeats included
    CounterHandler on_unavailable_counter;
    NewPublicationHandler on_new_publication;
    NewPublicationHandler on_new_exclusive_publication;
    NewSubscriptionHandler on_new_subscription;
    CloseHandler on_close;  // on the thread that closes the client, first of all
    std::function<void(std::string_view role)>
        on_agent_start;  // on the conductor's thread, before its first cycle
};

/// Takes AERON_DIR, AERON_DRIVER_TIMEOUT and the other variables of spec c-api.md 6.1. An error
/// names the variable and the value that cannot be used; the settings are then partly changed.
Result<void> apply_environment(ClientSettings& settings,
                               const std::map<std::string, std::string>& environment);

/// What no client could run with: a name that is too long, time-outs below 1 ms, no directory.
Result<void> check(const ClientSettings& settings);

}  // namespace tern::client
