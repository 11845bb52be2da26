#pragma once

/// Addresses of the Internet as values: what channels name and what sockets are bound to. No name
/// resolution and nothing of the operating system; src/platform/ turns them into its own
/// structures.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern {

enum class AddressFamily : std::uint8_t { ipv4, ipv6 };

class IpAddress {
  public:
    /// 0.0.0.0
    IpAddress() = default;
    static IpAddress any(AddressFamily family);
    static IpAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
    static IpAddress ipv6(const std::array<std::uint8_t, 16>& bytes);

    /// A dotted quad, or an IPv6 text without brackets and scope; nullopt for anything else.
    static std::optional<IpAddress> parse(std::string_view text);
    static std::optional<IpAddress> parse(std::string_view text, AddressFamily family);

    AddressFamily family() const { return family_; }
    bool is_ipv6() const { return family_ == AddressFamily::ipv6; }
    /// In network byte order; of IPv4 the first four count.
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    std::size_t size() const { return is_ipv6() ? 16 : 4; }

    bool is_any() const;
    bool is_multicast() const;
    /// True if the first `bits` bits of both are the same; false for different families.
    bool shares_prefix(const IpAddress& other, int bits) const;
    /// The same address with its last byte one higher, which wraps.
    IpAddress with_last_byte_incremented() const;

    /// "127.0.0.1", "ff01::fd": for IPv6 the usual shortest lower-case form, without brackets.
    std::string text() const;

    bool operator==(const IpAddress&) const = default;

  private:
    AddressFamily                family_ = AddressFamily::ipv4;
    std::array<std::uint8_t, 16> bytes_{};
};

struct SocketAddress {
    IpAddress     ip;
    std::uint16_t port = 0;

    static SocketAddress wildcard(AddressFamily family) { return {IpAddress::any(family), 0}; }
    bool is_wildcard() const { return ip.is_any() && port == 0; }

    /// "127.0.0.1:40456", "[::1]:40456"
    std::string text() const;

    bool operator==(const SocketAddress&) const = default;
};

}  // namespace tern
