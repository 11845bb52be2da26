/// Whatever arrives on the socket of a subscription, from three sources, while images come, are
/// consumed, rejected and go, and time passes.
///
/// Input: steps of a byte; some are followed by a length (1 byte) and a datagram.

#include "target.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::fuzz {
namespace {

using namespace driver;  // NOLINT
using Harness = ReceiverHarness;

constexpr int kMostSteps = 64;
constexpr std::size_t kMostImages = 3;

Settings small_settings() {
    Settings settings = receiver_settings();
    settings.to_driver_buffer_length = 64 * 1024 + 768;
    settings.to_clients_buffer_length = 64 * 1024 + 128;
    return settings;
}

struct World {
    World()
        : receiver(small_settings()),
          endpoint(receiver.add_endpoint("aeron:udp?endpoint=127.0.0.1:40123",
                                         {.receiver_id = 99, .stream_session_limit = 4})) {
        receiver.add_interest(endpoint);
        receiver.add_interest(endpoint, 1, 1002);
    }

    void step(Input& input) {
        const auto what = input.take<std::uint8_t>();
        switch (what % 8) {
            case 0:
            case 1:
            case 2:
            case 3: {
                const std::size_t length = input.take<std::uint8_t>();
                const auto port = static_cast<std::uint16_t>(5000 + what % 3);
                const std::size_t segment = what >= 192 ? 64 : 0;  // as a merged read
                endpoint.socket().arrive(source_at(port), input.take_bytes(length), 0, segment);
                receiver.work();
                return;
            }
            case 4: receiver.work_after(Nanos{1'000'000} * (what >> 3)); return;
            case 5: receiver.work_after(Nanos{1'000'000'000} * (what >> 6)); return;
            case 6: consume(what >> 3); return;
            default: disturb(what >> 3);
        }
    }

    // As the conductor does: at most half a term beyond what was consumed.
    void consume(unsigned argument) {
        if (images.empty()) return;
        Harness::Image& image = *images[argument % images.size()];
        image.schedule(image.hwm(), static_cast<std::int32_t>(1024 * (argument % 33)));
        receiver.work();
    }
    void disturb(unsigned argument) {
        switch (argument % 5) {
            case 0: receiver.remove_interest(endpoint); return;
            case 1: receiver.add_interest(endpoint); return;
            case 2: receiver.command(RequestSetup{endpoint.object.get(), 1001, 0}); return;
            case 3:
                if (images.empty()) return;
                receiver.command(RejectReceiverImage{images.back()->object.get(), "no"});
                return;
            default:
                if (images.empty()) return;
                receiver.remove_image(*images.back());
                images.pop_back();
        }
    }

    /// As the conductor answers.
    void take_events() {
        while (const auto event = receiver.queues.events.take()) {
            const auto* const wanted = std::get_if<CreateImage>(&*event);
            if (wanted == nullptr) continue;
            const protocol::Setup& setup = wanted->setup;
            TERN_ASSERT(is_valid(setup));
            if (images.size() == kMostImages || setup.term_length != kTermMinLength) {
                receiver.command(
                    ImageNotCreated{wanted->endpoint, setup.stream_id, setup.session_id});
                continue;
            }
            const TermGeometry geometry(setup.initial_term_id, setup.term_length);
            images.push_back(&receiver.add_image(
                endpoint,
                {.session_id = setup.session_id,
                 .stream_id = setup.stream_id,
                 .initial_term_id = setup.initial_term_id,
                 .join_position = geometry.position(setup.active_term_id, setup.term_offset),
                 .source = wanted->source}));
        }
    }

    void expect_sound() {
        take_events();
        TERN_ASSERT(endpoint.remembered() <= Dispatcher::kMaxRemembered + kMostImages + 2);
        for (const Harness::Image* const image : images) {
            TERN_ASSERT(image->hwm() >= 0 && image->hwm() % kFrameAlignment == 0);
        }
        for (const FakeSocket::Sent& sent : endpoint.socket().sent) {
            TERN_ASSERT(describe_answer(sent.bytes) != "INVALID");
        }
        endpoint.socket().sent.clear();
        endpoint.socket().batches.clear();
    }

    Harness receiver;
    Harness::Endpoint& endpoint;
    std::vector<Harness::Image*> images;
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
        world.receiver.work_after(Nanos{100'000'000});
        world.expect_sound();
    }
}

}  // namespace tern::fuzz
