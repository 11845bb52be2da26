// A program that brings its own driver.

#include <cstdio>

#include <tern/embedded_driver.hpp>
#include <tern/tern.hpp>

int main() {
    try {
        tern::EmbeddedDriver driver;   // a directory of its own, gone with it
        tern::Context ctx{{.directory = driver.directory()}};
        const tern::Config conf{.channel = "aeron:ipc?term-length=64k", .stream = 1};
        tern::Subscription sub = tern::subscriber(ctx, conf);
        tern::Publication pub = tern::publisher(ctx, conf);
        pub.offer_for(std::string_view("hello"), std::chrono::seconds{5});
        std::printf("%s\n", std::string(sub.take().text()).c_str());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "embedded: %s\n", error.what());
        return 1;
    }
}
