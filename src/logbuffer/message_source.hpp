#pragma once

/// Where the bytes of an offered message come from: `length()` of the whole, `copy_next(to, n)` for
/// the next n. Anything with these two can be offered (the C ABI has one for its vectors).

#include <cstddef>
#include <cstring>
#include <span>

#include "tern/base/bytes.hpp"

namespace tern {

/// A message that lies in one piece.
class ContiguousSource {
  public:
    explicit ContiguousSource(ConstBytes message) : at_(message.data()), length_(message.size()) {}
    std::size_t length() const { return length_; }
    // hot:
    void copy_next(std::byte* to, std::size_t count) {
        // An empty span may have no address at all. Signed, because GCC 12, where it can follow a
        // short message to here, would warn of the copy of a negative length that never comes.
        if (static_cast<std::ptrdiff_t>(count) > 0) {
            std::memcpy(to, at_, count);
            at_ += count;
        }
    }

  private:
    const std::byte* at_;
    std::size_t      length_;
};

/// A message in parts, any of which may be empty or span frames. The array of parts must stay until
/// the offer returns.
class GatheredSource {
  public:
    explicit GatheredSource(std::span<const ConstBytes> parts) : parts_(parts) {
        for (ConstBytes part : parts) {
            length_ += part.size();
        }
    }
    std::size_t length() const { return length_; }
    // hot:
    void copy_next(std::byte* to, std::size_t count) {
        while (count > 0) {
            const ConstBytes rest = parts_[index_].subspan(used_);
            const std::size_t taken = rest.size() < count ? rest.size() : count;
            if (taken > 0) {
                std::memcpy(to, rest.data(), taken);
            }
            to += taken;
            count -= taken;
            used_ += taken;
            if (used_ == parts_[index_].size()) {
                ++index_;
                used_ = 0;
            }
        }
    }

  private:
    std::span<const ConstBytes> parts_;
    std::size_t                 index_ = 0;
    std::size_t                 used_ = 0;   // bytes of parts_[index_]
    std::size_t                 length_ = 0;
};

}  // namespace tern
