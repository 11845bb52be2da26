#include "tern/driver/conductor/network_publication_factory.hpp"

#include <optional>
#include <utility>

#include "tern/driver/conductor/publication_log.hpp"
#include "tern/driver/sender/flow_control.hpp"
#include "tern/uri/uri_keys.hpp"

namespace tern::driver {
namespace {

struct Stream {
    StreamIdentity identity;
    bool is_exclusive;
    Position start;
};

// Flow control is that of the endpoint, unless the publication's own channel says something about
// it: a channel that names the endpoint by its tag only says nothing of groups.
Result<FlowControlConfig> flow_control_of(const uri::UdpChannel& own, const uri::UdpChannel& shared,
                                          const Settings& settings) {
    uri::UdpChannel governing = shared;
    if (own.uri.has(uri::key::kFlowControl)) governing.uri = own.uri;
    return flow_control_config(governing, settings);
}

Result<void> allocate(CounterTable& counters, const CounterSpec& spec, OwnCounter& counter) {
    const Result<std::int32_t> id = counters.allocate(spec);
    if (!id) return id.error();
    counter = {.id = *id, .value = counters.counter(*id)};
    return {};
}

CounterSpec position_counter(CounterType type, std::string_view name, const Stream& stream) {
    CounterSpec spec = stream_counter(type, name, stream.identity);
    spec.initial_value = stream.start;
    return spec;
}

// In the order of Aeron's driver.
Result<void> allocate_all(CounterTable& counters, const Stream& stream, bool counts_receivers,
                          NetworkPublication::Counters& owned) {
    Result<void> done;
    const auto next = [&](const CounterSpec& spec, OwnCounter& counter) {
        if (done) done = allocate(counters, spec, counter);
    };
    if (counts_receivers) {
        CounterSpec receivers =
            stream_counter(CounterType::flow_control_receivers, "fc-receivers", stream.identity);
        receivers.owner_id = kNoOwner;
        next(receivers, owned.receivers);
    }
    next(publisher_position_counter(stream.identity, stream.is_exclusive, stream.start),
         owned.position);
    next(publisher_limit_counter(stream.identity, stream.start), owned.limit);
    next(position_counter(CounterType::sender_position, "snd-pos", stream), owned.sender_position);
    next(position_counter(CounterType::sender_limit, "snd-lmt", stream), owned.sender_limit);
    next(stream_counter(CounterType::sender_back_pressure, "snd-bpe", stream.identity),
         owned.back_pressure_events);
    next(stream_counter(CounterType::sender_naks_received, "snd-naks-received", stream.identity),
         owned.naks_received);
    return done;
}

std::int32_t session_id_for(ConductorParts& parts, const NetworkPublicationRequest& request,
                            const SendChannel& channel) {
    if (request.params.session_id) return *request.params.session_id;
    return parts.session_ids.allocate([&](std::int32_t id) {
        return parts.network_publications.is_session_in_use(&channel, request.stream_id, id);
    });
}

uri::StartPosition start_for(ConductorParts& parts, const uri::PublicationParams& params) {
    if (params.start) return *params.start;
    const auto term_id = static_cast<std::int32_t>(parts.random.next());
    return {.initial_term_id = term_id, .term_id = term_id, .term_offset = 0};
}

LogParameters log_parameters(ConductorParts& parts, const NetworkPublicationRequest& request,
                             const uri::StartPosition& start, std::int32_t session_id,
                             const SendChannel& channel) {
    const Settings& settings = parts.settings;
    LogParameters parameters = publication_log_parameters(request.params, start, settings);
    const uri::UdpChannel& udp = channel.endpoint->channel();
    parameters.type =
        request.is_exclusive ? LogType::exclusive_publication : LogType::concurrent_publication;
    parameters.correlation_id = request.registration_id;
    parameters.session_id = session_id;
    parameters.stream_id = request.stream_id;
    parameters.group = udp.has_group_semantics();
    // What the channel asks for, 0 where it leaves it to the settings: as Aeron's driver does.
    parameters.socket_sndbuf_length = static_cast<std::int32_t>(udp.socket.send_buffer);
    parameters.socket_rcvbuf_length = static_cast<std::int32_t>(udp.socket.receive_buffer);
    parameters.os_default_socket_sndbuf_length = parts.socket_buffers.send;
    parameters.os_default_socket_rcvbuf_length = parts.socket_buffers.receive;
    return parameters;
}

// The system's own default, which the socket would answer too, is not announced (2.9).
std::int32_t announced_ttl(const SendEndpoint& endpoint, const Settings& settings) {
    const uri::UdpChannel& udp = endpoint.channel();
    const bool is_set = udp.socket.ttl != 0 || settings.multicast_ttl != 0;
    return udp.is_multicast && is_set ? endpoint.data_socket().multicast_ttl() : 0;
}

SenderPublication::Config sender_config(const NetworkPublicationRequest& request,
                                        std::int32_t session_id, Position start,
                                        const SendChannel& channel, const Settings& settings,
                                        const FlowControlConfig& flow_control) {
    const uri::UdpChannel& udp = channel.endpoint->channel();
    const std::uint32_t group_resends = request.params.max_resend != 0
                                            ? static_cast<std::uint32_t>(request.params.max_resend)
                                            : settings.max_resend;
    return {.registration_id = request.registration_id,
            .session_id = session_id,
            .stream_id = request.stream_id,
            .start_position = start,
            .is_response = request.params.is_response,
            .response_correlation_id = request.params.response_correlation_id,
            .signals_end_of_stream = request.params.signal_end_of_stream,
            .spies_simulate_connection = request.params.spies_simulate_connection,
            .ttl = announced_ttl(*channel.endpoint, settings),
            .max_resend = udp.has_group_semantics() ? group_resends : 1,
            .flow_control = flow_control};
}

NetworkPublication::Config conductor_config(const NetworkPublicationRequest& request,
                                            const uri::StartPosition& start,
                                            const Settings& settings) {
    const uri::PublicationParams& params = request.params;
    return {.channel = request.channel.uri.text(),
            .is_exclusive = request.is_exclusive,
            .start_term_id = start.term_id,
            .start_term_offset = start.term_offset,
            .window = params.window_length,
            .entity_tag = params.entity_tag,
            .response_correlation_id = params.response_correlation_id,
            .is_response = params.is_response,
            .spies_simulate_connection = params.spies_simulate_connection,
            .untethered = params.untethered,
            .unblock_timeout = settings.publication_unblock_timeout,
            .linger_timeout = params.linger_timeout,
            .is_sparse = params.is_sparse};
}

}  // namespace

Result<std::unique_ptr<NetworkPublication>> make_network_publication(
    ConductorParts& parts, const NetworkPublicationRequest& request, SendChannel& channel,
    const std::shared_ptr<Mapping>& file) {
    const Result<FlowControlConfig> flow_control =
        flow_control_of(request.channel, channel.endpoint->channel(), parts.settings);
    if (!flow_control) return flow_control.error();
    const std::int32_t session_id = session_id_for(parts, request, channel);
    const uri::StartPosition start = start_for(parts, request.params);
    const Position start_position = uri::position_of(start, request.params.term_length);
    const Stream stream{.identity = {.registration_id = request.registration_id,
                                     .owner_id = request.client_id,
                                     .session_id = session_id,
                                     .stream_id = request.stream_id,
                                     .channel = request.channel.uri.text()},
                        .is_exclusive = request.is_exclusive,
                        .start = start_position};
    NetworkPublication::Counters counters;
    if (Result<void> done =
            allocate_all(parts.counters, stream, flow_control->counts_receivers(), counters);
        !done) {
        free_counters(parts.counters, counters);
        return std::move(done).error();
    }
    const LogBuffers log =
        LogBuffers::initialise(file, log_parameters(parts, request, start, session_id, channel));
    auto publication = std::make_unique<NetworkPublication>(
        LocalStream::Identity{.registration_id = request.registration_id,
                              .session_id = session_id,
                              .stream_id = request.stream_id,
                              .log_file_name = file->path(),
                              .source_identity = "aeron:ipc"},
        conductor_config(request, start, parts.settings), log, counters, channel,
        start_position + first_reserve(request.params.term_length), parts.time.now);
    publication->set_sender_half(std::make_unique<SenderPublication>(
        sender_config(request, session_id, start_position, channel, parts.settings, *flow_control),
        log,
        SenderPublication::Counters{.position = counters.sender_position.value,
                                    .limit = counters.sender_limit.value,
                                    .back_pressure_events = counters.back_pressure_events.value,
                                    .naks_received = counters.naks_received.value,
                                    .receivers = counters.receivers.value},
        *channel.endpoint, publication->signals(), parts.settings));
    return publication;
}

void free_counters(CounterTable& counters, const NetworkPublication::Counters& owned) {
    for (const OwnCounter* counter :
         {&owned.position, &owned.limit, &owned.sender_position, &owned.sender_limit,
          &owned.back_pressure_events, &owned.naks_received, &owned.receivers}) {
        if (counter->id != kNullCounterId) counters.free(counter->id);
    }
}

}  // namespace tern::driver
