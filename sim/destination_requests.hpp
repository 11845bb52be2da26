#pragma once

/// Adds destinations to a publication or subscription, and asks again where the driver refused: the
/// sockets of an earlier one may not be closed yet.

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tern/client/client.hpp"

namespace tern::sim {

class DestinationRequests {
  public:
    template <typename Object>
    void start(client::Client& client, const Object& object, const std::vector<std::string>& all) {
        waiting_.clear();
        for (const std::string& channel : all)
            waiting_.emplace_back(channel, client.async_add_destination(object, channel).value());
    }
    template <typename Object>
    void repeat_refused(client::Client& client, const Object& object) {
        for (auto& [channel, request] : waiting_) {
            if (request.is_done() && !request.poll())
                request = client.async_add_destination(object, channel).value();
        }
    }
    /// Removes one of them and adds it again.
    template <typename Object>
    void replace(client::Client& client, const Object& object, const std::string& which) {
        for (auto& [channel, request] : waiting_) {
            if (channel != which || !request.is_done()) continue;
            std::ignore = client.async_remove_destination(object, channel);
            request = client.async_add_destination(object, channel).value();
        }
    }
    void clear() { waiting_.clear(); }

  private:
    std::vector<std::pair<std::string, client::AsyncRequest<void>>> waiting_;
};

}  // namespace tern::sim
