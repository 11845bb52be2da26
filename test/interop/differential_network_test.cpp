// The same raw commands about UDP channels to our driver and to the real one, in a network that has
// loopback only. The tables of channels follow spec channel-uri.md, 21: PORT stands for a port that
// nothing had before, so that each line meets a driver that knows nothing of it.
// Texts of errors are free, their codes are not.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "interop/differential.hpp"
#include "support/two_hosts.hpp"

namespace tern::test {
namespace {

using namespace protocol;

class NetworkDifferential : public ::testing::TestWithParam<Dialogue> {
  protected:
    static void SetUpTestSuite() { why_not_ = enter_own_network(); }
    static inline std::string why_not_;
};

TEST_P(NetworkDifferential, reads_the_same_from_both_drivers) {
    if (!why_not_.empty()) GTEST_SKIP() << why_not_;
    Dialogue dialogue = GetParam();
    dialogue.talk = [talk = dialogue.talk](Conversation& c) {
        c.forget_counter_ids();
        talk(c);
    };
    dialogue.settings.try_emplace("AERON_IMAGE_LIVENESS_TIMEOUT", "2s");
    expect_same_transcripts(dialogue);
}

// ---- channels, one by one

/// The channel with each PORT replaced by the next port.
std::string with_ports(std::string channel, int& next_port) {
    for (std::size_t at = channel.find("PORT"); at != std::string::npos;
         at = channel.find("PORT", at)) {
        channel.replace(at, 4, std::to_string(next_port++));
    }
    return channel;
}

void publications(Conversation& c, const std::vector<std::string>& channels) {
    const auto client = c.new_client();
    int port = 20001;
    for (const std::string& channel : channels) {
        c.add_publication(client, with_ports(channel, port), 1001);
    }
}

void subscriptions(Conversation& c, const std::vector<std::string>& channels) {
    const auto client = c.new_client();
    int port = 20001;
    for (const std::string& channel : channels) {
        c.add_subscription(client, with_ports(channel, port), 1001);
    }
    c.note_network_counters();
}

void syntax(Conversation& c) {
    publications(c, {"aeron:udp",
                     "aeron:udp?",
                     "aeron:UDP?endpoint=localhost:PORT",
                     "Aeron:udp?endpoint=localhost:PORT",
                     "udp://localhost:PORT",
                     "aeron:udp?endpoint",
                     "aeron:udp?endpoint=localhost:PORT|",
                     "aeron:udp?|endpoint=localhost:PORT",
                     "aeron:udp?endpoint=localhost:PORT||mtu=1408",
                     "aeron:udp?=x|endpoint=localhost:PORT",
                     "aeron:udp?mtu=|endpoint=localhost:PORT",
                     "aeron:udp?endpoint=",
                     "aeron:udp?Endpoint=localhost:PORT",
                     "aeron:udp?endpoint=localhost:PORT|foo=bar",
                     "aeron:udp?endpoint=localhost:PORT|alias=a=b?c:d",
                     "aeron:udp?endpoint=localhost:PORT|mtu=1408|mtu=4096",
                     "aeron:udp?endpoint=localhost:PORT|endpoint=localhost:PORT",
                     "aeron:udp?endpoint=localhost:PORT|foo=",
                     "aeron:udp?endpoint=localhost:PORT|tags=",
                     "aeron:udp?endpoint=localhost:PORT|mtux=4096"});
    c.note_network_counters();
}

void values(Conversation& c) {
    const std::string base = "aeron:udp?endpoint=localhost:PORT|";
    std::vector<std::string> channels;
    for (const char* value : {"max-resend=0",
                              "max-resend=257",
                              "max-resend=16",
                              "max-resend=x",
                              "pub-wnd=32k",
                              "pub-wnd=33k",
                              "pub-wnd=1024",
                              "ttl=abc",
                              "ttl=7",
                              "so-sndbuf=0",
                              "so-sndbuf=1024",
                              "so-sndbuf=64k",
                              "so-rcvbuf=64k",
                              "so-rcvbuf=x",
                              "ats=true",
                              "so-tos=0x2e",
                              "so-tos=256",
                              "so-tos=-1",
                              "so-tos=1k",
                              "linger=-5s",
                              "linger=0",
                              "linger=5h",
                              "eos=1",
                              "eos=false",
                              "ssc=true",
                              "ssc=x",
                              "sparse=true",
                              "session-id=0x10",
                              "session-id=abc",
                              "session-id=4294967296",
                              "term-length=64k",
                              "term-length=100000",
                              "term-length=-1",
                              "mtu=32",
                              "mtu=64",
                              "mtu=100",
                              "mtu=65504",
                              "mtu=65536",
                              "init-term-id=7|term-id=9",
                              "term-length=64k|init-term-id=7|term-id=9|term-offset=64",
                              "term-length=64k|init-term-id=7|term-id=9|term-offset=65",
                              "term-length=64k|init-term-id=7|term-id=9|term-offset=65568",
                              "fc=nonsense",
                              "response-correlation-id=99",
                              "response-correlation-id=-2",
                              "response-correlation-id=x",
                              "untethered-window-limit-timeout=x",
                              "untethered-resting-timeout=1s",
                              "untethered-linger-timeout=x",
                              "channel-snd-ts-offset=8",
                              "channel-snd-ts-offset=x"}) {
        channels.push_back(base + value);
    }
    publications(c, channels);
    c.note_network_counters();
}

void addresses(Conversation& c) {
    publications(c, {"aeron:udp?endpoint=localhost",
                     "aeron:udp?endpoint=localhost:",
                     "aeron:udp?endpoint=localhost:65536",
                     "aeron:udp?endpoint=:PORT",
                     "aeron:udp?endpoint=127.0.0.1:PORT",
                     "aeron:udp?endpoint=[::1]:PORT",
                     "aeron:udp?endpoint=[::1:PORT",
                     "aeron:udp?endpoint=localhost:0",
                     "aeron:udp?control-mode=manual|endpoint=localhost:0",
                     "aeron:udp?control-mode=manual",
                     "aeron:udp?control-mode=manual|control=localhost:PORT",
                     "aeron:udp?control-mode=dynamic",
                     "aeron:udp?control=localhost:PORT|control-mode=dynamic",
                     "aeron:udp?control=localhost:0|control-mode=dynamic",
                     "aeron:udp?control=localhost:PORT",
                     "aeron:udp?control-mode=nonsense|endpoint=localhost:PORT",
                     "aeron:udp?control=localhost:PORT|endpoint=localhost:PORT",
                     "aeron:udp?interface=localhost",
                     "aeron:udp?endpoint=224.0.1.1:PORT|interface=localhost",
                     "aeron:udp?endpoint=224.0.1.2:PORT|interface=localhost",
                     "aeron:udp?endpoint=localhost:PORT|interface=127.0.0.0/8",
                     "aeron:udp?endpoint=localhost:PORT|interface=127.0.0.1/33",
                     "aeron:udp?endpoint=localhost:PORT|interface=192.0.2.77",
                     "aeron:udp?endpoint=localhost:PORT|interface={lo}",
                     "aeron:udp?endpoint=localhost:PORT|interface={nope}",
                     "aeron:udp?endpoint=localhost:PORT|interface={}",
                     "aeron:udp?endpoint=224.0.1.1:PORT|interface=localhost|control-mode=dynamic",
                     "aeron-spy:aeron:udp?endpoint=localhost:PORT"});
    c.note_network_counters();
}

// Not their counters: the real driver keeps the endpoint of a publication whose flow control it
// refused.
void flow_control(Conversation& c) {
    const std::string group = "aeron:udp?endpoint=224.0.1.1:PORT|interface=localhost|fc=";
    const std::string dynamic = "aeron:udp?control=localhost:PORT|control-mode=dynamic|fc=";
    publications(c, {group + "nonsense", group + "max", group + "min", group + "tagged",
                     group + "min,t:3s,g:/2", group + "min,t:x", group + "max,rrwm:3",
                     group + "max,rrwm:0", dynamic + "tagged,g:123/3", dynamic + "tagged,g:123/x",
                     dynamic + "max,g:1", dynamic + ",g:1", dynamic + "min,g:/3",
                     "aeron:udp?control-mode=response|control=localhost:PORT",
                     "aeron:udp?control-mode=response|control=localhost:PORT|"
                     "response-correlation-id=99"});
}

void subscriptions_of_all_kinds(Conversation& c) {
    subscriptions(
        c, {"aeron:udp?endpoint=localhost:0",
            "aeron:udp?endpoint=localhost:PORT",
            "aeron:udp?control=localhost:0|endpoint=localhost:PORT",
            "aeron:udp?control=localhost:PORT|endpoint=localhost:0",
            "aeron:udp?control-mode=manual",
            "aeron:udp?tags=7",
            "aeron:udp?endpoint=localhost:PORT|session-id=tag:5",
            "aeron:udp?endpoint=localhost:PORT|session-id=-77",
            "aeron-spy:aeron:udp?endpoint=localhost:PORT",
            "aeron-spy:aeron:ipc",
            "aeron:udp?endpoint=localhost:PORT|reliable=no",
            "aeron:udp?endpoint=localhost:PORT|reliable=false",
            "aeron:udp?endpoint=localhost:PORT|group=maybe",
            "aeron:udp?endpoint=localhost:PORT|cc=nonsense",
            "aeron:udp?endpoint=localhost:PORT|gtag=abc",
            "aeron:udp?endpoint=localhost:PORT|gtag=17",
            "aeron:udp?endpoint=localhost:PORT|rcv-wnd=64m",
            "aeron:udp?endpoint=localhost:PORT|rcv-wnd=64k",
            "aeron:udp?endpoint=localhost:PORT|rcv-wnd=x",
            "aeron:udp?endpoint=localhost:PORT|nak-delay=1ms",
            "aeron:udp?endpoint=localhost:PORT|media-rcv-ts-offset=0|channel-rcv-ts-offset=4",
            "aeron:udp?endpoint=localhost:PORT|channel-rcv-ts-offset=8x",
            "aeron:udp?endpoint=localhost:PORT|channel-rcv-ts-offset=reserved",
            "aeron:udp?endpoint=[::1]:PORT",
            "aeron:udp?endpoint=224.0.1.1:PORT|interface=localhost",
            "aeron:udp?control-mode=response|control=localhost:PORT",
            "aeron:udp?control-mode=dynamic|endpoint=localhost:PORT",
            "aeron:udp?control-mode=dynamic|control=localhost:PORT|endpoint=localhost:PORT",
            "aeron:udp?endpoint=localhost:PORT|tether=false",
            "aeron:udp?endpoint=192.0.2.5:PORT"});
}

// ---- channels that meet others

void shared_endpoints(Conversation& c) {
    const auto a = c.new_client();
    const auto b = c.new_client();
    const std::string channel = "aeron:udp?endpoint=localhost:21001";
    c.add_publication(a, channel + "|session-id=70001", 1001);
    c.add_publication(b, channel, 1001);
    c.add_publication(b, channel, 1002);
    c.add_publication(b, channel + "|session-id=70002", 1001);
    c.add_publication(b, channel + "|mtu=4096", 1001);
    c.add_publication(b, channel + "|term-length=128k", 1001);
    c.add_publication(b, channel + "|ssc=true", 1001);
    c.add_publication(b, channel + "|session-id=70001", 1001, true);
    c.add_publication(b, channel + "|so-tos=40", 1001);
    c.add_publication(b, channel + "|so-sndbuf=64k", 1001);
    c.add_publication(b, channel + "|channel-snd-ts-offset=8", 1001);
    c.add_publication(b, "aeron:udp?endpoint=127.0.0.1:21001", 1001);
    c.note_network_counters();
}

void shared_receive_endpoints(Conversation& c) {
    const auto a = c.new_client();
    const std::string channel = "aeron:udp?endpoint=localhost:21002";
    c.add_subscription(a, channel + "|reliable=true", 1001);
    c.add_subscription(a, channel + "|reliable=false", 1001);
    c.add_subscription(a, channel + "|reliable=false", 1002);
    c.add_subscription(a, channel + "|rejoin=false", 1001);
    c.add_subscription(a, channel + "|so-tos=3", 1001);
    c.add_subscription(a, channel + "|so-rcvbuf=64k", 1001);
    c.add_subscription(a, channel + "|channel-rcv-ts-offset=0", 1001);
    c.add_subscription(a, "aeron:udp?endpoint=127.0.0.1:21002", 1001);  // the port is taken
    c.note_network_counters();
}

void tags(Conversation& c) {
    const auto a = c.new_client();
    c.add_publication(a, "aeron:udp?tags=7", 1001);
    c.add_publication(a, "aeron:udp?endpoint=localhost:21003|tags=7,8", 1001);
    c.add_publication(a, "aeron:udp?tags=7", 1002);
    c.add_publication(a, "aeron:udp?endpoint=localhost:21004|tags=7", 1003);
    c.add_publication(a, "aeron:udp?control-mode=manual|tags=7", 1003);
    c.add_publication(a, "aeron:udp?endpoint=localhost:21005|tags=7,8,9", 1001);
    c.add_publication(a, "aeron:udp?endpoint=localhost:21005|tags=abc", 1001);
    c.add_publication(a, "aeron:udp?endpoint=localhost:21005|tags=-1", 1001);
    c.add_publication(a, "aeron:udp?endpoint=localhost:21005|session-id=tag:8", 1001);
    c.add_publication(a, "aeron:udp?endpoint=localhost:21006|session-id=tag:99", 1001);
    c.add_subscription(a, "aeron:udp?endpoint=localhost:21007|tags=7", 1001);
    c.add_subscription(a, "aeron:udp?tags=7", 1002);
    c.add_subscription(a, "aeron-spy:aeron:udp?tags=7", 1002);
    c.note_network_counters();
}

void closed_endpoints(Conversation& c) {
    const auto a = c.new_client();
    const auto pub = c.add_publication(a, "aeron:udp?endpoint=localhost:21008", 1001);
    const auto sub = c.add_subscription(a, "aeron:udp?endpoint=localhost:21009", 1001);
    c.remove_publication(a, pub);
    c.remove_subscription(a, sub);
    c.wait_for_counters(6, 0);
    c.wait_for_counters(7, 0);
    c.wait_for_counters(14, 0);
    c.note_network_counters();
    c.add_publication(a, "aeron:udp?endpoint=localhost:21008", 1001);
    c.add_subscription(a, "aeron:udp?endpoint=localhost:21009", 1001);
    c.note_network_counters();
}

// ---- logs

void publication_logs(Conversation& c) {
    const auto a = c.new_client();
    c.add_publication(a, "aeron:udp?endpoint=localhost:21010", 1001);
    c.add_publication(
        a,
        "aeron:udp?endpoint=localhost:21011|session-id=77777|term-length=128k|mtu=4096|"
        "init-term-id=5|term-id=9|term-offset=1024|linger=3s|alias=x|tags=11,12|eos=false|"
        "sparse=true|pub-wnd=32k|max-resend=17|ssc=true|so-sndbuf=128k|so-rcvbuf=256k|so-tos=4",
        7, true);
    c.add_publication(a, "aeron:udp?endpoint=224.0.1.1:21012|interface=localhost|fc=min", 8);
    c.add_publication(a, "aeron:udp?control-mode=manual|response-correlation-id=-1", 9);
    for (std::size_t log = 0; log < 4; ++log) c.note_log(log);
    c.note_network_counters();
}

/// An image comes by itself, so there is one at a time.
void image(Conversation& c, const std::string& publication, const std::string& subscription) {
    const auto a = c.new_client();
    const auto sub = c.add_subscription(a, subscription, 1001);
    const auto pub = c.add_publication(a, publication + "|session-id=81001", 1001);
    c.wait_for(EventType::available_image);
    c.note_log(1, true);
    c.note_network_counters();
    c.add_subscription(a, subscription, 1001);  // joins the image
    c.note_network_counters();
    c.remove_subscription(a, sub);
    c.remove_publication(a, pub);
    c.wait_for(EventType::unavailable_image);
}

void unicast_image(Conversation& c) {
    image(c, "aeron:udp?endpoint=localhost:21013", "aeron:udp?endpoint=localhost:21013");
}

void image_with_parameters(Conversation& c) {
    image(c,
          "aeron:udp?endpoint=127.0.0.1:21014|mtu=2048|term-length=128k|init-term-id=-3|term-id=-1|"
          "term-offset=96",
          "aeron:udp?endpoint=127.0.0.1:21014|rcv-wnd=32k|cc=cubic|tether=false|alias=mine");
}

void multicast_image(Conversation& c) {
    const std::string channel = "aeron:udp?endpoint=224.0.1.1:21015|interface=localhost";
    image(c, channel + "|fc=min", channel);
}

void image_of_a_dynamic_publication(Conversation& c) {
    const std::string control = "control=localhost:21016|control-mode=dynamic";
    image(c, "aeron:udp?" + control, "aeron:udp?endpoint=localhost:21017|" + control);
}

void image_over_ip_version_6(Conversation& c) {
    image(c, "aeron:udp?endpoint=[::1]:21018", "aeron:udp?endpoint=[::1]:21018");
}

void session_of_a_subscription(Conversation& c) {
    const auto a = c.new_client();
    const std::string channel = "aeron:udp?endpoint=localhost:21019";
    c.add_subscription(a, channel + "|session-id=90002", 1001);
    c.add_publication(a, channel + "|session-id=90001", 1001, true);
    c.add_publication(a, channel + "|session-id=90002", 1001, true);
    c.wait_for(EventType::available_image);
    c.note_network_counters();
}

void spies(Conversation& c) {
    const auto a = c.new_client();
    const std::string channel = "aeron:udp?endpoint=localhost:21020";
    c.add_subscription(a, "aeron-spy:" + channel, 1001);
    const auto pub = c.add_publication(a, channel + "|session-id=90003|ssc=true", 1001);
    const auto second = c.add_subscription(a, "aeron-spy:" + channel, 1001);
    c.add_subscription(a, "aeron-spy:" + channel, 1002);
    c.add_subscription(a, "aeron-spy:aeron:udp?endpoint=127.0.0.1:21020", 1001);
    c.note_log(0);
    c.note_network_counters();
    c.remove_subscription(a, second);
    c.remove_publication(a, pub);
    c.wait_for(EventType::unavailable_image);
}

void rejected_image(Conversation& c) {
    const auto a = c.new_client();
    const std::string channel = "aeron:udp?endpoint=localhost:21021";
    c.add_subscription(a, channel, 1001);
    c.add_publication(a, channel + "|session-id=90004", 1001);
    c.wait_for(EventType::available_image);
    c.send(RejectImage{{a, c.new_id()}, c.last_image(), 0, "not wanted"});
    c.wait_for(EventType::publication_error);
    c.send(RejectImage{{a, c.new_id()}, 999'999, 0, "no such image"});
}

// ---- destinations

void send_destinations(Conversation& c) {
    using enum DestinationAction;
    const auto a = c.new_client();
    const auto manual = c.add_publication(a, "aeron:udp?control-mode=manual", 1001);
    const auto plain = c.add_publication(a, "aeron:udp?endpoint=localhost:21022", 1001);
    const std::string channel = "aeron:udp?endpoint=localhost:21023";
    const auto first = c.change_destination(a, add_send, manual, channel);
    for (const char* text : {"aeron:udp?endpoint=localhost:0", "aeron:udp?control=localhost:21024",
                             "aeron:ipc", "aeron-spy:aeron:udp?endpoint=localhost:21025",
                             "aeron:udp?endpoint=localhost:21026|mtu=1408",
                             "aeron:udp?endpoint=localhost:21026|rcv-wnd=64k",
                             "aeron:udp?endpoint=localhost:21026|so-tos=5",
                             "aeron:udp?endpoint=localhost:21026|so-sndbuf=64k",
                             "aeron:udp?endpoint=localhost:21026|control-mode=response",
                             "aeron:udp?", "aeron:udp?endpoint=[::1]:21027", "nonsense"}) {
        c.change_destination(a, add_send, manual, text);
    }
    c.change_destination(a, add_send, plain, channel);
    c.change_destination(a, add_send, 999'999, channel);
    c.change_destination(a, remove_send, manual, "aeron:udp?endpoint=localhost:21028");
    c.change_destination(a, remove_send, manual, channel);
    const auto again = c.change_destination(a, add_send, manual, channel);
    c.send(RemoveDestinationById{{a, c.new_id()}, manual, first});
    c.send(RemoveDestinationById{{a, c.new_id()}, manual, again});
    c.note_network_counters();
}

void receive_destinations(Conversation& c) {
    using enum DestinationAction;
    const auto a = c.new_client();
    const auto manual = c.add_subscription(a, "aeron:udp?control-mode=manual", 1001);
    const auto plain = c.add_subscription(a, "aeron:udp?endpoint=localhost:21029", 1001);
    for (const char* text :
         {"aeron:udp?endpoint=localhost:21030", "aeron:udp?endpoint=localhost:0", "aeron:ipc",
          "aeron-spy:aeron:udp?endpoint=localhost:21031",
          "aeron:udp?endpoint=localhost:21032|rcv-wnd=64k",
          "aeron:udp?endpoint=localhost:21032|so-tos=5",
          "aeron:udp?endpoint=localhost:21032|control-mode=response", "aeron:udp?", "nonsense"}) {
        c.change_destination(a, add_receive, manual, text);
    }
    c.note_network_counters();
    c.change_destination(a, add_receive, plain, "aeron:udp?endpoint=localhost:21033");
    c.change_destination(a, add_receive, 999'999, "aeron:udp?endpoint=localhost:21033");
    c.change_destination(a, remove_receive, manual, "aeron:udp?endpoint=localhost:21030");
    c.change_destination(a, remove_receive, manual, "aeron:ipc");
    c.wait_for_counters(14, 2);
    c.note_network_counters();
}

void image_of_a_receive_destination(Conversation& c) {
    using enum DestinationAction;
    const auto a = c.new_client();
    const std::string channel = "aeron:udp?endpoint=localhost:21034";
    const auto sub = c.add_subscription(a, "aeron:udp?control-mode=manual|alias=many", 1001);
    c.add_publication(a, channel + "|session-id=90005", 1001);
    c.change_destination(a, add_receive, sub, channel);
    c.wait_for(EventType::available_image);
    c.note_network_counters();
    c.change_destination(a, remove_receive, sub, channel);
    c.wait_for(EventType::unavailable_image);
}

INSTANTIATE_TEST_SUITE_P(
    Udp, NetworkDifferential,
    ::testing::Values(Dialogue{"syntax", syntax}, Dialogue{"values", values},
                      Dialogue{"addresses", addresses}, Dialogue{"flow_control", flow_control},
                      Dialogue{"subscriptions_of_all_kinds", subscriptions_of_all_kinds},
                      Dialogue{"shared_endpoints", shared_endpoints},
                      Dialogue{"shared_receive_endpoints", shared_receive_endpoints},
                      Dialogue{"tags", tags}, Dialogue{"closed_endpoints", closed_endpoints},
                      Dialogue{"publication_logs", publication_logs},
                      Dialogue{"unicast_image", unicast_image},
                      Dialogue{"image_with_parameters", image_with_parameters},
                      Dialogue{"multicast_image", multicast_image},
                      Dialogue{"image_of_a_dynamic_publication", image_of_a_dynamic_publication},
                      Dialogue{"image_over_ip_version_6", image_over_ip_version_6},
                      Dialogue{"session_of_a_subscription", session_of_a_subscription},
                      Dialogue{"spies", spies}, Dialogue{"rejected_image", rejected_image},
                      Dialogue{"send_destinations", send_destinations},
                      Dialogue{"receive_destinations", receive_destinations},
                      Dialogue{"image_of_a_receive_destination", image_of_a_receive_destination}),
    [](const auto& dialogue) { return dialogue.param.name; });

}  // namespace
}  // namespace tern::test
