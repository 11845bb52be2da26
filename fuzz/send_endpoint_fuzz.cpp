/// Whatever arrives on the sockets of two publications, one to one receiver, one to many with
/// tagged flow control, while they publish, time passes and sockets fill up.
///
/// Input: steps of a byte; some are followed by a length (1 byte) and a datagram.

#include "target.hpp"
#include "tern/driver/testing/sender_harness.hpp"

namespace tern::fuzz {
namespace {

using namespace driver;  // NOLINT
using Harness = SenderHarness;

constexpr int kMostSteps = 64;
constexpr std::size_t kMtu = 1408;

Settings small_settings() {
    Settings settings = sender_settings();
    settings.to_driver_buffer_length = 64 * 1024 + 768;
    settings.to_clients_buffer_length = 64 * 1024 + 128;
    return settings;
}

struct World {
    World() : sender(small_settings()) {
        Harness::StreamOptions resending;
        resending.config.max_resend = 16;
        streams[0] = &sender.add_stream(sender.add_endpoint("aeron:udp?endpoint=127.0.0.1:40123"));
        streams[1] = &sender.add_stream(
            sender.add_endpoint("aeron:udp?control=127.0.0.1:40124|control-mode=dynamic|"
                                "fc=tagged,g:-2/1,t:5s"),
            resending);
    }

    void step(Input& input) {
        const auto what = input.take<std::uint8_t>();
        Harness::Stream& stream = *streams[what & 1];
        switch ((what >> 1) % 8) {
            case 0:
            case 1:
            case 2: {
                const std::size_t length = input.take<std::uint8_t>();
                const auto port = static_cast<std::uint16_t>(40000 + (what >> 5));
                stream.endpoint->answers->arrive(address(1, port), input.take_bytes(length));
                sender.settle(*stream.endpoint);
                return;
            }
            case 3: stream.publish(32 + (what >> 4) * 64); return;
            case 4: stream.publish_many(what >> 4, 1408); return;
            case 5: sender.work_after(Nanos{1'000'000} * (what >> 4)); return;
            case 6: sender.work_after(Nanos{1'000'000'000} * (what >> 6)); return;
            default: stream.endpoint->data->room = what < 128 ? std::nullopt : room_for(what);
        }
    }
    static std::optional<std::size_t> room_for(unsigned what) { return what >> 5 & 3; }

    void expect_sound() {
        sender.event_count();
        for (int i = 0; i < 2; ++i) {
            const Harness::Stream& stream = *streams[i];
            TERN_ASSERT(stream.sent_to() >= sent_before[i]);
            TERN_ASSERT(stream.sent_to() <= stream.log->log.producer_position());
            sent_before[i] = stream.sent_to();
            for (const FakeSocket::Sent& sent : stream.endpoint->data->sent) {
                TERN_ASSERT(protocol::check_datagram(sent.bytes).has_value());
                TERN_ASSERT(sent.bytes.size() <= kMtu);
            }
            stream.endpoint->data->sent.clear();
            stream.endpoint->data->batches.clear();
        }
    }

    Harness sender;
    Harness::Stream* streams[2];
    Position sent_before[2] = {0, 0};
};

}  // namespace

void run(ConstBytes bytes) {
    Input input{bytes};
    World world;
    for (int i = 0; i < kMostSteps && !input.is_empty(); ++i) {
        world.step(input);
        world.expect_sound();
    }
    for (int i = 0; i < 4; ++i) {
        world.sender.work_after(Nanos{100'000'000});
        world.expect_sound();
    }
}

}  // namespace tern::fuzz
