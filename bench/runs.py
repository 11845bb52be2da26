"""One run of one case: drivers up, the ends on them, the result, and what the drivers used."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from cases import idle_of
from network import Machine, Network


@contextlib.contextmanager
def driver(command, place, settings):
    """Its process and its directory."""
    directory = tempfile.mkdtemp(prefix="tern-bench-", dir="/dev/shm")
    env = dict(os.environ, AERON_DIR=directory, **settings)
    process = subprocess.Popen(place.command(command), env=env, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "ready" in line:
                break
        else:
            sys.exit(f"compare: {command[0]} ended before it was ready (exit {process.wait()}):\n"
                     + "".join(said))
        yield process, directory
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def end(command, place, directory):
    """A process with one end of a stream, or both."""
    process = subprocess.Popen(place.command(command), env=dict(os.environ, AERON_DIR=directory),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def cpu_seconds(process):
    """What all its threads have used of processors so far."""
    folder = f"/proc/{process.pid}/task"
    nanos = 0
    for thread in os.listdir(folder):
        with contextlib.suppress(OSError), open(f"{folder}/{thread}/schedstat") as file:
            nanos += int(file.read().split()[0])
    return nanos / 1e9


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def channel_to(place, case):
    port = free_port() if isinstance(place, Machine) else 24501
    return f"aeron:udp?endpoint={place.address}:{port}|mtu={case['mtu']}"


def arguments_of(case, options):
    arguments = [case["what"], "--length", str(case["length"]), "--idle", idle_of(case, options),
                 "--exclusive", str(case["exclusive"])]
    if case["what"] == "throughput":
        seconds = options.seconds * (3 if case["loss"] else 1)   # losses come in lumps
        return arguments + ["--mode", case["mode"], "--subs", str(case["subs"]),
                            "--seconds", str(seconds), "--warmup", str(options.warmup)]
    return arguments + ["--messages", str(options.round_trips), "--warmup",
                        "10" if case["transport"] == "ipc" else "2"]   # thousands


def result_of(process, drivers, command):
    """Reads what the measuring end says; adds the share of a core that the drivers took."""
    used, result = [], None
    for line in process.stdout:
        said = json.loads(line)
        if said.get("event") in ("begin", "end"):
            used.append(([cpu_seconds(one) for one in drivers], said["event"]))
        elif "event" not in said:
            result = said
    if process.wait() != 0 or result is None or len(used) != 2:
        sys.exit(f"compare: {' '.join(command)} failed ({process.returncode}):\n"
                 f"{process.stderr.read()}")
    result["driver_cpu_s"] = [after - before for before, after in zip(used[0][0], used[1][0])]
    seconds = result.get("seconds") or result["messages"] * result["p50_ns"] / 1e9
    messages = result["messages_per_s"] * seconds if "seconds" in result else result["messages"]
    result["driver_ns_per_message"] = 1e9 * sum(result["driver_cpu_s"]) / max(1.0, messages)
    return result


def run_on_one_driver(program, driver_command, case, options):
    place = Machine()
    command = [program, *arguments_of(case, options)]
    if case["transport"] == "udp":
        command += ["--channel", channel_to(place, case)]
        if case["what"] == "rtt":
            command += ["--reply-channel", channel_to(place, case)]
    with driver(driver_command, place, case["settings"]) as (process, directory), \
            end(command, place, directory) as both:
        return result_of(both, [process], command)


def wait_for_ready(process, command):
    for line in process.stdout:
        if json.loads(line).get("event") == "ready":
            return
    sys.exit(f"compare: {' '.join(command)} failed:\n{process.stderr.read()}")


def run_on_two_hosts(program, driver_command, case, options):
    """The publisher or the asker is on the first host, and measures round trips; the subscriber, on
    the second, measures rates."""
    network = Network(case["loss"])
    first, second = network.hosts
    try:
        base = [program, *arguments_of(case, options), "--channel", channel_to(second, case)]
        is_rtt = case["what"] == "rtt"
        if is_rtt:
            base += ["--reply-channel", channel_to(first, case)]
        far = [*base, "--role", "pong" if is_rtt else "sub"]
        near = [*base, "--role", "ping" if is_rtt else "pub"]
        with driver(driver_command, first, case["settings"]) as (one, one_directory), \
                driver(driver_command, second, case["settings"]) as (other, other_directory), \
                end(far, second, other_directory) as far_end:
            wait_for_ready(far_end, far)
            with end(near, first, one_directory) as near_end:
                return result_of(near_end if is_rtt else far_end, [one, other],
                                 near if is_rtt else far)
    finally:
        network.close()


def run_once(program, driver_command, case, options):
    run = run_on_one_driver if case["path"] == "loopback" else run_on_two_hosts
    return run(program, driver_command, case, options)
