#pragma once

/// For tests: a log in the memory of the process, and words to look into it with.

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "tern/logbuffer/log_buffers.hpp"
#include "tern/logbuffer/frame.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::testing {

inline constexpr std::int32_t kTestSession = 0x11223344;   // those of the vectors in the spec
inline constexpr std::int32_t kTestStream = 1001;
inline constexpr Position     kNoLimit = INT64_MAX;

// What an offer returns (spec shared-memory.md 5).
inline constexpr std::int64_t kAdminAction = -3;
inline constexpr std::int64_t kMaxPosition = -5;
inline constexpr std::int64_t kError = -6;

/// Parameters of a log as the vectors have it, which starts at its first term.
inline LogParameters test_parameters(std::int32_t initial_term_id = 7) {
    LogParameters parameters;
    parameters.session_id = kTestSession;
    parameters.stream_id = kTestStream;
    parameters.initial_term_id = initial_term_id;
    parameters.start_term_id = initial_term_id;
    return parameters;
}

inline LogParameters starting_at(std::int32_t initial_term_id, std::int32_t term_id,
                                 std::int32_t offset) {
    LogParameters parameters = test_parameters(initial_term_id);
    parameters.start_term_id = term_id;
    parameters.start_term_offset = offset;
    return parameters;
}

/// What a test expects of a frame's header.
struct FrameSeen {
    std::int32_t length;
    int          flags;
    int          type;
    friend bool operator==(const FrameSeen&, const FrameSeen&) = default;
    friend std::ostream& operator<<(std::ostream& out, const FrameSeen& frame) {
        return out << "{" << frame.length << ", 0x" << std::hex << frame.flags << std::dec << ", "
                   << frame.type << "}";
    }
};

class TestLog {
  public:
    explicit TestLog(const LogParameters& parameters = test_parameters())
        : log(LogBuffers::initialise(new_file(parameters), parameters)) {}

    static std::shared_ptr<Mapping> new_file(const LogParameters& parameters) {
        return MemoryFileSystem{}
            .create("/log", log_file_length(parameters.term_length, parameters.page_size),
                    Blocks::sparse)
            .value();
    }

    std::uint64_t tail(int partition) const {
        return static_cast<std::uint64_t>(
            log.metadata().term_tail_counters[partition].load_acquire());
    }
    std::int32_t count() const { return log.metadata().active_term_count.load_acquire(); }

    FrameSeen frame(int partition, std::int32_t offset) const {
        const DataHeader& header = header_at(log.term(partition) + offset);
        return {header.frame_length.load_acquire(), header.flags, header.type};
    }

    /// Bytes as the spec prints them: "25 00 00 00 00 c0 ...".
    std::string hex(int partition, std::int32_t offset, std::size_t length) const {
        return hex_of({log.term(partition) + offset, length});
    }
    static std::string hex_of(ConstBytes bytes) {
        static constexpr char kDigits[] = "0123456789abcdef";
        std::string text;
        for (std::byte byte : bytes) {
            text += text.empty() ? "" : " ";
            text += kDigits[std::to_integer<unsigned>(byte) >> 4];
            text += kDigits[std::to_integer<unsigned>(byte) & 15];
        }
        return text;
    }

    bool is_zero(int partition, std::int32_t from, std::int32_t to) const {
        for (std::int32_t i = from; i < to; ++i) {
            if (log.term(partition)[i] != std::byte{0}) {
                return false;
            }
        }
        return true;
    }

    /// Places a frame as a receiver would, without payload.
    void put_frame(int partition, std::int32_t offset, std::int32_t length,
                   std::int16_t type = kDataFrame) const {
        std::byte* const frame = log.term(partition) + offset;
        begin_frame(frame, length, kUnfragmented, type, offset,
                    {kTestSession, kTestStream, log.initial_term_id()});
        commit_frame(frame, length);
    }

    LogBuffers log;
};

/// `length` bytes that differ from their neighbours and from message to message.
inline std::vector<std::byte> patterned(std::size_t length, unsigned seed = 1) {
    std::vector<std::byte> bytes(length);
    for (std::size_t i = 0; i < length; ++i) {
        bytes[i] = static_cast<std::byte>(i * 7 + i / 251 + seed * 31 + 1);
    }
    return bytes;
}

}  // namespace tern::testing
