#pragma once

/// Somebody in the network who means a driver harm: bytes that are no frames, datagrams of others
/// once more, cut off or falsified, sessions that nobody has, and floods of all that. What nobody
/// can defend against without keys is left out: false data of a stream that exists, its set-up, and
/// that a receiver has more room than it has.

#include <cstdint>
#include <vector>

#include "dice.hpp"
#include "sim_network.hpp"
#include "tern/protocol/network_frames.hpp"

namespace tern::sim {

struct StrangerPlan {
    Nanos interval{0};       // between two acts, on the average; 0: nobody is there
    double flood_share = 0;  // of the acts that come by the hundred
};

class Stranger {
  public:
    Stranger(const StrangerPlan& plan, SimNetwork& network, Dice dice);

    /// Does what is due by now.
    void act(Nanos now);

  private:
    void act_once();
    void send_noise();
    void send_cut_off();
    void send_falsified();
    void send_again();
    void send_unknown_setup();
    void send_unknown_data();
    void send_false_status();
    void send_false_nak();
    void send_false_rtt();
    void send_false_error();

    /// One of the datagrams of the past; null while there are none.
    const SeenDatagram* pick();
    const SeenDatagram* pick(protocol::FrameType type);
    /// To where `like` went, from where it came, or from somewhere else.
    void send(const SeenDatagram& like, ConstBytes datagram, bool from_elsewhere);
    template <typename Frame>
    void send_frame(const SeenDatagram& like, const Frame& frame) {
        const std::size_t length = protocol::encode(frame, buffer_);
        send(like, Bytes(buffer_).first(length), dice_.chance(0.3));
    }
    /// Mostly a multiple of 32; also negative.
    std::int32_t at_most(std::int32_t value) {
        const auto below = static_cast<std::int32_t>(dice_.between(-100, value));
        return dice_.chance(0.8) ? below & ~31 : below;
    }
    std::int32_t any_number() { return static_cast<std::int32_t>(dice_.next()); }

    StrangerPlan plan_;
    SimNetwork& network_;
    Dice dice_;
    Nanos next_{0};
    int setups_left_ = 150;  // each makes an image with a log and counters
    std::vector<std::byte> buffer_;
};

}  // namespace tern::sim
