// What the everyday calls stand on: claims in place, handlers for fragments, images, counters, and
// a client whose conductor runs on the program's own thread.

#include <cstdint>
#include <cstdio>
#include <cstring>

#include <tern/tern.hpp>

int main() {
    try {
        tern::Context ctx{{
            .client_name = "full-control",
            .use_invoker = true,   // no thread: do_work() below
            .on_error = [](const tern::Error& error) { std::puts(error.text.c_str()); },
            .on_available_image =
                [](const std::shared_ptr<tern::Image>& image) {
                    std::printf("image of session %d from %s\n", image->session_id(),
                                image->source_identity().c_str());
                },
        }};
        tern::Subscription sub = ctx.add_subscription("aeron:ipc?term-length=64k", 3001);
        tern::ExclusivePublication pub =
            ctx.add_exclusive_publication("aeron:ipc?term-length=64k", 3001);
        tern::ClientCounter received = ctx.add_counter(1001, "received by full-control");

        std::int64_t sum = 0;
        tern::FragmentAssembler on_message(
            [&](tern::ConstBytes message, const tern::FragmentHeader&) {
                sum += tern::load_plain<std::int64_t>(message.data());
                received.increment();
            });

        for (std::int64_t next = 1; received.get() < 1000;) {
            ctx.do_work();
            tern::BufferClaim claim;
            if (next <= 1000 && pub.try_claim(sizeof next, claim)) {
                std::memcpy(claim.buffer().data(), &next, sizeof next);   // written in place
                claim.commit();
                ++next;
            }
            sub.poll(on_message, 10);
        }
        std::printf("received %lld, sum %lld\n", static_cast<long long>(received.get()),
                    static_cast<long long>(sum));
        return sum == 500'500 ? 0 : 1;
    } catch (const tern::Exception& error) {
        std::fprintf(stderr, "full_control: %s\n", error.what());
        return 1;
    }
}
