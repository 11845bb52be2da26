/// What a decoder does with bodies that no honest peer would send. Each body lies in a heap block
/// of exactly its size, so that the address sanitizer sees a read beyond it.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tern/protocol/golden_messages_for_test.hpp"

namespace tern::protocol {
namespace {

using Block = std::vector<std::byte>;

std::string subject(const GoldenCommand& golden) {
    return "command=" + std::to_string(golden.type);
}
std::string subject(const GoldenEvent& golden) {
    char text[32];
    std::snprintf(text, sizeof text, "command=0x%x", static_cast<unsigned>(golden.type));
    return text;
}

bool is_complete(std::int32_t type, std::size_t length, std::size_t whole) {
    switch (type) {
        case static_cast<std::int32_t>(CommandType::reject_image):
            return length >= whole - 1;   // its last byte is padding
        case static_cast<std::int32_t>(CommandType::remove_publication):
            return length == 24 || length >= whole;
        default: return length >= whole;
    }
}

template <typename Golden>
void expect_fault_at_every_shorter_length(const Golden& golden) {
    SCOPED_TRACE(golden.number);
    const Block whole = from_hex(golden.body);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const Block cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        const auto  decoded = decode_like(golden, golden.type, cut);
        if (is_complete(golden.type, length, whole.size())) {
            EXPECT_TRUE(decoded) << length;
            continue;
        }
        ASSERT_FALSE(decoded) << length;
        EXPECT_EQ(decoded.error().code, ErrorCode::malformed_command);
        EXPECT_EQ(decoded.error().text,
                  subject(golden) + " too short: length=" + std::to_string(length));
    }
}

TEST(ControlProtocol, refuses_each_command_cut_at_any_length) {
    for (const GoldenCommand& golden : golden_commands()) {
        expect_fault_at_every_shorter_length(golden);
    }
}

TEST(ControlProtocol, refuses_each_event_cut_at_any_length) {
    for (const GoldenEvent& golden : golden_events()) expect_fault_at_every_shorter_length(golden);
}

template <typename Golden>
void expect_surplus_bytes_ignored(const Golden& golden) {
    SCOPED_TRACE(golden.number);
    Block body = from_hex(golden.body);
    for (int i = 0; i < 9; ++i) {
        body.push_back(std::byte{0xFF});
        const auto decoded = decode_like(golden, golden.type, body);
        ASSERT_TRUE(decoded) << decoded.error().text;
        EXPECT_EQ(hex(encoded(*decoded)), golden.body);
    }
}

TEST(ControlProtocol, accepts_bodies_longer_than_needed) {
    for (const GoldenCommand& golden : golden_commands()) expect_surplus_bytes_ignored(golden);
    for (const GoldenEvent& golden : golden_events()) expect_surplus_bytes_ignored(golden);
}

TEST(ControlProtocol, takes_the_old_remove_publication_of_24_bytes_as_one_without_revoke) {
    const GoldenCommand& golden = golden_commands()[2];   // 20.1.3, whose flag bytes are cut off
    Block                body = from_hex(golden.body);
    body.resize(24);
    const auto decoded = decode_command(golden.type, body);
    ASSERT_TRUE(decoded);
    const auto& command = std::get<RemovePublication>(*decoded);
    EXPECT_EQ(command.header.correlation_id, 8);
    EXPECT_EQ(command.registration_id, 7);
    EXPECT_FALSE(command.revoke);
}

TEST(ControlProtocol, ignores_unknown_flags_of_remove_publication) {
    Block body = from_hex(golden_commands()[2].body);
    body[24] = std::byte{0xFE};
    const auto decoded = decode_command(0x02, body);
    ASSERT_TRUE(decoded);
    EXPECT_FALSE(std::get<RemovePublication>(*decoded).revoke);
}

struct LengthField {
    const char*  number;
    std::size_t  offset;
    const char*  name;
};

template <typename Golden>
const Golden& find(const std::vector<Golden>& all, std::string_view number) {
    return *std::find_if(all.begin(), all.end(), [&](auto& g) { return number == g.number; });
}

template <typename Golden>
void expect_bad_lengths_refused(const std::vector<Golden>& all, const LengthField& field) {
    SCOPED_TRACE(std::string{field.number} + " " + field.name);
    const Golden& golden = find(all, field.number);
    const Block   whole = from_hex(golden.body);
    const auto    with_length = [&](std::int32_t length) {
        Block body = whole;
        store_plain(body.data() + field.offset, length);
        return decode_like(golden, golden.type, body).error();
    };
    for (std::int32_t length : {-1, -4, std::numeric_limits<std::int32_t>::min()}) {
        EXPECT_EQ(with_length(length).text, subject(golden) + " negative " + field.name + "=" +
                                                std::to_string(length));
        EXPECT_EQ(with_length(length).code, ErrorCode::malformed_command);
    }
    for (std::int32_t length : {static_cast<std::int32_t>(whole.size() - field.offset - 3),
                                static_cast<std::int32_t>(whole.size()),
                                std::numeric_limits<std::int32_t>::max()}) {
        EXPECT_EQ(with_length(length).text,
                  subject(golden) + " too short: length=" + std::to_string(whole.size()));
    }
}

TEST(ControlProtocol, checks_every_length_field_of_a_command_against_the_body) {
    for (const LengthField& field : {
             LengthField{"20.1.1", 20, "channel_length"},
             LengthField{"20.1.4", 28, "channel_length"},
             LengthField{"20.1.8", 24, "channel_length"},
             LengthField{"20.1.10", 20, "key_length"},
             LengthField{"20.1.10", 32, "label_length"},
             LengthField{"20.1.11", 28, "key_length"},
             LengthField{"20.1.11", 36, "label_length"},
             LengthField{"20.1.13", 16, "token_length"},
             LengthField{"20.1.14", 32, "reason_length"},
         }) {
        expect_bad_lengths_refused(golden_commands(), field);
    }
}

TEST(ControlProtocol, checks_every_length_field_of_an_event_against_the_body) {
    for (const LengthField& field : {
             LengthField{"20.2.1", 12, "error_message_length"},
             LengthField{"20.2.2", 32, "log_file_name_length"},
             LengthField{"20.2.6", 28, "log_file_name_length"},
             LengthField{"20.2.6", 72, "source_identity_length"},
             LengthField{"20.2.8", 20, "channel_length"},
             LengthField{"20.2.13", 64, "error_message_length"},
         }) {
        expect_bad_lengths_refused(golden_events(), field);
    }
}

TEST(ControlProtocol, names_unknown_types) {
    for (std::int32_t type : {0, -1, 0x13, 0x7F, 0x0F01}) {
        const auto decoded = decode_command(type, {});
        ASSERT_FALSE(decoded);
        EXPECT_EQ(decoded.error().code, ErrorCode::unknown_command_type_id);
        EXPECT_EQ(decoded.error().text, "command=" + std::to_string(type) + " unknown");
    }
    for (std::int32_t type : {0, -1, 0x0F00, 0x0F0E, 0x01}) {
        const auto decoded = decode_event(type, {});
        ASSERT_FALSE(decoded);
        EXPECT_EQ(decoded.error().code, ErrorCode::unknown_command_type_id);
    }
}

TEST(ControlProtocol, finds_whom_to_answer_in_a_malformed_command) {
    Block body = from_hex(golden_commands()[0].body);
    body.resize(16);
    EXPECT_FALSE(decode_command(0x01, body));
    ASSERT_TRUE(peek_header(body));
    EXPECT_EQ(peek_header(body)->client_id, 5);
    EXPECT_EQ(peek_header(body)->correlation_id, 7);
    body.resize(15);
    EXPECT_FALSE(peek_header(body));
}

TEST(ControlProtocol, pads_what_the_reference_would_refuse_as_too_short) {
    EXPECT_EQ(encoded(Command{RejectImage{.header = {1, 2}}}).size(), 40u);
    EXPECT_EQ(encoded(Command{RejectImage{.header = {1, 2}, .reason = "12345"}}).size(), 41u);
    EXPECT_EQ(encoded(Event{PublicationError{.message = "bad"}}).size(), 72u);
    EXPECT_EQ(encoded(Event{PublicationError{.message = "worse"}}).size(), 73u);
}

TEST(ControlProtocol, accepts_a_publication_error_of_68_bytes) {
    Block body = encoded(Event{PublicationError{.registration_id = 3, .error_code = 13}});
    body.resize(68);
    const auto decoded = decode_event(0x0F0C, body);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::get<PublicationError>(*decoded).registration_id, 3);
    EXPECT_EQ(std::get<PublicationError>(*decoded).message, "");
}

TEST(ControlProtocol, takes_an_address_family_that_it_does_not_know_as_unknown) {
    Block body = from_hex(find(golden_events(), "20.2.13").body);
    body[40] = std::byte{9};
    const auto decoded = decode_event(0x0F0C, body);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::get<PublicationError>(*decoded).source.family, SourceAddress::Family::unknown);
    EXPECT_EQ(std::get<PublicationError>(*decoded).source.port, 40456);
}

/// Whatever the bytes, a body is refused, or it decodes to a message that says what they say:
/// encoded and decoded again it stays the same.
template <typename Golden>
void expect_refused_or_stable(const Golden& golden, std::int32_t type, const Block& body) {
    const auto decoded = decode_like(golden, type, body);
    if (!decoded) {
        EXPECT_FALSE(decoded.error().text.empty());
        return;
    }
    const Block again = encoded(*decoded);
    ASSERT_FALSE(again.empty());
    const auto second = decode_like(golden, type, again);
    ASSERT_TRUE(second) << second.error().text;
    EXPECT_EQ(hex(encoded(*second)), hex(again));
}

template <typename Golden>
void mutate_at_random(const std::vector<Golden>& all, std::uint32_t seed) {
    std::mt19937 random{seed};
    const auto   below = [&](std::size_t n) { return random() % n; };
    for (int round = 0; round < 20'000; ++round) {
        const Golden& golden = all[below(all.size())];
        Block         body = from_hex(golden.body);
        for (std::size_t change = below(4); change > 0 && !body.empty(); --change) {
            const std::size_t at = below(body.size());
            switch (below(4)) {
                case 0: body[at] = static_cast<std::byte>(random()); break;
                case 1: body[at] ^= static_cast<std::byte>(1u << below(8)); break;
                case 2: body.resize(at); break;
                default: body.insert(body.begin() + static_cast<std::ptrdiff_t>(at), below(9), {});
            }
        }
        body.shrink_to_fit();
        const Golden& other = all[below(all.size())];
        expect_refused_or_stable(golden, below(4) == 0 ? other.type : golden.type, body);
        if (::testing::Test::HasFailure()) {
            FAIL() << "seed " << seed << " round " << round << " type " << golden.type << ": "
                   << hex(body);
        }
    }
}

TEST(ControlProtocol, survives_mutated_commands) {
    for (std::uint32_t seed = 1; seed <= 5; ++seed) mutate_at_random(golden_commands(), seed);
}

TEST(ControlProtocol, survives_mutated_events) {
    for (std::uint32_t seed = 1; seed <= 5; ++seed) mutate_at_random(golden_events(), seed);
}

}  // namespace
}  // namespace tern::protocol
