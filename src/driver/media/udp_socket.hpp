#pragma once

/// A UDP socket as the agents see it: it moves batches of datagrams and never blocks. Above this
/// interface nobody knows of the operating system; src/platform/ implements it on sockets,
/// driver/testing/ and the simulator in memory. One thread at a time, save where said otherwise.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tern/base/bytes.hpp"
#include "tern/base/error.hpp"
#include "tern/base/ip_address.hpp"

namespace tern::driver {

/// What became of a batch. Where the system takes no more for now (a full buffer, an interrupt, the
/// ICMP "port unreachable" of an earlier datagram) the rest is simply not accepted (spec
/// wire-protocol.md 6.6).
struct SendOutcome {
    std::size_t accepted = 0;  // datagrams, from the front
    std::int32_t system_error =
        0;  // errno of a hard error at the first that was not accepted, or 0
};

/// One arrival. `bytes` may be written to (receive timestamps are put in there).
struct ReceivedDatagram {
    Bytes bytes;
    SocketAddress source;
    std::int64_t kernel_time_ns = 0;  // wall clock since 1970; 0 where the socket gives none
    /// Length of each datagram where the system handed up several of one source as one; they lie
    /// one behind another, and the last may be shorter. 0: `bytes` is one datagram.
    std::size_t segment_length = 0;
};

/// Buffers for one read of several datagrams. Made once; never grows.
class ReceiveBatch {
  public:
    ReceiveBatch(std::size_t capacity, std::size_t datagram_capacity)
        : datagram_capacity_(datagram_capacity),
          memory_(capacity * datagram_capacity),
          datagrams_(capacity) {}

    std::size_t capacity() const { return datagrams_.size(); }
    /// Where the datagram of this index is to be put, in full length.
    Bytes buffer(std::size_t index) {
        return Bytes(memory_).subspan(index * datagram_capacity_, datagram_capacity_);
    }
    ReceivedDatagram& slot(std::size_t index) { return datagrams_[index]; }
    void set_count(std::size_t count) { count_ = count; }
    std::span<ReceivedDatagram> received() { return std::span(datagrams_).first(count_); }

  private:
    std::size_t datagram_capacity_;
    std::vector<std::byte> memory_;
    std::vector<ReceivedDatagram> datagrams_;
    std::size_t count_ = 0;
};

class UdpSocket {
  public:
    virtual ~UdpSocket() = default;

    /// hot: to the peer that the socket is connected to, or SocketSpec::unconnected_peer. The
    /// datagrams leave in this order. Those that lie one behind another in memory, as frames of a
    /// term do, may leave as one segmented send.
    virtual SendOutcome send(std::span<const ConstBytes> datagrams) = 0;
    /// hot: of a socket that is not connected.
    virtual SendOutcome send_to(const SocketAddress& to, std::span<const ConstBytes> datagrams) = 0;
    /// hot: one read into the batch; how many arrivals there are, 0 for none. An errno of a hard
    /// error is negative.
    virtual int receive(ReceiveBatch& batch) = 0;

    /// From now on `send` goes there and nothing else is received. A hard error is an Error.
    virtual Result<void> connect(const SocketAddress& peer) = 0;

    // What does not change once the socket is open: any thread.
    virtual SocketAddress local_address() const = 0;
    /// Bytes as the system reports them.
    virtual std::int32_t send_buffer_length() const = 0;
    virtual std::int32_t receive_buffer_length() const = 0;
    /// What multicast leaves with.
    virtual std::uint8_t multicast_ttl() const = 0;
};

/// Finds, among the sockets of one agent, those that have datagrams waiting. One thread.
class SocketPoller {
  public:
    virtual ~SocketPoller() = default;
    /// The sockets outlive their stay. `token` comes back from `poll`.
    virtual void add(UdpSocket& socket, void* token) = 0;
    virtual void remove(UdpSocket& socket) = 0;
    /// hot: tokens of sockets that may have something; false positives are fine, a socket that has
    /// something is not left out for ever. Valid until the next call of any function.
    virtual std::span<void* const> poll() = 0;
};

}  // namespace tern::driver
