#pragma once

/// All images of network streams, and the ways to find one: by registration id, by the receiver's
/// half, by session and by stream of an endpoint. Conductor thread only.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "tern/base/dense_map.hpp"
#include "tern/driver/conductor/network_image.hpp"

namespace tern::driver {

class NetworkImages {
  public:
    using List = std::vector<std::unique_ptr<NetworkImage>>;

    /// Its channel is set, and so is the receiver's half.
    NetworkImage& add(std::unique_ptr<NetworkImage> image);
    /// It lingers: nobody finds it by its endpoint any more. Before its channel is left.
    void leave_channel(const NetworkImage& image);
    /// Forgets the image at this place of `all()`; the last one takes its place.
    std::unique_ptr<NetworkImage> take(std::size_t index);

    List& all() { return all_; }
    NetworkImage* find(std::int64_t registration_id) const;
    NetworkImage* find(const ReceiverImage* half) const;
    /// Those that do not linger, in the order in which they were added.
    const std::vector<NetworkImage*>& of_stream(const ReceiveChannel* channel,
                                                std::int32_t stream_id) const;
    /// Calls `visit(NetworkImage&)` for each image of a session that does not linger: most often
    /// one.
    template <typename Visit>
    void for_each_of_session(const ReceiveChannel* channel, std::int32_t stream_id,
                             std::int32_t session_id, Visit&& visit) const {
        const auto [first, last] = by_session_.equal_range({channel, stream_id, session_id});
        for (auto entry = first; entry != last; ++entry) visit(*entry->second);
    }
    /// The earliest of them.
    Nanos next_deadline() const;

  private:
    struct StreamKey {
        const ReceiveChannel* channel;
        std::int32_t stream_id;
        std::int32_t session_id = 0;
        bool operator==(const StreamKey&) const = default;
    };
    struct Hash {
        std::size_t operator()(const StreamKey& key) const {
            const auto ids = static_cast<std::uint64_t>(static_cast<std::uint32_t>(key.stream_id))
                                 << 32 |
                             static_cast<std::uint32_t>(key.session_id);
            return mix_bits(ids ^ mix_bits(reinterpret_cast<std::uintptr_t>(key.channel)));
        }
    };

    List all_;
    std::unordered_map<std::int64_t, NetworkImage*> by_registration_id_;
    std::unordered_map<const ReceiverImage*, NetworkImage*> by_half_;
    std::unordered_map<StreamKey, std::vector<NetworkImage*>, Hash> by_stream_;
    std::unordered_multimap<StreamKey, NetworkImage*, Hash> by_session_;
};

}  // namespace tern::driver
