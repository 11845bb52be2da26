#include "tern/driver/conductor/subscriptions.hpp"

#include <algorithm>
#include <utility>

namespace tern::driver {

SubscriptionLink& Subscriptions::add(SubscriptionLink link) {
    Links& links = by_registration_id_[link.registration_id];
    links.push_back(std::make_unique<SubscriptionLink>(std::move(link)));
    SubscriptionLink& added = *links.back();
    by_stream_[added.stream_id].push_back(&added);
    ++count_;
    return added;
}

void Subscriptions::remove(const SubscriptionLink& link) {
    const auto stream = by_stream_.find(link.stream_id);
    std::erase(stream->second, &link);
    if (stream->second.empty()) by_stream_.erase(stream);
    const auto same_id = by_registration_id_.find(link.registration_id);
    std::erase_if(same_id->second, [&link](const auto& one) { return one.get() == &link; });
    if (same_id->second.empty()) by_registration_id_.erase(same_id);
    --count_;
}

std::vector<SubscriptionLink*> Subscriptions::find(std::int64_t registration_id) const {
    std::vector<SubscriptionLink*> found;
    const auto links = by_registration_id_.find(registration_id);
    if (links == by_registration_id_.end()) return found;
    for (const std::unique_ptr<SubscriptionLink>& link : links->second) {
        found.push_back(link.get());
    }
    return found;
}

std::vector<SubscriptionLink*> Subscriptions::of_stream(std::int32_t stream_id) const {
    const auto links = by_stream_.find(stream_id);
    return links == by_stream_.end() ? std::vector<SubscriptionLink*>{} : links->second;
}

}  // namespace tern::driver
