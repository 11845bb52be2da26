#pragma once

/// A process that publishes on one channel and stream: offers and claims of mixed sizes.

#include <memory>
#include <string>
#include <vector>

#include "checkers/ledger.hpp"
#include "client_process.hpp"
#include "destination_requests.hpp"
#include "tern/client/publication.hpp"

namespace tern::sim {

struct PublisherPlan {
    std::string channel;
    std::int32_t stream_id = 0;
    bool is_exclusive = false;
    std::size_t longest_message = 4'000;    // bytes
    double large_share = 0.1;               // of messages longer than one frame
    double claim_share = 0.3;               // of those in one frame
    double abort_share = 0.02;              // of the claims
    Nanos interval{100'000};                // between messages, on the average
    std::vector<std::string> destinations;  // of a manual multi-destination publication
};

class Publisher final : public ClientProcess {
  public:
    /// `writer` names its messages; each process has its own.
    Publisher(const ProcessSetup& setup, const PublisherPlan& plan, std::uint64_t writer,
              Ledger& ledger, Trace& trace, Dice dice);
    ~Publisher() override;

    /// Messages that may still be sent; more are allowed later.
    void allow(std::uint64_t messages) { allowed_ += messages; }
    bool has_sent_all() const { return sent_ == allowed_ && !claim_; }
    void stop_sending() { allowed_ = sent_; }
    std::uint64_t sent() const { return sent_; }
    std::uint64_t writer() const { return writer_; }
    /// Its own messages end where?
    MessageName last_message() const { return {writer_, sent_ - 1}; }
    bool is_publishing() const;  // has a publication with subscribers
    const PublisherPlan& plan() const { return plan_; }
    /// Of the publication that it has now.
    std::int32_t session_id() const;

    /// Gives its publication up, as a program does that is done with it, and makes a new one.
    void reopen(bool revoke);
    Nanos next_deadline() const override { return Party::next_deadline(); }
    void on_death() override;

  protected:
    void on_connected(client::Client& client) override;
    int work(client::Client& client, Nanos now) override;
    void on_lost() override;

  private:
    template <typename Publication>
    int publish(client::Client& client, Publication& publication, Nanos now);
    template <typename Publication>
    int send(Publication& publication, Nanos now);
    template <typename Publication>
    OfferResult claim(Publication& publication, std::size_t length);
    int finish_claim(Nanos now);
    /// Called before a message can be seen, and after.
    void attempt(const client::PublicationBase& publication, std::int64_t occupied);
    void record(const client::PublicationBase& publication, Position begin, Position end,
                Nanos now);
    std::size_t next_length(std::size_t max_payload);

    PublisherPlan plan_;
    std::uint64_t writer_;
    Ledger& ledger_;
    std::vector<std::byte> message_;

    client::AsyncRequest<client::Publication> adding_;
    client::AsyncRequest<client::ExclusivePublication> adding_exclusive_;
    std::shared_ptr<client::Publication> shared_;
    std::shared_ptr<client::ExclusivePublication> exclusive_;
    bool is_adding_ = false;
    DestinationRequests destinations_;
    BufferClaim claim_;
    Position claim_end_ = 0;
    StreamKey attempted_;               // while a message is about to be published
    std::int64_t attempted_bytes_ = 0;  // 0: none is
    std::uint64_t sent_ = 0;
    std::uint64_t allowed_ = 0;
    std::size_t pending_length_ = 0;  // of a message that was not taken yet
    Nanos next_message_{0};
};

}  // namespace tern::sim
