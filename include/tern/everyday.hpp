#pragma once

/// The few calls that most programs need:
///
///     tern::Context ctx;
///     tern::Config conf{.channel = "aeron:ipc", .stream = 1001};
///     tern::publisher(ctx, conf, [](tern::Publication& pub) { pub.offer("hello"); });
///     tern::subscriber(ctx, conf, [](tern::Subscription& sub) {
///         for (const tern::Message& message : sub) use(message.buffer);
///     });
///
/// Without a function they return the object, which is closed when it goes out of scope.

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

#include "tern/context.hpp"

namespace tern {

/// Where messages go and come from.
struct Config {
    std::string channel;      // "aeron:ipc", "aeron:udp?endpoint=224.0.1.1:40456"
    std::int32_t stream = 0;  // any number that both sides agree on
};

/// All of these throw RegistrationError, DriverTimeout, ContextClosed.

[[nodiscard]] inline Publication publisher(Context& context, const Config& config) {
    return context.add_publication(config.channel, config.stream);
}
[[nodiscard]] inline ExclusivePublication exclusive_publisher(Context& context,
                                                              const Config& config) {
    return context.add_exclusive_publication(config.channel, config.stream);
}
[[nodiscard]] inline Subscription subscriber(Context& context, const Config& config) {
    return context.add_subscription(config.channel, config.stream);
}

/// Scoped: the stream's end is closed when `body` returns or throws. What `body` returns is
/// returned.
template <std::invocable<Publication&> Body>
decltype(auto) publisher(Context& context, const Config& config, Body&& body) {
    Publication publication = publisher(context, config);
    return std::forward<Body>(body)(publication);
}
template <std::invocable<ExclusivePublication&> Body>
decltype(auto) exclusive_publisher(Context& context, const Config& config, Body&& body) {
    ExclusivePublication publication = exclusive_publisher(context, config);
    return std::forward<Body>(body)(publication);
}
template <std::invocable<Subscription&> Body>
decltype(auto) subscriber(Context& context, const Config& config, Body&& body) {
    Subscription subscription = subscriber(context, config);
    return std::forward<Body>(body)(subscription);
}

}  // namespace tern
