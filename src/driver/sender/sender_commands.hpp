#pragma once

/// What the conductor asks of the sender, and what the sender tells the conductor. Plain values in
/// queues (hand_over.hpp). Objects behind pointers belong to the conductor, which frees them after
/// the sender has released them.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "tern/base/hand_over.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/driver/sender/send_endpoint.hpp"
#include "tern/driver/sender/sender_publication.hpp"

namespace tern::driver {

struct AddSendEndpoint {
    SendEndpoint* endpoint;
};
/// All its publications were removed before. Answer: SendEndpointReleased.
struct RemoveSendEndpoint {
    SendEndpoint* endpoint;
};
struct AddSenderPublication {
    SenderPublication* publication;
};
/// Answer: SenderPublicationReleased.
struct RemoveSenderPublication {
    SenderPublication* publication;
};
struct AddSendDestination {
    SendEndpoint* endpoint;
    SendDestination destination;
};
struct RemoveSendDestination {
    SendEndpoint* endpoint;
    std::variant<SocketAddress, std::int64_t> which;  // its address, or its registration id
};
/// Answer to ReResolveSend, where the address is another one now.
struct SendAddressResolved {
    SendEndpoint* endpoint;
    std::string name;  // "host:port" of the channel's endpoint or of destinations
    SocketAddress address;
};
using SenderCommand =
    std::variant<AddSendEndpoint, RemoveSendEndpoint, AddSenderPublication, RemoveSenderPublication,
                 AddSendDestination, RemoveSendDestination, SendAddressResolved>;

struct SendEndpointReleased {
    SendEndpoint* endpoint;
};
struct SenderPublicationReleased {
    SenderPublication* publication;
};
/// A receiver of the publication `registration_id` reports an error (4.13). The conductor records
/// it in the error log and tells the clients.
struct PublicationErrorReceived {
    std::int64_t registration_id;
    std::int64_t destination_registration_id;  // -1: none
    std::int32_t session_id;
    std::int32_t stream_id;
    std::int64_t receiver_id;
    std::optional<std::int64_t> group_tag;
    SocketAddress source;
    std::int32_t error_code;
    std::string text;
};
/// A RSP_SETUP came for a publication of requests (4.14).
struct ResponseSetupReceived {
    std::int64_t response_correlation_id;
    std::int32_t response_session_id;
};
/// A response publication has its first receiver (4.6, 5.17), or has lost its last one.
struct ResponseConnection {
    std::int64_t response_correlation_id;
    std::int32_t session_id;
    bool is_connected;
};
/// Nobody has been heard from for long: is the name still that address (6.8)?
struct ReResolveSend {
    SendEndpoint* endpoint;  // the conductor checks that it still has it
    std::string name;        // "host:port"
    SocketAddress current;
};
using SenderEvent =
    std::variant<SendEndpointReleased, SenderPublicationReleased, PublicationErrorReceived,
                 ResponseSetupReceived, ResponseConnection, ReResolveSend>;

struct SenderQueues {
    HandOver<SenderCommand> commands;  // conductor to sender
    HandOver<SenderEvent> events;      // sender to conductor
};

}  // namespace tern::driver
