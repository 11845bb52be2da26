#pragma once

/// What an offer came to, in one word: the position after the message, or a negative code numbered
/// as in Aeron.

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tern {

enum class OfferStatus : std::int64_t {
    ok = 0,
    not_connected = -1,           // no subscriber; one may come
    back_pressured = -2,          // subscribers are behind; try again
    admin_action = -3,            // the term was rotated; try again at once
    closed = -4,                  // final: this publication is closed
    max_position_exceeded = -5,   // final: the stream has no more positions; add a new publication
    error = -6,                   // a bad argument
};

class OfferResult {
  public:
    // NOLINT: implicit
    constexpr OfferResult(OfferStatus status) : word_(static_cast<std::int64_t>(status)) {}
    /// From the word of the C API.
    static constexpr OfferResult of(std::int64_t word) { return OfferResult(word); }

    constexpr OfferStatus status() const {
        return word_ >= 0 ? OfferStatus::ok : static_cast<OfferStatus>(word_);
    }
    /// Where the next frame begins; only if the status is ok (else the negative code).
    constexpr std::int64_t position() const { return word_; }
    /// The word of the C API.
    constexpr std::int64_t code() const { return word_; }
    constexpr bool ok() const { return word_ >= 0; }
    constexpr explicit operator bool() const { return ok(); }
    friend constexpr bool operator==(OfferResult, OfferResult) = default;

  private:
    constexpr explicit OfferResult(std::int64_t word) : word_(word) {}
    std::int64_t word_;
};
static_assert(sizeof(OfferResult) == 8 && std::is_trivially_copyable_v<OfferResult>);

/// "ok", "not_connected", ...
constexpr std::string_view name_of(OfferStatus status) {
    switch (status) {
        case OfferStatus::ok: return "ok";
        case OfferStatus::not_connected: return "not_connected";
        case OfferStatus::back_pressured: return "back_pressured";
        case OfferStatus::admin_action: return "admin_action";
        case OfferStatus::closed: return "closed";
        case OfferStatus::max_position_exceeded: return "max_position_exceeded";
        case OfferStatus::error: return "error";
    }
    return "unknown";
}

}  // namespace tern
