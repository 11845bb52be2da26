// The lines of the README, with both ends in one program and a driver inside of it.

#include <tern/embedded_driver.hpp>
#include <tern/tern.hpp>

#include <chrono>
#include <cstdio>
#include <vector>

int main() {
    tern::EmbeddedDriver driver{{.settings = {{"aeron.ipc.term.buffer.length", "1m"}}}};
    tern::Context ctx{{.directory = driver.directory()}};
    tern::Config conf{.channel = "aeron:ipc", .stream = 1001};

    return tern::subscriber(ctx, conf, [&](tern::Subscription& sub) {
        tern::publisher(ctx, conf, [](tern::Publication& pub) {
            std::vector<std::byte> message(10'000);
            pub.offer_for(message, std::chrono::seconds{30});
        });
        for (const tern::Message& message : sub) {
            std::printf("%zu bytes\n", message.buffer.size());
            return message.buffer.size() == 10'000 ? 0 : 1;
        }
        return 1;
    });
}
