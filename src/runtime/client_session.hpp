#pragma once

/// What stands behind a Context and is shared by everything made from it: the client, what it needs
/// of the operating system, and its threads.

#include <functional>
#include <memory>
#include <mutex>

#include "tern/base/random.hpp"
#include "tern/client/client.hpp"
#include "tern/context.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/platform/system_clock.hpp"
#include "tern/runtime/client_thread.hpp"
#include "tern/runtime/client_watcher.hpp"

namespace tern::detail {

class Session {
  public:
    /// Connects, and starts the conductor's thread unless there is an invoker. Throws.
    explicit Session(const Context::Options& options);
    explicit Session(std::unique_ptr<client::Client> client);
    ~Session();

    client::Client& client() { return *client_; }
    void close();
    /// The thread for watched subscriptions; made when it is first asked for.
    Watcher& watcher();

    /// Throws what ended the client; nothing where it was closed by close(), or is not closed.
    void throw_fatal_error() const;
    /// Throws the error, as ContextClosed where the client has ended for whatever reason.
    template <typename T>
    T value_or_throw(Result<T> result, std::int64_t correlation_id = 0) const {
        if (!result) throw_error(result.error(), correlation_id);
        return *std::move(result);
    }

  private:
    platform::OsFileSystem files_;
    platform::SystemClock clock_;
    SeededRandom random_;
    std::unique_ptr<client::Client> client_;
    std::unique_ptr<runtime::ClientThread> thread_;  // null with an invoker
    std::mutex mutex_;                               // of the next
    std::unique_ptr<Watcher> watcher_;
};

/// How a call waits for something that comes through memory: it spins first, then gives the
/// processor away, then sleeps for longer and longer. Drives the conductor where nobody else does.
class Waiting {
  public:
    explicit Waiting(client::Client& client) : client_(client) {}
    void wait();

  private:
    client::Client& client_;
    int times_ = 0;
    Nanos pause_{1'000};
};

}  // namespace tern::detail
