#include "tern/driver/conductor/network_images.hpp"

#include <algorithm>
#include <utility>

namespace tern::driver {

NetworkImage& NetworkImages::add(std::unique_ptr<NetworkImage> image) {
    NetworkImage& added = *image;
    const LocalStream::Identity& identity = added.identity();
    by_registration_id_.emplace(identity.registration_id, &added);
    by_half_.emplace(added.receiver_half(), &added);
    by_stream_[{added.channel(), identity.stream_id}].push_back(&added);
    by_session_.emplace(StreamKey{added.channel(), identity.stream_id, identity.session_id},
                        &added);
    all_.push_back(std::move(image));
    return added;
}

void NetworkImages::leave_channel(const NetworkImage& image) {
    const LocalStream::Identity& identity = image.identity();
    const auto stream = by_stream_.find({image.channel(), identity.stream_id});
    std::erase(stream->second, &image);
    if (stream->second.empty()) by_stream_.erase(stream);
    const auto [first, last] =
        by_session_.equal_range({image.channel(), identity.stream_id, identity.session_id});
    by_session_.erase(
        std::find_if(first, last, [&image](const auto& entry) { return entry.second == &image; }));
}

std::unique_ptr<NetworkImage> NetworkImages::take(std::size_t index) {
    std::unique_ptr<NetworkImage> taken = std::exchange(all_[index], nullptr);
    std::swap(all_[index], all_.back());
    all_.pop_back();
    if (taken->channel() != nullptr) leave_channel(*taken);
    by_registration_id_.erase(taken->identity().registration_id);
    by_half_.erase(taken->receiver_half());
    return taken;
}

NetworkImage* NetworkImages::find(std::int64_t registration_id) const {
    const auto found = by_registration_id_.find(registration_id);
    return found == by_registration_id_.end() ? nullptr : found->second;
}

NetworkImage* NetworkImages::find(const ReceiverImage* half) const {
    const auto found = by_half_.find(half);
    return found == by_half_.end() ? nullptr : found->second;
}

const std::vector<NetworkImage*>& NetworkImages::of_stream(const ReceiveChannel* channel,
                                                           std::int32_t stream_id) const {
    static const std::vector<NetworkImage*> kNone;
    const auto found = by_stream_.find({channel, stream_id});
    return found == by_stream_.end() ? kNone : found->second;
}

Nanos NetworkImages::next_deadline() const {
    Nanos first = kNever;
    for (const std::unique_ptr<NetworkImage>& image : all_) {
        first = std::min(first, image->next_deadline());
    }
    return first;
}

}  // namespace tern::driver
