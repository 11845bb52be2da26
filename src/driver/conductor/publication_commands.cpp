#include "tern/driver/conductor/publication_commands.hpp"

#include <utility>

#include "tern/driver/conductor/channel_defaults.hpp"
#include "tern/driver/conductor/publication_announcement.hpp"
#include "tern/driver/conductor/publication_log.hpp"

namespace tern::driver {
namespace {

Error unknown_publication(const protocol::RemovePublication& command) {
    return {ErrorCode::unknown_publication,
            "unknown publication client_id=" + std::to_string(command.header.client_id) +
                " registration_id=" + std::to_string(command.registration_id)};
}

std::optional<uri::TaggedPublication> find_tagged(const IpcPublications& publications,
                                                  std::int64_t tag) {
    const IpcPublication* found = publications.find_by_entity_tag(tag);
    if (found == nullptr) return std::nullopt;
    return uri::TaggedPublication{.session_id = found->identity().session_id,
                                  .mtu_length = found->log().mtu_length(),
                                  .term_length = found->log().term_length()};
}

}  // namespace

Result<void> PublicationCommands::add(const protocol::AddPublication& command) {
    Result<ChannelUri> channel = parse_publication_channel(command.channel);
    if (!channel) return std::move(channel).error();
    if (!channel->is_ipc()) {
        network_.add(command, *std::move(channel));
        return {};
    }
    Result<uri::PublicationParams> params = uri::PublicationParams::parse(
        *channel, ipc_publication_defaults(parts_.settings),
        [this](std::int64_t tag) { return find_tagged(parts_.publications, tag); });
    if (!params) return std::move(params).error();
    if (!command.is_exclusive) {
        IpcPublication* existing =
            parts_.publications.find_shareable(command.stream_id, params->response_correlation_id);
        if (existing != nullptr) return share(command, *existing, *params);
    }
    if (params->session_id &&
        parts_.publications.is_session_in_use(command.stream_id, *params->session_id)) {
        return uri::session_clash(*params->session_id, command.stream_id, *channel);
    }
    pending_ = std::make_shared<Pending>(Pending{.header = command.header,
                                                 .stream_id = command.stream_id,
                                                 .is_exclusive = command.is_exclusive,
                                                 .channel = *std::move(channel),
                                                 .params = *std::move(params)});
    request_log();
    return {};
}

Result<void> PublicationCommands::share(const protocol::AddPublication& command,
                                        IpcPublication& publication,
                                        const uri::PublicationParams& params) {
    const LogBuffers& log = publication.log();
    Result<void> joined =
        uri::check_can_join({.session_id = publication.identity().session_id,
                             .mtu_length = log.mtu_length(),
                             .term_length = log.term_length(),
                             .start = {.initial_term_id = log.initial_term_id(),
                                       .term_id = publication.config().start_term_id,
                                       .term_offset = publication.config().start_term_offset}},
                            params);
    if (!joined) return joined;
    Result<Client*> client = parts_.clients.get_or_add(command.header.client_id);
    if (!client) return std::move(client).error();
    publication.add_reference();
    (*client)->publications.emplace(command.header.correlation_id, &publication);
    announce_publication(parts_.events, command.header.correlation_id, publication);
    link_subscribers(command.header.correlation_id, publication);
    return {};
}

int PublicationCommands::resume() {
    if (network_.is_busy()) return network_.resume();
    if (pending_ == nullptr || pending_->is_requested) return 0;
    request_log();
    return pending_ == nullptr || pending_->is_requested ? 1 : 0;
}

void PublicationCommands::request_log() {
    const std::string path = parts_.publications_directory + "/" +
                             std::to_string(pending_->header.correlation_id) + ".logbuffer";
    // The command may be abandoned before its file is there: then nobody wants the file.
    pending_->is_requested = parts_.storage.make(
        publication_log_request(path, pending_->params, parts_.settings),
        [this, command = std::weak_ptr<Pending>(pending_)](Result<std::shared_ptr<Mapping>> file) {
            if (!command.expired()) {
                on_log_made(std::move(file));
            } else if (file) {
                parts_.storage.remove(*std::move(file));
            }
        });
}

void PublicationCommands::on_log_made(Result<std::shared_ptr<Mapping>> file) {
    const std::shared_ptr<Pending> command = std::exchange(pending_, nullptr);
    const std::int64_t correlation_id = command->header.correlation_id;
    if (!file) {
        parts_.events.failure(correlation_id, file.error());
        return;
    }
    if (Result<void> created = create(*command, *file); !created) {
        parts_.storage.remove(*std::move(file));
        parts_.events.failure(correlation_id, created.error());
    }
}

Result<void> PublicationCommands::create(const Pending& command,
                                         const std::shared_ptr<Mapping>& file) {
    const Identified identified = identify(command);
    if (Result<void> bound = bind_response(command, identified.session_id); !bound) return bound;
    Result<std::unique_ptr<IpcPublication>> made = make_publication(command, identified, file);
    if (!made) return std::move(made).error();
    // After the counters of the publication: ids are given out in the order of Aeron's driver.
    Result<Client*> client = parts_.clients.get_or_add(command.header.client_id);
    if (!client) {
        free_counters(**made);
        return std::move(client).error();
    }
    IpcPublication& publication = parts_.publications.add(*std::move(made));
    publication.add_reference();
    (*client)->publications.emplace(command.header.correlation_id, &publication);
    announce_publication(parts_.events, command.header.correlation_id, publication);
    link_subscribers(command.header.correlation_id, publication);
    return {};
}

PublicationCommands::Identified PublicationCommands::identify(const Pending& command) {
    Identified identified{};
    identified.session_id =
        command.params.session_id
            ? *command.params.session_id
            : parts_.session_ids.allocate([&](std::int32_t id) {
                  return parts_.publications.is_session_in_use(command.stream_id, id);
              });
    if (command.params.start) {
        identified.start = *command.params.start;
    } else {
        const auto term_id = static_cast<std::int32_t>(parts_.random.next());
        identified.start = {.initial_term_id = term_id, .term_id = term_id, .term_offset = 0};
    }
    return identified;
}

// A response publication names the request publication, and that one the subscription that waits
// for the response: it gets the session of the new publication.
Result<void> PublicationCommands::bind_response(const Pending& command, std::int32_t session_id) {
    const std::int64_t request_id = command.params.response_correlation_id;
    if (request_id == uri::kNoResponse) return {};
    const IpcPublication* request = parts_.publications.find(request_id);
    if (request == nullptr) return {};
    const std::int64_t subscription_id = request->config().response_correlation_id;
    for (SubscriptionLink* link : parts_.subscriptions.find(subscription_id)) {
        if (!link->is_response) continue;
        if (link->states_session_id && *link->session_id != session_id) {
            return Error{ErrorCode::generic_error,
                         "failed to create response publication (registrationId=" +
                             std::to_string(command.header.correlation_id) +
                             ", channel=" + command.channel.text() +
                             "), because response subscription (registrationId=" +
                             std::to_string(subscription_id) + ", channel=" + link->channel +
                             ") uses `session-id` parameter that does not match `session-id=" +
                             std::to_string(session_id) + "` of the response publication"};
        }
        link->session_id = session_id;
    }
    return {};
}

Result<std::unique_ptr<IpcPublication>> PublicationCommands::make_publication(
    const Pending& command, const Identified& identified, const std::shared_ptr<Mapping>& file) {
    const StreamIdentity stream{.registration_id = command.header.correlation_id,
                                .owner_id = command.header.client_id,
                                .session_id = identified.session_id,
                                .stream_id = command.stream_id,
                                .channel = command.channel.text()};
    const Position start = uri::position_of(identified.start, command.params.term_length);
    const Result<std::int32_t> position_id =
        parts_.counters.allocate(publisher_position_counter(stream, command.is_exclusive, start));
    if (!position_id) return position_id.error();
    const Result<std::int32_t> limit_id =
        parts_.counters.allocate(publisher_limit_counter(stream, start));
    if (!limit_id) {
        parts_.counters.free(*position_id);
        return limit_id.error();
    }
    LogParameters parameters =
        publication_log_parameters(command.params, identified.start, parts_.settings);
    parameters.os_default_socket_sndbuf_length = parts_.socket_buffers.send;
    parameters.os_default_socket_rcvbuf_length = parts_.socket_buffers.receive;
    parameters.type =
        command.is_exclusive ? LogType::exclusive_publication : LogType::concurrent_publication;
    parameters.correlation_id = command.header.correlation_id;
    parameters.session_id = identified.session_id;
    parameters.stream_id = command.stream_id;
    return std::make_unique<IpcPublication>(
        LocalStream::Identity{.registration_id = command.header.correlation_id,
                              .session_id = identified.session_id,
                              .stream_id = command.stream_id,
                              .log_file_name = file->path(),
                              .source_identity = "aeron:ipc"},
        IpcPublication::Config{
            .channel = command.channel.text(),
            .is_exclusive = command.is_exclusive,
            .start_term_id = identified.start.term_id,
            .start_term_offset = identified.start.term_offset,
            .window = command.params.window_length,
            .entity_tag = command.params.entity_tag,
            .response_correlation_id = command.params.response_correlation_id,
            .untethered = command.params.untethered,
            .unblock_timeout = parts_.settings.publication_unblock_timeout,
            .is_sparse = command.params.is_sparse,
        },
        LogBuffers::initialise(file, parameters),
        OwnCounter{*position_id, parts_.counters.counter(*position_id)},
        OwnCounter{*limit_id, parts_.counters.counter(*limit_id)},
        start + first_reserve(command.params.term_length), parts_.time.now);
}

// The publication is announced already: an error now is told beside the answer.
void PublicationCommands::link_subscribers(std::int64_t correlation_id,
                                           IpcPublication& publication) {
    if (Result<void> linked = subscriptions_.link_all_to(publication); !linked) {
        parts_.events.failure(correlation_id, linked.error());
    }
}

Result<void> PublicationCommands::remove(const protocol::RemovePublication& command) {
    Client* client = parts_.clients.find(command.header.client_id);
    if (client == nullptr) return unknown_publication(command);
    const auto link = client->publications.find(command.registration_id);
    if (link == client->publications.end()) return unknown_publication(command);
    if (command.revoke) link->second->revoke();
    link->second->drop_reference(parts_.time.now);
    client->publications.erase(link);
    parts_.events.success(command.header.correlation_id);
    return {};
}

void PublicationCommands::end_all(Client& client) {
    for (const auto& [registration_id, publication] : client.publications) {
        publication->drop_reference(parts_.time.now);
    }
    client.publications.clear();
}

void PublicationCommands::free_counters(const IpcPublication& publication) {
    parts_.counters.free(publication.position_counter_id());
    parts_.counters.free(publication.limit_counter_id());
}

void PublicationCommands::dispose(std::unique_ptr<IpcPublication> publication) {
    free_counters(*publication);
    std::shared_ptr<Mapping> file = publication->log().file();
    publication.reset();
    parts_.storage.remove(std::move(file));
}

}  // namespace tern::driver
