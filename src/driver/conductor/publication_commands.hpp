#pragma once

/// Adds and removes publications (spec control-protocol.md, section 8); what is about the network
/// only is in network_publication_commands.hpp. A new publication needs a
/// log file, which the executor makes; until it is there the command is in progress, and no other
/// client command may be started, so that answers come in the order of the commands. Conductor
/// thread only.

#include <memory>
#include <optional>
#include <string>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/network_publication_commands.hpp"
#include "tern/driver/conductor/subscription_commands.hpp"
#include "tern/protocol/publication_commands.hpp"
#include "tern/uri/publication_params.hpp"

namespace tern::driver {

class PublicationCommands {
  public:
    PublicationCommands(ConductorParts& parts, SubscriptionCommands& subscriptions)
        : parts_(parts), subscriptions_(subscriptions), network_(parts, subscriptions.spies()) {}

    /// Where it succeeds it has answered, or is busy and will.
    Result<void> add(const protocol::AddPublication& command);
    Result<void> remove(const protocol::RemovePublication& command);

    bool is_busy() const { return pending_ != nullptr || network_.is_busy(); }
    /// Asks again for the log file of a command in progress, if the executor had no room for it.
    int resume();
    /// The driver closes: a command in progress gets no answer.
    void abandon() {
        pending_.reset();
        network_.abandon();
    }
    NetworkPublicationCommands& network() { return network_; }

    /// Drops the links of a client that has ended.
    void end_all(Client& client);
    /// Frees the counters of a publication and has its log deleted.
    void dispose(std::unique_ptr<IpcPublication> publication);

  private:
    /// A command whose log file is being made. Keeps its text: the command's was the ring's.
    struct Pending {
        protocol::CorrelatedHeader header;
        std::int32_t stream_id;
        bool is_exclusive;
        ChannelUri channel;
        uri::PublicationParams params;
        bool is_requested = false;
    };
    struct Identified {  // what is settled before anything is allocated
        std::int32_t session_id;
        uri::StartPosition start;
    };

    Result<void> share(const protocol::AddPublication& command, IpcPublication& publication,
                       const uri::PublicationParams& params);
    void request_log();
    void on_log_made(Result<std::shared_ptr<Mapping>> file);
    Result<void> create(const Pending& command, const std::shared_ptr<Mapping>& file);
    Identified identify(const Pending& command);
    Result<void> bind_response(const Pending& command, std::int32_t session_id);
    Result<std::unique_ptr<IpcPublication>> make_publication(const Pending& command,
                                                             const Identified& identified,
                                                             const std::shared_ptr<Mapping>& file);
    void free_counters(const IpcPublication& publication);
    void link_subscribers(std::int64_t correlation_id, IpcPublication& publication);

    ConductorParts& parts_;
    SubscriptionCommands& subscriptions_;
    NetworkPublicationCommands network_;
    std::shared_ptr<Pending> pending_;
};

}  // namespace tern::driver
