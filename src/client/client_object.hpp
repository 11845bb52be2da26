#pragma once

/// What publications, subscriptions and counters have in common: who they are, whether they are
/// closed, and the way to the conductor. The application and the conductor share them by
/// std::shared_ptr; memory that they reach stays mapped until the last reference goes.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tern/client/client_memory.hpp"
#include "tern/client/client_settings.hpp"
#include "tern/client/command_queue.hpp"
#include "tern/client/registration.hpp"

namespace tern::client {

/// Values of a channel status counter, and of what channel_status() answers.
inline constexpr std::int64_t kChannelErrored =
    -1;  // also: closed, or a channel without a status (IPC)
inline constexpr std::int64_t kChannelInitialising = 0;
inline constexpr std::int64_t kChannelActive = 1;
inline constexpr std::int64_t kChannelClosing = 2;

/// What a new object is given by the conductor.
struct ObjectSetup {
    std::shared_ptr<ClientMemory> memory;
    std::shared_ptr<CommandQueue> queue;
    RequestKind kind;
    std::int64_t registration_id;  // the correlation id of the command that added it
};

class ClientObject {
  public:
    ClientObject(const ClientObject&) = delete;
    ClientObject& operator=(const ClientObject&) = delete;

    /// By which it is removed. Of a shared publication each add has its own (see
    /// original_registration_id).
    std::int64_t registration_id() const { return setup_.registration_id; }
    RequestKind kind() const { return setup_.kind; }

    /// Closed by the application, or with the client. Final.
    bool is_closed() const {
        return closed_.load(std::memory_order_acquire);
    }  // sync[object-closed] acquire

    /// Closes it at once for its users; the conductor tells the driver, drops its reference and
    /// runs `on_closed`. Any thread. False, and `on_closed` never runs, where it was closed
    /// already, by the client's end too.
    bool close(Notification on_closed = {}) { return request_close(false, std::move(on_closed)); }

    /// For the conductor: closed because the client is.
    void mark_closed() {
        closed_.store(true, std::memory_order_release);
    }  // sync[object-closed] release

  protected:
    explicit ClientObject(ObjectSetup setup) : setup_(std::move(setup)) {}
    ~ClientObject() = default;

    bool request_close(bool revoke, Notification on_closed);
    const ClientMemory& memory() const { return *setup_.memory; }
    /// The status of the channel with this indicator; kChannelErrored where it is closed or there
    /// is none.
    std::int64_t status_of(std::int32_t indicator_id) const;
    std::vector<std::string> local_addresses_of(std::int32_t indicator_id) const;

  private:
    ObjectSetup setup_;
    std::atomic<bool> closed_{false};
};

/// Addresses of the sockets of a channel, from the counters that name its status indicator (spec
/// counters.md 10.3). Empty until the channel is active. "127.0.0.1:40456", "[::1]:40456".
std::vector<std::string> local_socket_addresses(const CountersReader& counters,
                                                std::int32_t status_indicator_id);

}  // namespace tern::client
