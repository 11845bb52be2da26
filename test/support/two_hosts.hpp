#pragma once

/// Hosts on a network of their own: a network namespace each, joined by a switch, all inside this
/// process's machine and reachable from nowhere else. No name of them is left anywhere, so they are
/// gone with the object, or with the process however it ends. Needs the rights of root, `ip`
/// (iproute2) and, for losses, `nft` (nftables).

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/child_process.hpp"

namespace tern::test {

/// Datagrams by the type of their first frame (spec wire-protocol.md), for Hosts::lose.
enum class Frames {
    all,
    data,     // and padding, and the heartbeats of an idle publication
    control,  // NAK, status message, setup, RTT measurement, error, response setup
    naks,
    statuses,
    setups,
};

class Hosts {
  public:
    /// The machine does not let this process have hosts: a reason to skip a test.
    struct Forbidden : std::runtime_error {
        using std::runtime_error::runtime_error;
    };

    /// Hosts 0, 1, ... with addresses 10.77.0.1, 10.77.0.2, ... and fd77::1, fd77::2, ... on their
    /// interface eth0, loopback, and routes for multicast.
    explicit Hosts(int count = 2);
    ~Hosts();
    Hosts(const Hosts&) = delete;
    Hosts& operator=(const Hosts&) = delete;

    int size() const { return static_cast<int>(namespaces_.size()) - 1; }
    std::string address(int host) const { return "10.77.0." + std::to_string(host + 1); }
    std::string address6(int host) const { return "fd77::" + std::to_string(host + 1); }

    /// The same program, to be run on that host.
    ChildProcess::Options on(int host, ChildProcess::Options options) const;

    /// From now on that many per cent of the datagrams that come to `host` from others are lost, at
    /// random, besides those of earlier calls.
    void lose(int host, int percent, Frames frames = Frames::all);
    /// No more losses on any host; counts start anew.
    void heal();
    /// How many datagrams `host` has lost since the last heal().
    std::uint64_t lost(int host) const;

  private:
    std::string run_on(int host, std::vector<std::string> argv, const std::string& input) const;
    void add_switch(int count);
    void add_host(int host);

    std::vector<int> namespaces_;  // the last is the switch
    std::vector<bool> is_losing_;  // by host: its table of losses is there
};

/// Moves this process into a network namespace of its own that has loopback with multicast and
/// nothing else; returns why not where it cannot. Only while the process has one thread.
std::string enter_own_network();

}  // namespace tern::test
