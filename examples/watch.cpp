// Shows what passes on a stream without a loop of one's own: one background thread serves all
// watched subscriptions.

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

#include <tern/tern.hpp>

int main() {
    try {
        tern::Context ctx;
        const tern::Config prices{.channel = "aeron:ipc", .stream = 2001};
        tern::Subscription all = tern::subscriber(ctx, prices);
        tern::Subscription some = tern::subscriber(ctx, prices);
        tern::Publication pub = tern::publisher(ctx, prices);

        std::atomic<int> count{0};
        tern::Watch counting = tern::watch(all, [&](const tern::Message&) { ++count; });
        tern::Watch showing = tern::watch(
            some,
            [](const tern::Message& message) {
                std::printf("%.*s\n", static_cast<int>(message.text().size()),
                            message.text().data());
            },
            {.every_nth = 25});   // or .at_most_one_per = 1s

        for (int i = 1; i <= 100; ++i) {
            pub.offer_for("price " + std::to_string(i), std::chrono::seconds{5});
        }
        while (count < 100 || showing.shown() < 4) std::this_thread::yield();
        showing.cancel();
        std::printf("counted %d, showed %d\n", count.load(), static_cast<int>(showing.shown()));
        return 0;
    } catch (const tern::Exception& error) {
        std::fprintf(stderr, "watch: %s\n", error.what());
        return 1;
    }
}
