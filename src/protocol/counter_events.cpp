#include "tern/protocol/counter_events.hpp"

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {
namespace {

std::size_t encode_update(std::int64_t id, std::int32_t counter_id, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(CounterUpdateLayout{.correlation_id = id, .counter_id = counter_id});
    return writer.length();
}

}  // namespace

Result<CounterReady> CounterReady::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<CounterUpdateLayout>();
    return reader.finish(CounterReady{
        .registration_id = layout.correlation_id,
        .counter_id = layout.counter_id,
    });
}

std::size_t encoded_length(const CounterReady&) {
    return sizeof(CounterUpdateLayout);
}

std::size_t encode(const CounterReady& event, Bytes out) {
    return encode_update(event.registration_id, event.counter_id, out);
}

Result<UnavailableCounter> UnavailableCounter::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<CounterUpdateLayout>();
    return reader.finish(UnavailableCounter{
        .registration_id = layout.correlation_id,
        .counter_id = layout.counter_id,
    });
}

std::size_t encoded_length(const UnavailableCounter&) {
    return sizeof(CounterUpdateLayout);
}

std::size_t encode(const UnavailableCounter& event, Bytes out) {
    return encode_update(event.registration_id, event.counter_id, out);
}

Result<StaticCounter> StaticCounter::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<CounterUpdateLayout>();
    return reader.finish(StaticCounter{
        .correlation_id = layout.correlation_id,
        .counter_id = layout.counter_id,
    });
}

std::size_t encoded_length(const StaticCounter&) {
    return sizeof(CounterUpdateLayout);
}

std::size_t encode(const StaticCounter& event, Bytes out) {
    return encode_update(event.correlation_id, event.counter_id, out);
}

}  // namespace tern::protocol
