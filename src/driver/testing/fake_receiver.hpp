#pragma once

/// For tests of the conductor: stands in for the receiver. It takes the commands, keeps them as
/// lines of text, confirms removals at once (or when it is told to), and reports SETUPs as the test
/// says.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tern/driver/receiver/receiver_commands.hpp"

namespace tern::driver {

class FakeReceiver {
  public:
    explicit FakeReceiver(ReceiverQueues& queues) : queues_(queues) {}

    void work() {
        while (std::optional<ReceiverCommand> command = queues_.commands.take()) {
            std::visit([this](auto& known) { obey(known); }, *command);
        }
        queues_.events.flush();
    }
    /// From now on removals are confirmed by `confirm`.
    void hold() { is_held_ = true; }
    void confirm() {
        is_held_ = false;
        for (ReceiverEvent& event : std::exchange(held_, {})) queues_.events.put(std::move(event));
    }
    /// A SETUP came on the endpoint and destination that were added last.
    void report(const protocol::Setup& setup,
                const SocketAddress& source = {IpAddress::ipv4(10, 0, 0, 1), 40'000}) {
        queues_.events.put(CreateImage{.endpoint = endpoint,
                                       .destination = destination,
                                       .setup = setup,
                                       .source = source,
                                       .control_address = source});
    }
    void report_silence(const SocketAddress& current) {
        queues_.events.put(ReResolveReceive{endpoint, destination, current});
    }
    /// What the conductor asked for since the last call.
    std::vector<std::string> take_log() { return std::exchange(log_, {}); }

    // Those that were added last.
    ReceiveEndpoint* endpoint = nullptr;
    ReceiveDestination* destination = nullptr;
    ReceiverImage* image = nullptr;

  private:
    static std::string text(std::int32_t stream_id, std::optional<std::int32_t> session_id) {
        std::string name = " " + std::to_string(stream_id);
        if (session_id) name += "/" + std::to_string(*session_id);
        return name;
    }
    void answer(ReceiverEvent event) {
        if (is_held_) {
            held_.push_back(std::move(event));
        } else {
            queues_.events.put(std::move(event));
        }
    }

    void obey(const AddReceiveEndpoint& command) {
        endpoint = command.endpoint;
        log_.push_back("add endpoint");
    }
    void obey(const RemoveReceiveEndpoint& command) {
        log_.push_back("remove endpoint");
        answer(ReceiveEndpointReleased{command.endpoint});
    }
    void obey(const AddReceiveDestination& command) {
        destination = command.destination;
        log_.push_back("add destination " + command.destination->socket().local_address().text());
    }
    void obey(const RemoveReceiveDestination& command) {
        log_.push_back("remove destination");
        answer(ReceiveDestinationReleased{command.endpoint, command.destination});
    }
    void obey(const AddInterest& command) {
        log_.push_back("want" + text(command.stream_id, command.session_id));
    }
    void obey(const RemoveInterest& command) {
        log_.push_back("want no more" + text(command.stream_id, command.session_id));
    }
    void obey(const AddReceiverImage& command) {
        image = command.image;
        const ReceiverImage::Config& config = command.image->config();
        log_.push_back("add image" + text(config.stream_id, config.session_id));
    }
    void obey(const ImageNotCreated& command) {
        log_.push_back("no image" + text(command.stream_id, command.session_id));
    }
    void obey(const RemoveReceiverImage& command) {
        const ReceiverImage::Config& config = command.image->config();
        log_.push_back("remove image" + text(config.stream_id, config.session_id));
        answer(ReceiverImageReleased{command.image});
    }
    void obey(const RemoveCoolDown& command) {
        log_.push_back("cool-down over" + text(command.stream_id, command.session_id));
    }
    void obey(const RejectReceiverImage& command) { log_.push_back("reject: " + command.reason); }
    void obey(const RequestSetup& command) {
        log_.push_back("ask for setup" + text(command.stream_id, command.session_id));
    }
    void obey(const ControlAddressResolved& command) {
        log_.push_back("control " + command.address.text());
    }

    ReceiverQueues& queues_;
    std::vector<std::string> log_;
    std::vector<ReceiverEvent> held_;
    bool is_held_ = false;
};

}  // namespace tern::driver
