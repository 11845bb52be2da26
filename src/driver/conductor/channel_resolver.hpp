#pragma once

/// Finds the addresses of channels. Names take time, so that happens on the executor (spec
/// control-protocol.md 7.3, wire-protocol.md 6.7); how long names took is counted. Conductor thread
/// only, but for what runs on the executor.

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/base/executor.hpp"
#include "tern/driver/settings.hpp"
#include "tern/driver/system_counters.hpp"
#include "tern/uri/channel_uri.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

class ChannelResolver {
  public:
    using ChannelFound = std::function<void(Result<uri::UdpChannel>)>;
    using AddressFound = std::function<void(Result<SocketAddress>)>;

    /// All of them outlive the resolver, which itself outlives what it submitted.
    ChannelResolver(uri::HostNetwork& network, Clock& clock, Executor& executor,
                    const Settings& settings, SystemCounters& counters);
    ChannelResolver(const ChannelResolver&) = delete;
    ChannelResolver& operator=(const ChannelResolver&) = delete;

    // For the client command in progress, of which there is one: until `then` has been called the
    // resolver is busy, and no other command may be started.
    /// The channel of a publication, a subscription or a spy.
    void resolve(ChannelUri channel, ChannelFound then);
    /// A destination of a manual subscription.
    void resolve_destination(ChannelUri channel, ChannelFound then);
    /// "host:port", as `endpoint` has it. Errors: unknown_host for the name, generic_error for the
    /// text.
    void resolve_address(std::string endpoint, AddressFound then);

    bool is_busy() const { return pending_ != nullptr; }
    /// Asks the executor again, if it had no room.
    int resume();
    /// The driver closes: the command in progress gets no answer.
    void abandon() { pending_.reset(); }

    /// Beside the commands (6.8). Left out where `asker` waits for this name already, or the
    /// executor has no room: whoever asks will do so again.
    void resolve_again(const void* asker, std::string endpoint, AddressFound then);

  private:
    struct Timing {
        Nanos longest{0};
        std::int64_t slow = 0;  // beyond the threshold
    };
    /// Both halves share what the first found.
    struct Work {
        std::function<void(uri::HostNetwork&)> find;  // on the executor
        std::function<void()> finish;                 // conductor thread
        Timing timing;
        bool is_submitted = false;
    };
    class TimedNetwork;

    void start(std::shared_ptr<Work> work);
    bool submit(const std::shared_ptr<Work>& work, std::function<void()> completion);
    void count(const Timing& timing);

    uri::HostNetwork& network_;
    Clock& clock_;
    Executor& executor_;
    Nanos threshold_;
    SystemCounters& counters_;
    std::shared_ptr<uri::WildcardSuffixes> suffixes_;  // executor's
    std::shared_ptr<Work> pending_;
    std::set<std::pair<const void*, std::string>> asked_again_;  // and not answered yet
};

}  // namespace tern::driver
