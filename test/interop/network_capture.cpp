// What a third party makes of the frames: Wireshark's dissector of Aeron reads a captured stream.
// Not a test of each run, since tshark is large: network_test.cpp says how to start it.

#include <csignal>
#include <sstream>

#include "interop/network_scenarios.hpp"

namespace tern::test {

namespace {

/// How many captured packets fit a display filter.
int packets(World& world, const std::string& file, const std::string& filter) {
    const Finished done = world.run(0, {"tshark", "-n", "--enable-heuristic", "aeron_udp", "-r",
                                        file, "-Y", filter, "-T", "fields", "-e", "frame.number"});
    require(done.ended == ChildProcess::Ended{0, 0}, "tshark " + filter + ": " + done.errors);
    std::istringstream lines{done.output};
    int count = 0;
    for (std::string line; std::getline(lines, line);) count += line.empty() ? 0 : 1;
    return count;
}

}  // namespace

void play_and_dissect(World& world) {
    TempDir directory;
    const std::string file = directory / "capture.pcap";
    const auto capture = world.start(
        0, {"tcpdump", "-Z", "root", "-i", "eth0", "-U", "-B", "8192", "-w", file, "udp"});
    // tcpdump says so on standard error; it has no other sign.
    while (capture->errors().find("listening on") == std::string::npos) {
        capture->read_line(std::chrono::milliseconds{20});
        require(capture->running(), "tcpdump: " + capture->errors());
    }
    world.hosts().lose(1, 3, Frames::data);
    const std::string channel = "aeron:udp?endpoint=" + world.endpoint(1);
    pass_messages(world, {.publication = channel,
                          .subscription = channel + "|cc=cubic",
                          .count = 1500,
                          .sizes = "20-1300,1377-4000"});
    capture->signal(SIGINT);
    require(capture->wait() == ChildProcess::Ended{0, 0}, "tcpdump: " + capture->errors());

    for (const char* kind : {"data", "pad", "setup", "sm", "nak", "rtt", "heartbeat"}) {
        require(packets(world, file, std::string{"aeron."} + kind) > 0,
                std::string{"no frame of the kind "} + kind);
    }
    for (const char* fault :
         {"udp && !aeron", "_ws.malformed", "aeron.analysis.invalid_pad_length",
          "aeron.analysis.invalid_data_length", "aeron.analysis.invalid_nak_length",
          "aeron.analysis.invalid_sm_length", "aeron.analysis.invalid_rtt_length",
          "aeron.analysis.invalid_setup_length"}) {
        require(packets(world, file, fault) == 0, std::string{"packets with "} + fault);
    }
}

}  // namespace tern::test
