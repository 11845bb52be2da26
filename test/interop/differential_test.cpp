// The same raw commands to our driver and to the real one: events, counters and log metadata must
// read the same once ids, sessions and paths have names. Texts of errors are free (spec
// control-protocol.md 6.3), their codes are not.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "interop/differential.hpp"

namespace tern::test {
namespace {

using namespace protocol;

class Differential : public ::testing::TestWithParam<Dialogue> {};

TEST_P(Differential, reads_the_same_from_both_drivers) { expect_same_transcripts(GetParam()); }

std::vector<std::byte> body_of(std::initializer_list<int> bytes) {
    std::vector<std::byte> body;
    for (const int byte : bytes) { body.push_back(static_cast<std::byte>(byte)); }
    return body;
}

/// Their counters go with a timer, one after another.
void wait_for_end_of_publications(Conversation& c) {
    constexpr std::int32_t kPublisherLimit = 1, kPublisherPosition = 12;
    c.wait_for_counters(kPublisherLimit, 0);
    c.wait_for_counters(kPublisherPosition, 0);
}

void shared_publications(Conversation& c) {
    const auto a = c.new_client();
    const auto b = c.new_client();
    const auto first = c.add_publication(a, "aeron:ipc", 1001);
    const auto second = c.add_publication(b, "aeron:ipc?term-length=64k", 1001);
    c.note_counters(true);
    c.note_log(0);
    const auto sub = c.add_subscription(b, "aeron:ipc", 1001);
    c.add_subscription(b, "aeron:ipc", 1002);
    c.note_counters(true);
    c.note_log(0);
    c.remove_publication(a, first);
    c.remove_publication(b, second);
    c.wait_for(EventType::unavailable_image);  // comes with a timer, so first or after the rest
    c.remove_subscription(b, sub);
}

void explicit_parameters(Conversation& c) {
    const auto a = c.new_client();
    c.add_publication(
        a,
        "aeron:ipc?session-id=77777|term-length=128k|mtu=4096|init-term-id=5|term-id=9|"
        "term-offset=1024|linger=3s|alias=x|tags=11,12|eos=false|sparse=false",
        7);
    c.note_log(0);
    c.note_counters(true);
    c.add_publication(a, "aeron:ipc?session-id=77777", 7);
    c.add_publication(a, "aeron:ipc?session-id=77778", 7);
    c.add_publication(a, "aeron:ipc?term-length=64k", 7);
    c.add_publication(a, "aeron:ipc?mtu=1408", 7);
    c.add_publication(a, "aeron:ipc?init-term-id=5|term-id=9|term-offset=1024", 7);
    c.add_publication(a, "aeron:ipc?init-term-id=5|term-id=9|term-offset=0", 7);
    c.add_publication(a, "aeron:ipc?session-id=77777", 7, true);
    c.add_publication(a, "aeron:ipc?pub-wnd=16k", 8, true);
    c.note_log(1);
}

void bad_uris(Conversation& c) {
    const auto a = c.new_client();
    for (const char* channel :
         {"aeron:ipc?term-length=65535", "aeron:ipc?term-length=1", "aeron:ipc?term-length=2g",
          "aeron:ipc?mtu=31", "aeron:ipc?mtu=70000", "aeron:ipc?session-id=abc",
          "aeron:ipc?init-term-id=1", "aeron:ipc?linger=x",
          "aeron:ipc?init-term-id=1|term-id=0|term-offset=0",
          "aeron:ipc?init-term-id=0|term-id=0|term-offset=33",
          "aeron:ipc?init-term-id=0|term-id=0|term-offset=131072", "aeron:ipc?tags=a", "aeron:ipc?",
          "aeron:ipc?a", "aeron:ipc?=b", "aeron:ipc?a=b", "aeron:ipc?a=b|",
          "aeron:ipc?session-id=tag:9", "aeron:ipc?pub-wnd=1g"}) {
        c.add_publication(a, channel, 3, true);
        c.add_subscription(a, channel, 3);
    }
}

void sessions_and_matching(Conversation& c) {
    const auto a = c.new_client();
    const auto b = c.new_client();
    c.add_publication(a, "aeron:ipc?session-id=100001", 5);
    c.add_publication(a, "aeron:ipc?session-id=100002", 5, true);
    c.add_subscription(b, "aeron:ipc?session-id=100002", 5);
    c.add_subscription(b, "aeron:ipc", 5);
    c.add_subscription(b, "aeron:ipc?session-id=100003", 5);
    c.add_publication(a, "aeron:ipc?session-id=100003", 5, true);
    c.note_counters(true);
}

void removals_and_unknown_ids(Conversation& c) {
    const auto a = c.new_client();
    const auto b = c.new_client();
    const auto pub = c.add_publication(a, "aeron:ipc", 5);
    const auto sub = c.add_subscription(a, "aeron:ipc", 5);
    c.remove_publication(b, pub);
    c.remove_publication(a, 999'999);
    c.remove_subscription(a, 999'999);
    c.send(RemoveCounter{{a, c.new_id()}, 999'999});
    c.remove_subscription(b, sub);
    c.remove_publication(a, pub);
    c.remove_publication(a, pub);
}

void end_of_a_stream(Conversation& c) {
    const auto a = c.new_client();
    const auto pub = c.add_publication(a, "aeron:ipc?linger=0", 5, true);
    c.add_subscription(a, "aeron:ipc", 5);
    c.remove_publication(a, pub);
    c.wait_for(EventType::unavailable_image);
    wait_for_end_of_publications(c);
    c.note_counters(false);
}

void revoked_stream(Conversation& c) {
    const auto a = c.new_client();
    const auto pub = c.add_publication(a, "aeron:ipc", 5, true);
    c.add_subscription(a, "aeron:ipc", 5);
    c.add_subscription(a, "aeron:ipc", 5);
    c.remove_publication(a, pub, true);
    c.wait_for(EventType::unavailable_image);
    c.wait_for(EventType::unavailable_image);
}

void rejected_image(Conversation& c) {
    const auto a = c.new_client();
    const auto pub = c.add_publication(a, "aeron:ipc?session-id=4242424", 5);
    c.add_subscription(a, "aeron:ipc", 5);
    c.send(RejectImage{{a, c.new_id()}, pub, 0, "not wanted any more"});
    c.send(RejectImage{{a, c.new_id()}, 999'999, 0, "no such image here"});
}

void counters(Conversation& c) {
    const auto a = c.new_client();
    const auto counter = c.add_counter(a, 1101, "key", "a label");
    c.add_counter(a, 1102, "", "");
    c.note_counters(true);
    c.send(AddStaticCounter{{a, c.new_id()}, 5005, 1201, bytes_of("static"), "a static one"});
    c.send(AddStaticCounter{{a, c.new_id()}, 5005, 1201, bytes_of("static"), "a static one again"});
    c.send(RemoveCounter{{a, c.new_id()}, counter});
    c.send(RemoveCounter{{a, c.new_id()}, 5005});
    c.note_counters(true);
    c.close_client(a);
    c.wait_for(EventType::unavailable_counter);
    c.wait_for(EventType::unavailable_counter);
}

void client_that_times_out(Conversation& c) {
    const auto a = c.new_client();
    c.add_publication(a, "aeron:ipc", 5);
    c.add_counter(a, 1101, "key", "a label");
    c.wait_for(EventType::client_timeout);
    c.wait_for(EventType::unavailable_counter);
    c.wait_for(EventType::unavailable_counter);
    wait_for_end_of_publications(c);
    c.settle();
    c.note_counters(false);
}

void destinations_of_ipc(Conversation& c) {
    const auto a = c.new_client();
    const auto pub = c.add_publication(a, "aeron:ipc", 5);
    const auto sub = c.add_subscription(a, "aeron:ipc", 5);
    for (const auto action : {DestinationAction::add_send, DestinationAction::remove_send}) {
        c.send(
            DestinationCommand{{a, c.new_id()}, action, pub, "aeron:udp?endpoint=localhost:24325"});
    }
    c.send(
        DestinationCommand{{a, c.new_id()}, DestinationAction::add_receive, 999'999, "aeron:ipc"});
    c.send(DestinationCommand{
        {a, c.new_id()}, DestinationAction::remove_receive, 999'999, "aeron:ipc"});
    c.send(DestinationCommand{{a, c.new_id()}, DestinationAction::add_receive, sub, "aeron:ipc"});
    // Not RemoveDestinationById of an unknown publication: the C driver leaves it unanswered.
}

void broken_commands(Conversation& c) {
    const auto a = c.new_client();
    c.add_publication(a, "aeron:ipc", 5);
    for (const int type : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 14, 15, 16, 17, 18}) {
        c.send_raw(type, body_of({1, 2, 3}));
    }
    c.settle();
    c.note_counters(true);
}

void untethered_subscriber(Conversation& c) {
    const auto a = c.new_client();
    c.add_publication(a, "aeron:ipc?term-length=64k", 5);
    c.add_subscription(a, "aeron:ipc?tether=false|rejoin=false", 5);
    c.add_subscription(a, "aeron:ipc?tether=true", 5);
    c.note_counters(true);
}

INSTANTIATE_TEST_SUITE_P(
    Ipc, Differential,
    ::testing::Values(
        Dialogue{"system_counters", [](Conversation& c) { c.note_system_counters(); }},
        Dialogue{"shared_publications", shared_publications},
        Dialogue{"explicit_parameters", explicit_parameters}, Dialogue{"bad_uris", bad_uris},
        Dialogue{"sessions_and_matching", sessions_and_matching},
        Dialogue{"removals_and_unknown_ids", removals_and_unknown_ids},
        Dialogue{"end_of_a_stream", end_of_a_stream}, Dialogue{"revoked_stream", revoked_stream},
        Dialogue{"rejected_image", rejected_image}, Dialogue{"counters", counters},
        Dialogue{"client_that_times_out",
                 client_that_times_out,
                 {{"AERON_CLIENT_LIVENESS_TIMEOUT", "400ms"}}},
        Dialogue{"destinations_of_ipc", destinations_of_ipc},
        Dialogue{"broken_commands", broken_commands},
        Dialogue{"untethered_subscriber", untethered_subscriber}),
    [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace tern::test
