#pragma once

/// One stream as one subscription receives it: from one session of a network channel, or from one
/// publication of this machine. One thread polls it at a time; the getters are for any thread. The
/// application may keep an image for as long as it likes: after its end polls answer 0, the rest
/// what was true at the end, and the memory stays mapped.

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "tern/client/client_memory.hpp"
#include "tern/logbuffer/term_reader.hpp"

namespace tern::client {

/// What a driver said of an image.
struct ImageSetup {
    std::shared_ptr<ClientMemory> memory;  // of the position counter
    std::int64_t correlation_id;
    std::int64_t subscription_registration_id;
    std::int32_t session_id;
    std::int32_t stream_id;
    std::int32_t position_counter_id;
    SharedWord<std::int64_t>* position;
    std::string source_identity;
    LogBuffers log;
};

class Image {
  public:
    explicit Image(ImageSetup setup)
        : setup_(std::move(setup)),
          join_position_(setup_.position->load_acquire()),
          reader_(setup_.log, *setup_.position, closed_, this) {}
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;

    /// The image that delivered a fragment, from within its handler.
    static Image& of(const FragmentHeader& header) {
        return *static_cast<Image*>(header.context());
    }

    /// The polls of TermReader; 0 once it is closed. `handler(ConstBytes, const FragmentHeader&)`;
    /// controlled ones answer with a ControlledAction.
    // hot:
    template <typename Handler>
    int poll(Handler&& handler, int fragment_limit) {
        return reader_.poll(handler, fragment_limit);
    }
    template <typename Handler>
    int bounded_poll(Handler&& handler, Position limit_position, int fragment_limit) {
        return reader_.bounded_poll(handler, limit_position, fragment_limit);
    }
    template <typename Handler>
    int controlled_poll(Handler&& handler, int fragment_limit) {
        return reader_.controlled_poll(handler, fragment_limit);
    }
    template <typename Handler>
    int bounded_controlled_poll(Handler&& handler, Position limit_position, int fragment_limit) {
        return reader_.bounded_controlled_poll(handler, limit_position, fragment_limit);
    }
    /// `handler(const Block&)`; bytes.
    template <typename Handler>
    int block_poll(Handler&& handler, std::int32_t length_limit) {
        return reader_.block_poll(handler, length_limit);
    }
    /// `handler(const RawBlock&)`; bytes.
    template <typename Handler>
    int raw_block_poll(Handler&& handler, std::int32_t length_limit) {
        return reader_.raw_block_poll(handler, length_limit);
    }

    /// Up to where it was read; once it is closed: up to where it had been read then.
    Position position() const {
        return is_closed() ? final_position_.load(std::memory_order_relaxed) : reader_.position();
    }
    bool is_closed() const {
        return closed_.load(std::memory_order_acquire);
    }  // sync[image-closed] acquire
    /// Everything was read that will ever come.
    bool is_end_of_stream() const { return position() >= end_of_stream_position(); }
    /// kNoEndOfStream until the end is known.
    Position end_of_stream_position() const {
        return is_closed() ? final_end_.load(std::memory_order_relaxed)
                           : setup_.log.end_of_stream_position();
    }
    /// The publisher withdrew what was not read yet.
    bool is_publication_revoked() const { return setup_.log.is_revoked(); }
    /// Sources that carry the image now; 0 for a closed one.
    int active_transport_count() const {
        return is_closed() ? 0 : setup_.log.metadata().active_transport_count.load_acquire();
    }

    Position join_position() const { return join_position_; }
    std::int64_t correlation_id() const { return setup_.correlation_id; }
    std::int64_t subscription_registration_id() const {
        return setup_.subscription_registration_id;
    }
    std::int32_t session_id() const { return setup_.session_id; }
    std::int32_t stream_id() const { return setup_.stream_id; }
    /// "aeron:ipc", or the address of the source: "127.0.0.1:40456", "[::1]:40456".
    const std::string& source_identity() const { return setup_.source_identity; }
    std::int32_t subscriber_position_id() const { return setup_.position_counter_id; }
    std::int32_t initial_term_id() const { return setup_.log.initial_term_id(); }
    std::int32_t term_buffer_length() const { return setup_.log.term_length(); }
    std::int32_t mtu_length() const { return setup_.log.mtu_length(); }
    int position_bits_to_shift() const { return setup_.log.geometry().bits(); }

    /// For the conductor. Keeps what the getters answer from now on; the position counter is not
    /// touched afterwards.
    void close() {
        if (is_closed()) return;
        final_position_.store(reader_.position(), std::memory_order_relaxed);
        final_end_.store(setup_.log.end_of_stream_position(), std::memory_order_relaxed);
        closed_.store(true, std::memory_order_release);  // sync[image-closed] release
    }

  private:
    const ImageSetup setup_;
    const Position join_position_;
    std::atomic<bool> closed_{false};
    std::atomic<Position> final_position_{0};
    std::atomic<Position> final_end_{kNoEndOfStream};
    TermReader reader_;
};

}  // namespace tern::client
