"""Where the ends of a benchmark run: on this machine, or on hosts of a network of their own."""

import subprocess

LOSS_TABLE = """table inet loss {
  chain incoming {
    type filter hook prerouting priority raw;
    iifname "eth0" meta l4proto udp numgen random mod 10000 < %d drop
  }
}
"""


class Machine:
    """This machine, over loopback."""

    address = "127.0.0.1"

    def command(self, argv):
        return argv

    def close(self):
        pass


class Host:
    """A network namespace that lives as long as the process that holds it."""

    def __init__(self, number):
        self.address = f"10.77.0.{number + 1}"
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo ready; exec cat"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.holder.stdout.readline() != "ready\n":
            raise PermissionError(self.holder.stderr.read().strip())

    def command(self, argv):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *argv]

    def run(self, argv, text):
        subprocess.run(self.command(argv), input=text, text=True, check=True)

    def close(self):
        self.holder.communicate()


class Network:
    """Two hosts and the wire between them. Segments are cut before they go onto it, so that what
    is lost is one datagram, as on a real one; `loss` is the share of datagrams that either host
    loses of what the other sends it, control frames too."""

    def __init__(self, loss=0.0):
        self.hosts = [Host(0), Host(1)]
        first, second = self.hosts
        first.run(["ip", "-batch", "-"],
                  f"link add eth0 type veth peer name eth0 netns {second.holder.pid}\n")
        for host in self.hosts:
            segments = "gso_max_segs 1 " if loss else ""
            host.run(["ip", "-batch", "-"],
                     f"link set lo up\nlink set eth0 {segments}up\n"
                     f"addr add {host.address}/24 dev eth0\n")
            if loss:
                host.run(["nft", "-f", "-"], LOSS_TABLE % round(loss * 10000))

    def close(self):
        for host in self.hosts:
            host.close()


def why_no_network():
    """Empty where there can be one."""
    try:
        Network(loss=0.5).close()
        return ""
    except (OSError, subprocess.CalledProcessError) as fault:
        return f"no network of our own here (it needs root, ip and nft): {fault}"
