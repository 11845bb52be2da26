/// What a stream waits for (see stream_report.hpp). A publisher is held up exactly where its
/// position has reached its limit; a sender where what is left of the receivers' window is less
/// than the next datagram may need. From there the blame goes down the stream, to whoever stands
/// behind: the slowest subscriber, missing data, or the driver itself.

#include <algorithm>

#include "tern/cli/stream_report.hpp"

namespace tern::cli {
namespace {

constexpr std::int64_t kLongestDatagram = 65'536;

std::int64_t difference(std::int64_t to, std::int64_t from) {
    std::int64_t bytes = 0;  // whatever two foreign numbers are
    return __builtin_sub_overflow(to, from, &bytes) ? 0 : bytes;
}

/// The one of those that read `reads` that is most behind; nullopt where none is behind at all.
std::optional<std::size_t> slowest_of(const StreamReport& stream, std::int64_t reads) {
    std::optional<std::size_t> slowest;
    for (std::size_t i = 0; i < stream.subscribers.size(); ++i) {
        const SubscriberReport& subscriber = stream.subscribers[i];
        if (subscriber.reads != reads || subscriber.behind <= 0) continue;
        if (!slowest || subscriber.behind > stream.subscribers[*slowest].behind) slowest = i;
    }
    return slowest;
}

Wait subscriber_wait(const StreamReport& stream, std::size_t index) {
    return {WaitsFor::subscriber, stream.subscribers[index].behind, index};
}

/// Of an IPC publication that is at its limit, or that nobody reads.
Wait ipc_wait(const StreamReport& stream, const PublicationReport& publication) {
    if (stream.subscribers.empty()) return {WaitsFor::connection};
    if (publication.position->value < publication.limit->value) return {};
    if (const auto slowest = slowest_of(stream, publication.registration_id)) {
        return subscriber_wait(stream, *slowest);
    }
    return {WaitsFor::term};
}

/// What stands still at the receiving end: missing bytes, or somebody who does not read.
Wait image_wait(const StreamReport& stream) {
    for (const ImageReport& image : stream.images) {
        if (!image.received || !image.rebuilt || !image.rebuilt->stands_still) continue;
        const std::int64_t missing = difference(image.received->value, image.rebuilt->value);
        if (missing > 0) return {WaitsFor::retransmission, missing};
    }
    for (const ImageReport& image : stream.images) {
        const auto slowest = slowest_of(stream, image.correlation_id);
        if (slowest && stream.subscribers[*slowest].position.stands_still) {
            return subscriber_wait(stream, *slowest);
        }
    }
    return {};
}

/// The slowest subscriber of any image of this driver: why its receiver takes no more.
std::optional<std::size_t> slowest_of_images(const StreamReport& stream) {
    std::optional<std::size_t> slowest;
    for (const ImageReport& image : stream.images) {
        const auto found = slowest_of(stream, image.correlation_id);
        if (!found) continue;
        if (!slowest || stream.subscribers[*found].behind > stream.subscribers[*slowest].behind) {
            slowest = found;
        }
    }
    return slowest;
}

Wait network_wait(const StreamReport& stream, const PublicationReport& publication) {
    const std::int64_t position = publication.position->value;
    const std::int64_t sent = publication.sender_position->value;
    const auto spy = slowest_of(stream, publication.registration_id);
    // Without receivers the limit falls back to what was sent; a spy may hold it there as well.
    if (publication.limit->value <= sent && !spy) return {WaitsFor::connection};
    const std::int64_t backlog = difference(position, sent);
    if (publication.sender_limit && backlog > 0) {
        const std::int64_t room = difference(publication.sender_limit->value, sent);
        if (room <= 0 || (room < backlog && room < kLongestDatagram)) {
            const Wait receiver = image_wait(stream);
            if (receiver.what == WaitsFor::retransmission) return receiver;
            return {WaitsFor::receiver_window, backlog, slowest_of_images(stream)};
        }
    }
    if (position < publication.limit->value) return image_wait(stream);
    if (spy) return subscriber_wait(stream, *spy);
    return backlog > 0 ? Wait{WaitsFor::sender, backlog} : Wait{WaitsFor::term};
}

}  // namespace

const char* name_of(WaitsFor what) {
    switch (what) {
        case WaitsFor::nothing: break;
        case WaitsFor::connection: return "connection";
        case WaitsFor::receiver_window: return "receiver_window";
        case WaitsFor::retransmission: return "retransmission";
        case WaitsFor::subscriber: return "subscriber";
        case WaitsFor::sender: return "sender";
        case WaitsFor::term: return "term";
    }
    return "nothing";
}

Wait wait_of(const StreamReport& stream) {
    if (!stream.publication || stream.publication->is_closed) return image_wait(stream);
    const PublicationReport& publication = *stream.publication;
    if (!publication.position || !publication.limit) return {};
    return publication.is_network() ? network_wait(stream, publication)
                                    : ipc_wait(stream, publication);
}

}  // namespace tern::cli
