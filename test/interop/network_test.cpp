// Who plays the scenarios of network_scenarios.hpp with whom. By default the clients are those of
// the real C library wherever a real driver takes part, so that what differs is the drivers.
//
//   TERN_PAIRINGS=c-c,java-c network_test     other pairings, to try the scenarios themselves
//   TERN_CLIENTS=tern network_test            Tern's clients (or c: the real ones) everywhere
//   network_test --gtest_also_run_disabled_tests --gtest_filter='*million*'
//   network_test --gtest_also_run_disabled_tests --gtest_filter='*wireshark*'
//
// The last one needs the Debian packages tcpdump and tshark.

#include <cstdlib>

#include <gtest/gtest.h>

#include "interop/network_scenarios.hpp"

namespace tern::test {

Scenario scenario(const std::string& name) {
    for (const auto& list : {stream_scenarios(), loss_scenarios(), flow_scenarios(),
                             destination_scenarios(), own_scenarios()}) {
        for (const Scenario& found : list) {
            if (found.name == name) return found;
        }
    }
    throw std::invalid_argument("no scenario is called " + name);
}

namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Network);  // TERN_PAIRINGS may name no such pair
class Network : public ::testing::TestWithParam<std::tuple<Pairing, Scenario>> {};

TEST_P(Network, passes) { play(std::get<0>(GetParam()), {std::get<1>(GetParam())}); }

std::string name_of_test(const ::testing::TestParamInfo<std::tuple<Pairing, Scenario>>& test) {
    return std::get<0>(test.param).name() + "_" + std::get<1>(test.param).name;
}

auto each_pairing_with(const std::vector<Scenario>& scenarios) {
    return ::testing::Combine(::testing::ValuesIn(pairings()), ::testing::ValuesIn(scenarios));
}

INSTANTIATE_TEST_SUITE_P(Streams, Network, each_pairing_with(stream_scenarios()), name_of_test);
INSTANTIATE_TEST_SUITE_P(Loss, Network, each_pairing_with(loss_scenarios()), name_of_test);
INSTANTIATE_TEST_SUITE_P(Flow, Network, each_pairing_with(flow_scenarios()), name_of_test);
INSTANTIATE_TEST_SUITE_P(Destinations, Network, each_pairing_with(destination_scenarios()),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Own, Network,
                         ::testing::Combine(::testing::Values(Pairing{"tern", "tern"}),
                                            ::testing::ValuesIn(own_scenarios())),
                         name_of_test);

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Java);
/// A JVM takes its time to start: one driver of each kind plays them all.
class Java : public ::testing::TestWithParam<Pairing> {};

TEST_P(Java, passes) {
    std::vector<Scenario> scenarios;
    for (const char* name : {"small_messages", "fragmented_messages", "multicast_messages",
                             "end_of_stream", "late_subscriber", "one_per_cent_lost",
                             "five_per_cent_lost", "publisher_restarts", "receiver_restarts"}) {
        scenarios.push_back(scenario(name));
        scenarios.back().settings.clear();  // one world: its drivers have the usual settings
    }
    play(GetParam(), scenarios);
}

INSTANTIATE_TEST_SUITE_P(Network, Java, ::testing::ValuesIn(pairings(true)),
                         [](const auto& test) { return test.param.name(); });

/// Too long for each time; the scenario there_and_back_with_losses is the same with fewer.
TEST(DISABLED_Network, passes_a_million_messages_there_and_back_with_losses) {
    for (const Pairing& pairing : pairings()) {
        play(pairing, {{"a_million", [](World& world) { pass_through_loss(world, 100); }}});
    }
}

TEST(DISABLED_Network, sends_frames_that_wireshark_reads) {
    for (const Pairing& pairing : pairings()) {
        play(pairing, {{"dissected", play_and_dissect, 2, kMeasuredRtt}});
    }
}

}  // namespace
}  // namespace tern::test
