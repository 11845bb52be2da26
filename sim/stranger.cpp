#include "stranger.hpp"

#include <algorithm>

namespace tern::sim {
namespace {

using protocol::FrameType;

constexpr std::size_t kMostNoise = 100;  // bytes
constexpr int kMostOfAFlood = 1'500;     // datagrams

bool grants_more(ConstBytes changed, ConstBytes original) {
    const protocol::StatusMessage now = protocol::read_status_message(changed);
    const protocol::StatusMessage before = protocol::read_status_message(original);
    return now.term_id != before.term_id || now.term_offset > before.term_offset ||
           now.window > before.window;
}

}  // namespace

Stranger::Stranger(const StrangerPlan& plan, SimNetwork& network, Dice dice)
    : plan_(plan), network_(network), dice_(dice), buffer_(2048) {
    network_.remember_datagrams();
}

void Stranger::act(Nanos now) {
    if (now < next_) return;
    next_ = now + dice_.between(Nanos{0}, 2 * plan_.interval);
    act_once();
}

void Stranger::act_once() {
    using Act = void (Stranger::*)();
    static constexpr Act kActs[] = {
        &Stranger::send_noise,        &Stranger::send_cut_off,       &Stranger::send_falsified,
        &Stranger::send_again,        &Stranger::send_unknown_setup, &Stranger::send_unknown_data,
        &Stranger::send_false_status, &Stranger::send_false_nak,     &Stranger::send_false_rtt,
        &Stranger::send_false_error};
    const Act chosen = dice_.one_of(kActs);
    const bool is_flood = dice_.chance(plan_.flood_share);
    for (std::int64_t i = is_flood ? dice_.between(1, kMostOfAFlood) : 1; i > 0; --i)
        (this->*chosen)();
}

const SeenDatagram* Stranger::pick() {
    return pick(static_cast<FrameType>(dice_.below(network_.seen().size())));
}

const SeenDatagram* Stranger::pick(FrameType type) {
    const std::vector<SeenDatagram>& seen = network_.seen()[static_cast<std::size_t>(type)];
    return seen.empty() ? nullptr : &seen[dice_.below(seen.size())];
}

void Stranger::send(const SeenDatagram& like, ConstBytes datagram, bool from_elsewhere) {
    SocketAddress source = like.source;
    if (from_elsewhere)
        source = {IpAddress::ipv4(10, 9, 0, 1),
                  static_cast<std::uint16_t>(1 + dice_.below(65'535))};
    network_.inject(like.from_host, source, like.to, datagram);
}

void Stranger::send_noise() {
    const SeenDatagram* const like = pick();
    if (like == nullptr) return;
    const Bytes noise = Bytes(buffer_).first(dice_.below(kMostNoise));
    for (std::byte& each : noise) each = static_cast<std::byte>(dice_.next());
    // Often so that it looks like a frame at first.
    if (noise.size() > 8 && dice_.chance(0.7)) std::copy_n(like->bytes.begin(), 8, noise.begin());
    if (protocol::check_datagram(noise) != FrameType::data) send(*like, noise, false);
}

void Stranger::send_cut_off() {
    const SeenDatagram* const like = pick();
    if (like == nullptr || like->bytes.empty()) return;
    send(*like, ConstBytes(like->bytes).first(dice_.below(like->bytes.size())), false);
}

// Not data, which nobody could tell from the true one; a set-up only under another name.
void Stranger::send_falsified() {
    const SeenDatagram* const like = pick();
    if (like == nullptr) return;
    const auto type = protocol::check_datagram(like->bytes);
    if (!type || type == FrameType::data || type == FrameType::padding ||
        type == FrameType::setup || type == FrameType::response_setup)
        return;
    std::vector<std::byte> changed = like->bytes;
    for (std::int64_t i = dice_.between(1, 3); i > 0; --i)
        changed[dice_.below(changed.size())] ^= static_cast<std::byte>(1 + dice_.below(255));
    const auto becomes = protocol::check_datagram(changed);
    if (becomes == FrameType::data || becomes == FrameType::padding) return;
    if (becomes == FrameType::status_message && grants_more(changed, like->bytes)) return;
    send(*like, changed, dice_.chance(0.3));
}

void Stranger::send_again() {
    if (const SeenDatagram* const like = pick()) send(*like, like->bytes, false);
}

void Stranger::send_unknown_setup() {
    const SeenDatagram* const like = pick(FrameType::setup);
    if (like == nullptr || setups_left_ == 0) return;
    --setups_left_;
    protocol::Setup setup = protocol::read_setup(like->bytes);
    setup.session_id = any_number();
    if (dice_.chance(0.2)) setup.term_length = any_number();
    if (dice_.chance(0.2)) setup.mtu_length = any_number();
    if (dice_.chance(0.2)) setup.active_term_id = any_number();
    if (dice_.chance(0.2)) setup.term_offset = any_number();
    if (setup.term_length > 128 * 1024) setup.term_length = 128 * 1024;  // memory of ours, too
    send_frame(*like, setup);
}

void Stranger::send_unknown_data() {
    const SeenDatagram* const like = pick(FrameType::data);
    if (like == nullptr) return;
    const protocol::DataFrameHeader header = protocol::read_data_header(like->bytes);
    const protocol::Heartbeat heartbeat{.session_id = any_number(),
                                        .stream_id = header.stream_id,
                                        .term_id = any_number(),
                                        .term_offset = any_number() & ~31};
    send_frame(*like, heartbeat);
}

void Stranger::send_false_status() {
    const SeenDatagram* const like = pick(FrameType::status_message);
    if (like == nullptr) return;
    protocol::StatusMessage status = protocol::read_status_message(like->bytes);
    if (status.odd_tag_length != 0) return;
    if (dice_.chance(0.9)) status.receiver_id = static_cast<std::int64_t>(dice_.next());
    if (dice_.chance(0.3)) status.term_offset = at_most(status.term_offset);
    if (dice_.chance(0.2)) status.term_id -= static_cast<std::int32_t>(dice_.below(4));
    if (dice_.chance(0.3)) status.window = at_most(status.window);
    if (dice_.chance(0.1)) status.elicits_setup = true;
    if (dice_.chance(0.1)) status.is_end_of_stream = true;
    send_frame(*like, status);
}

void Stranger::send_false_nak() {
    const SeenDatagram* const like = pick(FrameType::status_message);
    if (like == nullptr) return;
    const protocol::StatusMessage status = protocol::read_status_message(like->bytes);
    protocol::Nak nak{.session_id = status.session_id,
                      .stream_id = status.stream_id,
                      .term_id = status.term_id,
                      .term_offset = status.term_offset,
                      .length = static_cast<std::int32_t>(dice_.between(1, 10'000))};
    if (dice_.chance(0.7))
        nak.term_offset += static_cast<std::int32_t>(32 * dice_.between(-1'000, 1'000));
    if (dice_.chance(0.1)) nak.term_offset = any_number();
    if (dice_.chance(0.2)) nak.term_id += static_cast<std::int32_t>(dice_.between(-3, 3));
    if (dice_.chance(0.1)) nak.length = any_number();
    send_frame(*like, nak);
}

void Stranger::send_false_rtt() {
    const bool to_receiver = dice_.chance(0.5);
    const SeenDatagram* const like =
        pick(to_receiver ? FrameType::data : FrameType::status_message);
    if (like == nullptr) return;
    protocol::RttMeasurement measurement{
        .is_request = dice_.chance(0.3),
        .echo_timestamp = static_cast<std::int64_t>(dice_.next()),
        .reception_delta = static_cast<std::int64_t>(dice_.next()),
        .receiver_id = static_cast<std::int64_t>(dice_.next())};
    if (to_receiver) {
        const protocol::DataFrameHeader header = protocol::read_data_header(like->bytes);
        measurement.session_id = header.session_id;
        measurement.stream_id = header.stream_id;
    } else {
        const protocol::StatusMessage status = protocol::read_status_message(like->bytes);
        measurement.session_id = status.session_id;
        measurement.stream_id = status.stream_id;
    }
    send_frame(*like, measurement);
}

void Stranger::send_false_error() {
    const SeenDatagram* const like = pick(FrameType::status_message);
    if (like == nullptr) return;
    const protocol::StatusMessage status = protocol::read_status_message(like->bytes);
    const protocol::ErrorFrame error{.session_id = status.session_id,
                                     .stream_id = status.stream_id,
                                     .receiver_id = dice_.chance(0.8) ? status.receiver_id : 1,
                                     .group_tag = status.group_tag,
                                     .error_code = any_number(),
                                     .text = "a lie"};
    send_frame(*like, error);
}

}  // namespace tern::sim
