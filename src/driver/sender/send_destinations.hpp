#pragma once

/// The destinations of a multi-destination channel (spec wire-protocol.md 4.15): added by commands
/// (manual) or by the status messages of receivers (dynamic), found by what a receiver's answer
/// tells of it, and each sent everything. Sender thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/driver/media/udp_socket.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

/// One of a manual or dynamic multi-destination channel.
struct SendDestination {
    std::int64_t registration_id = -1;     // manual: of the command that added it
    std::string endpoint;                  // manual: as the channel gives it, to resolve again
    std::optional<SocketAddress> address;  // none while its name is not resolved
};

/// What became of one send call.
struct SendResult {
    std::size_t accepted = 0;       // datagrams, from the front
    std::int64_t bytes = 0;         // handed to the socket, of all destinations together
    std::int32_t system_error = 0;  // errno of a hard error, or 0
};

/// Bytes of the first `count` datagrams.
std::int64_t length_of(std::span<const ConstBytes> datagrams, std::size_t count);

class SendDestinations {
  public:
    /// Dynamic destinations at most: any peer can make one, and each is sent every datagram.
    static constexpr std::size_t kMaxDynamic = 1024;
    /// After so long without a sign of life a dynamic one is dropped, the name of a manual one
    /// resolved again.
    static constexpr Nanos kTimeout{5'000'000'000};

    /// `count`: mdc-num-dest.
    SendDestinations(bool is_manual, Counter count);

    std::size_t size() const { return entries_.size(); }

    void add(SendDestination destination, Nanos now);
    /// One with that address, or of that registration id; none where there is none.
    void remove(const SocketAddress& address);
    void remove(std::int64_t registration_id);

    /// hot: a status message came; false where it asks for a destination too many.
    bool on_status_message(const SocketAddress& source, std::int64_t receiver_id, Nanos now);
    /// Registration id of the one that a receiver's answer is from; -1 where there is none.
    std::int64_t registration_id_of(const SocketAddress& source, std::int64_t receiver_id) const;

    /// hot: to all of them, starting with another one at each call. Full socket buffers lose a
    /// datagram at that destination. A hard error makes the whole send count as not accepted, so
    /// that it is repeated; but only the first of a row at one destination does, lest it stop the
    /// stream for the others. `on_failure(const SocketAddress&, errno)` hears of all.
    template <typename OnFailure>
    SendResult send(UdpSocket& socket, std::span<const ConstBytes> datagrams, Nanos now,
                    OnFailure&& on_failure) {
        if (now > next_expiry_) drop_silent(now);
        SendResult result{.accepted = datagrams.size()};
        const std::size_t count = entries_.size();
        const std::int64_t whole = length_of(datagrams, datagrams.size());
        if (first_ >= count) first_ = 0;
        for (std::size_t i = 0, at = first_; i < count; ++i, at = at + 1 == count ? 0 : at + 1) {
            Entry& entry = *entries_[at];
            if (!entry.destination.address) continue;
            const SocketAddress& address = *entry.destination.address;
            const SendOutcome outcome = socket.send_to(address, datagrams);
            result.bytes += outcome.accepted == datagrams.size()
                                ? whole
                                : length_of(datagrams, outcome.accepted);
            if (outcome.system_error != 0) {
                on_failure(address, outcome.system_error);
                if (!entry.is_failing) result.system_error = outcome.system_error;
            }
            entry.is_failing = outcome.system_error != 0;
        }
        ++first_;
        if (result.system_error != 0) result.accepted = 0;
        return result;
    }

    /// Manual ones that nobody was heard from for long: `ask(name, address)` for each, and then not
    /// again before the timeout.
    template <typename Ask>
    void for_each_silent(Nanos now, Ask&& ask) {
        if (!is_manual_) return;
        for (const std::unique_ptr<Entry>& entry : entries_) {
            if (now <= entry->last_active + kTimeout || entry->destination.endpoint.empty()) {
                continue;
            }
            entry->last_active = now;
            ask(entry->destination.endpoint, entry->destination.address.value_or(SocketAddress{}));
        }
    }
    /// True where a destination has that endpoint and another address. Whoever answers from there
    /// is another receiver, so its id is learnt again.
    bool on_resolved(const std::string& endpoint, const SocketAddress& address);

  private:
    struct Entry {
        SendDestination destination;
        std::optional<std::int64_t> receiver_id;
        Nanos last_active;
        std::size_t slot;         // in entries_
        bool is_failing = false;  // its last send was a hard error
    };
    struct ReceiverKey {
        std::int64_t receiver_id;
        std::uint16_t port;
        bool operator==(const ReceiverKey&) const = default;
    };
    struct Hash {
        std::size_t operator()(const ReceiverKey& key) const;
        std::size_t operator()(const SocketAddress& address) const;
    };
    // The same address may be added twice, so several entries may have one key.
    using ByReceiver = std::unordered_multimap<ReceiverKey, Entry*, Hash>;
    using ByAddress = std::unordered_multimap<SocketAddress, Entry*, Hash>;

    void insert(SendDestination destination, std::optional<std::int64_t> receiver_id, Nanos now);
    void erase(Entry& entry);
    void link(Entry& entry);
    void unlink(Entry& entry);
    void drop_silent(Nanos now);

    bool is_manual_;
    Counter count_;
    std::vector<std::unique_ptr<Entry>> entries_;
    ByReceiver by_receiver_;  // those whose receiver id is known
    ByAddress by_address_;    // the others, where the address is known
    std::size_t first_ = 0;
    Nanos next_expiry_ = kNever;  // no dynamic one is silent for too long before then
};

}  // namespace tern::driver
