#pragma once

/// One subscription of a client, as the conductor sees it: what it wants to read and what it is
/// linked to (spec control-protocol.md, 10.1). A subscription with IPC or spy destinations has
/// several links with one registration id. Conductor thread only.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tern/uri/subscription_params.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

class LocalStream;
struct ReceiveChannel;  // tern/driver/conductor/receive_channels.hpp

struct SubscriptionLink {
    enum class Kind : std::uint8_t { ipc, spy, network };  // what it is linked to (10.1)

    Kind kind = Kind::ipc;
    std::int64_t registration_id = 0;
    std::int64_t client_id = 0;
    std::int32_t stream_id = 0;
    std::string channel;                     // as the client sent it, byte for byte
    std::optional<std::int32_t> session_id;  // empty: any session
    bool is_tether = true;
    bool is_rejoin = true;
    bool is_response = false;        // waits for a response publication to give it its session
    bool states_session_id = false;  // in its channel: a response does not change it
    std::shared_ptr<const uri::UdpChannel> udp;  // spy and network

    // Network.
    /// How far a response subscription is with finding its session (8.7).
    enum class Response : std::uint8_t { pending, complete, error };
    std::shared_ptr<const uri::SubscriptionParams> params;
    ReceiveChannel* receive_channel = nullptr;
    Response response = Response::pending;

    std::vector<LocalStream*> streams;  // those it is linked to, in the order of linking

    /// The session rule of 10.3. A response subscription that is not bound yet matches nothing.
    bool accepts_session(std::int32_t session) const {
        return session_id ? *session_id == session : !is_response;
    }
};

}  // namespace tern::driver
