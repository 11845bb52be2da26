#pragma once

/// A process that subscribes to one channel and stream, at its own pace, and has everything that it
/// gets checked.

#include <map>
#include <memory>
#include <string>

#include "checkers/received_checker.hpp"
#include "client_process.hpp"
#include "destination_requests.hpp"
#include "tern/client/subscription.hpp"
#include "tern/logbuffer/fragment_assembler.hpp"

namespace tern::sim {

struct SubscriberPlan {
    std::string channel;
    std::int32_t stream_id = 0;
    bool is_reliable = true;
    double laziness = 0.0;                  // share of its turns in which it does not look
    std::vector<std::string> destinations;  // of a manual multi-destination subscription
};

class Subscriber final : public ClientProcess {
  public:
    Subscriber(const ProcessSetup& setup, const SubscriberPlan& plan, Ledger& ledger, Trace& trace,
               Dice dice);
    ~Subscriber() override;

    const SubscriberPlan& plan() const { return plan_; }
    bool is_subscribed() const { return subscription_ != nullptr; }
    bool has_image_of(std::int32_t session_id) const;
    std::size_t image_count() const;
    /// The latest message of this writer that it got; false where there was none.
    bool has_got(const MessageName& name) const;
    std::uint64_t messages() const { return messages_; }
    /// From now on it looks in every turn.
    void be_diligent() { plan_.laziness = 0; }
    /// Wants no more of one of its images, if it has any.
    void reject_image();
    /// Removes one of its destinations, if it has any, and adds it again.
    void change_destination();
    /// Ends the subscription and makes a new one.
    void reopen();

  protected:
    void on_connected(client::Client& client) override;
    int work(client::Client& client, Nanos now) override;
    void on_lost() override;

  private:
    struct Watched;
    int poll(Nanos now);
    void on_fragment(ConstBytes payload, const FragmentHeader& header);
    Watched& watched_of(client::Image& image);

    SubscriberPlan plan_;
    Ledger& ledger_;
    client::AsyncRequest<client::Subscription> adding_;
    bool is_adding_ = false;
    std::shared_ptr<client::Subscription> subscription_;
    DestinationRequests destinations_;
    std::map<std::int64_t, std::unique_ptr<Watched>> images_;  // by correlation id
    std::map<std::uint64_t, std::uint64_t> latest_;            // number of a writer's last message
    std::uint64_t messages_ = 0;
};

}  // namespace tern::sim
