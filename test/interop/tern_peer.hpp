#pragma once

/// What the programs with Tern's client share (tern_peer.cpp, tern_steps.cpp): options, message
/// sizes, waiting, and the check of every message (peers/PAYLOAD.md).

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "interop/peers/payload.h"
#include "support/pace.hpp"
#include "tern/tern.hpp"

namespace tern::test {

inline constexpr std::chrono::seconds kWithoutProgress{40};

struct Arguments {
    std::vector<std::string> words;
    std::map<std::string, std::string> options;

    explicit Arguments(const std::vector<std::string>& line) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (!line[i].starts_with("--")) {
                words.push_back(line[i]);
            } else if (i + 1 < line.size() && !line[i + 1].starts_with("--")) {
                const std::string& name = line[i++];
                options[name] = line[i];
            } else {
                options[line[i]] = "";
            }
        }
    }
    const std::string& word(std::size_t index) const {
        if (index < words.size()) return words[index];
        throw std::invalid_argument("too few words; see peers/README.md");
    }
    bool has(const std::string& name) const { return options.contains(name); }
    std::string text(const std::string& name, const std::string& otherwise) const {
        const auto found = options.find(name);
        return found == options.end() ? otherwise : found->second;
    }
    long number(const std::string& name, long otherwise) const {
        return std::stol(text(name, std::to_string(otherwise)));
    }
};

/// Lengths in turn; a range low-high gives low, low+7, ... and around again.
class Sizes {
  public:
    explicit Sizes(const std::string& list) {
        std::size_t at = 0;
        while (at <= list.size()) {
            const std::size_t comma = std::min(list.find(',', at), list.size());
            const std::string item = list.substr(at, comma - at);
            const std::size_t dash = item.find('-');
            const std::size_t low = size_of(item.substr(0, dash));
            ranges_.push_back(
                {low, dash == std::string::npos ? low : size_of(item.substr(dash + 1)), low});
            at = comma + 1;
        }
    }
    std::size_t next() {
        Range& range = ranges_[turn_++ % ranges_.size()];
        const std::size_t size = range.at;
        range.at = range.at + 7 > range.high ? range.low : range.at + 7;
        return size;
    }

  private:
    static std::size_t size_of(const std::string& text) {
        return std::stoul(text) * (text.ends_with('k') ? 1024 : 1);
    }
    struct Range {
        std::size_t low, high, at;
    };
    std::vector<Range> ranges_;
    std::size_t turn_ = 0;
};

inline void say(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

class Deadline {
  public:
    void progress() { at_ = Steady::now() + kWithoutProgress; }
    void wait(const std::string& what) {
        if (Steady::now() > at_) { throw std::runtime_error("timed out waiting for " + what); }
        give_way();
    }

  private:
    using Steady = std::chrono::steady_clock;
    Steady::time_point at_ = Steady::now() + kWithoutProgress;
};

template <typename Publication>
OfferResult send_one(Publication& publication, const std::vector<std::byte>& message,
                     const Arguments& arguments) {
    const ConstBytes bytes{message};
    const auto supplier = [&message](std::byte*, std::int32_t) {
        return load_plain<std::int64_t>(message.data() + 8);
    };
    if (arguments.has("--claim") &&
        message.size() <= static_cast<std::size_t>(publication.max_payload_length())) {
        BufferClaim claim;
        const OfferResult result = publication.try_claim(message.size(), claim);
        if (result.ok()) {
            std::memcpy(claim.buffer().data(), message.data(), message.size());
            claim.set_reserved_value(supplier(nullptr, 0));
            claim.commit();
        }
        return result;
    }
    if (arguments.has("--vector")) {
        const std::size_t half = message.size() / 2;
        const ConstBytes parts[] = {bytes.first(half), {}, bytes.subspan(half)};
        return publication.offer(std::span<const ConstBytes>{parts}, supplier);
    }
    return publication.offer(bytes, supplier);
}

/// What came from one session, or from one publisher where several share a session.
class Checker {
  public:
    struct Source {
        bool is_known = false;
        std::uint32_t publisher = 0;
        std::uint64_t first = 0, next = 0, count = 0, bytes = 0, digest = 0;
    };
    bool is_mixed = false;       // publishers share a session
    bool may_join_late = false;  // the first message may be any
    bool may_skip = false;       // messages may be missing

    void take(ConstBytes message, std::int32_t session_id) {
        payload_t got;
        char reason[256];
        if (!payload_read(reinterpret_cast<const std::uint8_t*>(message.data()), message.size(),
                          &got, reason, sizeof reason)) {
            throw std::runtime_error("session " + std::to_string(session_id) + ": " + reason);
        }
        Source& source = sources_[is_mixed ? got.publisher : session_id];
        if (!source.is_known) {
            source.is_known = true;
            source.publisher = got.publisher;
            source.first = source.next = may_join_late || may_skip ? got.sequence : 0;
        }
        if (may_skip && got.sequence > source.next) source.next = got.sequence;
        if (got.publisher != source.publisher || got.sequence != source.next) {
            throw std::runtime_error("session " + std::to_string(session_id) + ": publisher " +
                                     std::to_string(got.publisher) + " sequence " +
                                     std::to_string(got.sequence) + " came, not " +
                                     std::to_string(source.next));
        }
        ++source.next;
        ++source.count;
        source.bytes += message.size();
        source.digest = payload_digest(source.digest, got);
        ++received_;
    }
    std::uint64_t received() const { return received_; }
    const std::map<std::int64_t, Source>& sources() const { return sources_; }

  private:
    std::map<std::int64_t, Source> sources_;
    std::uint64_t received_ = 0;
};

}  // namespace tern::test
