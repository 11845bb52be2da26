#pragma once

/// The to-driver ring buffer (spec shared-memory.md 4): any number of producers in any number of
/// processes, one consumer. A view: it owns nothing, the memory must outlive it.
///
/// Producers (any thread): write, try_claim, commit, abort, next_correlation_id.
/// Consumer (one thread): read, controlled_read, unblock, set_consumer_heartbeat.

#include <algorithm>
#include <cstdint>
#include <limits>

#include "tern/base/bytes.hpp"
#include "tern/base/error.hpp"
#include "tern/base/shared_word.hpp"
#include "tern/shm/record.hpp"

namespace tern {

/// Lies after the data area.
struct RingTrailer {
    std::byte            lead[128];
    Padded<std::int64_t> tail;                    // producers: compare-and-swap to claim
    Padded<std::int64_t> head_cache;              // producers: the last head one of them saw
    Padded<std::int64_t> head;                    // consumer, after zeroing what it read
    Padded<std::int64_t> correlation_id;          // anyone: fetch-and-add
    Padded<std::int64_t> consumer_heartbeat_ms;   // consumer; -1 after a clean end
};
static_assert(sizeof(RingTrailer) == 768);
static_assert(offsetof(RingTrailer, tail) == 128 && offsetof(RingTrailer, head_cache) == 256);
static_assert(offsetof(RingTrailer, head) == 384 && offsetof(RingTrailer, correlation_id) == 512);
static_assert(offsetof(RingTrailer, consumer_heartbeat_ms) == 640);

enum class RingResult { ok, full, invalid };   // invalid: length or type out of range
enum class RingAction { proceed, commit, stop, abort };

class ManyToOneRing {
  public:
    /// A claim: where the payload goes, until it is committed or aborted.
    struct Claim {
        RingResult   result = RingResult::full;
        std::int32_t offset = 0;   // of the payload in the data area
        Bytes        payload;
        explicit operator bool() const { return result == RingResult::ok; }
    };
    struct ReadOutcome {
        int  messages = 0;
        bool damaged =
            false;  // a record had a length that cannot be; what was claimed up to there is skipped
    };

    /// True where `section_length` minus the trailer is a capacity that a ring may have.
    static bool is_valid_length(std::int64_t section_length);

    /// `section` is the data area and the trailer; its length must satisfy is_valid_length.
    explicit ManyToOneRing(Bytes section);

    std::int32_t capacity() const { return capacity_; }
    std::int32_t max_payload_length() const { return capacity_ / 8; }

    RingResult write(std::int32_t type, ConstBytes payload);
    Claim try_claim(std::int32_t type, std::int32_t length);
    /// False where the claim was committed or aborted already or `offset` is no claim's.
    bool commit(std::int32_t offset);
    bool abort(std::int32_t offset);

    std::int64_t next_correlation_id() { return trailer_->correlation_id->fetch_add(1); }

    /// Hands up to `limit` messages to `handler(type, payload)`; payloads are valid during the call
    /// only.
    template <typename Handler>
    ReadOutcome read(Handler&& handler, int limit = std::numeric_limits<int>::max()) {
        return controlled_read(
            [&handler](std::int32_t type, ConstBytes payload) {
                handler(type, payload);
                return RingAction::proceed;
            },
            limit);
    }
    /// The handler answers with a RingAction (spec 4.6).
    template <typename Handler>
    ReadOutcome controlled_read(Handler&& handler, int limit = std::numeric_limits<int>::max());

    /// Skips claims at the head whose producers died; true where it did. The caller vouches that
    /// whoever claimed below `dead_until`, a former producer position, and has not begun to write
    /// by now, or began and did not end what lies at the head, never will: that position is as old
    /// as the time-out after which a client counts as dead. Claims behind it stay as they are.
    bool unblock(std::int64_t dead_until);

    std::int64_t producer_position() const { return trailer_->tail->load_acquire(); }
    std::int64_t consumer_position() const { return trailer_->head->load_acquire(); }
    std::int32_t size() const;   // bytes between the two

    std::int64_t consumer_heartbeat_ms() const {
        return trailer_->consumer_heartbeat_ms->load_acquire();
    }
    void set_consumer_heartbeat_ms(std::int64_t epoch_ms) {
        trailer_->consumer_heartbeat_ms->store_release(epoch_ms);
    }

  private:
    std::int32_t claim(std::int32_t record_length);   // index, or -1 where full
    void pad(std::int32_t index, std::int32_t length);
    void publish_head(std::int64_t head, std::int32_t bytes);
    bool end_claim(std::int32_t offset, bool aborted);
    std::int64_t own_head() const;
    std::int32_t bytes_to_read(std::int64_t head) const;
    void make_padding(std::int32_t index, std::int32_t length);
    std::int32_t unwritten_bytes(std::int32_t head_index, std::int32_t limit) const;

    SharedWord<std::int32_t>& length_at(std::int32_t index) {
        return shared_word<std::int32_t>(data_ + index);
    }
    std::int32_t type_at(std::int32_t index) const {
        return load_plain<std::int32_t>(data_ + index + 4);
    }
    void set_type_at(std::int32_t index, std::int32_t type) {
        store_plain(data_ + index + 4, type);
    }

    std::byte*   data_;
    std::int32_t capacity_;
    std::int64_t mask_;
    RingTrailer* trailer_;
};

template <typename Handler>
ManyToOneRing::ReadOutcome ManyToOneRing::controlled_read(Handler&& handler, int limit) {
    std::int64_t head = own_head();
    std::int32_t head_index = static_cast<std::int32_t>(head & mask_);
    const std::int32_t room = bytes_to_read(head);
    std::int32_t read = 0;      // since the last commit
    std::int32_t total = 0;
    ReadOutcome outcome;
    // Whatever the handler throws, what was read is zeroed and given back.
    struct Publish {
        ManyToOneRing& ring;
        std::int64_t&  head;
        std::int32_t&  read;
        ~Publish() { ring.publish_head(head, read); }
    } publish{*this, head, read};

    while (total < room && outcome.messages < limit) {
        const std::int32_t at = head_index + total;
        // sync[ring-record] acquire: the payload and type behind a positive length are complete.
        const std::int32_t length = length_at(at).load_acquire();
        if (length <= 0) {
            break;
        }
        if (length < kRecordHeaderLength || length > room - total) {   // room is a multiple of 8
            outcome.damaged = true;
            read += room - total;
            break;
        }
        const std::int32_t aligned = align(length, kRecordAlignment);
        const std::int32_t type = type_at(at);
        total += aligned;
        read += aligned;
        if (type == kPaddingTypeId) {
            continue;
        }
        ++outcome.messages;
        const RingAction action = handler(
            type, ConstBytes{data_ + at + kRecordHeaderLength,
                             static_cast<std::size_t>(length - kRecordHeaderLength)});
        if (action == RingAction::abort) {
            read -= aligned;
            --outcome.messages;
            break;
        }
        if (action == RingAction::stop) {
            break;
        }
        if (action == RingAction::commit) {
            publish_head(head, read);
            head = position_plus(head, read);
            read = 0;
        }
    }
    return outcome;
}

}  // namespace tern
