#include "support/two_hosts.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

namespace tern::test {

namespace {

/// A new network namespace, or -1 with errno; it lives as long as the descriptor or a process in
/// it. Made by a thread that ends: the thread that asks stays where it is.
int new_network() {
    int fd = -1;
    int error = 0;
    std::thread{[&fd, &error] {
        if (unshare(CLONE_NEWNET) == 0) fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        error = errno;
    }}.join();
    errno = error;
    return fd;
}

/// Where another process finds a descriptor of ours.
std::string path_of(int fd) {
    return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd);
}

/// nftables' condition on the type field: two little-endian bytes at offset 6 of the UDP payload.
const char* condition_of(Frames frames) {
    switch (frames) {
        case Frames::all: return "";
        case Frames::data: return "@th,112,16 { 0x0000, 0x0100 } ";
        case Frames::control:
            return "@th,112,16 { 0x0200, 0x0300, 0x0400, 0x0500, 0x0600, 0x0b00 } ";
        case Frames::naks: return "@th,112,16 0x0200 ";
        case Frames::statuses: return "@th,112,16 0x0300 ";
        case Frames::setups: return "@th,112,16 0x0500 ";
    }
    return "";
}

constexpr const char* kLossTable =
    "table inet loss {\n"
    "  counter lost { }\n"
    "  chain incoming { type filter hook prerouting priority raw; }\n"
    "}\n";

}  // namespace

Hosts::Hosts(int count) : is_losing_(static_cast<std::size_t>(count), false) {
    for (int i = 0; i <= count; ++i) {
        const int fd = new_network();
        if (fd < 0) {
            const std::string reason = std::strerror(errno);
            for (const int made : namespaces_) close(made);
            throw Forbidden("a network namespace: " + reason);
        }
        namespaces_.push_back(fd);
    }
    add_switch(count);
    for (int host = 0; host < count; ++host) add_host(host);
}

Hosts::~Hosts() {
    for (const int fd : namespaces_) close(fd);
}

ChildProcess::Options Hosts::on(int host, ChildProcess::Options options) const {
    options.network = namespaces_.at(static_cast<std::size_t>(host));
    return options;
}

std::string Hosts::run_on(int host, std::vector<std::string> argv, const std::string& input) const {
    const std::string program = argv.front();
    const Finished done = run(on(host, {.argv = std::move(argv), .stderr_to_stdout = true}), input);
    const std::string said = program + ": " + done.output + "\nin: " + input;
    if (done.output.find("not permitted") != std::string::npos) throw Forbidden(said);
    if (done.ended != ChildProcess::Ended{0, 0}) throw std::runtime_error(said);
    return done.output;
}

void Hosts::add_switch(int count) {
    std::string commands =
        "link add br0 type bridge mcast_snooping 0 forward_delay 0\n"
        "link set br0 up\n";
    for (int host = 0; host < count; ++host) {
        const std::string port = "port" + std::to_string(host);
        const int fd = namespaces_[static_cast<std::size_t>(host)];
        commands += "link add " + port + " type veth peer name eth0 netns " + path_of(fd) + "\n";
        commands += "link set " + port + " master br0 up\n";
    }
    run_on(count, {"ip", "-batch", "-"}, commands);
}

void Hosts::add_host(int host) {
    // No segmentation by the interface: what is lost is one datagram, as on a wire.
    run_on(host, {"ip", "-batch", "-"},
           "link set lo up multicast on\n"
           "link set eth0 gso_max_segs 1 up\n"
           "addr add " +
               address(host) +
               "/24 broadcast + dev eth0\n"
               "addr add " +
               address6(host) +
               "/64 dev eth0 nodad\n"
               "route add 224.0.0.0/4 dev eth0");
}

void Hosts::lose(int host, int percent, Frames frames) {
    std::string rules;
    if (!is_losing_.at(static_cast<std::size_t>(host))) {
        rules = kLossTable;
        is_losing_[static_cast<std::size_t>(host)] = true;
    }
    rules += "add rule inet loss incoming iifname \"eth0\" meta l4proto udp ";
    rules += condition_of(frames);
    if (percent < 100) rules += "numgen random mod 100 < " + std::to_string(percent) + " ";
    rules += "counter name lost drop";
    run_on(host, {"nft", "-f", "-"}, rules);
}

void Hosts::heal() {
    for (int host = 0; host < size(); ++host) {
        if (is_losing_[static_cast<std::size_t>(host)]) {
            run_on(host, {"nft", "delete", "table", "inet", "loss"}, "");
            is_losing_[static_cast<std::size_t>(host)] = false;
        }
    }
}

std::uint64_t Hosts::lost(int host) const {
    if (!is_losing_.at(static_cast<std::size_t>(host))) return 0;
    const std::string text = run_on(host, {"nft", "list", "counter", "inet", "loss", "lost"}, "");
    constexpr std::string_view kBefore = "packets ";
    return std::stoull(text.substr(text.find(kBefore) + kBefore.size()));
}

std::string enter_own_network() {
    if (unshare(CLONE_NEWNET) != 0) {
        return std::string{"no network namespace may be made: "} + std::strerror(errno);
    }
    const Finished done = run({.argv = {"ip", "-batch", "-"}, .stderr_to_stdout = true},
                              "link set lo up multicast on\nroute add 224.0.0.0/4 dev lo");
    return done.ended == ChildProcess::Ended{0, 0} ? "" : "ip: " + done.output;
}

}  // namespace tern::test
