// Whole drivers that talk over a network: connecting, streaming, losses, groups, ends and restarts,
// as the charts of spec wire-protocol.md 8 draw them.

#include <gtest/gtest.h>

#include "tern/driver/testing/network_harness.hpp"
#include "tern/protocol/network_frames.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
namespace p = protocol;

constexpr std::string_view kUnicast = "aeron:udp?endpoint=10.0.0.2:40123";
constexpr std::string_view kGroup = "aeron:udp?endpoint=224.20.30.39:40180|interface=10.0.0.0/24";

std::string numbered(int number) { return "message " + std::to_string(number) + "; "; }

bool is_data(const Passage& passage) {
    return p::check_datagram(passage.bytes) == p::FrameType::data && passage.bytes.size() > 32;
}

struct DriverNetwork : ::testing::Test {
    NetworkHarness net;
    DriverNode* sender = &net.add_node();
    DriverNode* receiver = &net.add_node();

    /// Offers what there is room for as the stream moves, and checks that all of it arrives.
    void stream(NodePublication& publication, NodeImage& image, int count) {
        std::string sent;
        std::string received;
        int offered = 0;
        const bool is_done = net.run_until(
            [&] {
                while (offered < count && publication.offer(numbered(offered) + padding)) {
                    sent += numbered(offered++) + padding;
                }
                received += image.read();
                return offered == count && received.size() >= sent.size();
            },
            30s);
        EXPECT_TRUE(is_done) << offered << " offered, " << received.size() << " of " << sent.size();
        EXPECT_TRUE(received == sent);
    }
    std::string padding;
};

TEST_F(DriverNetwork, unicast_connects_and_streams_over_several_terms) {
    net.subscribe(*receiver, std::string(kUnicast) + "|rcv-wnd=16k");
    NodePublication publication = net.publish(*sender, kUnicast);
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    padding = std::string(900, 'x');
    stream(publication, *image, 500);
    EXPECT_GT(publication.position(), 6 * 65'536);
    EXPECT_EQ(image->position(), publication.position());
    EXPECT_EQ(receiver->value(SystemCounter::naks_sent), 0);
    EXPECT_EQ(sender->logged_errors(), std::vector<std::string>{});
    EXPECT_EQ(receiver->logged_errors(), std::vector<std::string>{});
    EXPECT_TRUE(receiver->files.written_without_blocks().empty());
}

// As Aeron's driver: a group's data leaves by another socket than the answers come in by.
TEST_F(DriverNetwork, a_group_publication_names_the_address_where_it_receives) {
    NodePublication publication = net.publish(*sender, kGroup);
    std::vector<std::string> labels;
    sender->counters().for_each([&](const CounterView& view) {
        if (view.type_id == 6 || view.type_id == 14) labels.emplace_back(view.label);
    });
    ASSERT_EQ(labels.size(), 2U);
    for (const std::string& label : labels) {
        EXPECT_TRUE(label.ends_with(" 0.0.0.0:40180")) << label;
    }
}

TEST_F(DriverNetwork, lost_datagrams_are_asked_for_and_repaired) {
    int seen = 0;
    net.network.set_fault([&](const Passage& passage) {
        return is_data(passage) && ++seen % 7 == 0 ? Fate::drop : Fate::deliver;
    });
    net.subscribe(*receiver, kUnicast);
    NodePublication publication = net.publish(*sender, kUnicast);
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    padding = std::string(900, 'x');
    stream(publication, *image, 300);
    EXPECT_GT(receiver->value(SystemCounter::naks_sent), 10);
    EXPECT_GT(sender->value(SystemCounter::retransmits_sent), 10);
}

TEST_F(DriverNetwork, unreliable_streams_fill_their_gaps) {
    net.subscribe(*receiver, std::string(kUnicast) + "|reliable=false");
    NodePublication publication = net.publish(*sender, kUnicast);
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    bool drops = true;
    net.network.set_fault([&](const Passage& passage) {
        return drops && is_data(passage) ? Fate::drop : Fate::deliver;
    });
    ASSERT_TRUE(publication.offer("lost"));
    net.run(1ms);
    drops = false;
    ASSERT_TRUE(publication.offer("there"));
    EXPECT_EQ(net.read(*image, 5), "there");
    EXPECT_GE(receiver->value(SystemCounter::loss_gap_fills), 1);
    EXPECT_EQ(receiver->value(SystemCounter::naks_sent), 0);
}

TEST_F(DriverNetwork, a_full_disk_holds_a_stream_back_and_lets_it_go_on) {
    net.subscribe(*receiver, kUnicast);
    NodePublication publication = net.publish(*sender, std::string(kUnicast) + "|term-length=1m");
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    receiver->files.set_capacity(receiver->files.used());
    const std::string message(900, 'x');
    std::size_t sent = 0;
    std::size_t received = 0;
    const auto is_all_there = [&] {
        while (sent < 2000 * message.size() && publication.offer(message)) sent += message.size();
        received += image->read().size();
        return received == 2000 * message.size();
    };
    EXPECT_FALSE(net.run_until(is_all_there, 3s));
    EXPECT_LT(received, 400'000U);
    EXPECT_FALSE(receiver->logged_errors().empty());
    receiver->files.set_capacity(std::uint64_t{1} << 40);
    EXPECT_TRUE(net.run_until(is_all_there, 5s));
    EXPECT_TRUE(receiver->files.written_without_blocks().empty());
}

TEST_F(DriverNetwork, a_group_reaches_every_host) {
    DriverNode& third = net.add_node();
    net.subscribe(*receiver, kGroup);
    net.subscribe(third, kGroup);
    NodePublication publication = net.publish(*sender, kGroup);
    const std::unique_ptr<NodeImage> one = net.image(*receiver);
    ASSERT_NE(one, nullptr);
    const std::unique_ptr<NodeImage> other = net.image(third);
    ASSERT_NE(other, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    ASSERT_TRUE(publication.offer("for all"));
    EXPECT_EQ(net.read(*one, 7), "for all");
    EXPECT_EQ(net.read(*other, 7), "for all");
}

TEST_F(DriverNetwork, a_stream_that_ends_takes_its_image_with_it) {
    net.subscribe(*receiver, kUnicast);
    NodePublication publication = net.publish(*sender, kUnicast);
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    ASSERT_TRUE(publication.offer("last words"));
    net.close(*sender, publication);
    EXPECT_EQ(net.read(*image, 10), "last words");
    ASSERT_TRUE(
        net.run_until([&] { return image->log().end_of_stream_position() == image->position(); }));
    ASSERT_TRUE(net.run_until(
        [&] { return receiver->take_events().count<p::UnavailableImage>() == 1; }, 5s));
    // Long before its linger time-out: the receiver said that it has seen the end.
    ASSERT_TRUE(net.run_until(
        [&] {
            return sender->counters().find_by_registration(2, publication.id) == kNullCounterId;
        },
        4s));
    // And a new one on the same channel starts anew.
    NodePublication next = net.publish(*sender, kUnicast);
    EXPECT_NE(net.image(*receiver), nullptr);
}

TEST_F(DriverNetwork, a_revoked_stream_ends_at_once) {
    net.subscribe(*receiver, kUnicast);
    NodePublication publication = net.publish(*sender, kUnicast);
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    net.close(*sender, publication, true);
    ASSERT_TRUE(net.run_until([&] { return image->log().is_revoked(); }, 5s));
    ASSERT_TRUE(net.run_until(
        [&] { return receiver->take_events().count<p::UnavailableImage>() == 1; }, 3s));
    EXPECT_EQ(receiver->value(SystemCounter::images_revoked), 1);
}

TEST_F(DriverNetwork, a_publisher_that_crashes_comes_back_with_its_session) {
    const std::string channel = std::string(kUnicast) + "|session-id=7";
    net.subscribe(*receiver, kUnicast);
    NodePublication publication = net.publish(*sender, channel);
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    ASSERT_TRUE(publication.offer("before"));
    EXPECT_EQ(net.read(*image, 6), "before");
    sender = &net.restart(*sender);
    NodePublication again = net.publish(*sender, channel);
    // The old image lives until nothing of its term ids has come for ten seconds; then the session
    // starts anew.
    const std::unique_ptr<NodeImage> next = net.image(*receiver, 30s);
    ASSERT_NE(next, nullptr);
    EXPECT_NE(next->id, image->id);
    ASSERT_TRUE(net.run_until([&] { return again.is_connected(); }));
    ASSERT_TRUE(again.offer("after"));
    EXPECT_EQ(net.read(*next, 5), "after");
}

TEST_F(DriverNetwork, a_receiver_that_restarts_joins_where_the_stream_is) {
    net.subscribe(*receiver, kUnicast);
    NodePublication publication = net.publish(*sender, kUnicast);
    ASSERT_NE(net.image(*receiver), nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    ASSERT_TRUE(publication.offer("before"));
    net.run(10ms);
    receiver = &net.restart(*receiver);
    net.subscribe(*receiver, kUnicast);
    const std::unique_ptr<NodeImage> image = net.image(*receiver, 10s);
    ASSERT_NE(image, nullptr);
    EXPECT_EQ(image->position(), publication.position());
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    ASSERT_TRUE(publication.offer("after"));
    EXPECT_EQ(net.read(*image, 5), "after");
}

TEST_F(DriverNetwork, a_rejected_image_ends_and_its_publisher_hears_why) {
    net.subscribe(*receiver, kUnicast);
    NodePublication publication = net.publish(*sender, kUnicast);
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    sender->take_events();
    receiver->send(p::RejectImage{.header = {receiver->client, receiver->next_id()},
                                  .image_correlation_id = image->id,
                                  .position = 0,
                                  .reason = "no thanks"});
    Events told;
    ASSERT_TRUE(net.run_until([&] {
        told = sender->take_events();
        return told.count<p::PublicationError>() > 0;
    }));
    EXPECT_EQ(told.first<p::PublicationError>().message, "no thanks");
    ASSERT_TRUE(net.run_until(
        [&] { return receiver->take_events().count<p::UnavailableImage>() == 1; }, 20s));
}

// Frames that need the whole window: Aeron's drivers would stand still for good.
TEST_F(DriverNetwork, a_window_of_one_datagram_does_not_stall_the_stream) {
    net.subscribe(*receiver, std::string(kUnicast) + "|rcv-wnd=8k");
    NodePublication publication = net.publish(*sender, std::string(kUnicast) + "|mtu=8k");
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(publication.offer(std::string(992, 'a')));
        ASSERT_EQ(net.read(*image, 992).size(), 992U) << i;
        ASSERT_TRUE(publication.offer(std::string(8160, 'b')));
        ASSERT_EQ(net.read(*image, 8160).size(), 8160U) << i;
    }
}

TEST_F(DriverNetwork, several_sources_of_one_stream_are_merged) {
    const std::int64_t sub = net.subscribe(*receiver, "aeron:udp?control-mode=manual|rcv-wnd=16k");
    for (const char* const port : {"40123", "40124"}) {
        receiver->send(
            p::DestinationCommand{.header = {receiver->client, receiver->next_id()},
                                  .action = p::DestinationAction::add_receive,
                                  .registration_id = sub,
                                  .channel = std::string("aeron:udp?endpoint=10.0.0.2:") + port});
        net.run(1ms);
    }
    NodePublication publication =
        net.publish(*sender, "aeron:udp?control-mode=manual|control=10.0.0.1:40200");
    for (const char* const port : {"40123", "40124"}) {
        sender->send(
            p::DestinationCommand{.header = {sender->client, sender->next_id()},
                                  .action = p::DestinationAction::add_send,
                                  .registration_id = publication.id,
                                  .channel = std::string("aeron:udp?endpoint=10.0.0.2:") + port});
        net.run(1ms);
    }
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    // One of both ways loses everything.
    net.network.set_fault([](const Passage& passage) {
        return is_data(passage) && passage.destination.port == 40'123 ? Fate::drop : Fate::deliver;
    });
    padding = std::string(900, 'x');
    stream(publication, *image, 100);
    EXPECT_EQ(receiver->value(SystemCounter::naks_sent), 0);
}

TEST_F(DriverNetwork, a_dynamic_publisher_learns_of_its_receivers) {
    net.subscribe(*receiver, "aeron:udp?endpoint=10.0.0.2:40123|control=10.0.0.1:40200");
    NodePublication publication =
        net.publish(*sender, "aeron:udp?control-mode=dynamic|control=10.0.0.1:40200");
    const std::unique_ptr<NodeImage> image = net.image(*receiver, 5s);
    ASSERT_NE(image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return publication.is_connected(); }));
    ASSERT_TRUE(publication.offer("hello"));
    EXPECT_EQ(net.read(*image, 5), "hello");
}

// Chart 8.6.
TEST_F(DriverNetwork, a_response_channel_carries_answers) {
    constexpr std::string_view kResponse = "aeron:udp?control-mode=response|control=10.0.0.2:40300";
    const std::int64_t responses = net.subscribe(*sender, kResponse, 20);
    NodePublication requests = net.publish(
        *sender, std::string(kUnicast) + "|response-correlation-id=" + std::to_string(responses));
    net.subscribe(*receiver, kUnicast);
    const std::unique_ptr<NodeImage> request_image = net.image(*receiver);
    ASSERT_NE(request_image, nullptr);
    const std::string answering =
        std::string(kResponse) + "|response-correlation-id=" + std::to_string(request_image->id);
    NodePublication answers = net.publish(*receiver, answering, 20);
    const std::unique_ptr<NodeImage> answer_image = net.image(*sender, 5s);
    ASSERT_NE(answer_image, nullptr);
    ASSERT_TRUE(net.run_until([&] { return answers.is_connected(); }));
    ASSERT_TRUE(answers.offer("an answer"));
    EXPECT_EQ(net.read(*answer_image, 9), "an answer");
    // It is added once more: its receiver is there already and is not called.
    int response_setups = 0;
    net.network.set_observer([&](const Passage& passage) {
        if (p::check_datagram(passage.bytes) == p::FrameType::response_setup) ++response_setups;
    });
    const NodePublication shared = net.publish(*receiver, answering, 20);
    EXPECT_EQ(shared.session_id, answers.session_id);
    net.run(1s);
    EXPECT_EQ(response_setups, 0);
}

TEST_F(DriverNetwork, a_stranger_who_floods_with_setups_does_not_stop_the_others) {
    net.subscribe(*receiver, kUnicast);
    NodePublication publication = net.publish(*sender, kUnicast);
    const std::unique_ptr<NodeImage> image = net.image(*receiver);
    ASSERT_NE(image, nullptr);
    const std::unique_ptr<UdpSocket> stranger =
        sender->host.open({.bind = SocketAddress{IpAddress::ipv4(10, 0, 0, 1), 50'000}}).value();
    std::array<std::byte, p::Setup::kLength> frame{};
    for (std::int32_t session = 1000; session < 3000; ++session) {
        p::encode(p::Setup{.session_id = session,
                           .stream_id = 10,
                           .initial_term_id = session,
                           .active_term_id = session,
                           .term_length = kTermMinLength,
                           .mtu_length = 1408},
                  frame);
        const ConstBytes bytes(frame);
        stranger->send_to({IpAddress::ipv4(10, 0, 0, 2), 40'123}, std::span(&bytes, 1));
        if (session % 100 == 0) net.run(1ms);
    }
    padding = std::string(900, 'x');
    stream(publication, *image, 100);
    net.run(40s, 20ms);  // they end by themselves
    EXPECT_LE(receiver->files.file_names().size(), 8U);
}

}  // namespace
}  // namespace tern::driver
