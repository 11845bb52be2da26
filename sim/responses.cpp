#include "responses.hpp"

namespace tern::sim {
namespace {

constexpr std::uint64_t kRequests = 1;  // the writers' names
constexpr std::uint64_t kResponses = 2;
constexpr std::size_t kLength = 100;  // bytes of a request and of a response
constexpr int kFragments = 10;

/// Takes what came of a request for a publication or subscription; true once that is there.
template <typename T>
bool take(std::optional<client::AsyncRequest<T>>& request, std::shared_ptr<T>& into) {
    const auto answer = request->poll();
    if (!answer) {
        request.reset();  // refused: ask again
    } else if (*answer) {
        into = *answer;
        request.reset();
    }
    return into != nullptr;
}

bool offer(client::ExclusivePublication& publication, const MessageName& name) {
    std::vector<std::byte> message(kLength);
    write_message(name, message);
    return publication.offer(message).ok();
}

}  // namespace

Requester::Requester(const ProcessSetup& setup, const ResponsePlan& plan, Trace& trace, Dice dice)
    : ClientProcess(setup, trace, dice), plan_(plan) {}

Requester::~Requester() = default;

void Requester::on_lost() {
    subscribing_.reset();
    publishing_.reset();
    subscription_.reset();
    publication_.reset();
}

int Requester::work(client::Client& client, Nanos now) {
    if (subscription_ == nullptr) {
        if (!subscribing_) {
            subscribing_ = client
                               .async_add_subscription("aeron:udp?control-mode=response|control=" +
                                                           plan_.response_control,
                                                       plan_.response_stream)
                               .value();
        }
        return take(subscribing_, subscription_) ? 1 : 0;
    }
    if (publication_ == nullptr) {
        if (!publishing_) {
            publishing_ = client
                              .async_add_exclusive_publication(
                                  "aeron:udp?endpoint=" + plan_.request_endpoint +
                                      "|response-correlation-id=" +
                                      std::to_string(subscription_->registration_id()),
                                  plan_.request_stream)
                              .value();
        }
        last_response_ = now;
        return take(publishing_, publication_) ? 1 : 0;
    }
    const std::uint64_t before = responses_;
    const int done =
        ask(now) + subscription_->poll([this](ConstBytes message,
                                              const FragmentHeader&) { on_response(message); },
                                       kFragments);
    if (responses_ != before) last_response_ = now;
    if (now - last_response_ > plan_.patience) begin_anew(now);
    return done;
}

void Requester::begin_anew(Nanos now) {
    trace().add(now, name() + " begins anew");
    publication_->close();
    subscription_->close();
    on_lost();
}

int Requester::ask(Nanos now) {
    if (now < next_ || !offer(*publication_, {kRequests, asked_})) return 0;
    ++asked_;
    next_ = now + plan_.interval;
    return 1;
}

// Answers may be missing where a driver died in between, but none comes twice or out of order.
void Requester::on_response(ConstBytes message) {
    const auto name = read_message(message);
    if (!name || name->writer != kResponses) throw Violation(this->name() + ": no response");
    if (name->number >= asked_) throw Violation(this->name() + ": an answer to no request");
    if (latest_ && name->number <= *latest_)
        throw Violation(this->name() + ": an answer twice or out of order");
    latest_ = name->number;
    ++responses_;
    trace().mix(name->number);
}

Responder::Responder(const ProcessSetup& setup, const ResponsePlan& plan, Trace& trace, Dice dice)
    : ClientProcess(setup, trace, dice), plan_(plan) {}

Responder::~Responder() = default;

void Responder::on_lost() {
    subscribing_.reset();
    subscription_.reset();
    conversations_.clear();
}

int Responder::work(client::Client& client, Nanos) {
    if (subscription_ == nullptr) {
        if (!subscribing_) {
            const auto forget = [this](const std::shared_ptr<client::Image>& image) {
                conversations_.erase(image->correlation_id());
            };
            const auto begin = [this](const std::shared_ptr<client::Image>& image) {
                conversations_[image->correlation_id()];
            };
            subscribing_ =
                client
                    .async_add_subscription("aeron:udp?endpoint=" + plan_.request_endpoint,
                                            plan_.request_stream, begin, forget)
                    .value();
        }
        return take(subscribing_, subscription_) ? 1 : 0;
    }
    int done = subscription_->poll(
        [this](ConstBytes message, const FragmentHeader& header) {
            const auto name = read_message(message);
            if (!name || name->writer != kRequests) throw Violation(this->name() + ": no request");
            conversations_[client::Image::of(header).correlation_id()].due.push_back(name->number);
        },
        kFragments);
    for (auto& [image_id, conversation] : conversations_)
        done += answer(client, image_id, conversation);
    return done;
}

int Responder::answer(client::Client& client, std::int64_t image_id, Conversation& conversation) {
    if (conversation.publication == nullptr) {
        if (!conversation.publishing) {
            conversation.publishing =
                client
                    .async_add_exclusive_publication(
                        "aeron:udp?control-mode=response|control=" + plan_.response_control +
                            "|response-correlation-id=" + std::to_string(image_id),
                        plan_.response_stream)
                    .value();
        }
        return take(conversation.publishing, conversation.publication) ? 1 : 0;
    }
    if (conversation.due.empty()) return 0;
    if (!offer(*conversation.publication, {kResponses, conversation.due.front()})) return 0;
    conversation.due.pop_front();
    return 1;
}

}  // namespace tern::sim
