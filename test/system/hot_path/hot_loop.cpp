/// A publisher's and a subscriber's loop, between markers, for hot_loop_test.cpp to look at from
/// outside. The markers are lines on standard output, each written by the thread that it is of.
///
///   hot_loop DIRECTORY offer|claim|fragments|everyday [slip]
///
/// With `slip` both loops make one system call each, to show that it would be seen.

#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tern/base/idle_strategy.hpp"
#include "tern/logbuffer/fragment_assembler.hpp"
#include "tern/tern.hpp"

namespace {

constexpr int kWarmUp = 1'000, kMessages = 100'000;
const tern::Config kConf{.channel = "aeron:ipc?term-length=16m", .stream = 7};

struct Mode {
    std::string_view name;
    std::size_t length;
    bool slip;
};

void mark(const std::string& text) {
    const std::string line = text + "\n";
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(3);
}

void slip(const Mode& mode, int i) {
    if (mode.slip && i == kMessages / 2) syscall(SYS_getppid);
}

template <typename Pub>
void send(Pub& pub, const Mode& mode, int count) {
    const std::vector<std::byte> message(mode.length, std::byte{1});
    tern::BufferClaim claim;
    for (int i = 0; i < count; ++i) {
        if (mode.name == "claim") {
            while (!pub.try_claim(mode.length, claim)) tern::pause_cpu();
            std::memcpy(claim.buffer().data(), message.data(), mode.length);
            claim.commit();
        } else {
            while (!pub.offer(message)) tern::pause_cpu();
        }
        slip(mode, i);
    }
}

void receive(tern::Subscription& sub, const Mode& mode, int count) {
    int received = 0;
    tern::FragmentAssembler whole(
        [&](tern::ConstBytes, const tern::FragmentHeader&) { slip(mode, received++); });
    while (received < count) {
        if (mode.name == "everyday") {
            if (sub.poll()) slip(mode, received++);
        } else {
            // One at a time where the count ends, so that no message of the next round is taken.
            sub.poll(whole, 1);
        }
    }
}

template <typename Body>
void between_markers(const std::string& who, Body&& body) {
    mark("begin " + who);
    body();
    mark("end " + who);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string_view name = argv[2];
    const bool is_long = name == "fragments" || name == "everyday";
    const Mode mode{name, is_long ? std::size_t{3'000} : std::size_t{64}, argc > 3};
    tern::Context ctx{{.directory = argv[1]}};
    tern::Subscription sub = tern::subscriber(ctx, kConf);
    std::thread sender{[&] {
        tern::Publication pub = tern::publisher(ctx, kConf);
        send(pub, {name, mode.length, false}, kWarmUp);
        between_markers("publisher", [&] { send(pub, mode, kMessages); });
    }};
    receive(sub, {name, mode.length, false}, kWarmUp);
    between_markers("subscriber", [&] { receive(sub, mode, kMessages); });
    sender.join();
    return 0;
}
