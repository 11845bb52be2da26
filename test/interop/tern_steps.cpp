#include "interop/tern_steps.hpp"

#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <variant>

#include "interop/tern_peer.hpp"

namespace tern::test {
namespace {

using namespace std::chrono_literals;

std::string text(std::int64_t number) { return std::to_string(number); }

std::string hex(std::uint64_t number) {
    std::ostringstream out;
    out << std::hex << std::setfill('0') << std::setw(16) << number;
    return out.str();
}

struct Out {
    std::variant<Publication, ExclusivePublication> publication;
    std::uint32_t publisher = 1;
    std::uint64_t next = 0, bytes = 0, digest = 0;

    /// Calls `action` with the publication, of whichever kind.
    template <typename Action>
    auto with(Action&& action) {
        return std::visit(action, publication);
    }
};

struct In {
    std::unique_ptr<Subscription> subscription;
    Checker checker;
    std::atomic<int> seen{0}, gone{0};
    FragmentAssembler<std::function<void(ConstBytes, const FragmentHeader&)>> assembler{
        [this](ConstBytes message, const FragmentHeader& header) {
            checker.take(message, header.session_id());
        }};
};

class Steps {
  public:
    Steps() : context_(options()) {}

    void run() {
        for (std::string line; std::getline(std::cin, line);) {
            const std::vector<std::string> words = split(line);
            if (words.empty() || words[0].starts_with('#')) continue;
            if (words[0] == "quit") break;
            try {
                step(Arguments{words});
            } catch (const std::exception& failure) { say("error " + std::string{failure.what()}); }
        }
    }

  private:
    Context::Options options() {
        Context::Options options{.wait_for_driver = 10s};
        options.on_publication_error = [this](const protocol::PublicationError& error) {
            const std::lock_guard lock{mutex_};
            publication_errors_.push_back(
                "publication_error registration=" + text(error.registration_id) +
                " session=" + text(error.session_id) + " stream=" + text(error.stream_id) +
                " receiver=" + text(error.receiver_id) + " code=" + text(error.error_code) +
                " text=" + std::string{error.message});
        };
        return options;
    }

    /// Divides a line at blanks; "double quotes" hold a word together.
    static std::vector<std::string> split(const std::string& line) {
        std::vector<std::string> words;
        std::istringstream in{line};
        for (std::string word; in >> std::quoted(word);) words.push_back(word);
        return words;
    }

    void step(const Arguments& a) {
        static const std::map<std::string, void (Steps::*)(const Arguments&)> kSteps{
            {"add-pub", &Steps::add_pub},         {"add-sub", &Steps::add_sub},
            {"connected", &Steps::connected},     {"send", &Steps::send},
            {"receive", &Steps::receive},         {"images", &Steps::images},
            {"reject", &Steps::reject},           {"pub-errors", &Steps::pub_errors},
            {"destination", &Steps::destination}, {"close", &Steps::close}};
        const auto found = kSteps.find(a.word(0));
        if (found == kSteps.end()) throw std::invalid_argument("unknown step " + a.word(0));
        (this->*found->second)(a);
    }

    Out& out(const Arguments& a) {
        const auto found = outs_.find(a.word(1));
        if (found == outs_.end()) throw std::invalid_argument("no publication " + a.word(1));
        return *found->second;
    }
    In& in(const Arguments& a) {
        const auto found = ins_.find(a.word(1));
        if (found == ins_.end()) throw std::invalid_argument("no subscription " + a.word(1));
        return *found->second;
    }

    void add_pub(const Arguments& a) {
        const std::int32_t stream = std::stoi(a.word(3));
        const auto out =
            a.has("--exclusive")
                ? std::make_shared<Out>(context_.add_exclusive_publication(a.word(2), stream))
                : std::make_shared<Out>(context_.add_publication(a.word(2), stream));
        outs_[a.word(1)] = out;
        out->with([](auto& p) {
            say("ok pub session=" + text(p.session_id()) +
                " registration=" + text(p.registration_id()) + " stream=" + text(p.stream_id()) +
                " term_length=" + text(p.term_buffer_length()) +
                " max_payload=" + text(p.max_payload_length()));
        });
    }

    void add_sub(const Arguments& a) {
        const auto in = std::make_shared<In>();
        in->subscription = std::make_unique<Subscription>(context_.add_subscription(
            a.word(2), std::stoi(a.word(3)), [in](const auto&) { ++in->seen; },
            [in](const auto&) { ++in->gone; }));
        ins_[a.word(1)] = in;
        say("ok sub registration=" + text(in->subscription->registration_id()));
    }

    void connected(const Arguments& a) {
        Deadline deadline;
        while (out(a).with([](auto& p) { return p.is_connected(); }) == a.has("--not")) {
            deadline.wait(a.has("--not") ? "the last subscriber to go" : "a subscriber");
        }
        say("ok");
    }

    template <typename AnyPublication>
    static void send_until_in(AnyPublication& publication, const std::vector<std::byte>& message,
                              const Arguments& a) {
        Deadline deadline;
        for (;;) {
            const OfferResult result = send_one(publication, message, a);
            if (result.ok()) return;
            if (result != OfferStatus::back_pressured && result != OfferStatus::admin_action &&
                result != OfferStatus::not_connected) {
                throw std::runtime_error("offer: " + std::string{name_of(result.status())});
            }
            deadline.wait("room for a message: " + std::string{name_of(result.status())});
        }
    }

    void send(const Arguments& a) {
        Out& to = out(a);
        Sizes sizes{a.text("--sizes", "64")};
        const long count = a.number("--count", 1);
        const long rate = a.number("--rate", 0);
        const auto start = std::chrono::steady_clock::now();
        to.publisher = static_cast<std::uint32_t>(a.number("--publisher", to.publisher));
        to.next = static_cast<std::uint64_t>(a.number("--first", static_cast<long>(to.next)));
        for (long i = 0; i < count; ++i) {
            std::vector<std::byte> message(sizes.next());
            const payload_t payload{to.publisher, to.next++,
                                    static_cast<std::uint32_t>(message.size())};
            payload_write(reinterpret_cast<std::uint8_t*>(message.data()), payload);
            if (rate > 0) pause_until(start + i * 1'000'000us / rate);
            to.with([&](auto& publication) { send_until_in(publication, message, a); });
            to.digest = payload_digest(to.digest, payload);
            to.bytes += message.size();
        }
        to.with([&to](auto& p) {
            say("ok sent count=" + text(static_cast<std::int64_t>(to.next)) + " bytes=" +
                text(static_cast<std::int64_t>(to.bytes)) + " position=" + text(p.position()) +
                " session=" + text(p.session_id()) + " digest=" + hex(to.digest));
        });
    }

    /// Whether `publishers` images have come, and each is gone or read to its end.
    static bool is_all_ended(In& from, long publishers) {
        long ended = from.gone;
        bool is_any_open = false;
        for (const auto& image : from.subscription->images()) {
            if (image->is_end_of_stream()) {
                ++ended;
            } else {
                is_any_open = true;
            }
        }
        return ended >= publishers && !is_any_open;
    }

    void receive(const Arguments& a) {
        In& from = in(a);
        from.checker.is_mixed = a.has("--mixed");
        from.checker.may_join_late = a.has("--join");
        from.checker.may_skip = a.has("--gaps");
        const bool until_end = a.has("--until-eos");
        const auto wanted = from.checker.received() + static_cast<std::uint64_t>(a.number(
                                                          "--count", until_end ? 1L << 40 : 1));
        const int limit = static_cast<int>(a.number("--limit", 10));
        const auto pause = a.number("--slow-us", 0) * 1us;
        Deadline deadline;
        while (from.checker.received() < wanted) {
            const bool was_ended = until_end && is_all_ended(from, a.number("--publishers", 1));
            if (from.subscription->poll(from.assembler, limit) > 0) {
                deadline.progress();
                if (pause > 0us) pause_for(pause);
            } else if (was_ended) {
                break;
            } else {
                deadline.wait("message " + text(from.checker.received() + 1) + " (" +
                              text(from.seen) + " images came, " + text(from.gone) + " went)");
            }
        }
        say_received(from);
    }

    static void say_received(const In& from) {
        for (const auto& [session, source] : from.checker.sources()) {
            say("publisher id=" + text(source.publisher) + " session=" + text(session) +
                " first=" + text(source.first) + " count=" + text(source.count) +
                " bytes=" + text(source.bytes) + " digest=" + hex(source.digest));
        }
        say("ok received count=" + text(from.checker.received()) + " images=" + text(from.seen) +
            " gone=" + text(from.gone));
    }

    void images(const Arguments& a) {
        In& from = in(a);
        const long wanted = a.number("--count", -1);
        Deadline deadline;
        while (wanted >= 0 && from.subscription->image_count() != wanted) {
            deadline.wait("that number of images: " + text(from.subscription->image_count()));
        }
        for (const auto& image : from.subscription->images()) {
            say("image session=" + text(image->session_id()) + " correlation=" +
                text(image->correlation_id()) + " source=" + image->source_identity() +
                " position=" + text(image->position()) + " eos=" + text(image->is_end_of_stream()) +
                " transports=" + text(image->active_transport_count()) +
                " revoked=" + text(image->is_publication_revoked()));
        }
        say("ok images=" + text(from.subscription->image_count()) + " seen=" + text(from.seen) +
            " gone=" + text(from.gone));
    }

    void reject(const Arguments& a) {
        const auto image = in(a).subscription->image_by_session_id(std::stoi(a.word(2)));
        if (image == nullptr) throw std::invalid_argument("no image of session " + a.word(2));
        in(a).subscription->reject(*image, a.word(3));
        say("ok");
    }

    void pub_errors(const Arguments& a) {
        const auto count = static_cast<std::size_t>(a.number("--count", 1));
        Deadline deadline;
        for (;;) {
            {
                const std::lock_guard lock{mutex_};
                if (publication_errors_.size() >= count) {
                    for (const std::string& error : publication_errors_) say(error);
                    say("ok");
                    return;
                }
            }
            deadline.wait("an error frame");
        }
    }

    void destination(const Arguments& a) {
        const std::string& verb = a.word(2);
        std::int64_t id = -1;
        if (const auto found = ins_.find(a.word(1)); found != ins_.end()) {
            Subscription& subscription = *found->second->subscription;
            verb == "add" ? subscription.add_destination(a.word(3))
                          : subscription.remove_destination(a.word(3));
        } else {
            out(a).with([&](auto& p) {
                if (verb == "add") id = p.add_destination(a.word(3));
                if (verb == "remove") p.remove_destination(a.word(3));
                if (verb == "remove-id") p.remove_destination(std::stoll(a.word(3)));
            });
        }
        say("ok registration=" + text(id));
    }

    void close(const Arguments& a) {
        if (ins_.contains(a.word(1))) {
            in(a).subscription->close();
            ins_.erase(a.word(1));
        } else {
            auto* exclusive = std::get_if<ExclusivePublication>(&out(a).publication);
            if (a.has("--revoke") && exclusive != nullptr) exclusive->revoke();
            out(a).with([](auto& p) { p.close(); });
            outs_.erase(a.word(1));
        }
        say("ok");
    }

    std::mutex mutex_;
    std::vector<std::string> publication_errors_;  // under mutex_
    Context context_;
    std::map<std::string, std::shared_ptr<Out>> outs_;
    std::map<std::string, std::shared_ptr<In>> ins_;
};

}  // namespace

void run_steps() { Steps{}.run(); }

}  // namespace tern::test
