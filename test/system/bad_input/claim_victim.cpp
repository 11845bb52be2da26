/// A publisher that stops within a claim and waits to be killed: claim_test.cpp does that.
///
///   claim_victim DIRECTORY CHANNEL STREAM shared|exclusive

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "tern/tern.hpp"

namespace {

template <typename Pub>
void die_within_a_claim(Pub pub) {
    if (!pub.offer_for(std::string_view("whole"), std::chrono::minutes{1})) return;
    tern::BufferClaim claim;
    while (!pub.try_claim(100, claim)) {}
    std::memcpy(claim.buffer().data(), "half", 4);
    std::puts("claimed");
    std::fflush(stdout);
    std::getchar();  // nobody writes anything
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    tern::Context ctx{{.directory = argv[1]}};
    const tern::Config conf{.channel = argv[2], .stream = std::stoi(argv[3])};
    if (std::string_view(argv[4]) == "shared") {
        die_within_a_claim(tern::publisher(ctx, conf));
    } else {
        die_within_a_claim(tern::exclusive_publisher(ctx, conf));
    }
}
