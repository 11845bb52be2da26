#pragma once

/// All subscription links, and the ways to find them. Conductor thread only.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "tern/driver/conductor/subscription_link.hpp"

namespace tern::driver {

class Subscriptions {
  public:
    SubscriptionLink& add(SubscriptionLink link);
    /// The link must be linked to no stream any more.
    void remove(const SubscriptionLink& link);

    /// Every link with this registration id, in the order in which they were added.
    std::vector<SubscriptionLink*> find(std::int64_t registration_id) const;
    /// In the order in which they were added.
    std::vector<SubscriptionLink*> of_stream(std::int32_t stream_id) const;
    std::size_t size() const { return count_; }

  private:
    using Links = std::vector<std::unique_ptr<SubscriptionLink>>;
    std::unordered_map<std::int64_t, Links> by_registration_id_;
    std::unordered_map<std::int32_t, std::vector<SubscriptionLink*>> by_stream_;
    std::size_t count_ = 0;
};

}  // namespace tern::driver
