#include "tern/logbuffer/log_buffers.hpp"

#include <gtest/gtest.h>

#include "tern/logbuffer/log_rotation.hpp"
#include "tern/logbuffer/testing/test_log.hpp"

namespace tern {
namespace {

using testing::starting_at;
using testing::test_parameters;
using testing::TestLog;

template <typename T>
T metadata_field(const TestLog& log, std::size_t offset) {
    return load_plain<T>(reinterpret_cast<const std::byte*>(&log.log.metadata()) + offset);
}

TEST(LogFileLength, table_of_9_1) {
    EXPECT_EQ(log_file_length(64 * 1024, 4096), 200704U);
    EXPECT_EQ(log_file_length(64 * 1024, 2 * 1024 * 1024), 2097152U);
    EXPECT_EQ(log_file_length(16 * 1024 * 1024, 4096), 50335744U);
    EXPECT_EQ(log_file_length(1024 * 1024 * 1024, 4096), 3221229568U);
}

TEST(LogBuffers, vector_A_default_header_is_complete) {
    const TestLog log;
    EXPECT_EQ(TestLog::hex_of(std::as_bytes(std::span{&log.log.metadata().default_header, 1})),
              "00 00 00 00 00 c0 01 00 00 00 00 00 44 33 22 11 "
              "e9 03 00 00 07 00 00 00 00 00 00 00 00 00 00 00");
}

TEST(LogBuffers, vector_B_initial_tails) {
    const TestLog log;
    EXPECT_EQ(log.tail(0), 0x0000'0007'0000'0000U);
    EXPECT_EQ(log.tail(1), 0x0000'0005'0000'0000U);
    EXPECT_EQ(log.tail(2), 0x0000'0006'0000'0000U);
    EXPECT_EQ(log.count(), 0);
    EXPECT_EQ(log.log.producer_position(), 0);
}

TEST(LogBuffers, vector_D_initial_tails_of_a_later_start) {
    const TestLog log(starting_at(7, 9, 65472));
    EXPECT_EQ(log.tail(0), 0x0000'0007'0000'0000U);
    EXPECT_EQ(log.tail(1), 0x0000'0008'0000'0000U);
    EXPECT_EQ(log.tail(2), 0x0000'0009'0000'ffc0U);
    EXPECT_EQ(log.count(), 2);
    EXPECT_EQ(log.log.producer_position(), 196544);
}

TEST(LogBuffers, starts_in_the_last_possible_term) {
    // 2^31 - 1 rotations after the first; its partition is 1, and the tails around it are not to be
    // computed from a count that overflows.
    const TestLog log(starting_at(7, wrapping_add(7, INT32_MAX), 64));
    EXPECT_EQ(log.count(), INT32_MAX);
    EXPECT_EQ(log.tail(1), 0x8000'0006'0000'0040U);
    EXPECT_EQ(log.tail(2), 0x8000'0004'0000'0000U);
    EXPECT_EQ(log.tail(0), 0x8000'0005'0000'0000U);
    EXPECT_EQ(log.log.producer_position(), log.log.geometry().max_position() - 65536 + 64);
}

TEST(LogBuffers, writes_each_field_of_the_metadata_where_9_2_has_it) {
    LogParameters with = test_parameters();
    with.type = LogType::exclusive_publication;
    with.correlation_id = 0x1122334455667788;
    with.publication_window_length = 284;
    with.receiver_window_length = 288;
    with.socket_sndbuf_length = 292;
    with.os_default_socket_sndbuf_length = 296;
    with.os_max_socket_sndbuf_length = 300;
    with.socket_rcvbuf_length = 304;
    with.os_default_socket_rcvbuf_length = 308;
    with.os_max_socket_rcvbuf_length = 312;
    with.max_resend = 316;
    with.entity_tag = 448;
    with.response_correlation_id = 456;
    with.linger_timeout_ns = 464;
    with.untethered_window_limit_timeout_ns = 472;
    with.untethered_resting_timeout_ns = 480;
    with.untethered_linger_timeout_ns = 500;
    const TestLog log(with);
    EXPECT_EQ(metadata_field<std::int64_t>(log, 128), INT64_MAX);
    EXPECT_EQ(metadata_field<std::int32_t>(log, 136), 0);
    EXPECT_EQ(metadata_field<std::int64_t>(log, 256), 0x1122334455667788);
    EXPECT_EQ(metadata_field<std::int32_t>(log, 264), 7);
    EXPECT_EQ(metadata_field<std::int32_t>(log, 268), 32);
    EXPECT_EQ(metadata_field<std::int32_t>(log, 272), 1408);
    EXPECT_EQ(metadata_field<std::int32_t>(log, 276), 65536);
    EXPECT_EQ(metadata_field<std::int32_t>(log, 280), 4096);
    for (std::size_t offset = 284; offset <= 316; offset += 4) {
        EXPECT_EQ(metadata_field<std::int32_t>(log, offset), static_cast<std::int32_t>(offset));
    }
    for (const std::size_t offset : {448, 456, 464, 472, 480, 500}) {
        EXPECT_EQ(metadata_field<std::int64_t>(log, offset), static_cast<std::int64_t>(offset));
    }
    EXPECT_EQ(metadata_field<std::uint8_t>(log, 497), 1);
    EXPECT_EQ(log.log.metadata().untethered_linger_timeout_ns(), 500);
}

TEST(LogBuffers, writes_each_flag_where_9_2_has_it) {
    using Flag = bool LogParameters::*;
    constexpr Flag kFlags[] = {&LogParameters::group, &LogParameters::is_response,
                               &LogParameters::rejoin, &LogParameters::reliable,
                               &LogParameters::sparse, &LogParameters::signal_eos,
                               &LogParameters::spies_simulate_connection, &LogParameters::tether};
    for (std::size_t set = 0; set < std::size(kFlags); ++set) {
        LogParameters with = test_parameters();
        with.*kFlags[set] = true;
        const TestLog log(with);
        for (std::size_t flag = 0; flag < std::size(kFlags); ++flag) {
            EXPECT_EQ(metadata_field<std::uint8_t>(log, 488 + flag), flag == set ? 1 : 0);
        }
    }
}

TEST(LogBuffers, of_an_image_has_no_tails) {
    LogParameters with = test_parameters();
    with.type = LogType::image;
    const TestLog log(with);
    EXPECT_EQ(log.tail(0) | log.tail(1) | log.tail(2), 0U);
    EXPECT_EQ(log.count(), 0);
    EXPECT_EQ(metadata_field<std::uint8_t>(log, 497), 2);
}

TEST(LogBuffers, finds_the_metadata_at_the_end_of_a_file_with_large_pages) {
    LogParameters with = test_parameters();
    with.page_size = 2 * 1024 * 1024;
    const TestLog log(with);
    const Bytes file = log.log.file()->bytes();
    EXPECT_EQ(file.size(), 2097152U);
    EXPECT_EQ(load_plain<std::int32_t>(file.data() + 2097152 - 4096 + 276), 65536);
    EXPECT_EQ(log.log.term(2), file.data() + 131072);
}

TEST(LogBuffers, opens_what_was_initialised) {
    const TestLog made(starting_at(7, 9, 65472));
    const Result<LogBuffers> opened = LogBuffers::over(made.log.file());
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->term_length(), 65536);
    EXPECT_EQ(opened->initial_term_id(), 7);
    EXPECT_EQ(opened->mtu_length(), 1408);
    EXPECT_EQ(opened->producer_position(), 196544);
    EXPECT_EQ(opened->term(1), made.log.term(1));
}

std::string fault_of(const std::shared_ptr<Mapping>& file) {
    Result<LogBuffers> opened = LogBuffers::over(file);
    return opened ? "" : opened.error().text;
}

std::string fault_with(std::int32_t LogMetadata::*field, std::int32_t value) {
    const TestLog log;
    log.log.metadata().*field = value;
    return fault_of(log.log.file());
}

TEST(LogBuffers, refuses_a_file_whose_lengths_cannot_be_true) {
    const auto has = [](const std::string& text, const char* what) {
        EXPECT_NE(text.find(what), std::string::npos) << text;
        EXPECT_NE(text.find("/log"), std::string::npos) << text;
    };
    has(fault_with(&LogMetadata::term_length, 32768),
        "term length less than min length of 65536: length=32768");
    has(fault_with(&LogMetadata::term_length, INT32_MAX),
        "term length greater than max length of 1073741824: length=2147483647");
    has(fault_with(&LogMetadata::term_length, 65537),
        "term length not a power of 2: length=65537");
    has(fault_with(&LogMetadata::term_length, 131072), "shorter than its terms");
    has(fault_with(&LogMetadata::term_length, -65536), "term length less than min");
    has(fault_with(&LogMetadata::page_size, 0), "page size less than min");
    has(fault_with(&LogMetadata::page_size, 4097), "page size not a power of 2");
    has(fault_with(&LogMetadata::mtu_length, 0), "mtu must be from 64 to 65504");
    has(fault_with(&LogMetadata::mtu_length, 1407), "mtu must be a multiple of 32");
}

TEST(LogBuffers, refuses_a_truncated_file_before_it_reads_anything) {
    for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{100}, std::uint64_t{4096},
                                       std::uint64_t{200703}}) {
        const auto file = MemoryFileSystem{}.create("/log", length, Blocks::sparse).value();
        EXPECT_NE(fault_of(file).find("shorter than a log can be"), std::string::npos) << length;
    }
}

TEST(LogBuffers, refuses_a_length_that_would_misplace_the_metadata) {
    const auto file = MemoryFileSystem{}.create("/log", 200705, Blocks::sparse).value();
    EXPECT_NE(fault_of(file).find("not a multiple of 4096"), std::string::npos);
}

TEST(LogBuffers, tells_the_state_of_the_stream) {
    const TestLog log;
    EXPECT_FALSE(log.log.is_connected());
    EXPECT_FALSE(log.log.is_revoked());
    EXPECT_EQ(log.log.end_of_stream_position(), kNoEndOfStream);
    log.log.set_connected(true);
    log.log.set_revoked();
    log.log.set_end_of_stream_position(4096);
    EXPECT_TRUE(log.log.is_connected());
    EXPECT_TRUE(log.log.is_revoked());
    EXPECT_EQ(log.log.end_of_stream_position(), 4096);
}

// Rotation (vector G): count 19, term 51.

struct RotationFixture : TestLog {
    RotationFixture() {
        set(1, raw_tail(51, 1024));
        set(2, raw_tail(49, 2048));
        set(0, raw_tail(50, 4096));
        log.metadata().active_term_count.store_release(19);
    }
    void set(int partition, std::int64_t raw) {
        log.metadata().term_tail_counters[partition].store_release(raw);
    }
};

TEST(LogRotation, vector_G_sets_the_next_tail_and_the_count) {
    const RotationFixture log;
    rotate_log(log.log.metadata(), 19, 51);
    EXPECT_EQ(log.tail(2), static_cast<std::uint64_t>(raw_tail(52, 0)));
    EXPECT_EQ(log.tail(1), static_cast<std::uint64_t>(raw_tail(51, 1024)));
    EXPECT_EQ(log.tail(0), static_cast<std::uint64_t>(raw_tail(50, 4096)));
    EXPECT_EQ(log.count(), 20);
}

TEST(LogRotation, vector_G_leaves_a_tail_alone_that_was_set_before) {
    RotationFixture log;
    log.set(2, raw_tail(52, 64));
    rotate_log(log.log.metadata(), 19, 51);
    EXPECT_EQ(log.tail(2), static_cast<std::uint64_t>(raw_tail(52, 64)));
    EXPECT_EQ(log.count(), 20);
}

TEST(LogRotation, happens_once_however_often_it_is_attempted) {
    const RotationFixture log;
    rotate_log(log.log.metadata(), 19, 51);
    rotate_log(log.log.metadata(), 19, 51);
    EXPECT_EQ(log.count(), 20);
    EXPECT_EQ(log.tail(2), static_cast<std::uint64_t>(raw_tail(52, 0)));
}

}  // namespace
}  // namespace tern
