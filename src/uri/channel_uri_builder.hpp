#pragma once

/// Builds the text of a channel (spec channel-uri.md, 19):
///
///   std::string channel = ChannelUriBuilder::udp().endpoint("localhost:40123").mtu(8192).str();
///
/// Parameters are printed in one fixed order, whatever the order of the calls; keys that it does
/// not know come last. A second call for a key replaces the first. A wrong value is remembered and
/// reported by `build` or `str`. Lengths are bytes.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/uri/channel_uri.hpp"

namespace tern {

class ChannelUriBuilder {
  public:
    static ChannelUriBuilder ipc() { return ChannelUriBuilder{Media::ipc}; }
    static ChannelUriBuilder udp() { return ChannelUriBuilder{Media::udp}; }
    /// Begins with what a channel has; of repeated keys only the one that counts.
    static ChannelUriBuilder from(const ChannelUri& channel);
    static Result<ChannelUriBuilder> from(std::string_view channel);

    /// The text, or the first thing that was wrong: a value out of range, or parameters that do not
    /// go together (invalid_channel).
    Result<std::string> build() const;
    /// The same for code that prefers exceptions: throws std::invalid_argument.
    std::string str() const;

    /// Any parameter. Neither key nor value may be empty or contain '?', '|', '=' or NUL.
    ChannelUriBuilder& put(std::string_view key, std::string_view value);
    ChannelUriBuilder& put(std::string_view key, std::int64_t value);
    ChannelUriBuilder& erase(std::string_view key);
    std::optional<std::string_view> get(std::string_view key) const;

    /// A spy subscription on a local network publication.
    ChannelUriBuilder& spy(bool is_spy = true);

    // Addressing. Endpoints and controls are "host:port", "[ipv6]:port".
    ChannelUriBuilder& endpoint(std::string_view host_and_port);
    ChannelUriBuilder& network_interface(std::string_view search);   // "192.168.0.0/24", "{eth0}"
    ChannelUriBuilder& control(std::string_view host_and_port);
    ChannelUriBuilder& control_mode(ControlMode mode);               // none erases it
    ChannelUriBuilder& tags(std::optional<std::int64_t> channel_tag,
                            std::optional<std::int64_t> entity_tag = std::nullopt);
    ChannelUriBuilder& alias(std::string_view text);
    ChannelUriBuilder& stream_id(std::int32_t id);

    // Log and position of a publication.
    ChannelUriBuilder& mtu(std::int64_t length);           // 64 to 65504, a multiple of 32
    ChannelUriBuilder& term_length(std::int64_t length);   // a power of two, 64 KiB to 1 GiB
    ChannelUriBuilder& initial_term_id(std::int32_t id);
    ChannelUriBuilder& term_id(std::int32_t id);
    ChannelUriBuilder& term_offset(std::int64_t offset);   // a multiple of 32, up to 1 GiB
    /// Sets the term length and the three above. `position` is a multiple of 32, at least 0.
    ChannelUriBuilder& initial_position(std::int64_t position, std::int32_t initial_term_id,
                                        std::int64_t term_length);
    ChannelUriBuilder& session_id(std::int32_t id);
    ChannelUriBuilder& session_id_of_tag(std::int64_t entity_tag);
    ChannelUriBuilder& sparse(bool yes);
    ChannelUriBuilder& linger(Nanos timeout);
    ChannelUriBuilder& end_of_stream(bool yes);
    ChannelUriBuilder& spies_simulate_connection(bool yes);
    ChannelUriBuilder& publication_window(std::int64_t length);
    ChannelUriBuilder& max_resend(std::int32_t count);   // 1 to 256
    ChannelUriBuilder& flow_control(std::string_view strategy);   // "min,g:/2,t:5s"

    // Sockets and network.
    ChannelUriBuilder& ttl(int hops);               // 0 to 255
    ChannelUriBuilder& traffic_class(int value);    // 0 to 255
    ChannelUriBuilder& send_buffer(std::int64_t length);
    ChannelUriBuilder& receive_buffer(std::int64_t length);

    // Receiving.
    ChannelUriBuilder& reliable(bool yes);
    ChannelUriBuilder& tether(bool yes);
    ChannelUriBuilder& rejoin(bool yes);
    ChannelUriBuilder& group(std::optional<bool> forced);   // nullopt: infer
    ChannelUriBuilder& receiver_window(std::int64_t length);
    ChannelUriBuilder& congestion_control(std::string_view strategy);
    ChannelUriBuilder& group_tag(std::int64_t tag);
    ChannelUriBuilder& nak_delay(Nanos delay);

    ChannelUriBuilder& untethered_window_limit_timeout(Nanos timeout);
    ChannelUriBuilder& untethered_linger_timeout(Nanos timeout);
    ChannelUriBuilder& untethered_resting_timeout(Nanos timeout);

    // Timestamps: a byte offset after the data header, or "reserved" for its reserved value.
    ChannelUriBuilder& media_receive_timestamp_offset(std::string_view offset);
    ChannelUriBuilder& channel_receive_timestamp_offset(std::string_view offset);
    ChannelUriBuilder& channel_send_timestamp_offset(std::string_view offset);
    ChannelUriBuilder& response_endpoint(std::string_view host_and_port);
    ChannelUriBuilder& response_correlation_id(std::int64_t id);

  private:
    explicit ChannelUriBuilder(Media media) : media_(media) {}
    ChannelUriBuilder& size(std::string_view key, std::int64_t length);
    ChannelUriBuilder& duration(std::string_view key, Nanos value);
    ChannelUriBuilder& boolean(std::string_view key, bool yes);
    void remember(std::string fault);
    std::optional<std::string> first_conflict() const;

    Media                                     media_;
    bool                                      is_spy_ = false;
    std::map<std::string, std::string, std::less<>> parameters_;
    std::optional<std::string>                fault_;
};

/// What clients do to the text of a channel (spec 19.4). Each returns a new text, or an error where
/// `channel` is none.
Result<std::string> with_session_id(std::string_view channel, std::int32_t session_id);
/// Unless the channel has an alias.
Result<std::string> with_alias_if_absent(std::string_view channel, std::string_view alias);
/// `host_and_port` is "host:port" with a port that is not 0: taken whole where the channel has no
/// endpoint, for its port where the channel's endpoint ends in ":0".
Result<std::string> with_wildcard_port_replaced(std::string_view channel,
                                                std::string_view host_and_port);
/// "aeron:udp?endpoint=<endpoint>", with the interface of `channel` if it has one.
Result<std::string> destination_channel(std::string_view channel, std::string_view endpoint);

}  // namespace tern
