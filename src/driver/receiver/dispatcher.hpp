#pragma once

/// Which image a datagram is for, and what becomes of one that has none (spec wire-protocol.md 5.3,
/// 5.4). Every look-up is by hash. Receiver thread.
///
/// Whoever can send to the socket can make it remember sessions, so that is bounded by the
/// constants below, in memory that is there from the start: a datagram takes nothing from the heap.
/// What is given up where a bound is met heals by itself: a SETUP creates an image whether it was
/// asked for or not, and what a forgotten session sends next is looked at afresh. Not bounded here
/// are images (aeron.driver.stream.session.limit does that) and interest, which commands add.

#include <cstdint>
#include <optional>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/base/dense_map.hpp"
#include "tern/base/fixed_queue.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/protocol/network_frames.hpp"

namespace tern::driver {

class ReceiveDestination;
class ReceiveEndpoint;
class ReceiverImage;
struct ReceiverContext;

class Dispatcher {
  public:
    /// What one endpoint remembers of sessions that have no image, at most.
    static constexpr std::size_t kMaxPendingSetups = 256;  // then the oldest is given up
    static constexpr std::size_t kMaxImagesInMaking = 64;  // then a SETUP is dropped
    /// Of those that nobody wants, and as many that cool down; then the oldest is given up.
    static constexpr std::size_t kMaxIgnored = 1'024;
    static constexpr std::size_t kMaxRemembered =
        kMaxPendingSetups + kMaxImagesInMaking + 2 * kMaxIgnored;

    explicit Dispatcher(ReceiveEndpoint& endpoint) : endpoint_(endpoint) {}

    void add_interest(std::int32_t stream_id, std::optional<std::int32_t> session_id);
    void remove_interest(std::int32_t stream_id, std::optional<std::int32_t> session_id);
    bool has_interest() const { return !streams_.is_empty(); }

    void add_image(ReceiverImage& image);
    /// Of an image that was not taken out by a loss of interest before.
    void remove_image(const ReceiverImage& image, bool is_end_of_stream);
    void image_not_created(std::int32_t stream_id, std::int32_t session_id);
    void remove_cool_down(std::int32_t stream_id, std::int32_t session_id);

    /// hot: a DATA or PAD datagram.
    void on_data(const protocol::DataFrameHeader& header, ConstBytes datagram,
                 ReceiveDestination& destination, const SocketAddress& source,
                 ReceiverContext& context);
    /// A SETUP that has passed both validations.
    void on_setup(const protocol::Setup& setup, ReceiveDestination& destination,
                  const SocketAddress& source, ReceiverContext& context);
    void on_rtt_measurement(const protocol::RttMeasurement& frame, ReceiveDestination& destination,
                            const SocketAddress& source, ReceiverContext& context);

    /// Forgets SETUPs that nobody sent in time: the next datagram asks again.
    void expire_pending_setups(Nanos now);
    Nanos next_deadline() const;
    /// Sessions of which something is known, images included.
    std::size_t remembered() const { return sessions_.size(); }

  private:
    enum class State : std::uint8_t {
        active,
        pending_setup,
        init_in_progress,
        cool_down,
        no_interest,
    };
    struct Session {
        State state = State::active;
        ReceiverImage* image = nullptr;  // of an active one
        std::uint64_t number = 0;        // tells this state from a later one of the session
    };
    struct Stream {
        bool all_sessions = false;
        std::vector<std::int32_t> sessions;  // sorted
        std::int32_t images = 0;
        bool wants(std::int32_t session_id) const;
    };
    struct Remembered {
        std::uint64_t key;
        std::uint64_t number;
        Nanos deadline{0};
    };
    static std::uint64_t key_of(std::int32_t stream_id, std::int32_t session_id) {
        return static_cast<std::uint64_t>(static_cast<std::uint32_t>(stream_id)) << 32 |
               static_cast<std::uint32_t>(session_id);
    }
    static std::int32_t stream_of(std::uint64_t key) {
        return static_cast<std::int32_t>(key >> 32);
    }
    static std::int32_t session_of(std::uint64_t key) { return static_cast<std::int32_t>(key); }

    Stream* find_stream(std::int32_t stream_id) {
        return streams_.find(static_cast<std::uint32_t>(stream_id));
    }
    void ask_for_setup(const protocol::DataFrameHeader& header, ReceiveDestination& destination,
                       const SocketAddress& source, ReceiverContext& context);
    void create_image(const protocol::Setup& setup, ReceiveDestination& destination,
                      const SocketAddress& source, ReceiverContext& context);
    /// A state that is not worth much memory: the oldest is forgotten for it.
    void ignore(std::uint64_t key, State state);
    void forget(std::uint64_t key);
    void forget_unwanted(std::int32_t stream_id);
    /// Whether an entry of a queue below is its session's state yet.
    bool is_still(const Remembered& remembered, State state) const;
    void give_up_oldest(FixedQueue<Remembered>& queue, State state);

    ReceiveEndpoint& endpoint_;
    DenseMap<std::uint32_t, Stream> streams_;
    DenseMap<std::uint64_t, Session> sessions_{kMaxRemembered};  // the rest of it is for images
    // Oldest first. Sessions that have moved on leave their entries behind.
    FixedQueue<Remembered> pending_{kMaxPendingSetups};
    FixedQueue<Remembered> unwanted_{kMaxIgnored};
    FixedQueue<Remembered> cooling_down_{kMaxIgnored};
    std::size_t images_in_making_ = 0;
    std::uint64_t last_number_ = 0;
};

}  // namespace tern::driver
