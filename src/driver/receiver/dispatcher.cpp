#include "tern/driver/receiver/dispatcher.hpp"

#include <algorithm>
#include <string>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/receiver/receiver_context.hpp"

namespace tern::driver {
namespace {

constexpr Nanos kPendingSetupTimeout{1'000'000'000};

}  // namespace

bool Dispatcher::Stream::wants(std::int32_t session_id) const {
    return all_sessions || std::ranges::binary_search(sessions, session_id);
}

void Dispatcher::add_interest(std::int32_t stream_id, std::optional<std::int32_t> session_id) {
    Stream* stream = find_stream(stream_id);
    if (stream == nullptr) {
        streams_.add(static_cast<std::uint32_t>(stream_id), {});
        stream = find_stream(stream_id);
    }
    if (session_id) {
        const auto place = std::ranges::lower_bound(stream->sessions, *session_id);
        if (place == stream->sessions.end() || *place != *session_id)
            stream->sessions.insert(place, *session_id);
        const std::uint64_t key = key_of(stream_id, *session_id);
        if (const Session* session = sessions_.find(key);
            session != nullptr && session->state == State::no_interest) {
            sessions_.remove(key);
        }
        return;
    }
    stream->all_sessions = true;
    sessions_.remove_if([&](const auto& entry) {
        return stream_of(entry.key) == stream_id && entry.value.state == State::no_interest;
    });
}

void Dispatcher::remove_interest(std::int32_t stream_id, std::optional<std::int32_t> session_id) {
    Stream* stream = find_stream(stream_id);
    if (stream == nullptr) return;
    if (session_id) {
        std::erase(stream->sessions, *session_id);
    } else {
        stream->all_sessions = false;
    }
    forget_unwanted(stream_id);
    stream = find_stream(stream_id);
    if (!stream->all_sessions && stream->sessions.empty())
        streams_.remove(static_cast<std::uint32_t>(stream_id));
}

// Images among them see no packets any more, and end through their life cycle.
void Dispatcher::forget_unwanted(std::int32_t stream_id) {
    Stream& stream = *find_stream(stream_id);
    sessions_.remove_if([&](const auto& entry) {
        if (stream_of(entry.key) != stream_id || stream.wants(session_of(entry.key))) return false;
        if (entry.value.state == State::active) --stream.images;
        if (entry.value.state == State::init_in_progress) --images_in_making_;
        return true;
    });
}

void Dispatcher::forget(std::uint64_t key) {
    const Session* session = sessions_.find(key);
    if (session == nullptr) return;
    if (session->state == State::init_in_progress) --images_in_making_;
    sessions_.remove(key);
}

// The stream may have lost its interest while the image was made.
void Dispatcher::add_image(ReceiverImage& image) {
    const ReceiverImage::Config& config = image.config();
    Stream* stream = find_stream(config.stream_id);
    if (stream == nullptr || !stream->wants(config.session_id)) return;
    const std::uint64_t key = key_of(config.stream_id, config.session_id);
    if (const Session* old = sessions_.find(key); old && old->state == State::active) {
        TERN_MARK(image_replaced_by_another);
        --stream->images;
    }
    forget(key);
    sessions_.add(key, {State::active, &image, ++last_number_});
    ++stream->images;
}

void Dispatcher::remove_image(const ReceiverImage& image, bool is_end_of_stream) {
    const ReceiverImage::Config& config = image.config();
    const std::uint64_t key = key_of(config.stream_id, config.session_id);
    const Session* session = sessions_.find(key);
    if (session == nullptr || session->image != &image) return;
    if (Stream* stream = find_stream(config.stream_id)) --stream->images;
    sessions_.remove(key);
    if (is_end_of_stream) return;
    TERN_MARK(session_cools_down);
    ignore(key, State::cool_down);
}

void Dispatcher::image_not_created(std::int32_t stream_id, std::int32_t session_id) {
    const std::uint64_t key = key_of(stream_id, session_id);
    const Session* session = sessions_.find(key);
    if (session != nullptr && session->state == State::init_in_progress) forget(key);
}

void Dispatcher::remove_cool_down(std::int32_t stream_id, std::int32_t session_id) {
    const std::uint64_t key = key_of(stream_id, session_id);
    const Session* session = sessions_.find(key);
    if (session == nullptr || session->state != State::cool_down) return;
    // Streams that may rejoin leave nothing behind.
    if (!cooling_down_.is_empty() && cooling_down_.back().number == session->number)
        cooling_down_.pop_back();
    sessions_.remove(key);
}

// hot:
void Dispatcher::on_data(const protocol::DataFrameHeader& header, ConstBytes datagram,
                         ReceiveDestination& destination, const SocketAddress& source,
                         ReceiverContext& context) {
    const std::uint64_t key = key_of(header.stream_id, header.session_id);
    if (const Session* session = sessions_.find(key)) {
        if (session->image != nullptr)
            session->image->insert(header, datagram, destination, source, context);
        return;
    }
    const Stream* stream = find_stream(header.stream_id);
    if (stream == nullptr || header.is_end_of_stream()) return;
    if (stream->wants(header.session_id)) {
        ask_for_setup(header, destination, source, context);
    } else {
        TERN_MARK(session_of_no_interest);
        ignore(key, State::no_interest);
    }
}

void Dispatcher::ask_for_setup(const protocol::DataFrameHeader& header,
                               ReceiveDestination& destination, const SocketAddress& source,
                               ReceiverContext& context) {
    // Not the newcomer: it may be the one that is meant among many that are not.
    if (pending_.is_full()) give_up_oldest(pending_, State::pending_setup);
    const std::uint64_t key = key_of(header.stream_id, header.session_id);
    sessions_.add(key, {State::pending_setup, nullptr, ++last_number_});
    pending_.push_back({key, last_number_, context.time.now + kPendingSetupTimeout});
    const SocketAddress to = destination.channel().is_multicast && destination.control_address
                                 ? *destination.control_address
                                 : source;
    endpoint_.ask_for_setup(destination, to, header.stream_id, header.session_id, context);
}

bool Dispatcher::is_still(const Remembered& remembered, State state) const {
    const Session* session = sessions_.find(remembered.key);
    return session != nullptr && session->state == state && session->number == remembered.number;
}

void Dispatcher::give_up_oldest(FixedQueue<Remembered>& queue, State state) {
    if (is_still(queue.front(), state)) {
        TERN_MARK(oldest_session_without_image_is_given_up);
        sessions_.remove(queue.front().key);
    }
    queue.pop_front();
}

void Dispatcher::expire_pending_setups(Nanos now) {
    while (!pending_.is_empty() && (!is_still(pending_.front(), State::pending_setup) ||
                                 pending_.front().deadline <= now)) {
        if (is_still(pending_.front(), State::pending_setup)) {
            TERN_MARK(pending_setup_expired);
            sessions_.remove(pending_.front().key);
        }
        pending_.pop_front();
    }
}

Nanos Dispatcher::next_deadline() const {
    return pending_.is_empty() ? kNever : pending_.front().deadline;
}

void Dispatcher::ignore(std::uint64_t key, State state) {
    FixedQueue<Remembered>& queue = state == State::cool_down ? cooling_down_ : unwanted_;
    if (queue.is_full()) give_up_oldest(queue, state);
    sessions_.add(key, {state, nullptr, ++last_number_});
    queue.push_back({key, last_number_});
}

void Dispatcher::on_setup(const protocol::Setup& setup, ReceiveDestination& destination,
                          const SocketAddress& source, ReceiverContext& context) {
    const Stream* stream = find_stream(setup.stream_id);
    if (stream == nullptr) return;
    if (stream->images >= endpoint_.config().stream_session_limit) {
        TERN_MARK(session_limit_exceeded);
        endpoint_.report_session_limit(setup.stream_id, context);
        return;
    }
    const std::uint64_t key = key_of(setup.stream_id, setup.session_id);
    const Session* session = sessions_.find(key);
    if (session == nullptr) {
        if (stream->wants(setup.session_id)) {
            create_image(setup, destination, source, context);
        } else {
            ignore(key, State::no_interest);
        }
        return;
    }
    if (session->image != nullptr) {
        session->image->refresh_connection(destination, source, context.time.now);
    } else if (session->state == State::pending_setup) {
        create_image(setup, destination, source, context);
    }
}

void Dispatcher::create_image(const protocol::Setup& setup, ReceiveDestination& destination,
                              const SocketAddress& source, ReceiverContext& context) {
    if (images_in_making_ >= kMaxImagesInMaking) {
        TERN_MARK(too_many_images_in_the_making);
        return;
    }
    const uri::UdpChannel& channel = destination.channel();
    if (channel.is_multicast && channel.socket.ttl < setup.ttl) {
        TERN_MARK(ttl_asymmetry);
        context.system[SystemCounter::possible_ttl_asymmetry].increment();
    }
    const std::uint64_t key = key_of(setup.stream_id, setup.session_id);
    forget(key);
    sessions_.add(key, {State::init_in_progress, nullptr, ++last_number_});
    ++images_in_making_;
    context.events.put(
        CreateImage{.endpoint = &endpoint_,
                    .destination = &destination,
                    .setup = setup,
                    .source = source,
                    .control_address = destination.control_address.value_or(source)});
}

void Dispatcher::on_rtt_measurement(const protocol::RttMeasurement& frame,
                                    ReceiveDestination& destination, const SocketAddress& source,
                                    ReceiverContext& context) {
    const Session* session = sessions_.find(key_of(frame.stream_id, frame.session_id));
    if (session != nullptr && session->image != nullptr)
        session->image->on_rtt_measurement(frame, destination, source, context);
}

}  // namespace tern::driver
