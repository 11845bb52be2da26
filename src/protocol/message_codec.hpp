#pragma once

/// How the messages in this folder read and write their bodies; for their .cpp files only. A reader
/// checks before each step and remembers the first fault; a writer asserts that its caller made
/// room.

#include <limits>
#include <string>

#include "tern/base/assert.hpp"
#include "tern/protocol/message_types.hpp"

namespace tern::protocol::codec {

inline constexpr std::size_t kFieldAlignment = 4;

/// The most bytes a variable part may claim without its length field turning negative.
inline constexpr std::size_t kMaxLength = std::numeric_limits<std::int32_t>::max();

/// "command=1 too short: length=23": the words of Aeron's C driver; events are named in
/// hexadecimal, as its C client does.
Error too_short(std::int32_t type, ConstBytes body);

class Reader {
  public:
    Reader(std::int32_t type, ConstBytes body) : type_(type), body_(body) {}

    /// The fixed part at the cursor, copied: what a neighbour writes later is not seen.
    template <typename Layout>
    Layout fixed() {
        Layout layout{};
        if (take(sizeof(Layout))) layout = load_plain<Layout>(body_.data() + at_ - sizeof(Layout));
        return layout;
    }

    /// `length` bytes at the cursor; `field` names the length for the fault text of a negative one.
    ConstBytes variable(std::int32_t length, std::string_view field);

    std::string_view text(std::int32_t length, std::string_view field) {
        return text_of(variable(length, field));
    }

    /// Skips the padding that keeps a following length field aligned.
    void skip_to_alignment() { take(align(at_, kFieldAlignment) - at_); }

    /// The message if no step failed, else what was wrong.
    template <typename Message>
    Result<Message> finish(Message message) {
        if (fault_) return *std::move(fault_);
        return message;
    }

  private:
    bool take(std::size_t length);

    std::int32_t         type_;
    ConstBytes           body_;
    std::size_t          at_ = 0;
    std::optional<Error> fault_;
};

class Writer {
  public:
    explicit Writer(Bytes out) : out_(out) {}

    template <typename Layout>
    void fixed(const Layout& layout) {
        TERN_ASSERT(out_.size() - at_ >= sizeof layout);
        store_plain(out_.data() + at_, layout);
        at_ += sizeof layout;
    }

    void variable(ConstBytes bytes);
    void text(std::string_view text) { variable(bytes_of(text)); }
    void pad_to_alignment() { pad_to(align(at_, kFieldAlignment)); }
    void pad_to(std::size_t length);

    std::size_t length() const { return at_; }

  private:
    Bytes       out_;
    std::size_t at_ = 0;
};

/// The length field of a variable part.
inline std::int32_t length_field(std::size_t length) {
    TERN_ASSERT(length <= kMaxLength);
    return static_cast<std::int32_t>(length);
}

template <typename Type>
std::int32_t id_of(Type type) {
    return static_cast<std::int32_t>(type);
}

}  // namespace tern::protocol::codec
