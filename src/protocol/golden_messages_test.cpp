#include "tern/protocol/golden_messages_for_test.hpp"

#include <gtest/gtest.h>

namespace tern::protocol {
namespace {

PublicationReady ipc_publication_ready(std::int64_t correlation_id) {
    return {.correlation_id = correlation_id,
            .registration_id = 7,
            .session_id = 0x12345678,
            .stream_id = 1001,
            .position_limit_counter_id = 29,
            .channel_status_indicator_id = kNullCounterId,
            .log_file_name = "/dev/shm/aeron/publications/7.logbuffer"};
}

PublicationError publication_error() {
    SourceAddress source{.family = SourceAddress::Family::ipv4, .port = 40456};
    source.bytes[0] = std::byte{127};
    source.bytes[3] = std::byte{1};
    return {.registration_id = 7,
            .destination_registration_id = kNullId,
            .session_id = 0x12345678,
            .stream_id = 1001,
            .receiver_id = 0x0102030405060708,
            .group_tag = -1,
            .source = source,
            .error_code = 13,
            .message = "rejected"};
}

// The bytes are those of the specification's text (control-protocol.md, 20), not of this code.
const std::vector<GoldenCommand> kCommands{
    {"20.1.1", 0x01,
     AddPublication{.header = {5, 7}, .stream_id = 1001, .channel = "aeron:ipc"},
     "05 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 "
     "e9 03 00 00 09 00 00 00 61 65 72 6f 6e 3a 69 70 "
     "63"},
    {"20.1.2", 0x03,
     AddPublication{.header = {5, 6},
                     .stream_id = -7,
                     .channel = "aeron:udp?endpoint=localhost:40123",
                     .is_exclusive = true},
     "05 00 00 00 00 00 00 00 06 00 00 00 00 00 00 00 "
     "f9 ff ff ff 22 00 00 00 61 65 72 6f 6e 3a 75 64 "
     "70 3f 65 6e 64 70 6f 69 6e 74 3d 6c 6f 63 61 6c "
     "68 6f 73 74 3a 34 30 31 32 33"},
    {"20.1.3", 0x02,
     RemovePublication{.header = {5, 8}, .registration_id = 7, .revoke = true},
     "05 00 00 00 00 00 00 00 08 00 00 00 00 00 00 00 "
     "07 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"},
    {"20.1.4", 0x04,
     AddSubscription{.header = {5, 9}, .stream_id = 1001, .channel = "aeron:ipc"},
     "05 00 00 00 00 00 00 00 09 00 00 00 00 00 00 00 "
     "ff ff ff ff ff ff ff ff e9 03 00 00 09 00 00 00 "
     "61 65 72 6f 6e 3a 69 70 63"},
    {"20.1.5", 0x05,
     RemoveSubscription{.header = {5, 10}, .registration_id = 9},
     "05 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 "
     "09 00 00 00 00 00 00 00"},
    {"20.1.6", 0x06,
     ClientKeepalive{.header = {5, 0}},
     "05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"},
    {"20.1.7", 0x0B,
     ClientClose{.header = {5, kNullId}},
     "05 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff"},
    {"20.1.8", 0x07,
     DestinationCommand{.header = {5, 12},
                         .action = DestinationAction::add_send,
                         .registration_id = 7,
                         .channel = "aeron:udp?endpoint=127.0.0.1:40124"},
     "05 00 00 00 00 00 00 00 0c 00 00 00 00 00 00 00 "
     "07 00 00 00 00 00 00 00 22 00 00 00 61 65 72 6f "
     "6e 3a 75 64 70 3f 65 6e 64 70 6f 69 6e 74 3d 31 "
     "32 37 2e 30 2e 30 2e 31 3a 34 30 31 32 34"},
    {"20.1.9", 0x11,
     RemoveDestinationById{.header = {5, 13},
                            .publication_registration_id = 7,
                            .destination_registration_id = 12},
     "05 00 00 00 00 00 00 00 0d 00 00 00 00 00 00 00 "
     "07 00 00 00 00 00 00 00 0c 00 00 00 00 00 00 00"},
    {"20.1.10", 0x09,
     AddCounter{.header = {5, 14},
                 .counter_type_id = 1002,
                 .key = bytes_of("\1\2\3\4\5"),
                 .label = "my-counter"},
     "05 00 00 00 00 00 00 00 0e 00 00 00 00 00 00 00 "
     "ea 03 00 00 05 00 00 00 01 02 03 04 05 00 00 00 "
     "0a 00 00 00 6d 79 2d 63 6f 75 6e 74 65 72"},
    {"20.1.11", 0x0F,
     AddStaticCounter{.header = {5, 15},
                       .registration_id = 777,
                       .counter_type_id = 1003,
                       .key = bytes_of({"\x63\0\0\0", 4}),
                       .label = "static"},
     "05 00 00 00 00 00 00 00 0f 00 00 00 00 00 00 00 "
     "09 03 00 00 00 00 00 00 eb 03 00 00 04 00 00 00 "
     "63 00 00 00 06 00 00 00 73 74 61 74 69 63"},
    {"20.1.12", 0x0A,
     RemoveCounter{.header = {5, 16}, .registration_id = 14},
     "05 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00 "
     "0e 00 00 00 00 00 00 00"},
    {"20.1.13", 0x0E,
     TerminateDriver{.header = {5, 17}, .token = bytes_of("secret")},
     "05 00 00 00 00 00 00 00 11 00 00 00 00 00 00 00 "
     "06 00 00 00 73 65 63 72 65 74"},
    {"20.1.14", 0x10,
     RejectImage{.header = {5, 18},
                  .image_correlation_id = 21,
                  .position = 4096,
                  .reason = "bad"},
     "05 00 00 00 00 00 00 00 12 00 00 00 00 00 00 00 "
     "15 00 00 00 00 00 00 00 00 10 00 00 00 00 00 00 "
     "03 00 00 00 62 61 64 00"},
    {"20.1.15", 0x12,
     GetNextAvailableSessionId{.header = {5, 19}, .stream_id = 1001},
     "05 00 00 00 00 00 00 00 13 00 00 00 00 00 00 00 "
     "e9 03 00 00"},
};

const std::vector<GoldenEvent> kEvents{
    {"20.2.1", 0xF01,
     CommandError{.offending_correlation_id = 7,
                   .error_code = 1,
                   .message = "bad channel"},
     "07 00 00 00 00 00 00 00 01 00 00 00 0b 00 00 00 "
     "62 61 64 20 63 68 61 6e 6e 65 6c"},
    {"20.2.2", 0xF03,
     ipc_publication_ready(7),
     "07 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 "
     "78 56 34 12 e9 03 00 00 1d 00 00 00 ff ff ff ff "
     "27 00 00 00 2f 64 65 76 2f 73 68 6d 2f 61 65 72 "
     "6f 6e 2f 70 75 62 6c 69 63 61 74 69 6f 6e 73 2f "
     "37 2e 6c 6f 67 62 75 66 66 65 72"},
    {"20.2.3", 0xF03,
     ipc_publication_ready(20),
     "14 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 "
     "78 56 34 12 e9 03 00 00 1d 00 00 00 ff ff ff ff "
     "27 00 00 00 2f 64 65 76 2f 73 68 6d 2f 61 65 72 "
     "6f 6e 2f 70 75 62 6c 69 63 61 74 69 6f 6e 73 2f "
     "37 2e 6c 6f 67 62 75 66 66 65 72"},
    {"20.2.4", 0xF06,
     PublicationReady{.correlation_id = 6,
                       .registration_id = 6,
                       .session_id = -3,
                       .stream_id = -7,
                       .position_limit_counter_id = 34,
                       .channel_status_indicator_id = 33,
                       .log_file_name = "/dev/shm/aeron/publications/6.logbuffer",
                       .is_exclusive = true},
     "06 00 00 00 00 00 00 00 06 00 00 00 00 00 00 00 "
     "fd ff ff ff f9 ff ff ff 22 00 00 00 21 00 00 00 "
     "27 00 00 00 2f 64 65 76 2f 73 68 6d 2f 61 65 72 "
     "6f 6e 2f 70 75 62 6c 69 63 61 74 69 6f 6e 73 2f "
     "36 2e 6c 6f 67 62 75 66 66 65 72"},
    {"20.2.5", 0xF07,
     SubscriptionReady{.correlation_id = 9,
                        .channel_status_indicator_id = kNullCounterId},
     "09 00 00 00 00 00 00 00 ff ff ff ff"},
    {"20.2.6", 0xF02,
     AvailableImage{.correlation_id = 7,
                     .session_id = 0x12345678,
                     .stream_id = 1001,
                     .subscription_registration_id = 9,
                     .subscriber_position_counter_id = 30,
                     .log_file_name = "/dev/shm/aeron/publications/7.logbuffer",
                     .source_identity = "aeron:ipc"},
     "07 00 00 00 00 00 00 00 78 56 34 12 e9 03 00 00 "
     "09 00 00 00 00 00 00 00 1e 00 00 00 27 00 00 00 "
     "2f 64 65 76 2f 73 68 6d 2f 61 65 72 6f 6e 2f 70 "
     "75 62 6c 69 63 61 74 69 6f 6e 73 2f 37 2e 6c 6f "
     "67 62 75 66 66 65 72 00 09 00 00 00 61 65 72 6f "
     "6e 3a 69 70 63"},
    {"20.2.7", 0xF02,
     AvailableImage{.correlation_id = 21,
                     .session_id = -3,
                     .stream_id = 1001,
                     .subscription_registration_id = 9,
                     .subscriber_position_counter_id = 40,
                     .log_file_name = "/dev/shm/aeron/images/21.logbuffer",
                     .source_identity = "127.0.0.1:40456"},
     "15 00 00 00 00 00 00 00 fd ff ff ff e9 03 00 00 "
     "09 00 00 00 00 00 00 00 28 00 00 00 22 00 00 00 "
     "2f 64 65 76 2f 73 68 6d 2f 61 65 72 6f 6e 2f 69 "
     "6d 61 67 65 73 2f 32 31 2e 6c 6f 67 62 75 66 66 "
     "65 72 00 00 0f 00 00 00 31 32 37 2e 30 2e 30 2e "
     "31 3a 34 30 34 35 36"},
    {"20.2.8", 0xF05,
     UnavailableImage{.correlation_id = 7,
                       .subscription_registration_id = 9,
                       .stream_id = 1001,
                       .channel = "aeron:ipc"},
     "07 00 00 00 00 00 00 00 09 00 00 00 00 00 00 00 "
     "e9 03 00 00 09 00 00 00 61 65 72 6f 6e 3a 69 70 "
     "63"},
    {"20.2.9", 0xF04,
     OperationSuccess{.correlation_id = 8},
     "08 00 00 00 00 00 00 00"},
    {"20.2.10", 0xF08,
     CounterReady{.registration_id = 14, .counter_id = 31},
     "0e 00 00 00 00 00 00 00 1f 00 00 00"},
    {"20.2.10, unavailable", 0xF09,
     UnavailableCounter{.registration_id = 14, .counter_id = 31},
     "0e 00 00 00 00 00 00 00 1f 00 00 00"},
    {"20.2.11", 0xF0A,
     ClientTimeout{.client_id = 5},
     "05 00 00 00 00 00 00 00"},
    {"20.2.12", 0xF0B,
     StaticCounter{.correlation_id = 15, .counter_id = 32},
     "0f 00 00 00 00 00 00 00 20 00 00 00"},
    {"20.2.13", 0xF0C,
     publication_error(),
     "07 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff "
     "78 56 34 12 e9 03 00 00 08 07 06 05 04 03 02 01 "
     "ff ff ff ff ff ff ff ff 01 00 08 9e 7f 00 00 01 "
     "00 00 00 00 00 00 00 00 00 00 00 00 0d 00 00 00 "
     "08 00 00 00 72 65 6a 65 63 74 65 64"},
    {"20.2.14", 0xF0D,
     NextAvailableSessionId{.correlation_id = 19, .next_session_id = 1002},
     "13 00 00 00 00 00 00 00 ea 03 00 00"},
};

}  // namespace

const std::vector<GoldenCommand>& golden_commands() {
    return kCommands;
}

const std::vector<GoldenEvent>& golden_events() {
    return kEvents;
}

namespace {

template <typename Golden>
void expect_same_bytes_both_ways(const Golden& golden) {
    SCOPED_TRACE(golden.number);
    EXPECT_EQ(type_of(golden.message), golden.type);
    EXPECT_EQ(hex(encoded(golden.message)), golden.body);

    const std::vector<std::byte> body = from_hex(golden.body);
    const auto decoded = decode_like(golden, golden.type, body);
    ASSERT_TRUE(decoded) << decoded.error().text;
    EXPECT_EQ(decoded->index(), golden.message.index());
    EXPECT_EQ(hex(encoded(*decoded)), golden.body);
}

TEST(ControlProtocol, commands_have_the_bytes_of_golden_vectors_20_1_1_to_20_1_15) {
    ASSERT_EQ(golden_commands().size(), 15u);
    for (const GoldenCommand& golden : golden_commands()) expect_same_bytes_both_ways(golden);
}

TEST(ControlProtocol, events_have_the_bytes_of_golden_vectors_20_2_1_to_20_2_14) {
    ASSERT_EQ(golden_events().size(), 15u);   // 20.2.10 stands for two events
    for (const GoldenEvent& golden : golden_events()) expect_same_bytes_both_ways(golden);
}

}  // namespace
}  // namespace tern::protocol
