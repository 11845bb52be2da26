// Adding, sharing and refusing network publications (spec control-protocol.md 8 and 9,
// channel-uri.md 10 to 13, counters.md 8 and 10).

#include "tern/driver/conductor/network_publication_commands.hpp"

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/testing/publication_fixture.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
namespace p = protocol;

struct NetworkPublicationAdds : PublicationFixture {
    using PublicationFixture::PublicationFixture;

    std::string label_of(CounterType type, const Stream& stream) const {
        return driver.label(counter(type, stream.id));
    }
};

TEST_F(NetworkPublicationAdds, answer_names_the_limit_and_the_status_of_the_channel) {
    driver.add_publication(client, 10, kUnicast);
    const Events events = driver.take_events();
    const auto ready = events.only<p::PublicationReady>();
    EXPECT_EQ(ready.registration_id, ready.correlation_id);
    EXPECT_EQ(ready.stream_id, 10);
    EXPECT_EQ(ready.position_limit_counter_id,
              counter(CounterType::publisher_limit, ready.registration_id));
    EXPECT_EQ(ready.channel_status_indicator_id,
              counter(CounterType::send_channel, ready.registration_id));
    EXPECT_EQ(driver.value(ready.channel_status_indicator_id), 1);
    EXPECT_EQ(ready.log_file_name, "/dev/shm/aeron/publications/" +
                                       std::to_string(ready.registration_id) + ".logbuffer");
}

TEST_F(NetworkPublicationAdds, counters_come_in_the_order_of_aeron_and_are_labelled_as_there) {
    const Stream stream = add();
    const std::string tail = ": " + std::to_string(stream.id) + " " +
                             std::to_string(stream.session_id) + " 10 " + kUnicast;
    const std::string bound = source_of(stream).text();
    std::int32_t id = stream.status;
    EXPECT_EQ(driver.label(id), "snd-channel: " + std::string(kUnicast) + " " + bound);
    EXPECT_EQ(driver.label(id + 1), "snd-local-sockaddr: " + std::to_string(id) + " " + bound);
    EXPECT_EQ(driver.value(id + 1), 1);
    EXPECT_EQ(driver.label(id + 2), "pub-pos (concurrent)" + tail);
    EXPECT_EQ(driver.label(id + 3), "pub-lmt" + tail);
    EXPECT_EQ(driver.label(id + 4), "snd-pos" + tail);
    EXPECT_EQ(driver.label(id + 5), "snd-lmt" + tail);
    EXPECT_EQ(driver.label(id + 6), "snd-bpe" + tail);
    EXPECT_EQ(driver.label(id + 7), "snd-naks-received" + tail);
    EXPECT_EQ(driver.counters().owner_id(id), 0);
    EXPECT_EQ(driver.counters().registration_id(id), stream.id);
    EXPECT_EQ(driver.counters().owner_id(id + 7), client);
}

TEST_F(NetworkPublicationAdds, multi_destination_channels_count_destinations_and_groups_receivers) {
    const std::string channel = "aeron:udp?control-mode=dynamic|control=192.168.0.20:20123|fc=min";
    const Stream stream = add(channel, true);
    EXPECT_EQ(label_of(CounterType::send_channel, stream),
              "snd-channel: " + channel + " 192.168.0.20:20123");
    EXPECT_EQ(label_of(CounterType::send_destinations, stream), "mdc-num-dest: " + channel);
    EXPECT_EQ(counter(CounterType::send_destinations, stream.id), stream.status + 1);
    EXPECT_EQ(label_of(CounterType::flow_control_receivers, stream),
              "fc-receivers: " + std::to_string(stream.id) + " " +
                  std::to_string(stream.session_id) + " 10 " + channel);
    const std::int32_t receivers = counter(CounterType::flow_control_receivers, stream.id);
    EXPECT_EQ(receivers, stream.status + 3);
    EXPECT_EQ(driver.counters().owner_id(receivers), -1);
    EXPECT_TRUE(label_of(CounterType::publisher_position, stream).starts_with("pub-pos (excl"));
    EXPECT_EQ(stream.log.metadata().group, 1);
}

TEST_F(NetworkPublicationAdds, a_position_set_is_where_all_four_positions_start) {
    const Stream stream =
        add(std::string(kUnicast) + "|init-term-id=5|term-id=7|term-offset=64|term-length=64k");
    const std::int64_t start = 2 * 65'536 + 64;
    for (const CounterType type : {CounterType::publisher_position, CounterType::publisher_limit,
                                   CounterType::sender_position, CounterType::sender_limit}) {
        EXPECT_EQ(driver.value(counter(type, stream.id)), start);
    }
    EXPECT_EQ(stream.log.producer_position(), start);
    EXPECT_EQ(driver.value(counter(CounterType::sender_back_pressure, stream.id)), 0);
}

TEST_F(NetworkPublicationAdds, concurrent_ones_share_stream_and_channel) {
    const Stream first = add();
    driver.add_publication(client, 10, std::string(kUnicast) + "|linger=1s");
    const Events events = driver.take_events();
    const auto ready = events.only<p::PublicationReady>();
    EXPECT_EQ(ready.registration_id, first.id);
    EXPECT_EQ(ready.session_id, first.session_id);
    EXPECT_EQ(ready.position_limit_counter_id, first.limit);
    EXPECT_EQ(ready.channel_status_indicator_id, first.status);
    driver.remove_publication(client, ready.correlation_id);
    driver.pass(10s);
    EXPECT_EQ(driver.counters().state(first.limit), CounterState::allocated);
}

TEST_F(NetworkPublicationAdds, other_streams_and_exclusive_ones_share_the_socket_only) {
    const Stream first = add();
    const Stream second = add(kUnicast, false, 11);
    const Stream third = add(kUnicast, true);
    EXPECT_EQ(second.status, first.status);
    EXPECT_EQ(third.status, first.status);
    EXPECT_NE(third.session_id, first.session_id);
    EXPECT_EQ(driver.network.sockets().size(), 1u);
    EXPECT_NE(add("aeron:udp?endpoint=192.168.0.30:40124").status, first.status);
    EXPECT_EQ(driver.network.sockets().size(), 2u);
}

TEST_F(NetworkPublicationAdds, names_what_differs_where_a_publication_would_be_shared) {
    const Stream first = add();
    const std::string base(kUnicast);
    EXPECT_EQ(refused_publication(base + "|mtu=4096", 11),
              "existing publication has different 'mtu': existing=1408 requested=4096");
    EXPECT_EQ(refused_publication(base + "|term-length=128k", 11),
              "existing publication has different 'term-length': existing=65536 requested=131072");
    EXPECT_EQ(refused_publication(base + "|session-id=" + std::to_string(first.session_id + 1), 11),
              "existing publication has different 'session-id': existing=" +
                  std::to_string(first.session_id) +
                  " requested=" + std::to_string(first.session_id + 1));
    EXPECT_EQ(refused_publication(base + "|ssc=true", 11),
              "existing publication has different spies simulate connection: requested=true");
}

TEST_F(NetworkPublicationAdds, a_session_is_in_use_on_its_endpoint_until_the_linger_is_over) {
    const std::string channel = std::string(kUnicast) + "|session-id=77";
    const Stream first = add(channel, true);
    const std::string clash = "existing publication has clashing sessionId=77 for streamId=10 ";
    EXPECT_EQ(refused_publication(channel, 1, true), clash + "channel=" + channel);
    driver.remove_publication(client, first.id);
    driver.take_events();
    driver.pass(2s);
    EXPECT_EQ(refused_publication(channel, 1, true), clash + "channel=" + channel);
    EXPECT_EQ(add("aeron:udp?endpoint=192.168.0.30:5|session-id=77", true).session_id, 77);
    driver.pass(6s);
    EXPECT_EQ(add(channel, true).session_id, 77);
}

TEST_F(NetworkPublicationAdds, next_session_id_skips_those_of_the_network) {
    const Stream first = add(kUnicast, true);
    const std::string next = "|session-id=" + std::to_string(first.session_id + 1);
    add(kUnicast + next, true);
    driver.send(p::GetNextAvailableSessionId{{client, driver.next_id()}, 10});
    EXPECT_EQ(driver.take_events().only<p::NextAvailableSessionId>().next_session_id,
              first.session_id + 2);
}

TEST_F(NetworkPublicationAdds, a_session_can_be_copied_from_a_tagged_publication) {
    const Stream first = add(std::string(kUnicast) + "|tags=,55|mtu=2048");
    const Stream second = add("aeron:udp?endpoint=192.168.0.30:40124|session-id=tag:55", true);
    EXPECT_EQ(second.session_id, first.session_id);
    EXPECT_EQ(second.log.mtu_length(), 2048);
    EXPECT_NE(refused_publication("aeron:udp?endpoint=192.168.0.30:5|session-id=tag:56", 11)
                  .find("must reference a network publication"),
              std::string::npos);
}

TEST_F(NetworkPublicationAdds, a_tag_names_an_endpoint) {
    const Stream first = add(std::string(kUnicast) + "|tags=7");
    EXPECT_EQ(add("aeron:udp?tags=7", false, 11).status, first.status);
    EXPECT_NE(refused_publication("aeron:udp?tags=7|endpoint=192.168.0.30:1", 11)
                  .find("has mismatched endpoint or control: "),
              std::string::npos);
    EXPECT_NE(refused_publication("aeron:udp?tags=7|control-mode=manual", 11)
                  .find("has mismatched control-mode: "),
              std::string::npos);
    EXPECT_NE(refused_publication("aeron:udp?tags=8", 11)
                  .find("URI must have explicit control, endpoint, or be manual control-mode "
                        "when original: channel=aeron:udp?tags=8"),
              std::string::npos);
    EXPECT_NE(add(std::string(kUnicast) + "|tags=9", false, 12).status, first.status);
}

TEST_F(NetworkPublicationAdds, refuses_channels_that_cannot_be_sent_to) {
    const auto text = [this](std::string_view channel, int code = 11) {
        return refused_publication(channel, code);
    };
    EXPECT_EQ(text("aeron:udp?endpoint=localhost:0"),
              "endpoint has port=0 for publication: channel=aeron:udp?endpoint=localhost:0");
    EXPECT_EQ(text("aeron:udp?control=localhost:5"),
              "'control' parameter requires that either 'endpoint' or 'control-mode' is "
              "specified, channel=aeron:udp?control=localhost:5");
    EXPECT_NE(text("aeron:udp?endpoint=224.0.1.2:5").find("Multicast data address must be odd"),
              std::string::npos);
    EXPECT_NE(text("aeron:udp?endpoint=nowhere:5", 9)
                  .find("Unable to resolve host=(nowhere): (-2) Name or service not known"),
              std::string::npos);
    EXPECT_EQ(text(std::string(kUnicast) + "|ats=true"),
              "ATS is not enabled and thus ats=true not allowed: channel=" + std::string(kUnicast) +
                  "|ats=true");
    EXPECT_EQ(driver.network.sockets().size(), 0u);
}

TEST_F(NetworkPublicationAdds, refuses_a_mtu_that_the_socket_cannot_send) {
    const std::string channel = std::string(kUnicast) + "|mtu=8192|so-sndbuf=4096";
    EXPECT_EQ(refused_publication(channel, 11),
              "MTU greater than SO_SNDBUF for channel: mtu=8192 so-sndbuf=4096");
    EXPECT_EQ(driver.network.sockets().size(), 0u);
}

TEST_F(NetworkPublicationAdds, leaves_nothing_behind_where_the_socket_cannot_be_opened) {
    driver.network.set_open_error(Error{ErrorCode::generic_error, "(98) address in use"});
    EXPECT_EQ(refused_publication(kUnicast, 11), "(98) address in use");
    driver.work(8);
    EXPECT_EQ(driver.files.exists("/dev/shm/aeron/publications/2.logbuffer"), false);
    driver.network.set_open_error(std::nullopt);
    add();
}

TEST_F(NetworkPublicationAdds, closes_the_endpoint_of_a_publication_that_was_refused) {
    EXPECT_NE(refused_publication("aeron:udp?endpoint=224.0.1.1:40456|fc=minute", 11), "");
    driver.clock.advance(101ms);
    driver.work(8);
    EXPECT_TRUE(driver.network.sockets().empty());
    add("aeron:udp?endpoint=224.0.1.1:40456|fc=min");
    EXPECT_EQ(driver.network.sockets().size(), 2u);
}

TEST_F(NetworkPublicationAdds, an_endpoint_that_closes_is_to_be_asked_for_again) {
    const Stream stream = add();
    driver.remove_publication(client, stream.id);
    driver.pass(5s);  // LINGER
    for (int i = 0; i < 20 && driver.value(stream.status) != 2; ++i) {
        driver.clock.advance(500ms);
        driver.is_sender_held = false;
        driver.work(1);
        driver.is_sender_held = true;
        driver.work(1);
    }
    ASSERT_EQ(driver.value(stream.status), 2);
    driver.take_events();
    EXPECT_TRUE(refused_publication(kUnicast, 10)
                    .starts_with("send_channel_endpoint found in CLOSING state, please retry"));
    EXPECT_TRUE(driver.logged_errors().empty());
    driver.is_sender_held = false;
    driver.work(8);
    EXPECT_NE(add().id, stream.id);
}

TEST_F(NetworkPublicationAdds, answers_in_the_order_of_the_commands_while_names_take_time) {
    driver.network.set_name("far", IpAddress::ipv4(192, 168, 0, 30));
    driver.names.hold();
    const std::int64_t slow = driver.add_publication(client, 10, "aeron:udp?endpoint=far:40123");
    const std::int64_t quick = driver.add_subscription(client, 11, "aeron:ipc");
    driver.work(16);
    EXPECT_TRUE(driver.take_events().empty());
    driver.names.release();
    driver.work(16);
    const Events events = driver.take_events();
    const std::vector<std::string> texts = events.texts();
    const auto at = [&](const std::string& text) { return std::ranges::find(texts, text); };
    EXPECT_LT(at("PUBLICATION_READY " + std::to_string(slow) + " " + std::to_string(slow)),
              at("SUBSCRIPTION_READY " + std::to_string(quick) + " -1"));
}

TEST_F(NetworkPublicationAdds, waits_for_an_executor_that_has_no_room) {
    driver.names.set_capacity(0);
    driver.executor.set_capacity(0);
    driver.add_publication(client, 10, kUnicast);
    driver.work(8);
    driver.names.set_capacity(16);
    driver.work(8);
    EXPECT_TRUE(driver.take_events().empty());
    driver.executor.set_capacity(16);
    driver.work(8);
    stream_of(driver.take_events());
}

TEST_F(NetworkPublicationAdds, a_client_that_dies_during_its_command_does_no_harm) {
    driver.add_publication(client, 11, "aeron:ipc");
    driver.take_events();
    driver.executor.hold();
    driver.add_publication(client, 10, kUnicast);
    driver.let_die(client);
    driver.pass(12s);
    driver.executor.release();
    driver.work(8);
    driver.pass(40s);
    EXPECT_TRUE(driver.network.sockets().empty());
}

TEST_F(NetworkPublicationAdds, a_driver_that_closes_during_a_command_leaves_nothing_behind) {
    driver.names.hold();
    driver.add_publication(client, 10, kUnicast);
    driver.close();
    EXPECT_TRUE(driver.network.sockets().empty());
}

TEST_F(NetworkPublicationAdds, how_long_names_take_is_counted) {
    struct SlowHost final : uri::HostNetwork {
        explicit SlowHost(ManualClock& c) : clock(c) {}
        Result<IpAddress> resolve(std::string_view) override {
            clock.advance(6s);
            return IpAddress::ipv4(127, 0, 0, 1);
        }
        std::vector<uri::NetworkInterface> interfaces() override { return {}; }
        ManualClock& clock;
    };
    ConductorHarness other;
    SlowHost slow(other.clock);
    ChannelResolver resolver(slow, other.clock, other.executor, other.settings,
                             other.system_counters());
    bool is_found = false;
    resolver.resolve_address("name:5", [&](const Result<SocketAddress>& found) {
        is_found = found && found->port == 5;
    });
    other.work();
    EXPECT_TRUE(is_found);
    EXPECT_EQ(other.value(SystemCounter::name_resolver_max_time), 6'000'000'000);
    EXPECT_EQ(other.value(SystemCounter::name_resolver_time_threshold_exceeded), 1);
}

struct NetworkPublicationTtl : NetworkPublicationAdds {
    static Settings with_ttl(std::uint8_t ttl) {
        Settings settings = publication_settings();
        settings.multicast_ttl = ttl;
        return settings;
    }
    explicit NetworkPublicationTtl(std::uint8_t ttl = 0) : NetworkPublicationAdds(with_ttl(ttl)) {}

    /// What the SETUPs of a new publication of this channel say.
    std::int32_t announced_by(std::string_view channel) {
        std::int32_t ttl = -1;
        driver.segment.set_observer([&](const Passage& passage) {
            if (p::check_datagram(passage.bytes) != p::FrameType::setup) return;
            ttl = p::read_setup(passage.bytes).ttl;
        });
        add(channel);
        driver.segment.set_observer({});
        return ttl;
    }
    static constexpr const char* kGroup =
        "aeron:udp?endpoint=224.20.30.39:40180|interface=192.168.0.20";
};

TEST_F(NetworkPublicationTtl, is_announced_where_the_channel_sets_it) {
    EXPECT_EQ(announced_by(kGroup + std::string("|ttl=3")), 3);
}

TEST_F(NetworkPublicationTtl, is_0_where_nobody_sets_it) {
    EXPECT_EQ(announced_by(kGroup), 0);
    EXPECT_EQ(announced_by(kUnicast), 0);
}

struct NetworkPublicationTtlSetting : NetworkPublicationTtl {
    NetworkPublicationTtlSetting() : NetworkPublicationTtl(4) {}
};

TEST_F(NetworkPublicationTtlSetting, is_announced_for_groups_only) {
    EXPECT_EQ(announced_by(kGroup), 4);
    EXPECT_EQ(announced_by(kUnicast), 0);
}

TEST_F(NetworkPublicationAdds, response_channels_need_their_other_half) {
    EXPECT_EQ(refused_publication(std::string(kUnicast) + "|response-correlation-id=99", 11),
              "unable to find response subscription for response-correlation-id=99");
    const std::string response = "aeron:udp?control-mode=response|control=192.168.0.20:40200";
    EXPECT_EQ(refused_publication(response, 11),
              "control-mode=response was specified, but no response-correlation-id set");
    EXPECT_EQ(refused_publication(response + "|response-correlation-id=99", 11),
              "image.correlationId=99 not found");
    const Stream prototype = add(response + "|response-correlation-id=prototype");
    EXPECT_EQ(prototype.log.term_length(), 65'536);
    EXPECT_EQ(refused_publication(response + "|response-correlation-id=prototype|term-length=1m|"
                                             "init-term-id=1|term-id=1|term-offset=131072",
                                  11),
              "Param term-offset=131072 > term-length=65536");
}

// No receiver takes what the conductor puts into its queue here.
TEST_F(NetworkPublicationAdds, a_flood_of_response_setups_holds_up_no_command) {
    const std::int64_t responses = driver.add_subscription(
        client, 20, "aeron:udp?control-mode=response|control=192.168.0.30:40300");
    driver.take_events();
    const Stream stream =
        add(std::string(kUnicast) + "|response-correlation-id=" + std::to_string(responses));
    receive(stream, 0);
    const p::ResponseSetup setup{stream.session_id, stream.stream_id, 55};
    for (int i = 0; i < 2000; ++i) answer(source_of(stream), setup);
    EXPECT_EQ(driver.receiver_queues.commands.waiting(), 0U);
    EXPECT_TRUE(CoverageMark::was_reached("response_setup_left_out"));
    add(kUnicast, true, 11);
}

TEST_F(NetworkPublicationAdds, an_error_of_a_receiver_reaches_the_clients_once) {
    const Stream stream = add();
    receive(stream, 0);
    driver.clock.advance(101ms);
    const p::ErrorFrame error{.session_id = stream.session_id,
                              .stream_id = 10,
                              .receiver_id = 7,
                              .error_code = 13,
                              .text = "no more"};
    answer(source_of(stream), error);
    const Events events = driver.take_events();
    const auto told = events.only<p::PublicationError>();
    EXPECT_EQ(told.registration_id, stream.id);
    EXPECT_EQ(told.receiver_id, 7);
    EXPECT_EQ(told.destination_registration_id, -1);
    EXPECT_EQ(told.group_tag, -1);
    EXPECT_EQ(told.error_code, 13);
    EXPECT_EQ(told.message, "no more");
    EXPECT_EQ(told.source.port, 40'123);
    EXPECT_EQ(told.source.bytes[3], std::byte{30});
    ASSERT_EQ(driver.logged_errors().size(), 1u);
    EXPECT_TRUE(driver.logged_errors()[0].starts_with("onPublicationError: registrationId="));
}

TEST_F(NetworkPublicationAdds, errors_of_many_receivers_do_not_fill_the_error_log) {
    const Stream stream = add();
    receive(stream, 0);
    p::StatusMessage status = status_message(stream);
    for (int i = 0; i < 20; ++i) {
        ++status.receiver_id;
        answer(source_of(stream), status);
        answer(source_of(stream), p::ErrorFrame{.session_id = stream.session_id,
                                                .stream_id = 10,
                                                .receiver_id = status.receiver_id,
                                                .error_code = 13,
                                                .text = "no more"});
    }
    EXPECT_EQ(driver.take_events().count<p::PublicationError>(), 20);
    EXPECT_EQ(driver.logged_errors().size(), 4U);
}

TEST_F(NetworkPublicationAdds, an_address_that_changed_is_found_by_its_name) {
    driver.network.set_name("far", IpAddress::ipv4(192, 168, 0, 77));
    const Stream stream = add("aeron:udp?endpoint=far:40123");
    driver.pass(3s);
    driver.network.set_name("far", IpAddress::ipv4(192, 168, 0, 30));
    for (int i = 0; i < 10; ++i) {
        driver.pass(1s);
        driver.work(8);
    }
    EXPECT_EQ(driver.value(SystemCounter::resolution_changes), 1);
    receive(stream, 0);
    EXPECT_TRUE(stream.log.is_connected());
}

}  // namespace
}  // namespace tern::driver
