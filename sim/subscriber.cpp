#include "subscriber.hpp"

#include <algorithm>
#include <tuple>

namespace tern::sim {

/// What is known of one image.
struct Subscriber::Watched {
    Watched(Subscriber& subscriber, client::Image& image)
        : checker(subscriber.ledger_, subscriber.name(),
                  {.stream_id = image.stream_id(),
                   .session_id = image.session_id(),
                   .initial_term_id = image.initial_term_id()},
                  image.join_position(), subscriber.plan_.is_reliable),
          assembler([this, &subscriber](ConstBytes message, const FragmentHeader& header) {
              const MessageName name = checker.on_message(message, header.position());
              subscriber.latest_[name.writer] = name.number;
              ++subscriber.messages_;
              subscriber.trace().mix(name.number);
          }) {}

    ReceivedChecker checker;
    ImageFragmentAssembler<std::function<void(ConstBytes, const FragmentHeader&)>> assembler;
};

Subscriber::Subscriber(const ProcessSetup& setup, const SubscriberPlan& plan, Ledger& ledger,
                       Trace& trace, Dice dice)
    : ClientProcess(setup, trace, dice), plan_(plan), ledger_(ledger) {}

Subscriber::~Subscriber() = default;

void Subscriber::on_connected(client::Client&) { is_adding_ = false; }

void Subscriber::on_lost() {
    adding_ = {};
    subscription_.reset();
    destinations_.clear();
    images_.clear();
    is_adding_ = false;
}

int Subscriber::work(client::Client& client, Nanos now) {
    if (subscription_) {
        if (subscription_->is_closed()) {
            on_lost();
            return 1;
        }
        destinations_.repeat_refused(client, *subscription_);
        return poll(now);
    }
    if (!is_adding_) {
        is_adding_ = true;
        adding_ = client
                      .async_add_subscription(plan_.channel, plan_.stream_id, {},
                                              [this](const std::shared_ptr<client::Image>& image) {
                                                  images_.erase(image->correlation_id());
                                              })
                      .value();
        return 1;
    }
    const auto answer = adding_.poll();
    if (!answer) {
        trace().add(now, name() + " was refused: " + answer.error().text);
        is_adding_ = false;
        return 1;
    }
    if (!*answer) return 0;
    subscription_ = *answer;
    trace().add(now, name() + " subscribes");
    destinations_.start(client, *subscription_, plan_.destinations);
    return 1;
}

int Subscriber::poll(Nanos) {
    if (plan_.laziness > 0 && dice().chance(plan_.laziness)) return 0;
    const int limit = static_cast<int>(dice().between(1, 20));
    return subscription_->poll(
        [this](ConstBytes payload, const FragmentHeader& header) { on_fragment(payload, header); },
        limit);
}

void Subscriber::on_fragment(ConstBytes payload, const FragmentHeader& header) {
    watched_of(client::Image::of(header)).assembler(payload, header);
}

Subscriber::Watched& Subscriber::watched_of(client::Image& image) {
    std::unique_ptr<Watched>& watched = images_[image.correlation_id()];
    if (watched == nullptr) watched = std::make_unique<Watched>(*this, image);
    return *watched;
}

bool Subscriber::has_image_of(std::int32_t session_id) const {
    return subscription_ && subscription_->image_by_session_id(session_id) != nullptr;
}

std::size_t Subscriber::image_count() const {
    return subscription_ ? static_cast<std::size_t>(subscription_->image_count()) : 0;
}

bool Subscriber::has_got(const MessageName& name) const {
    const auto found = latest_.find(name.writer);
    return found != latest_.end() && found->second >= name.number;
}

void Subscriber::reject_image() {
    if (!subscription_ || image_count() == 0) return;
    const auto images = subscription_->images();
    const auto& image = images[dice().below(images.size())];
    std::ignore = client()->async_reject_image(*image, "not this one");
}

void Subscriber::change_destination() {
    if (!subscription_ || plan_.destinations.empty()) return;
    const std::string& channel = plan_.destinations[dice().below(plan_.destinations.size())];
    destinations_.replace(*client(), *subscription_, channel);
}

void Subscriber::reopen() {
    if (subscription_) {
        subscription_->close();
    } else {
        cancel(adding_);
    }
    on_lost();
}

}  // namespace tern::sim
