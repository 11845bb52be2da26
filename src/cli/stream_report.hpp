#pragma once

/// Counters, sorted by what they belong to: streams with their publishers, receivers and
/// subscribers, clients, channels, and the driver itself (spec counters.md, sections 6 to 15). Says
/// for each stream what it waits for. Pure: one look at the counters in, one report out; what a
/// counter changed by comes from the look before. Bytes are foreign: a counter whose key or label
/// makes no sense is reported as far as it does.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/shm/counters.hpp"

namespace tern::cli {

/// What the counters said at one moment, kept for comparing.
class CounterLook {
  public:
    CounterLook() = default;
    /// Without a time where it is too short ago for rates to mean anything.
    CounterLook(std::span<const CounterView> counters, std::optional<Millis> at);

    std::optional<Millis> at() const { return at_; }
    /// Nullopt where there was no such counter, or its id was another one's.
    std::optional<std::int64_t> value_of(const CounterView& counter) const;

  private:
    struct Seen {
        std::int32_t type_id;
        std::int64_t registration_id, value;
    };
    std::map<std::int32_t, Seen> seen_;
    std::optional<Millis> at_;
};

struct Reading {
    std::int64_t value = 0;
    std::optional<double> per_second;  // since the look before, where there was one in the past
    bool stands_still = false;         // there was one, and it said the same
};
Reading reading_of(const CounterView& counter, const CounterLook& before, Millis now);

/// A publication of a client of this driver.
struct PublicationReport {
    std::int64_t registration_id = 0;
    std::int64_t client_id = 0;
    std::int32_t session_id = 0, stream_id = 0;
    std::string channel;
    bool is_exclusive = false;
    bool is_closed = false;  // it lingers; told of exclusive ones only: others may share a log
    std::optional<Reading> position, limit;
    // Of one that goes over the network:
    std::optional<Reading> sender_position, sender_limit;
    std::optional<Reading> sender_stops;  // times that the receivers' window was used up
    std::optional<Reading> naks_received;
    std::optional<std::int64_t> receivers, destinations;  // where the driver counts them

    bool is_network() const { return sender_position.has_value(); }
};

/// What this driver receives of one publication over the network, on one channel.
struct ImageReport {
    std::int64_t correlation_id = 0;
    std::int32_t session_id = 0, stream_id = 0;
    std::string channel;                       // that of a subscription
    std::optional<Reading> received, rebuilt;  // the highest byte seen; complete up to here
    std::optional<Reading> naks_sent;
    std::optional<std::int64_t> window, round_trip_ns;  // of cubic congestion control
};

struct SubscriberReport {
    std::int64_t registration_id = 0;
    std::int64_t client_id = 0;
    std::int64_t reads = 0;  // registration id of the publication or correlation id of the image
    std::int32_t session_id = 0, stream_id = 0;
    std::string channel;
    Reading position;
    std::int64_t behind = 0;  // bytes that it could read
    bool is_spy = false;
};

enum class WaitsFor {
    nothing,
    connection,       // nobody receives or subscribes
    receiver_window,  // receivers take no more for now
    retransmission,   // bytes are missing and were asked for
    subscriber,       // one that reads slowly
    sender,           // the driver's own sender is behind the publisher
    term              // terms are being cleaned, or the file system is full
};
const char* name_of(WaitsFor what);

struct Wait {
    WaitsFor what = WaitsFor::nothing;
    std::int64_t bytes = 0;                      // behind, missing, or to be sent
    std::optional<std::size_t> subscriber = {};  // who is to blame: an index into `subscribers`
};

struct StreamReport {
    std::int32_t session_id = 0, stream_id = 0;
    std::string channel;  // the publisher's where it is here, else a subscriber's
    std::optional<PublicationReport> publication;
    std::vector<ImageReport> images;
    std::vector<SubscriberReport> subscribers;
    Wait wait;
};

struct ClientReport {
    std::int64_t id = 0;
    std::string name, version;  // empty where its label does not say
    std::optional<Millis> heartbeat_age;             // nullopt once it has closed
    int publications = 0, images = 0, counters = 0;  // that it has
};

/// A bound socket of the driver, or one that is being opened.
struct ChannelReport {
    std::int32_t counter_id = 0;
    std::string channel;
    bool sends = false;
    std::int64_t status = 0;
    std::vector<std::string> addresses;
};

struct DriverReport {
    std::vector<StreamReport> streams;  // by channel, stream id and session id
    std::vector<ClientReport> clients;
    std::vector<ChannelReport> channels;
    std::vector<std::pair<CounterView, Reading>> system;

    /// "'name'" where the client has one, else "client 7".
    std::string client_text(std::int64_t client_id) const;
    const ClientReport* client(std::int64_t client_id) const;
};

DriverReport report_of(std::span<const CounterView> counters, const CounterLook& before,
                       Millis now);

/// What holds the stream up at this moment, judged by its own counters. What moves from look to
/// look is in nobody's way unless its window or limit is used up.
Wait wait_of(const StreamReport& stream);

/// A channel's text from a counter of a stream or channel: whole, from its label, where that has
/// it; else as far as the key reaches.
std::string whole_channel_of(const CounterView& counter);

/// "Bytes sent" -> "bytes_sent": a system counter's name without what its label adds.
std::string system_counter_name(std::string_view label);

}  // namespace tern::cli
