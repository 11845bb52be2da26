#pragma once

/// What drivers must be able to do together over UDP, by topic; network_test.cpp chooses who plays
/// it with whom.

#include <vector>

#include "interop/network_world.hpp"

namespace tern::test {

std::vector<Scenario> stream_scenarios();       // whole streams, late joiners, restarts, ends
std::vector<Scenario> loss_scenarios();         // losses, delay, disorder
std::vector<Scenario> flow_scenarios();         // several receivers, flow control
std::vector<Scenario> destination_scenarios();  // many destinations, many sources, responses
/// What the real drivers cannot do, or do otherwise: for Tern's on both ends.
std::vector<Scenario> own_scenarios();

/// `count` messages of mixed sizes there and back, with 5 % of all datagrams lost on both ways.
void pass_through_loss(World& world, int count);

/// The one of that name from any list; throws where there is none.
Scenario scenario(const std::string& name);

}  // namespace tern::test
