/// A log file that its other users may write to while we do: its metadata, and whatever lies in its
/// terms, before readers, appenders and the driver's own work on it.
///
/// Input: length of the file (1 byte), where to read from (2 bytes), steps (8 bytes), the first 512
/// bytes of the metadata, the beginning of the first term, which is also that of the other two.

#include "mapping.hpp"
#include "tern/logbuffer/concurrent_appender.hpp"
#include "tern/logbuffer/exclusive_appender.hpp"
#include "tern/logbuffer/fragment_assembler.hpp"
#include "tern/logbuffer/gap_scanner.hpp"
#include "tern/logbuffer/log_unblocker.hpp"
#include "tern/logbuffer/term_cleaner.hpp"
#include "tern/logbuffer/term_scanner.hpp"

namespace tern::fuzz {
namespace {

constexpr std::size_t kWritten = 512;  // of the metadata
constexpr std::size_t kLogLength = log_file_length(kTermMinLength, kPageMinSize);

std::shared_ptr<Mapping> log_file(std::size_t length, ConstBytes metadata, ConstBytes term) {
    auto file = file_of(length, {});
    const Bytes bytes = file->bytes();
    const auto put = [&](std::size_t at, ConstBytes content) {
        if (at > length) return;
        std::copy_n(content.begin(), std::min(content.size(), length - at), bytes.data() + at);
    };
    for (std::size_t i = 0; i < kPartitionCount; ++i) put(i * kTermMinLength, term);
    if (length >= kLogMetadataLength) put(length - kLogMetadataLength, metadata);
    return file;
}

struct Reading {
    TermReader& reader;
    FragmentAssembler<void (*)(ConstBytes, const FragmentHeader&)> assembler{
        [](ConstBytes message, const FragmentHeader& header) {
            touch(message);
            (void)header.position();
        }};

    void step(std::uint8_t what) {
        const auto fragment = [](ConstBytes payload, const FragmentHeader&) { touch(payload); };
        switch (what % 5) {
            case 0: reader.poll(assembler, 1 + what); return;
            case 1: reader.poll(fragment, 1 + what); return;
            case 2:
                reader.controlled_poll(
                    [what](ConstBytes payload, const FragmentHeader&) {
                        touch(payload);
                        return static_cast<ControlledAction>(1 + what % 4);
                    },
                    10);
                return;
            case 3:
                reader.block_poll([](const Block& block) { touch(block.bytes); }, what * 64);
                return;
            default: reader.bounded_poll(fragment, reader.position() + what * 32, 10); return;
        }
    }
};

void read(const LogBuffers& log, Position from, Input steps) {
    SharedWord<std::int64_t> position{};
    position.store_relaxed(from);
    const std::atomic<bool> closed{false};
    TermReader reader{log, position, closed};
    Reading reading{reader};
    while (!steps.is_empty()) {
        reading.step(steps.take<std::uint8_t>());
        TERN_ASSERT(reader.position() >= from);
    }
}

void append(const LogBuffers& log, Input steps) {
    constexpr Position kNoLimit = INT64_MAX;
    const ConcurrentAppender shared{log, 1, 2};
    ExclusiveAppender own{log, 1, 2};
    const Memory message{4096};
    while (!steps.is_empty()) {
        const auto what = steps.take<std::uint8_t>();
        const auto bytes = ConstBytes{message.bytes()}.first(std::size_t{what} * 16);
        BufferClaim claim;
        switch (what % 3) {
            case 0: shared.offer(bytes, kNoLimit); break;
            case 1: own.offer(bytes, kNoLimit); break;
            default:
                if (shared.try_claim(what, kNoLimit, claim).ok()) claim.commit();
        }
    }
}

void work_as_a_driver(const LogBuffers& log, Position at) {
    const std::int32_t offset = log.geometry().offset_at(at);
    const ConstBytes term = log.term_bytes(log.geometry().partition_at(at));
    const auto found = scan_for_availability(term, offset, 1408);
    if (found.available > 0) {
        touch(term.subspan(static_cast<std::size_t>(offset),
                           static_cast<std::size_t>(found.available)));
        TERN_ASSERT(offset + found.available + found.padding <= log.term_length());
    }
    const auto scan = scan_for_gap(term, 0, offset, log.term_length());
    TERN_ASSERT(scan.complete_to >= offset && scan.complete_to <= log.term_length());
    if (scan.gap) TERN_ASSERT(scan.gap->offset + scan.gap->length <= log.term_length());
    unblock_log(log, at, Publishers::may_be_alive);
    unblock_log(log, at, Publishers::are_gone);
    (void)clean_to(log, at, at + 4096);
    (void)log.producer_position();
}

}  // namespace

void run(ConstBytes bytes) {
    Input input{bytes};
    const std::size_t lengths[] = {kLogLength, kLogLength + 4096, kLogLength - 1, 4096, 64};
    const std::size_t length = lengths[input.below(std::size(lengths))];
    const Position from = Position{input.take<std::uint16_t>()} * kFrameAlignment;
    const Input steps{input.take_bytes(8)};
    const ConstBytes metadata = input.take_bytes(kWritten);
    const auto log = LogBuffers::over(log_file(length, metadata, input.rest()));
    if (!log) {
        TERN_ASSERT(!log.error().text.empty());
        return;
    }
    TERN_ASSERT(log->term_length() == kTermMinLength);
    (void)log->is_connected();
    (void)log->end_of_stream_position();
    read(*log, from, steps);
    append(*log, steps);
    work_as_a_driver(*log, from);
    read(*log, from, steps);
}

}  // namespace tern::fuzz
