#pragma once

/// Events about counters that clients made and about their heartbeats (spec control-protocol.md,
/// 5.8).

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
struct CounterUpdateLayout {
    std::int64_t correlation_id;   //  0
    std::int32_t counter_id;       //  8
};
#pragma pack(pop)
static_assert(sizeof(CounterUpdateLayout) == 12);

/// Answers AddCounter, and tells everybody. A client's heartbeat counter has the client's id as
/// registration id.
struct CounterReady {
    std::int64_t registration_id;   // the correlation id of the AddCounter
    std::int32_t counter_id;

    static constexpr EventType type() { return EventType::counter_ready; }
    static Result<CounterReady> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const CounterReady& event);
std::size_t encode(const CounterReady& event, Bytes out);

/// To everybody, before the counter's id may be used again.
struct UnavailableCounter {
    std::int64_t registration_id;
    std::int32_t counter_id;

    static constexpr EventType type() { return EventType::unavailable_counter; }
    static Result<UnavailableCounter> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const UnavailableCounter& event);
std::size_t encode(const UnavailableCounter& event, Bytes out);

/// Answers AddStaticCounter.
struct StaticCounter {
    std::int64_t correlation_id;   // of the command, not the counter's registration id
    std::int32_t counter_id;

    static constexpr EventType type() { return EventType::static_counter; }
    static Result<StaticCounter> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const StaticCounter& event);
std::size_t encode(const StaticCounter& event, Bytes out);

}  // namespace tern::protocol
