// What images do with datagrams: spec wire-protocol.md 5.6 step by step, and 5.14.

#include "tern/driver/receiver/receiver_image.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Endpoint = ReceiverHarness::Endpoint;
using Image = ReceiverHarness::Image;


struct OneImage {
    explicit OneImage(const ReceiverImageOptions& options = {},
                      const std::string& channel = kUnicast)
        : endpoint(receiver.add_endpoint(channel)) {
        if (endpoint.object->channel().is_manual()) {
            receiver.add_destination(endpoint, "aeron:udp?endpoint=127.0.0.1:40123");
            receiver.add_destination(endpoint, "aeron:udp?endpoint=127.0.0.1:40124");
        }
        receiver.add_interest(endpoint);
        image = &receiver.add_image(endpoint, options);
        forget_counters();
    }

    void arrive(const Datagram& datagram, std::size_t destination = 0) {
        receiver.arrive(endpoint.at(destination), datagram);
    }
    /// Consumed up to there, and the sender was told.
    void confirm(Position position, std::int32_t window = kHalf) {
        image->schedule(position, window);
        receiver.work();
    }
    /// The counters that rose since the last look: "over-run", "heartbeat x2", or nothing.
    std::string counted() {
        std::string names;
        for (const auto& [counter, name] : kNamed) {
            const std::int64_t rise = receiver.value(counter) - before_[counter];
            if (rise == 0) continue;
            names += (names.empty() ? "" : " ") + std::string(name);
            if (rise > 1) names += " x" + std::to_string(rise);
        }
        forget_counters();
        return names;
    }
    void forget_counters() {
        for (const auto& [counter, name] : kNamed) before_[counter] = receiver.value(counter);
    }

    static constexpr std::pair<SystemCounter, const char*> kNamed[] = {
        {SystemCounter::invalid_packets, "invalid"},
        {SystemCounter::flow_control_over_runs, "over-run"},
        {SystemCounter::flow_control_under_runs, "under-run"},
        {SystemCounter::heartbeats_received, "heartbeat"}};
    ReceiverHarness receiver;
    Endpoint& endpoint;
    Image* image = nullptr;

  private:
    std::map<SystemCounter, std::int64_t> before_;
};

struct ImageInsertion : ::testing::Test, OneImage {};

TEST_F(ImageInsertion, puts_frames_where_they_belong_and_raises_the_mark) {
    receiver.clock.advance(5ms);
    const Datagram datagram = joined(
        {data_frame({.offset = 64, .length = 100}), data_frame({.offset = 192, .length = 40})});
    arrive(datagram);
    EXPECT_EQ(testing::TestLog::hex_of(image->log->log.term_bytes(0).subspan(64, datagram.size())),
              testing::TestLog::hex_of(datagram));
    EXPECT_EQ(image->hwm(), 256);
    EXPECT_EQ(image->last_packet(), receiver.clock.now());
    EXPECT_EQ(counted(), "");
    EXPECT_TRUE(image->log->is_zero(0, 0, 64));
}

TEST_F(ImageInsertion, drops_a_term_before_the_initial_one_without_a_word) {
    receiver.clock.advance(5ms);
    arrive(data_frame({.term_id = kTestTerm - 1}));
    arrive(heartbeat(0, 0, kTestTerm - 1));
    EXPECT_EQ(counted(), "");
    EXPECT_EQ(image->hwm(), 0);
    EXPECT_EQ(image->last_packet(), 1s);
}

TEST(ImageInsertionAcrossTheWrap, follows_term_ids_that_wrap) {
    OneImage wrapping({.initial_term_id = INT32_MAX, .join_position = kTermMinLength});
    wrapping.arrive(data_frame({.term_id = INT32_MIN}));
    EXPECT_EQ(wrapping.image->hwm(), kTermMinLength + 64);
    EXPECT_EQ(wrapping.image->length_at(0, 1), 64);
}

TEST_F(ImageInsertion, drops_everything_once_rejected) {
    receiver.clock.advance(5ms);
    receiver.command(RejectReceiverImage{image->object.get(), "no"});
    arrive(data_frame());
    arrive(heartbeat(64));
    EXPECT_EQ(counted(), "");
    EXPECT_EQ(image->hwm(), 0);
    EXPECT_EQ(image->last_packet(), 1s);
}

TEST_F(ImageInsertion, counts_and_drops_frames_that_cannot_be) {
    const auto refused = [this](const Datagram& datagram) {
        arrive(datagram);
        return counted() == "invalid" && image->hwm() == 0 && image->log->is_zero(0, 0, 4096);
    };
    EXPECT_TRUE(refused(data_frame({.offset = -32})));
    EXPECT_TRUE(refused(data_frame({.offset = 16})));
    EXPECT_TRUE(refused(data_frame({.offset = kTermMinLength})));
    EXPECT_TRUE(refused(heartbeat(kTermMinLength)));
    EXPECT_TRUE(refused(data_frame({.length = 31})));
    Datagram too_long = data_frame({.length = 64});
    store_plain(too_long.data(), std::int32_t{128});  // longer than the datagram
    EXPECT_TRUE(refused(too_long));
    EXPECT_TRUE(refused(joined({data_frame(), data_frame({.offset = 32})})));
    EXPECT_TRUE(refused(joined({data_frame(), data_frame({.offset = 64, .length = 0})})));
    EXPECT_TRUE(refused(joined({data_frame(), Datagram(32)})));
    EXPECT_TRUE(refused(joined({data_frame(), data_frame({.offset = 64, .type = 5})})));
    const std::int32_t last = kTermMinLength - 32;
    EXPECT_TRUE(refused(joined({data_frame({.offset = last, .length = 32}),
                                data_frame({.offset = kTermMinLength, .length = 32})})));
}

TEST_F(ImageInsertion, takes_padding_by_its_header_and_counts_all_of_it) {
    arrive(
        joined({data_frame(), data_frame({.offset = 64, .length = 960, .type = kPaddingFrame})}));
    EXPECT_EQ(image->hwm(), 1024);
    EXPECT_EQ(image->log->frame(0, 64), (testing::FrameSeen{960, 0xc0, kPaddingFrame}));
    EXPECT_TRUE(image->log->is_zero(0, 96, 1024));
}

TEST_F(ImageInsertion, goes_as_far_as_half_a_term_beyond_the_last_status_message) {
    arrive(data_frame({.offset = kHalf - 64}));
    arrive(heartbeat(kHalf));
    EXPECT_EQ(counted(), "heartbeat");
    EXPECT_EQ(image->hwm(), kHalf);
    receiver.clock.advance(5ms);
    arrive(data_frame({.offset = kHalf - 32}));
    EXPECT_EQ(counted(), "over-run");
    arrive(heartbeat(kHalf + 32));
    EXPECT_EQ(counted(), "over-run");
    arrive(data_frame({.term_id = INT32_MAX}));
    EXPECT_EQ(counted(), "over-run");
    EXPECT_EQ(image->hwm(), kHalf);
    EXPECT_EQ(image->last_packet(), 1s);

    confirm(64);
    arrive(data_frame({.offset = kHalf}));
    EXPECT_EQ(counted(), "");
    EXPECT_EQ(image->hwm(), kHalf + 64);
}

TEST_F(ImageInsertion, goes_no_further_than_the_log_has_blocks) {
    image->signals.writable_to.store_release(4096);
    arrive(data_frame({.offset = 4032}));
    arrive(heartbeat(4096));
    EXPECT_EQ(counted(), "heartbeat");
    arrive(data_frame({.offset = 4064}));
    EXPECT_EQ(counted(), "over-run");
    EXPECT_EQ(image->hwm(), 4096);
    EXPECT_TRUE(image->log->is_zero(0, 4096, 8192));
    image->signals.writable_to.store_release(8192);
    arrive(data_frame({.offset = 4096}));
    EXPECT_EQ(image->length_at(4096), 64);
}

// Otherwise neither blocks nor its sender's connection would ever follow.
TEST_F(ImageInsertion, hears_and_tells_of_what_lacks_only_blocks) {
    image->signals.writable_to.store_release(4096);
    receiver.clock.advance(5ms);
    arrive(heartbeat(8192));
    EXPECT_EQ(counted(), "over-run");
    EXPECT_EQ(image->hwm(), 0);
    EXPECT_EQ(image->last_packet(), receiver.clock.now());
    EXPECT_EQ(image->signals.wanted_to.load_relaxed(), 8192);
    arrive(data_frame({.offset = 4096}));
    EXPECT_EQ(image->signals.wanted_to.load_relaxed(), 8192);
    arrive(data_frame({.offset = kHalf}));  // this one is too far ahead in any case
    EXPECT_EQ(counted(), "over-run x2");
    EXPECT_EQ(image->signals.wanted_to.load_relaxed(), 8192);
}

TEST_F(ImageInsertion, counts_padding_in_full_against_the_limit) {
    arrive(data_frame({.length = kHalf + 32, .type = kPaddingFrame}));
    EXPECT_EQ(counted(), "over-run");
    arrive(data_frame({.length = kHalf, .type = kPaddingFrame}));
    EXPECT_EQ(counted(), "");
    EXPECT_EQ(image->hwm(), kHalf);
}

TEST_F(ImageInsertion, drops_data_before_the_last_status_message) {
    confirm(4096);
    receiver.clock.advance(5ms);
    arrive(data_frame({.offset = 4032}));
    EXPECT_EQ(counted(), "under-run");
    EXPECT_EQ(image->length_at(4032), 0);
    EXPECT_EQ(image->hwm(), 0);
    EXPECT_EQ(image->last_packet(), 1s);
    arrive(data_frame({.offset = 4096}));
    EXPECT_EQ(counted(), "");
    EXPECT_EQ(image->last_packet(), receiver.clock.now());
}

TEST(ImageInsertionOfALateJoiner, begins_where_the_setup_said) {
    OneImage late({.join_position = 2 * kTermMinLength + 256});
    late.arrive(data_frame({.offset = 192, .term_id = kTestTerm + 2}));
    EXPECT_EQ(late.counted(), "under-run");
    late.arrive(data_frame({.offset = 256, .term_id = kTestTerm + 2}));
    EXPECT_EQ(late.counted(), "");
    EXPECT_EQ(late.image->hwm(), 2 * kTermMinLength + 320);
    EXPECT_EQ(late.image->length_at(256, 2), 64);
}

/// Whether the sender still gets status messages 4 s after the datagram and 8 s after the SETUP.
bool keeps_connection(OneImage& image, const Datagram& datagram) {
    image.receiver.clock.advance(4s);
    image.arrive(datagram);
    image.endpoint.socket().sent.clear();
    image.receiver.work_after(4s);
    return !image.endpoint.socket().sent.empty();
}

TEST(ImageInsertionOfDuplicates, takes_recent_ones_for_a_sign_of_the_sender_but_not_of_the_stream) {
    OneImage image({.window = 1024});
    image.confirm(4096, 1024);
    EXPECT_TRUE(keeps_connection(image, data_frame({.offset = 3008})));  // ends at 4096 - 1024
    EXPECT_EQ(image.counted(), "under-run");
    EXPECT_EQ(image.image->last_packet(), 1s);
}

TEST(ImageInsertionOfDuplicates, takes_old_ones_for_nothing) {
    OneImage image({.window = 1024});
    image.confirm(4096, 1024);
    EXPECT_FALSE(keeps_connection(image, data_frame({.offset = 2976})));
    EXPECT_EQ(image.counted(), "under-run");
}

TEST_F(ImageInsertion, writes_no_frame_over_another_but_raises_the_mark) {
    arrive(data_frame());
    Datagram other = joined({data_frame(), data_frame({.offset = 64})});
    other[40] = std::byte{0xee};
    receiver.clock.advance(5ms);
    arrive(other);
    EXPECT_NE(image->log->log.term(0)[40], std::byte{0xee});
    EXPECT_EQ(image->length_at(64), 0);  // all of the datagram is dropped (5.6, step 7)
    EXPECT_EQ(image->hwm(), 128);
    EXPECT_EQ(image->last_packet(), receiver.clock.now());
    EXPECT_EQ(counted(), "");
}

TEST_F(ImageInsertion, repairs_a_gap_from_its_start_over_what_is_there) {
    arrive(data_frame({.offset = 64}));
    arrive(joined({data_frame(), data_frame({.offset = 64})}));
    EXPECT_EQ(image->length_at(0), 64);
    EXPECT_EQ(image->length_at(64), 64);
    EXPECT_EQ(image->hwm(), 128);
}

TEST_F(ImageInsertion, never_lowers_the_mark) {
    arrive(data_frame({.offset = 640}));
    arrive(data_frame());
    arrive(heartbeat(64));
    EXPECT_EQ(image->hwm(), 704);
}

TEST_F(ImageInsertion, learns_from_heartbeats_how_far_the_stream_was_sent) {
    receiver.clock.advance(5ms);
    arrive(heartbeat(1024));
    EXPECT_EQ(image->hwm(), 1024);
    EXPECT_EQ(image->last_packet(), receiver.clock.now());
    EXPECT_EQ(counted(), "heartbeat");
    EXPECT_TRUE(image->log->is_zero(0, 0, 4096));
    EXPECT_TRUE(keeps_connection(*this, heartbeat(1024)));
}

TEST(ImageInsertionOfHeartbeats, takes_those_of_the_last_term_and_none_before) {
    OneImage image({.join_position = 2 * kTermMinLength});
    image.arrive(heartbeat(0, 0, kTestTerm + 1));
    EXPECT_EQ(image.counted(), "heartbeat");
    image.receiver.clock.advance(5ms);
    image.arrive(heartbeat(kTermMinLength - 32, kEndOfStream, kTestTerm));
    EXPECT_EQ(image.counted(), "under-run");
    EXPECT_EQ(image.image->last_packet(), 1s);
    EXPECT_EQ(image.image->end_of_stream(), kNoEndOfStream);
    EXPECT_EQ(image.image->hwm(), 2 * kTermMinLength);
}

struct ImageEndOfStream : ::testing::Test, OneImage {
    static constexpr std::uint8_t kBothFlags = kEndOfStream | kRevoked;
    bool is_ended() const { return image->signals.is_end_of_stream.load_acquire() != 0; }
};

TEST_F(ImageEndOfStream, is_where_the_heartbeat_says) {
    arrive(data_frame());
    EXPECT_FALSE(is_ended());
    arrive(heartbeat(128, kEndOfStream));
    EXPECT_TRUE(is_ended());
    EXPECT_EQ(image->end_of_stream(), 128);
    EXPECT_EQ(image->hwm(), 128);
    EXPECT_FALSE(image->log->log.is_revoked());
    EXPECT_EQ(receiver.value(SystemCounter::images_revoked), 0);
}

TEST_F(ImageEndOfStream, happens_once) {
    arrive(heartbeat(128, kEndOfStream));
    arrive(heartbeat(256, kBothFlags));
    EXPECT_EQ(image->end_of_stream(), 128);
    EXPECT_FALSE(image->log->log.is_revoked());
    EXPECT_EQ(counted(), "heartbeat x2");
}

TEST_F(ImageEndOfStream, of_a_revoked_stream_says_so) {
    arrive(heartbeat(0, kBothFlags));
    EXPECT_TRUE(image->log->log.is_revoked());
    EXPECT_EQ(receiver.value(SystemCounter::images_revoked), 1);
    image->signals.gap.set({kTestTerm, 0, 64});
    endpoint.socket().sent.clear();
    receiver.work();
    EXPECT_TRUE(endpoint.socket().sent.empty());  // no NAK any more
}

TEST_F(ImageEndOfStream, revocation_alone_means_nothing) {
    arrive(heartbeat(0, kRevoked));
    EXPECT_FALSE(is_ended());
    EXPECT_FALSE(image->log->log.is_revoked());
}

TEST_F(ImageEndOfStream, is_told_by_heartbeats_only) {
    arrive(data_frame({.flags = kUnfragmented | kEndOfStream}));
    EXPECT_EQ(image->hwm(), 64);
    EXPECT_FALSE(is_ended());
}

struct SeveralSources : ::testing::Test, OneImage {
    SeveralSources() : OneImage({}, "aeron:udp?control-mode=manual") {}
    bool is_ended() const { return image->signals.is_end_of_stream.load_acquire() != 0; }
};

TEST_F(SeveralSources, end_with_the_last_of_them_at_the_highest_end) {
    arrive(data_frame(), 1);
    arrive(heartbeat(256, kEndOfStream), 0);
    EXPECT_FALSE(is_ended());
    arrive(heartbeat(64, kEndOfStream), 1);
    EXPECT_TRUE(is_ended());
    EXPECT_EQ(image->end_of_stream(), 256);
}

TEST_F(SeveralSources, do_not_wait_for_a_destination_that_saw_nothing) {
    arrive(heartbeat(256, kEndOfStream), 0);
    EXPECT_TRUE(is_ended());
}

TEST_F(SeveralSources, are_revoked_where_the_one_that_completes_the_end_is) {
    arrive(data_frame(), 1);
    arrive(heartbeat(256, kEndOfStream | kRevoked), 0);
    EXPECT_FALSE(image->log->log.is_revoked());
    arrive(heartbeat(256, kEndOfStream), 1);
    EXPECT_TRUE(is_ended());
    EXPECT_FALSE(image->log->log.is_revoked());
}

TEST_F(SeveralSources, that_fall_silent_keep_the_end_away_until_their_destination_goes) {
    arrive(data_frame(), 1);
    receiver.clock.advance(8s);
    arrive(heartbeat(256, kEndOfStream), 0);
    EXPECT_FALSE(is_ended());
    receiver.command(RemoveReceiveDestination{endpoint.object.get(), endpoint.at(1).object.get()});
    arrive(heartbeat(256, kEndOfStream), 0);
    EXPECT_TRUE(is_ended());
}

}  // namespace
}  // namespace tern::driver
