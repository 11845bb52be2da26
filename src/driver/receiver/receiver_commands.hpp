#pragma once

/// What the conductor asks of the receiver, and what the receiver tells the conductor. Plain values
/// in queues (hand_over.hpp). Objects behind pointers belong to the conductor, which frees them
/// after the receiver has released them.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "tern/base/hand_over.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/driver/receiver/receive_endpoint.hpp"
#include "tern/driver/receiver/receiver_image.hpp"

namespace tern::driver {

/// Its destinations follow by AddReceiveDestination.
struct AddReceiveEndpoint {
    ReceiveEndpoint* endpoint;
};
/// Its images and destinations were removed before. Answer: ReceiveEndpointReleased.
struct RemoveReceiveEndpoint {
    ReceiveEndpoint* endpoint;
};
struct AddReceiveDestination {
    ReceiveEndpoint* endpoint;
    ReceiveDestination* destination;
};
/// Answer: ReceiveDestinationReleased.
struct RemoveReceiveDestination {
    ReceiveEndpoint* endpoint;
    ReceiveDestination* destination;
};
/// Interest in a stream: all sessions, or one (5.3).
struct AddInterest {
    ReceiveEndpoint* endpoint;
    std::int32_t stream_id;
    std::optional<std::int32_t> session_id;
};
struct RemoveInterest {
    ReceiveEndpoint* endpoint;
    std::int32_t stream_id;
    std::optional<std::int32_t> session_id;
};
/// The answer to CreateImage.
struct AddReceiverImage {
    ReceiverImage* image;
};
/// The other answer to CreateImage: the next SETUP tries again.
struct ImageNotCreated {
    ReceiveEndpoint* endpoint;
    std::int32_t stream_id;
    std::int32_t session_id;
};
/// Answer: ReceiverImageReleased.
struct RemoveReceiverImage {
    ReceiverImage* image;
};
struct RemoveCoolDown {
    ReceiveEndpoint* endpoint;
    std::int32_t stream_id;
    std::int32_t session_id;
};
struct RejectReceiverImage {
    ReceiverImage* image;
    std::string reason;  // at most 1023 bytes
};
/// A SM that elicits a SETUP, to the explicit control address of each destination (5.4).
struct RequestSetup {
    ReceiveEndpoint* endpoint;
    std::int32_t stream_id;
    std::int32_t session_id;
};
/// Answer to ReResolveReceive, where the address is another one now.
struct ControlAddressResolved {
    ReceiveEndpoint* endpoint;
    ReceiveDestination* destination;
    SocketAddress address;
};
using ReceiverCommand =
    std::variant<AddReceiveEndpoint, RemoveReceiveEndpoint, AddReceiveDestination,
                 RemoveReceiveDestination, AddInterest, RemoveInterest, AddReceiverImage,
                 ImageNotCreated, RemoveReceiverImage, RemoveCoolDown, RejectReceiverImage,
                 RequestSetup, ControlAddressResolved>;

struct ReceiveEndpointReleased {
    ReceiveEndpoint* endpoint;
};
struct ReceiveDestinationReleased {
    ReceiveEndpoint* endpoint;
    ReceiveDestination* destination;
};
struct ReceiverImageReleased {
    ReceiverImage* image;
};
/// A SETUP of a session that is wanted and has no image (5.3, 5.5).
struct CreateImage {
    ReceiveEndpoint* endpoint;        // the conductor checks that it still has both
    ReceiveDestination* destination;  // that the SETUP arrived on
    protocol::Setup setup;
    SocketAddress source;
    SocketAddress control_address;  // of the first connection
};
/// Nothing came for long: is the name of the explicit control address still that address (6.8)?
struct ReResolveReceive {
    ReceiveEndpoint* endpoint;
    ReceiveDestination* destination;
    SocketAddress current;
};
using ReceiverEvent = std::variant<ReceiveEndpointReleased, ReceiveDestinationReleased,
                                   ReceiverImageReleased, CreateImage, ReResolveReceive>;

struct ReceiverQueues {
    HandOver<ReceiverCommand> commands;  // conductor to receiver
    HandOver<ReceiverEvent> events;      // receiver to conductor
};

}  // namespace tern::driver
