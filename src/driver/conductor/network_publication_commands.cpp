#include "tern/driver/conductor/network_publication_commands.hpp"

#include <utility>

#include "tern/driver/conductor/channel_defaults.hpp"
#include "tern/driver/conductor/network_publication_factory.hpp"
#include "tern/driver/conductor/publication_announcement.hpp"
#include "tern/driver/conductor/publication_log.hpp"
#include "tern/uri/endpoint_sharing.hpp"
#include "tern/uri/response_channels.hpp"

namespace tern::driver {
namespace {

std::optional<uri::TaggedPublication> find_tagged(const NetworkPublications& publications,
                                                  std::int64_t tag) {
    const NetworkPublication* found = publications.find_by_entity_tag(tag);
    if (found == nullptr) return std::nullopt;
    return uri::TaggedPublication{.session_id = found->identity().session_id,
                                  .mtu_length = found->log().mtu_length(),
                                  .term_length = found->log().term_length()};
}

// The term of a prototype is shorter than what the position was checked against.
Result<void> check_start(const uri::PublicationParams& params) {
    if (!params.start || params.start->term_offset <= params.term_length) return {};
    return Error{ErrorCode::generic_error,
                 "Param term-offset=" + std::to_string(params.start->term_offset) +
                     " > term-length=" + std::to_string(params.term_length)};
}

template <typename Params>
bool answers_image(const Params& params) {
    return params.is_response && params.response_correlation_id != uri::kPrototypeResponse;
}

}  // namespace

void NetworkPublicationCommands::add(const protocol::AddPublication& command, ChannelUri channel) {
    const Request request{.header = command.header,
                          .stream_id = command.stream_id,
                          .is_exclusive = command.is_exclusive};
    parts_.resolver.resolve(std::move(channel), [this, request](Result<uri::UdpChannel> found) {
        const Result<void> done =
            found ? on_resolved(request, *std::move(found)) : std::move(found).error();
        if (!done) parts_.events.failure(request.header.correlation_id, done.error());
    });
}

Result<void> NetworkPublicationCommands::on_resolved(const Request& request,
                                                     uri::UdpChannel channel) {
    Result<uri::PublicationParams> params = read_params(channel);
    if (!params) return std::move(params).error();
    const Result<SendChannel*> found = parts_.send_channels.find(channel);
    if (!found) return found.error();
    SendChannel* existing = *found;
    if (existing != nullptr) {
        Result<void> fits = check_shared_channel(channel, *params, *existing);
        if (!fits) return fits;
        NetworkPublication* shared =
            request.is_exclusive
                ? nullptr
                : parts_.network_publications.find_shareable(*existing, request.stream_id,
                                                             params->response_correlation_id);
        if (shared != nullptr) return share(request, *shared, *params);
        if (params->session_id && parts_.network_publications.is_session_in_use(
                                      existing, request.stream_id, *params->session_id)) {
            return uri::session_clash(*params->session_id, request.stream_id, channel.uri);
        }
    }
    if (answers_image(*params)) {
        Result<void> asked = parts_.responses->check_request_image(params->response_correlation_id);
        if (!asked) return asked;
    }
    pending_ = std::make_shared<Pending>(
        Pending{.request = request, .channel = std::move(channel), .params = *std::move(params)});
    request_log();
    return {};
}

// In the order of spec channel-uri.md 13.1.
Result<uri::PublicationParams> NetworkPublicationCommands::read_params(
    const uri::UdpChannel& channel) {
    Result<uri::PublicationParams> params = uri::PublicationParams::parse(
        channel.uri, network_publication_defaults(parts_.settings),
        [this](std::int64_t tag) { return find_tagged(parts_.network_publications, tag); });
    if (!params) return params;
    Result<void> valid = check_start(*params);
    if (valid) valid = uri::check_publication_addresses(channel);
    if (valid) valid = uri::check_authenticated_transport(channel);
    if (valid) valid = check_response(*params);
    if (!valid) return std::move(valid).error();
    return params;
}

Result<void> NetworkPublicationCommands::check_response(
    const uri::PublicationParams& params) const {
    const std::int64_t id = params.response_correlation_id;
    if (params.is_response) return uri::check_response_publication(params);
    if (id == uri::kNoResponse || parts_.responses->has_subscription(id)) return {};
    return uri::response_subscription_not_found(id);
}

Result<void> NetworkPublicationCommands::check_shared_channel(const uri::UdpChannel& channel,
                                                              const uri::PublicationParams& params,
                                                              const SendChannel& existing) const {
    const Settings& settings = parts_.settings;
    Result<void> fits =
        uri::check_can_share_send_endpoint(channel, existing.endpoint->channel(),
                                           {.send_buffer = settings.socket_send_buffer_length,
                                            .receive_buffer = settings.socket_receive_buffer_length,
                                            .traffic_class = settings.socket_tos});
    if (!fits) return fits;
    return check_send_buffer(channel, params.mtu_length, &existing);
}

Result<void> NetworkPublicationCommands::check_send_buffer(const uri::UdpChannel& channel,
                                                           std::int32_t mtu_length,
                                                           const SendChannel* existing) const {
    return uri::check_mtu_fits_send_buffer(
        mtu_length,
        {.endpoint = existing == nullptr ? 0 : existing->endpoint->channel().socket.send_buffer,
         .channel = channel.socket.send_buffer,
         .context = parts_.settings.socket_send_buffer_length,
         .os_default = parts_.network.buffer_limits().default_send});
}

Result<void> NetworkPublicationCommands::share(const Request& request,
                                               NetworkPublication& publication,
                                               const uri::PublicationParams& params) {
    const LogBuffers& log = publication.log();
    const NetworkPublication::Config& config = publication.config();
    Result<void> joined = uri::check_can_join({.session_id = publication.identity().session_id,
                                               .mtu_length = log.mtu_length(),
                                               .term_length = log.term_length(),
                                               .start = {.initial_term_id = log.initial_term_id(),
                                                         .term_id = config.start_term_id,
                                                         .term_offset = config.start_term_offset}},
                                              params);
    if (joined) {
        joined = uri::check_same_spies_simulate_connection(config.spies_simulate_connection,
                                                           params.spies_simulate_connection);
    }
    if (!joined) return joined;
    Result<Client*> client = parts_.clients.get_or_add(request.header.client_id);
    if (!client) return std::move(client).error();
    publication.add_reference();
    (*client)->publications.emplace(request.header.correlation_id, &publication);
    announce(request, publication, false);
    return {};
}

int NetworkPublicationCommands::resume() {
    if (pending_ == nullptr || pending_->is_requested) return 0;
    request_log();
    return pending_ == nullptr || pending_->is_requested ? 1 : 0;
}

void NetworkPublicationCommands::request_log() {
    const std::string path = parts_.publications_directory + "/" +
                             std::to_string(pending_->request.header.correlation_id) + ".logbuffer";
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

void NetworkPublicationCommands::on_log_made(Result<std::shared_ptr<Mapping>> file) {
    const std::shared_ptr<Pending> command = std::exchange(pending_, nullptr);
    const std::int64_t correlation_id = command->request.header.correlation_id;
    if (!file) {
        parts_.events.failure(correlation_id, file.error());
        return;
    }
    if (Result<void> created = create(*command, *file); !created) {
        parts_.storage.remove(*std::move(file));
        parts_.events.failure(correlation_id, created.error());
    }
}

// The sender may have told something meanwhile: what was looked up is looked up again.
Result<void> NetworkPublicationCommands::create(const Pending& command,
                                                const std::shared_ptr<Mapping>& file) {
    if (answers_image(command.params)) {
        Result<void> asked =
            parts_.responses->check_request_image(command.params.response_correlation_id);
        if (!asked) return asked;
    }
    Result<SendChannel*> channel = parts_.send_channels.find(command.channel);
    if (!channel) return std::move(channel).error();
    if (*channel == nullptr) {
        Result<void> fits = check_send_buffer(command.channel, command.params.mtu_length, nullptr);
        if (!fits) return fits;
        channel = parts_.send_channels.open(command.channel, command.request.header.correlation_id);
        if (!channel) return std::move(channel).error();
    }
    Result<void> created = create_on(**channel, command, file);
    if (!created) parts_.send_channels.close_unused(**channel);
    return created;
}

Result<void> NetworkPublicationCommands::create_on(SendChannel& channel, const Pending& command,
                                                   const std::shared_ptr<Mapping>& file) {
    const Request& request = command.request;
    Result<std::unique_ptr<NetworkPublication>> made =
        make_network_publication(parts_,
                                 {.registration_id = request.header.correlation_id,
                                  .client_id = request.header.client_id,
                                  .stream_id = request.stream_id,
                                  .is_exclusive = request.is_exclusive,
                                  .channel = command.channel,
                                  .params = command.params},
                                 channel, file);
    if (!made) return std::move(made).error();
    // After the counters of the publication: ids are given out in the order of Aeron's driver.
    Result<Client*> client = parts_.clients.get_or_add(request.header.client_id);
    if (!client) {
        free_counters(parts_.counters, (*made)->counters());
        return std::move(client).error();
    }
    NetworkPublication& publication = parts_.network_publications.add(*std::move(made));
    parts_.send_channels.add_reference(channel);
    publication.add_reference();
    (*client)->publications.emplace(request.header.correlation_id, &publication);
    parts_.sender_queues.commands.put(
        AddSenderPublication{.publication = publication.sender_half()});
    announce(request, publication, true);
    return {};
}

// A publication that is shared has called its receiver already (5.17). It is announced where its
// subscribers are linked: an error now is told beside the answer.
void NetworkPublicationCommands::announce(const Request& request, NetworkPublication& publication,
                                          bool is_new) {
    announce_publication(parts_.events, request.header.correlation_id, publication);
    if (is_new && answers_image(publication.config())) {
        parts_.responses->on_response_publication(publication.config().response_correlation_id,
                                                  publication.identity().session_id);
    }
    if (Result<void> linked = spies_.link_all_to(publication, is_new); !linked) {
        parts_.events.failure(request.header.correlation_id, linked.error());
    }
}

void NetworkPublicationCommands::dispose(std::unique_ptr<NetworkPublication> publication) {
    free_counters(parts_.counters, publication->counters());
    std::shared_ptr<Mapping> file = publication->log().file();
    SendChannel& channel = publication->channel();
    publication.reset();
    parts_.storage.remove(std::move(file));
    parts_.send_channels.drop_reference(channel);
}

}  // namespace tern::driver
