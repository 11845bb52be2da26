// Tern's client as a peer of the real ones: the commands `pub` and `sub` of peers/README.md, with
// the payload of peers/PAYLOAD.md. Prints `ready ...` when what it adds is registered, ends with
// `ok ...` or `error REASON`.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "interop/peers/payload.h"
#include "tern/tern.hpp"

namespace tern::test {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto kTimeout = 40s;   // without progress

struct Arguments {
    std::vector<std::string>           words;
    std::map<std::string, std::string> options;

    Arguments(int argc, char** argv) {
        for (int i = 1; i < argc; ++i) {
            const std::string word = argv[i];
            if (!word.starts_with("--")) {
                words.push_back(word);
            } else if (i + 1 < argc && std::string{argv[i + 1]}.rfind("--", 0) != 0) {
                options[word] = argv[++i];
            } else {
                options[word] = "";
            }
        }
    }
    bool has(const std::string& name) const { return options.contains(name); }
    std::string text(const std::string& name, const std::string& otherwise) const {
        const auto found = options.find(name);
        return found == options.end() ? otherwise : found->second;
    }
    long number(const std::string& name, long otherwise) const {
        return std::stol(text(name, std::to_string(otherwise)));
    }
};

/// Lengths in turn; a range low-high gives low, low+7, ... and around again.
class Sizes {
  public:
    explicit Sizes(const std::string& list) {
        std::size_t at = 0;
        while (at <= list.size()) {
            const std::size_t comma = std::min(list.find(',', at), list.size());
            const std::string item = list.substr(at, comma - at);
            const std::size_t dash = item.find('-');
            const std::size_t low = std::stoul(item);
            ranges_.push_back(
                {low, dash == std::string::npos ? low : std::stoul(item.substr(dash + 1)), low});
            at = comma + 1;
        }
    }
    std::size_t next() {
        Range& range = ranges_[turn_++ % ranges_.size()];
        const std::size_t size = range.at;
        range.at = range.at + 7 > range.high ? range.low : range.at + 7;
        return size;
    }

  private:
    struct Range {
        std::size_t low, high, at;
    };
    std::vector<Range> ranges_;
    std::size_t        turn_ = 0;
};

void say(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

class Deadline {
  public:
    void progress() { at_ = Steady::now() + kTimeout; }
    void wait(const char* what) {
        if (Steady::now() > at_) {
            throw std::runtime_error(std::string{"timed out waiting for "} + what);
        }
        std::this_thread::yield();
    }

  private:
    Steady::time_point at_ = Steady::now() + kTimeout;
};

template <typename Publication>
OfferResult send_one(Publication& publication, const std::vector<std::byte>& message,
                     const Arguments& arguments) {
    const ConstBytes bytes{message};
    const auto supplier = [&message](std::byte*, std::int32_t) {
        return load_plain<std::int64_t>(message.data() + 8);
    };
    if (arguments.has("--claim") &&
        message.size() <= static_cast<std::size_t>(publication.max_payload_length())) {
        BufferClaim claim;
        const OfferResult result = publication.try_claim(message.size(), claim);
        if (result.ok()) {
            std::memcpy(claim.buffer().data(), message.data(), message.size());
            claim.set_reserved_value(supplier(nullptr, 0));
            claim.commit();
        }
        return result;
    }
    if (arguments.has("--vector")) {
        const std::size_t half = message.size() / 2;
        const ConstBytes parts[] = {bytes.first(half), {}, bytes.subspan(half)};
        return publication.offer(std::span<const ConstBytes>{parts}, supplier);
    }
    return publication.offer(bytes, supplier);
}

template <typename Publication>
void publish(Publication publication, const Arguments& arguments) {
    say("ready pub session=" + std::to_string(publication.session_id()));
    Deadline deadline;
    while (!publication.is_connected()) {
        deadline.wait("a subscriber");
    }
    const auto publisher = static_cast<std::uint32_t>(arguments.number("--publisher", 1));
    const auto count = static_cast<std::uint64_t>(arguments.number("--count", 1));
    Sizes sizes{arguments.text("--sizes", "20")};
    for (std::uint64_t sequence = 0; sequence < count; ++sequence) {
        std::vector<std::byte> message(sizes.next());
        payload_write(reinterpret_cast<std::uint8_t*>(message.data()),
                      {publisher, sequence, static_cast<std::uint32_t>(message.size())});
        for (;;) {
            const OfferResult result = send_one(publication, message, arguments);
            if (result.ok()) {
                break;
            }
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

/// What came from one session, or from one publisher where several share a session.
class Checker {
  public:
    explicit Checker(bool is_mixed) : is_mixed_(is_mixed) {}
    void take(ConstBytes message, std::int32_t session_id) {
        payload_t got;
        char reason[256];
        if (!payload_read(reinterpret_cast<const std::uint8_t*>(message.data()), message.size(),
                          &got, reason, sizeof reason)) {
            throw std::runtime_error("session " + std::to_string(session_id) + ": " + reason);
        }
        const std::int64_t source = is_mixed_ ? got.publisher : session_id;
        std::uint64_t& next = next_[source];
        if (got.sequence != next) {
            throw std::runtime_error("source " + std::to_string(source) + ": sequence " +
                                     std::to_string(got.sequence) + " came, not " +
                                     std::to_string(next));
        }
        ++next;
        ++received_;
    }
    std::uint64_t received() const { return received_; }

  private:
    bool                                  is_mixed_;
    std::map<std::int64_t, std::uint64_t> next_;
    std::uint64_t                         received_ = 0;
};

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
    if (how == "controlled") {
        return poll_controlled(subscription, checker, turn);
    }
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
    Checker checker{arguments.has("--mixed")};
    const auto count = static_cast<std::uint64_t>(arguments.number("--count", 1));
    const std::string how = arguments.text("--poll", "fragment");
    Deadline deadline;
    while (checker.received() < count) {
        if (poll_once(subscription, checker, how) > 0) {
            deadline.progress();
        } else {
            deadline.wait(("message " + std::to_string(checker.received() + 1)).c_str());
        }
    }
    say("ok received count=" + std::to_string(checker.received()));
}

void run(const Arguments& arguments) {
    if (arguments.words.size() != 3) {
        throw std::invalid_argument(
            "usage: tern_peer pub|sub CHANNEL STREAM [options]; see peers/README.md");
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
        tern::test::run(tern::test::Arguments{argc, argv});
    } catch (const std::exception& failure) {
        std::printf("error %s\n", failure.what());
        return 1;
    }
    return 0;
}
