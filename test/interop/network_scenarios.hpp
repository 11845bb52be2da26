#pragma once

/// What drivers must be able to do together over UDP, by topic; network_test.cpp chooses who plays
/// it with whom.

#include <vector>

#include "interop/network_world.hpp"

namespace tern::test {

/// Settings of drivers whose receivers measure round trips for congestion control.
inline const Settings kMeasuredRtt{{"AERON_CUBICCONGESTIONCONTROL_MEASURERTT", "true"}};

std::vector<Scenario> stream_scenarios();       // whole streams, late joiners, restarts, ends
std::vector<Scenario> loss_scenarios();         // losses, delay, disorder
std::vector<Scenario> flow_scenarios();         // several receivers, flow control
std::vector<Scenario> destination_scenarios();  // many destinations, many sources, responses
/// What the real drivers cannot do, or do otherwise: for Tern's on both ends.
std::vector<Scenario> own_scenarios();

/// That many times 10,000 messages of mixed sizes there, and then as many back, with 5 % of all
/// datagrams lost on both ways.
void pass_through_loss(World& world, int rounds);

/// A stream with losses, captured and read by Wireshark's dissector; needs tcpdump and tshark.
void play_and_dissect(World& world);

/// The one of that name from any list; throws where there is none.
Scenario scenario(const std::string& name);

}  // namespace tern::test
