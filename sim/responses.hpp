#pragma once

/// Two processes that talk over response channels (spec wire-protocol.md 5.17, chart 8.6): one
/// asks, the other answers each request on a publication that it makes for the image of the
/// requests.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client_process.hpp"
#include "message_content.hpp"
#include "tern/client/publication.hpp"
#include "tern/client/subscription.hpp"

namespace tern::sim {

struct ResponsePlan {
    std::size_t requester_host = 0;
    std::size_t responder_host = 1;
    std::string request_endpoint;  // "10.0.0.2:40150": where requests are read
    std::string response_control;  // "10.0.0.2:40151": where responses come from
    std::int32_t request_stream = 1001;
    std::int32_t response_stream = 2002;
    Nanos interval{5'000'000};
    /// How long the requester waits for a response before it begins anew: a response subscription
    /// is bound to its first session, so the end of the other side is its end. kNever: it does not.
    Nanos patience = kNever;
};

/// Sends requests, numbered from 0, and counts the answers.
class Requester final : public ClientProcess {
  public:
    Requester(const ProcessSetup& setup, const ResponsePlan& plan, Trace& trace, Dice dice);
    ~Requester() override;

    std::uint64_t responses() const { return responses_; }

  protected:
    void on_connected(client::Client&) override {}
    int work(client::Client& client, Nanos now) override;
    void on_lost() override;

  private:
    int ask(Nanos now);
    void begin_anew(Nanos now);
    void on_response(ConstBytes message);

    ResponsePlan plan_;
    std::optional<client::AsyncRequest<client::Subscription>> subscribing_;
    std::optional<client::AsyncRequest<client::ExclusivePublication>> publishing_;
    std::shared_ptr<client::Subscription> subscription_;
    std::shared_ptr<client::ExclusivePublication> publication_;
    std::uint64_t asked_ = 0;
    std::uint64_t responses_ = 0;
    std::optional<std::uint64_t> latest_;
    Nanos next_{0};
    Nanos last_response_{0};
};

/// Answers every request with its number.
class Responder final : public ClientProcess {
  public:
    Responder(const ProcessSetup& setup, const ResponsePlan& plan, Trace& trace, Dice dice);
    ~Responder() override;

  protected:
    void on_connected(client::Client&) override {}
    int work(client::Client& client, Nanos now) override;
    void on_lost() override;

  private:
    /// One image of requests, and what answers it.
    struct Conversation {
        std::optional<client::AsyncRequest<client::ExclusivePublication>> publishing;
        std::shared_ptr<client::ExclusivePublication> publication;
        std::deque<std::uint64_t> due;  // numbers to answer
    };
    int answer(client::Client& client, std::int64_t image_id, Conversation& conversation);

    ResponsePlan plan_;
    std::optional<client::AsyncRequest<client::Subscription>> subscribing_;
    std::shared_ptr<client::Subscription> subscription_;
    std::map<std::int64_t, Conversation> conversations_;  // by the image's correlation id
};

}  // namespace tern::sim
