#pragma once

/// Adds network publications (spec control-protocol.md 8.2 to 8.7, channel-uri.md 13.1). First the
/// channel has to be resolved, then a new publication needs a log file; both take time on the
/// executor, and until the command is answered it is in progress and no other is started. Conductor
/// thread only.

#include <cstdint>
#include <memory>
#include <optional>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/spy_subscriptions.hpp"
#include "tern/protocol/publication_commands.hpp"
#include "tern/uri/publication_params.hpp"

namespace tern::driver {

class NetworkPublicationCommands {
  public:
    NetworkPublicationCommands(ConductorParts& parts, SpySubscriptions& spies)
        : parts_(parts), spies_(spies) {}

    /// Answers by itself, later.
    void add(const protocol::AddPublication& command, ChannelUri channel);

    /// While a log file is being made; while a channel is being resolved the resolver is busy.
    bool is_busy() const { return pending_ != nullptr; }
    /// Asks again for the log file, if the executor had no room.
    int resume();
    /// The driver closes: a command in progress gets no answer.
    void abandon() { pending_.reset(); }

    /// The sender has let go of it, or the driver ends: frees its counters and has its log deleted.
    void dispose(std::unique_ptr<NetworkPublication> publication);

  private:
    struct Request {
        protocol::CorrelatedHeader header;
        std::int32_t stream_id;
        bool is_exclusive;
    };
    /// A command whose log file is being made.
    struct Pending {
        Request request;
        uri::UdpChannel channel;
        uri::PublicationParams params;
        bool is_requested = false;
    };

    Result<void> on_resolved(const Request& request, uri::UdpChannel channel);
    Result<uri::PublicationParams> read_params(const uri::UdpChannel& channel);
    Result<void> check_response(const uri::PublicationParams& params) const;
    Result<void> check_shared_channel(const uri::UdpChannel& channel,
                                      const uri::PublicationParams& params,
                                      const SendChannel& existing) const;
    Result<void> check_send_buffer(const uri::UdpChannel& channel, std::int32_t mtu_length,
                                   const SendChannel* existing) const;
    Result<void> share(const Request& request, NetworkPublication& publication,
                       const uri::PublicationParams& params);

    void request_log();
    void on_log_made(Result<std::shared_ptr<Mapping>> file);
    Result<void> create(const Pending& command, const std::shared_ptr<Mapping>& file);
    Result<void> create_on(SendChannel& channel, const Pending& command,
                           const std::shared_ptr<Mapping>& file);
    void announce(const Request& request, NetworkPublication& publication, bool is_new);

    ConductorParts& parts_;
    SpySubscriptions& spies_;
    std::shared_ptr<Pending> pending_;
};

}  // namespace tern::driver
