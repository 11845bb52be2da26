#include "tern/driver/conductor/network_publications.hpp"

#include <algorithm>

namespace tern::driver {
namespace {

template <typename Map, typename Key>
void erase_entry(Map& map, const Key& key, const NetworkPublication* publication) {
    const auto [first, last] = map.equal_range(key);
    const auto found = std::find_if(
        first, last, [publication](const auto& entry) { return entry.second == publication; });
    if (found != last) map.erase(found);
}

}  // namespace

NetworkPublication& NetworkPublications::add(std::unique_ptr<NetworkPublication> publication) {
    NetworkPublication& added = *publication;
    const LocalStream::Identity& identity = added.identity();
    const NetworkPublication::Config& config = added.config();
    by_registration_id_.emplace(identity.registration_id, &added);
    by_half_.emplace(added.sender_half(), &added);
    by_stream_[identity.stream_id].push_back(&added);
    by_session_.emplace(SessionKey{identity.stream_id, identity.session_id}, &added);
    if (!config.is_exclusive) {
        shared_.emplace(
            ShareKey{&added.channel(), identity.stream_id, config.response_correlation_id}, &added);
    }
    if (config.entity_tag) by_entity_tag_.emplace(*config.entity_tag, &added);
    all_.push_back(std::move(publication));
    return added;
}

std::unique_ptr<NetworkPublication> NetworkPublications::take(
    const NetworkPublication& publication) {
    const auto place = std::ranges::find(all_, &publication, &List::value_type::get);
    if (place == all_.end()) return nullptr;
    std::unique_ptr<NetworkPublication> taken = std::move(*place);
    all_.erase(place);
    const LocalStream::Identity& identity = taken->identity();
    const NetworkPublication::Config& config = taken->config();
    const auto same_id = by_registration_id_.find(identity.registration_id);
    if (same_id != by_registration_id_.end() && same_id->second == taken.get()) {
        by_registration_id_.erase(same_id);
    }
    by_half_.erase(taken->sender_half());
    const auto stream = by_stream_.find(identity.stream_id);
    std::erase(stream->second, taken.get());
    if (stream->second.empty()) by_stream_.erase(stream);
    erase_entry(by_session_, SessionKey{identity.stream_id, identity.session_id}, taken.get());
    erase_entry(shared_,
                ShareKey{&taken->channel(), identity.stream_id, config.response_correlation_id},
                taken.get());
    if (config.entity_tag) erase_entry(by_entity_tag_, *config.entity_tag, taken.get());
    return taken;
}

NetworkPublication* NetworkPublications::find(std::int64_t registration_id) const {
    const auto found = by_registration_id_.find(registration_id);
    return found == by_registration_id_.end() ? nullptr : found->second;
}

NetworkPublication* NetworkPublications::find(const SenderPublication* half) const {
    const auto found = by_half_.find(half);
    return found == by_half_.end() ? nullptr : found->second;
}

const std::vector<NetworkPublication*>* NetworkPublications::of_stream(
    std::int32_t stream_id) const {
    const auto found = by_stream_.find(stream_id);
    return found == by_stream_.end() ? nullptr : &found->second;
}

NetworkPublication* NetworkPublications::find_shareable(
    const SendChannel& channel, std::int32_t stream_id,
    std::int64_t response_correlation_id) const {
    const auto [first, last] = shared_.equal_range({&channel, stream_id, response_correlation_id});
    const auto found =
        std::find_if(first, last, [](const auto& entry) { return entry.second->is_shareable(); });
    return found == last ? nullptr : found->second;
}

NetworkPublication* NetworkPublications::find_by_entity_tag(std::int64_t tag) const {
    const auto found = by_entity_tag_.lower_bound(tag);
    return found == by_entity_tag_.end() || found->first != tag ? nullptr : found->second;
}

bool NetworkPublications::is_session_in_use(const SendChannel* channel, std::int32_t stream_id,
                                            std::int32_t session_id) const {
    const auto [first, last] = by_session_.equal_range({stream_id, session_id});
    return std::any_of(first, last, [channel](const auto& entry) {
        return &entry.second->channel() == channel &&
               entry.second->state() != NetworkPublication::State::done;
    });
}

bool NetworkPublications::is_session_known(std::int32_t stream_id, std::int32_t session_id) const {
    return by_session_.contains({stream_id, session_id});
}

}  // namespace tern::driver
