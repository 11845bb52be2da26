#include "publisher.hpp"

#include <algorithm>

#include "tern/logbuffer/append.hpp"

namespace tern::sim {
namespace {

StreamKey key_of(const client::PublicationBase& publication) {
    return {.stream_id = publication.stream_id(),
            .session_id = publication.session_id(),
            .initial_term_id = publication.initial_term_id()};
}

/// Bytes that a message of this length takes in the log.
std::int64_t occupied_length(std::size_t length, std::size_t max_payload) {
    const auto whole = static_cast<std::int64_t>(length / max_payload);
    const auto rest = static_cast<std::int32_t>(length % max_payload);
    const std::int64_t of_rest =
        rest > 0 || whole == 0 ? aligned_frame_length(rest + kDataHeaderLength) : 0;
    return whole *
               aligned_frame_length(static_cast<std::int32_t>(max_payload) + kDataHeaderLength) +
           of_rest;
}

}  // namespace

Publisher::Publisher(const ProcessSetup& setup, const PublisherPlan& plan, std::uint64_t writer,
                     Ledger& ledger, Trace& trace, Dice dice)
    : ClientProcess(setup, trace, dice),
      plan_(plan),
      writer_(writer),
      ledger_(ledger),
      message_(plan.longest_message) {}

Publisher::~Publisher() = default;

void Publisher::on_connected(client::Client&) { is_adding_ = false; }

void Publisher::on_lost() {
    adding_ = {};
    adding_exclusive_ = {};
    shared_.reset();
    exclusive_.reset();
    destinations_.clear();
    claim_ = {};
    is_adding_ = false;
}

bool Publisher::is_publishing() const {
    return (shared_ && shared_->is_connected()) || (exclusive_ && exclusive_->is_connected());
}

std::int32_t Publisher::session_id() const {
    return exclusive_ ? exclusive_->session_id() : shared_ ? shared_->session_id() : 0;
}

int Publisher::work(client::Client& client, Nanos now) {
    if (exclusive_) return publish(client, *exclusive_, now);
    if (shared_) return publish(client, *shared_, now);
    if (!is_adding_) {
        is_adding_ = true;
        if (plan_.is_exclusive) {
            adding_exclusive_ =
                client.async_add_exclusive_publication(plan_.channel, plan_.stream_id).value();
        } else {
            adding_ = client.async_add_publication(plan_.channel, plan_.stream_id).value();
        }
        return 1;
    }
    const auto take = [&](auto& request, auto& into) {
        const auto answer = request.poll();
        if (!answer) {
            trace().add(now, name() + " was refused: " + answer.error().text);
            is_adding_ = false;
            return 1;
        }
        if (!*answer) return 0;
        into = *answer;
        trace().add(now, name() + " publishes, session " + std::to_string(into->session_id()));
        destinations_.start(client, *into, plan_.destinations);
        return 1;
    };
    return plan_.is_exclusive ? take(adding_exclusive_, exclusive_) : take(adding_, shared_);
}

template <typename Publication>
int Publisher::publish(client::Client& client, Publication& publication, Nanos now) {
    if (publication.is_closed()) {
        on_lost();
        return 1;
    }
    destinations_.repeat_refused(client, publication);
    if (claim_) return finish_claim(now);
    if (sent_ >= allowed_ || now < next_message_) return 0;
    return send(publication, now);
}

template <typename Publication>
int Publisher::send(Publication& publication, Nanos now) {
    const auto max_payload = static_cast<std::size_t>(publication.max_payload_length());
    if (pending_length_ == 0) {
        pending_length_ = std::min(next_length(max_payload),
                                   static_cast<std::size_t>(publication.max_message_length()));
    }
    const std::size_t length = pending_length_;
    if (length <= max_payload && dice().chance(plan_.claim_share)) {
        return claim(publication, length).ok() ? 1 : 0;
    }
    const Bytes bytes = Bytes(message_).first(length);
    write_message({writer_, sent_}, bytes);
    const std::int64_t occupied = occupied_length(length, max_payload);
    attempt(publication, occupied);
    const OfferResult result = publication.offer(bytes);
    attempted_bytes_ = 0;
    if (result.ok()) {
        record(publication, result.position() - occupied, result.position(), now);
        return 1;
    }
    if (result.status() == OfferStatus::error) throw Violation(name() + ": an offer was refused");
    if (result.status() == OfferStatus::max_position_exceeded) publication.close();
    return result.status() == OfferStatus::admin_action ? 1 : 0;
}

// What is claimed is written and committed in a later turn: others see the claim meanwhile.
template <typename Publication>
OfferResult Publisher::claim(Publication& publication, std::size_t length) {
    const OfferResult result = publication.try_claim(length, claim_);
    if (result.ok()) {
        claim_end_ = result.position();
    } else {
        claim_ = {};
    }
    return result;
}

int Publisher::finish_claim(Nanos now) {
    const BufferClaim claim = std::exchange(claim_, BufferClaim{});
    if (dice().chance(plan_.abort_share)) {
        claim.abort();
        return 1;
    }
    write_message({writer_, sent_}, claim.buffer());
    const client::PublicationBase* publication = shared_.get();
    if (exclusive_) publication = exclusive_.get();
    const std::int64_t occupied = aligned_frame_length(claim.frame_length());
    attempt(*publication, occupied);
    claim.commit();
    attempted_bytes_ = 0;
    record(*publication, claim_end_ - occupied, claim_end_, now);
    return 1;
}

void Publisher::attempt(const client::PublicationBase& publication, std::int64_t occupied) {
    attempted_ = key_of(publication);
    attempted_bytes_ = occupied;
}

void Publisher::on_death() {
    if (attempted_bytes_ > 0) ledger_.in_doubt(attempted_, {writer_, sent_}, attempted_bytes_);
}

void Publisher::record(const client::PublicationBase& publication, Position begin, Position end,
                       Nanos now) {
    ledger_.published(key_of(publication), {.begin = begin, .end = end, .name = {writer_, sent_}});
    ++sent_;
    pending_length_ = 0;
    next_message_ = now + dice().between(Nanos{0}, 2 * plan_.interval);
}

std::size_t Publisher::next_length(std::size_t max_payload) {
    const std::size_t shortest = kShortestMessage;
    if (plan_.longest_message > max_payload && dice().chance(plan_.large_share)) {
        return max_payload + 1 + dice().below(plan_.longest_message - max_payload);
    }
    const std::size_t longest = std::min(max_payload, plan_.longest_message);
    return shortest + dice().below(longest - shortest + 1);
}

void Publisher::reopen(bool revoke) {
    claim_ = {};
    if (exclusive_) {
        if (revoke) {
            exclusive_->revoke();
        } else {
            exclusive_->close();
        }
    }
    if (shared_) shared_->close();
    if (!exclusive_ && !shared_) {
        cancel(adding_exclusive_);
        cancel(adding_);
    }
    on_lost();
}

}  // namespace tern::sim
