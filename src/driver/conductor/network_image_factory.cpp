#include "tern/driver/conductor/network_image_factory.hpp"

#include <algorithm>
#include <utility>

#include "tern/driver/receiver/receiver_image.hpp"

namespace tern::driver {
namespace {

constexpr std::int64_t kSmallTerm = 256 * 1024;
constexpr std::int64_t kFirstBlocks = 64 * 1024;  // bytes of blocks beyond the first window

Position join_position(const protocol::Setup& setup) {
    return TermGeometry(setup.initial_term_id, setup.term_length)
        .position(setup.active_term_id, setup.term_offset);
}

// Both sides of a window: never more than half a term.
std::int64_t window_of(const protocol::Setup& setup, const ReceiveChannel& channel) {
    return std::min<std::int64_t>(channel.params.receiver_window_length, setup.term_length / 2);
}

// Blocks from the beginning: of a small log all.
Position first_reserve(const protocol::Setup& setup, const ReceiveChannel& channel) {
    const Position join = join_position(setup);
    const LogReserve reserve(TermGeometry(setup.initial_term_id, setup.term_length), join, 0);
    if (setup.term_length <= kSmallTerm) return reserve.end();
    return reserve.clamp(join + window_of(setup, channel) + kFirstBlocks);
}

Error refuse(const protocol::Setup& setup, std::string text) {
    return {ErrorCode::generic_error, std::move(text) +
                                          " stream_id=" + std::to_string(setup.stream_id) +
                                          " session_id=" + std::to_string(setup.session_id)};
}

std::int64_t receive_buffer(const ReceiveChannel& channel, const Settings& settings) {
    const std::int64_t of_channel = channel.udp().socket.receive_buffer;
    return of_channel != 0 ? of_channel : settings.socket_receive_buffer_length;
}

std::int32_t clamp_length(std::int64_t length) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(length, 0, INT32_MAX));
}

bool is_oldest_sparse(const std::vector<SubscriptionLink*>& links) {
    return (*std::ranges::min_element(links, {}, &SubscriptionLink::registration_id))
        ->params->is_sparse;
}

bool has_group_treatment(const NetworkImageRequest& request) {
    switch (request.links.front()->params->group) {
        case uri::TriState::force_true: return true;
        case uri::TriState::force_false: return false;
        case uri::TriState::infer: break;
    }
    return request.channel.udp().is_multicast ||
           request.event.destination->channel().is_multicast || request.event.setup.is_group;
}

LogParameters log_parameters(ConductorParts& parts, const NetworkImageRequest& request,
                             bool is_group) {
    const protocol::Setup& setup = request.event.setup;
    const SubscriptionLink& governing = *request.links.front();
    const uri::UntetheredTimeouts& untethered = request.channel.params.untethered;
    const SocketBufferLimits limits = parts.network.buffer_limits();
    const ReceiveChannel& channel = request.channel;
    return {.type = LogType::image,
            .correlation_id = request.registration_id,
            .session_id = setup.session_id,
            .stream_id = setup.stream_id,
            .initial_term_id = setup.initial_term_id,
            .term_length = setup.term_length,
            .page_size = static_cast<std::int32_t>(parts.settings.file_page_size),
            .mtu_length = setup.mtu_length,
            .receiver_window_length = clamp_length(channel.params.receiver_window_length),
            // As the channel has them: 0 where it leaves them to the settings.
            .socket_sndbuf_length = clamp_length(channel.udp().socket.send_buffer),
            .os_default_socket_sndbuf_length = limits.default_send,
            .os_max_socket_sndbuf_length = limits.max_send,
            .socket_rcvbuf_length = clamp_length(channel.udp().socket.receive_buffer),
            .os_default_socket_rcvbuf_length = limits.default_receive,
            .os_max_socket_rcvbuf_length = limits.max_receive,
            .untethered_window_limit_timeout_ns = untethered.window_limit.count(),
            .untethered_linger_timeout_ns = untethered.linger.count(),
            .untethered_resting_timeout_ns = untethered.resting.count(),
            .group = is_group,
            .is_response = governing.is_response,
            .rejoin = governing.is_rejoin,
            .reliable = governing.params->is_reliable,
            .sparse = request.is_sparse,
            .tether = governing.is_tether};
}

class CounterMaker {
  public:
    CounterMaker(CounterTable& counters, const NetworkImageRequest& request)
        : counters_(counters), request_(request) {}

    // In the order of Aeron's driver.
    Result<void> make_all(bool is_cubic, std::int64_t initial_window,
                          NetworkImage::Counters& owned) {
        if (is_cubic) {
            next(congestion_counter("rcv-cc-cubic-rtt", 0), owned.rtt);
            next(congestion_counter("rcv-cc-cubic-wnd", initial_window), owned.window);
        }
        const Position join = join_position(request_.event.setup);
        next(image_counter(CounterType::receiver_hwm, "rcv-hwm", join), owned.high_water_mark);
        next(image_counter(CounterType::receiver_position, "rcv-pos", join), owned.position);
        next(image_counter(CounterType::receiver_naks_sent, "rcv-naks-sent", 0), owned.naks_sent);
        return std::move(done_);
    }

  private:
    StreamIdentity stream(std::string_view channel, std::int64_t owner) const {
        return {.registration_id = request_.registration_id,
                .owner_id = owner,
                .session_id = request_.event.setup.session_id,
                .stream_id = request_.event.setup.stream_id,
                .channel = channel};
    }
    CounterSpec image_counter(CounterType type, std::string_view name, std::int64_t value) const {
        const SubscriptionLink& first = *request_.links.front();
        CounterSpec spec = stream_counter(type, name, stream(first.channel, first.client_id));
        spec.initial_value = value;
        return spec;
    }
    CounterSpec congestion_counter(std::string_view name, std::int64_t value) const {
        CounterSpec spec = stream_counter(CounterType::congestion_control, name,
                                          stream(request_.channel.udp().uri.text(), kNoOwner));
        spec.initial_value = value;
        return spec;
    }
    void next(const CounterSpec& spec, OwnCounter& counter) {
        if (!done_) return;
        const Result<std::int32_t> id = counters_.allocate(spec);
        if (id) {
            counter = {.id = *id, .value = counters_.counter(*id)};
        } else {
            done_ = id.error();
        }
    }

    CounterTable& counters_;
    const NetworkImageRequest& request_;
    Result<void> done_;
};

std::unique_ptr<ReceiverImage> make_receiver_half(ConductorParts& parts,
                                                  const NetworkImageRequest& request,
                                                  NetworkImage& image) {
    const protocol::Setup& setup = request.event.setup;
    return std::make_unique<ReceiverImage>(
        ReceiverImage::Config{.registration_id = request.registration_id,
                              .session_id = setup.session_id,
                              .stream_id = setup.stream_id,
                              .join_position = join_position(setup),
                              .is_reliable = request.links.front()->params->is_reliable,
                              .status_message_timeout = parts.settings.status_message_timeout,
                              .image_liveness_timeout = parts.settings.image_liveness_timeout},
        image.log(),
        ReceiverImage::Counters{.high_water_mark = image.counters().high_water_mark.value,
                                .naks_sent = image.counters().naks_sent.value},
        image.signals(), image.congestion_control(), *request.channel.endpoint,
        *request.event.destination, request.event.control_address, parts.time.now);
}

}  // namespace

std::vector<SubscriptionLink*> links_of_session(const ReceiveChannel& channel,
                                                std::int32_t stream_id, std::int32_t session_id) {
    std::vector<SubscriptionLink*> wanted;
    for (SubscriptionLink* link : channel.links_of(stream_id)) {
        if (link->accepts_session(session_id)) wanted.push_back(link);
    }
    return wanted;
}

// The window as it is set, as Aeron's C driver compares it.
Result<void> check_setup(ConductorParts& parts, const protocol::Setup& setup,
                         const ReceiveChannel& channel) {
    if (!protocol::is_valid(setup)) {
        return refuse(setup, "invalid SETUP: termLength=" + std::to_string(setup.term_length) +
                                 " mtuLength=" + std::to_string(setup.mtu_length));
    }
    const std::int64_t window = channel.params.receiver_window_length;
    const std::int64_t mtu = setup.mtu_length;
    if (mtu > window) {
        return refuse(setup, "mtuLength=" + std::to_string(mtu) +
                                 " > initialWindowLength=" + std::to_string(window));
    }
    const std::int64_t asked = receive_buffer(channel, parts.settings);
    const std::int64_t buffer = asked != 0 ? asked : parts.network.buffer_limits().default_receive;
    if (buffer != 0 && std::max(window, mtu) > buffer) {
        return refuse(setup, "mtuLength=" + std::to_string(mtu) +
                                 " and initialWindowLength=" + std::to_string(window) +
                                 " must not exceed SO_RCVBUF=" + std::to_string(buffer));
    }
    return {};
}

LogStorage::Request image_log_request(ConductorParts& parts, std::int64_t registration_id,
                                      const protocol::Setup& setup, const ReceiveChannel& channel,
                                      const std::vector<SubscriptionLink*>& links) {
    LogStorage::Request request{
        .path = parts.images_directory + "/" + std::to_string(registration_id) + ".logbuffer",
        .length = log_file_length(setup.term_length,
                                  static_cast<std::int32_t>(parts.settings.file_page_size)),
        .is_sparse = is_oldest_sparse(links)};
    const LogReserve reserve(TermGeometry(setup.initial_term_id, setup.term_length),
                             join_position(setup), 0);
    request.reserve = reserve.pieces(first_reserve(setup, channel));
    request.reserve.push_back({request.length - kLogMetadataLength, kLogMetadataLength});
    return request;
}

Result<std::unique_ptr<NetworkImage>> make_network_image(ConductorParts& parts,
                                                         const NetworkImageRequest& request,
                                                         const std::shared_ptr<Mapping>& file) {
    const protocol::Setup& setup = request.event.setup;
    const uri::SubscriptionParams& governing = request.channel.params;
    const Result<CongestionControlKind> kind =
        congestion_control_kind(governing.congestion_control, parts.settings);
    if (!kind) return refuse(setup, kind.error().text);
    CongestionControlParams control{
        .kind = *kind,
        .receiver_window = clamp_length(governing.receiver_window_length),
        .term_length = setup.term_length,
        .mtu_length = setup.mtu_length};
    const std::int32_t first_window =
        make_congestion_control(control, parts.settings, parts.time.now)->initial_window();
    NetworkImage::Counters counters;
    if (Result<void> made =
            CounterMaker(parts.counters, request)
                .make_all(*kind == CongestionControlKind::cubic, first_window, counters);
        !made) {
        free_counters(parts.counters, counters);
        return std::move(made).error();
    }
    control.rtt = counters.rtt.value;
    control.window = counters.window.value;
    const bool is_group = has_group_treatment(request);
    const uri::SubscriptionParams& first = *request.links.front()->params;
    const LogParameters parameters = log_parameters(parts, request, is_group);
    auto image = std::make_unique<NetworkImage>(
        LocalStream::Identity{.registration_id = request.registration_id,
                              .session_id = setup.session_id,
                              .stream_id = setup.stream_id,
                              .log_file_name = file->path(),
                              .source_identity = request.event.source.text()},
        NetworkImage::Config{.join_position = join_position(setup),
                             .mtu_length = setup.mtu_length,
                             .is_sparse = parameters.sparse,
                             .wants_response = setup.wants_response,
                             .feedback = feedback_delay(first.is_reliable, is_group,
                                                        governing.nak_delay, parts.settings),
                             .untethered = governing.untethered,
                             .liveness_timeout = parts.settings.image_liveness_timeout,
                             .status_message_timeout = parts.settings.status_message_timeout},
        LogBuffers::initialise(file, parameters), counters,
        make_congestion_control(control, parts.settings, parts.time.now), request.channel,
        first_reserve(setup, request.channel),
        ImageLosses(parts.loss_report, {.session_id = setup.session_id,
                                        .stream_id = setup.stream_id,
                                        .channel = request.links.front()->channel,
                                        .source = request.event.source.text()}),
        parts.random, parts.time.now);
    image->set_receiver_half(make_receiver_half(parts, request, *image));
    return image;
}

void free_counters(CounterTable& counters, const NetworkImage::Counters& owned) {
    for (const OwnCounter* counter :
         {&owned.rtt, &owned.window, &owned.high_water_mark, &owned.position, &owned.naks_sent}) {
        if (counter->id != kNullCounterId) counters.free(counter->id);
    }
}

}  // namespace tern::driver
