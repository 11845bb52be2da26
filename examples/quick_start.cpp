// A publisher and a subscriber in one program; in two programs it is the same.
//
//   quick_start        uses the driver of $AERON_DIR, else of the default directory

#include <cstdio>
#include <thread>
#include <vector>

#include <tern/tern.hpp>

int main() {
    try {
        tern::Context ctx;   // throws where there is no driver
        tern::Config conf{.channel = "aeron:ipc", .stream = 1001};

        std::thread sender([&] {
            tern::publisher(ctx, conf, [](tern::Publication& pub) {
                std::vector<std::byte> message(10'000);   // longer than one packet: fragmented
                for (int i = 0; i < 100; ++i) {
                    message[0] = static_cast<std::byte>(i);
                    const tern::OfferResult sent = pub.offer_for(message, std::chrono::seconds{5});
                    if (!sent) std::printf("not sent: %s\n", name_of(sent.status()).data());
                }
                while (pub.is_connected()) std::this_thread::yield();   // until all was read
            });
        });

        tern::subscriber(ctx, conf, [](tern::Subscription& sub) {
            int count = 0;
            for (const tern::Message& message : sub) {   // whole messages; waits for the next
                if (message.buffer.size() != 10'000) std::printf("cut off?\n");
                if (++count == 100) break;
            }
            std::printf("received %d messages of 10000 bytes\n", count);
        });
        sender.join();
        return 0;
    } catch (const tern::Exception& error) {
        std::fprintf(stderr, "quick_start: %s\n", error.what());
        return 1;
    }
}
