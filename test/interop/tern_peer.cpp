// Tern's client as a peer of the real ones: the commands `pub`, `sub` and `script` of
// peers/README.md, with the payload of peers/PAYLOAD.md. Prints `ready ...` when what it adds is
// registered, ends with `ok ...` or `error REASON`.

#include "interop/tern_peer.hpp"

#include "interop/tern_steps.hpp"

namespace tern::test {
namespace {

using namespace std::chrono_literals;

template <typename Publication>
void publish(Publication publication, const Arguments& arguments) {
    say("ready pub session=" + std::to_string(publication.session_id()));
    Deadline deadline;
    while (!publication.is_connected()) { deadline.wait("a subscriber"); }
    const auto publisher = static_cast<std::uint32_t>(arguments.number("--publisher", 1));
    const auto count = static_cast<std::uint64_t>(arguments.number("--count", 1));
    Sizes sizes{arguments.text("--sizes", "20")};
    for (std::uint64_t sequence = 0; sequence < count; ++sequence) {
        std::vector<std::byte> message(sizes.next());
        payload_write(reinterpret_cast<std::uint8_t*>(message.data()),
                      {publisher, sequence, static_cast<std::uint32_t>(message.size())});
        for (;;) {
            const OfferResult result = send_one(publication, message, arguments);
            if (result.ok()) { break; }
            if (result != OfferStatus::back_pressured && result != OfferStatus::admin_action &&
                result != OfferStatus::not_connected) {
                throw std::runtime_error("offer: " + std::string{name_of(result.status())});
            }
            deadline.wait("room for a message");
        }
        deadline.progress();
    }
    say("ok sent count=" + std::to_string(count) +
        " position=" + std::to_string(publication.position()));
}

int poll_controlled(Subscription& subscription, Checker& checker, int& turn) {
    // Aborts, breaks, commits and continues in turn: a message that was aborted comes again.
    static ControlledFragmentAssembler assembler{
        [&checker, &turn](ConstBytes message, const FragmentHeader& header) {
            if (++turn % 4 == 0) { return ControlledAction::abort; }
            checker.take(message, header.session_id());
            return turn % 4 == 1   ? ControlledAction::break_
                   : turn % 4 == 2 ? ControlledAction::commit
                                   : ControlledAction::continue_;
        }};
    const int before = turn;
    subscription.controlled_poll(assembler, 10);
    return turn - before;
}

int poll_once(Subscription& subscription, Checker& checker, const std::string& how) {
    static int turn = 0;
    static FragmentAssembler assembler{
        [&checker](ConstBytes message, const FragmentHeader& header) {
            checker.take(message, header.session_id());
        }};
    if (how == "controlled") { return poll_controlled(subscription, checker, turn); }
    if (how == "message") {
        if (const std::optional<Message> message = subscription.poll()) {
            checker.take(message->buffer, message->session_id);
            return 1;
        }
        return 0;
    }
    if (how == "image" || how == "bounded") {
        int work = 0;
        for (const auto& image : subscription.images()) {
            work += how == "image" ? image->poll(assembler, 10)
                                   : image->bounded_poll(assembler, image->position() + 4096, 10);
        }
        return work;
    }
    if (how != "fragment") {
        throw std::invalid_argument("--poll " + how +
                                    ": give fragment, message, controlled, image or bounded");
    }
    return subscription.poll(assembler, 10);
}

void subscribe(Subscription subscription, const Arguments& arguments) {
    say("ready sub registration=" + std::to_string(subscription.registration_id()));
    Checker checker;
    checker.is_mixed = arguments.has("--mixed");
    const auto count = static_cast<std::uint64_t>(arguments.number("--count", 1));
    const std::string how = arguments.text("--poll", "fragment");
    Deadline deadline;
    while (checker.received() < count) {
        if (poll_once(subscription, checker, how) > 0) {
            deadline.progress();
        } else {
            deadline.wait("message " + std::to_string(checker.received() + 1));
        }
    }
    say("ok received count=" + std::to_string(checker.received()));
}

void run(const Arguments& arguments) {
    if (arguments.words.size() == 1 && arguments.words[0] == "script") {
        run_steps();
        return;
    }
    if (arguments.words.size() != 3) {
        throw std::invalid_argument(
            "usage: tern_peer pub|sub CHANNEL STREAM [options] or script; see peers/README.md");
    }
    Context context{Context::Options{.wait_for_driver = 10s}};
    const std::string& channel = arguments.words[1];
    const std::int32_t stream = std::stoi(arguments.words[2]);
    if (arguments.words[0] == "sub") {
        subscribe(context.add_subscription(channel, stream), arguments);
    } else if (arguments.has("--exclusive")) {
        publish(context.add_exclusive_publication(channel, stream), arguments);
    } else {
        publish(context.add_publication(channel, stream), arguments);
    }
}

}  // namespace
}  // namespace tern::test

int main(int argc, char** argv) {
    try {
        tern::test::run(tern::test::Arguments{{argv + 1, argv + argc}});
    } catch (const std::exception& failure) {
        std::printf("error %s\n", failure.what());
        return 1;
    }
    return 0;
}
