#pragma once

/// The keys of channel parameters (spec channel-uri.md, 5). Exact and case-sensitive.

#include <string_view>

namespace tern::uri::key {

// Addressing.
inline constexpr std::string_view kEndpoint = "endpoint";
inline constexpr std::string_view kInterface = "interface";
inline constexpr std::string_view kControl = "control";
inline constexpr std::string_view kControlMode = "control-mode";
inline constexpr std::string_view kTags = "tags";
inline constexpr std::string_view kAlias = "alias";
inline constexpr std::string_view kStreamId = "stream-id";

// Log and position of a publication.
inline constexpr std::string_view kMtu = "mtu";
inline constexpr std::string_view kTermLength = "term-length";
inline constexpr std::string_view kInitialTermId = "init-term-id";
inline constexpr std::string_view kTermId = "term-id";
inline constexpr std::string_view kTermOffset = "term-offset";
inline constexpr std::string_view kSessionId = "session-id";
inline constexpr std::string_view kSparse = "sparse";
inline constexpr std::string_view kLinger = "linger";
inline constexpr std::string_view kEndOfStream = "eos";
inline constexpr std::string_view kSpiesSimulateConnection = "ssc";
inline constexpr std::string_view kPublicationWindow = "pub-wnd";
inline constexpr std::string_view kMaxResend = "max-resend";
inline constexpr std::string_view kFlowControl = "fc";

// Sockets and network.
inline constexpr std::string_view kTtl = "ttl";
inline constexpr std::string_view kSendBuffer = "so-sndbuf";
inline constexpr std::string_view kReceiveBuffer = "so-rcvbuf";
inline constexpr std::string_view kTrafficClass = "so-tos";
inline constexpr std::string_view kAuthenticatedTransport = "ats";

// Receiving.
inline constexpr std::string_view kReliable = "reliable";
inline constexpr std::string_view kTether = "tether";
inline constexpr std::string_view kRejoin = "rejoin";
inline constexpr std::string_view kGroup = "group";
inline constexpr std::string_view kReceiverWindow = "rcv-wnd";
inline constexpr std::string_view kCongestionControl = "cc";
inline constexpr std::string_view kGroupTag = "gtag";
inline constexpr std::string_view kNakDelay = "nak-delay";

// Untethered subscribers.
inline constexpr std::string_view kUntetheredWindowLimitTimeout = "untethered-window-limit-timeout";
inline constexpr std::string_view kUntetheredLingerTimeout = "untethered-linger-timeout";
inline constexpr std::string_view kUntetheredRestingTimeout = "untethered-resting-timeout";

// Timestamps and response channels.
inline constexpr std::string_view kMediaReceiveTimestampOffset = "media-rcv-ts-offset";
inline constexpr std::string_view kChannelReceiveTimestampOffset = "channel-rcv-ts-offset";
inline constexpr std::string_view kChannelSendTimestampOffset = "channel-snd-ts-offset";
inline constexpr std::string_view kResponseCorrelationId = "response-correlation-id";
inline constexpr std::string_view kResponseEndpoint = "response-endpoint";

}  // namespace tern::uri::key
