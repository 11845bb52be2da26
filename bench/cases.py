"""What is measured: one dictionary a case."""

import os

MAX_CLAIM = 1376          # one frame at the default MTU

# The same for both drivers. Agents back off when they find nothing to do, so that no more threads
# than there are cores spin.
BASE_SETTINGS = {
    "AERON_CONDUCTOR_IDLE_STRATEGY": "backoff",
    "AERON_SENDER_IDLE_STRATEGY": "backoff",
    "AERON_RECEIVER_IDLE_STRATEGY": "backoff",
    "AERON_SHARED_IDLE_STRATEGY": "backoff",
    "AERON_TERM_BUFFER_SPARSE_FILE": "false",
    "AERON_DIR_DELETE_ON_START": "true",
}
IPC_SETTINGS = {"AERON_THREADING_MODE": "SHARED", "AERON_IPC_TERM_BUFFER_LENGTH": str(16 << 20)}
UDP_SETTINGS = {
    "AERON_TERM_BUFFER_LENGTH": str(4 << 20),
    # Twice what Linux gives unasked: a window of small datagrams fits with what the kernel adds.
    "AERON_SOCKET_SO_RCVBUF": "212992",
    "AERON_SOCKET_SO_SNDBUF": "212992",
}


def ipc_cases(smoke):
    lengths = (32,) if smoke else (32, 256, 1024, 65536)
    for exclusive in (0, 1):
        kind = "exclusive" if exclusive else "shared"
        for subs in (1, 4):
            for mode in ("offer", "claim", "block"):
                if mode == "block" and not exclusive:
                    continue
                for length in lengths:
                    # a claim is one frame, a block is made of such
                    if mode == "offer" or length <= MAX_CLAIM:
                        yield ipc_case(f"{mode} {kind} {length} B, {subs} sub", "throughput",
                                       length, mode=mode, exclusive=exclusive, subs=subs)
    for length in (32,) if smoke else (32, 1024):
        yield ipc_case(f"round trip {length} B", "rtt", length)


def ipc_case(name, what, length, mode="offer", exclusive=0, subs=1):
    return {"name": name, "what": what, "length": length, "mode": mode, "exclusive": exclusive,
            "subs": subs, "transport": "ipc", "path": "loopback", "loss": 0.0,
            "settings": {**BASE_SETTINGS, **IPC_SETTINGS}}


def udp_cases(options):
    lengths = ((32, 1408),) if options.smoke else (
        (32, 1408), (256, 1408), (1376, 1408), (8192, 1408), (32, 8192), (8128, 8192))
    for threading in options.threading:
        for path in options.path:
            for length, mtu in lengths:
                yield udp_case("throughput", path, threading, length, mtu)
            for length in (32,) if options.smoke else (32, 1376):
                yield udp_case("rtt", path, threading, length, 1408)
        if "network" in options.path:
            for loss in (0.01,) if options.smoke else (0.001, 0.01, 0.05):
                yield udp_case("throughput", "network", threading, 1376, 1408, loss)


def udp_case(what, path, threading, length, mtu, loss=0.0):
    name = f"{'round trip' if what == 'rtt' else 'offer'} {length} B, mtu {mtu}, {path}"
    if loss:
        name += f", {loss:.1%} loss"
    return {"name": f"{name}, {threading}", "what": what, "length": length, "mode": "offer",
            "exclusive": 1, "subs": 1, "transport": "udp", "path": path, "mtu": mtu, "loss": loss,
            "threading": threading,
            "settings": {**BASE_SETTINGS, **UDP_SETTINGS, "AERON_THREADING_MODE": threading}}


def spinning(case, idle):
    """How many threads want a core all the time: the ends; drivers back off, yielders give way."""
    return case["subs"] + 1 if idle == "spin" else 0


def idle_of(case, options):
    """What the ends do while they wait. Over UDP messages pass through drivers, which need cores,
    too: with fewer cores than busy threads the ends yield."""
    if options.idle != "auto":
        return options.idle
    if case["transport"] == "ipc":
        return "spin"
    drivers = 1 if case["path"] == "loopback" else 2
    agents = 3 if case["threading"] == "DEDICATED" else 1
    busy = case["subs"] + 1 + drivers * agents
    return "spin" if busy <= (os.cpu_count() or 1) else "yield"
