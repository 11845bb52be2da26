#include "system/bad_input/bystander.hpp"

#include "support/wait_until.hpp"

namespace tern::test {
namespace {

/// A stream of its own, whoever else is there.
Config config_of(Context& ctx) {
    return {.channel = "aeron:ipc?term-length=64k",
            .stream = static_cast<std::int32_t>(1'000'000 + ctx.client_id())};
}

}  // namespace

Bystander::Bystander(const std::string& directory)
    : ctx_{{.directory = directory, .driver_timeout = kPatience}},
      sub_ctx_{{.directory = directory, .driver_timeout = kPatience}},
      sub_(subscriber(sub_ctx_, config_of(ctx_))),
      pub_(publisher(ctx_, config_of(ctx_))),
      thread_([this] { run(); }) {}

Bystander::~Bystander() {
    is_done_ = true;
    thread_.join();
}

void Bystander::run() {
    try {
        for (int i = 0; !is_done_ && exchange(i); ++i) received_ = i + 1;
    } catch (const Exception& error) {
        fault_ = error.what();
    }
    has_stopped_ = true;
}

bool Bystander::exchange(int number) {
    // Long enough for a few fragments; the numbers soon go over the ends of terms.
    const std::string text = std::to_string(number) + std::string(3000, '.');
    if (const OfferResult result = pub_.offer_for(text, kPatience); !result) {
        fault_ = "offered in vain: " + std::string{name_of(result.status())};
        return false;
    }
    const std::optional<Message> message = sub_.take_for(kPatience);
    if (!message || message->text() != text) {
        fault_ = message ? "got another message" : "no message came";
        return false;
    }
    return true;
}

bool Bystander::goes_on(int more) {
    const int wanted = received_ + more;
    return wait_until([&] { return received_ >= wanted || has_stopped_; }) && received_ >= wanted;
}

}  // namespace tern::test
