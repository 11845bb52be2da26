#!/usr/bin/env python3
"""Which is faster over shared memory, Tern or the real Aeron, case by case?

Every case runs in pairs, one run each, the order swapped from pair to pair: Tern's client on ternd,
and the real C client on the real C driver. A figure is the median over the pairs of the ratio
inside a pair, so that a slow minute of the machine hits both. "real/real" is the same ratio of the
real one against itself (neighbouring pairs): a difference smaller than that says nothing. Cases
with more busy threads than cores are shown and left out of the summary.
"""

import argparse
import contextlib
import json
import math
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

CONTENT = (32, 256, 1024, 65536)
MAX_CLAIM = 1376          # one frame at the default MTU
# The same for both drivers; in shared mode each has one thread.
SETTINGS = {
    "AERON_THREADING_MODE": "SHARED",
    "AERON_SHARED_IDLE_STRATEGY": "backoff",
    "AERON_TERM_BUFFER_SPARSE_FILE": "false",
    "AERON_IPC_TERM_BUFFER_LENGTH": str(16 << 20),
    "AERON_DIR_DELETE_ON_START": "true",
}


def throughput_cases(smoke):
    lengths = (32,) if smoke else CONTENT
    for exclusive in (0, 1):
        kind = "exclusive" if exclusive else "shared"
        for subs in (1, 4):
            for length in lengths:
                yield {"name": f"offer {kind} {length} B, {subs} sub", "what": "throughput",
                       "mode": "offer", "exclusive": exclusive, "length": length, "subs": subs}
                if length <= MAX_CLAIM:
                    yield {"name": f"claim {kind} {length} B, {subs} sub", "what": "throughput",
                           "mode": "claim", "exclusive": exclusive, "length": length, "subs": subs}
            if exclusive:
                # a block is made of whole messages of one frame each
                for length in (length for length in lengths if length <= MAX_CLAIM):
                    yield {"name": f"block {kind} {length} B, {subs} sub", "what": "throughput",
                           "mode": "block", "exclusive": 1, "length": length, "subs": subs}


def rtt_cases(smoke):
    for length in (32,) if smoke else (32, 1024):
        yield {"name": f"round trip {length} B", "what": "rtt", "length": length, "subs": 1}


@contextlib.contextmanager
def driver(command, directory):
    env = dict(os.environ, AERON_DIR=directory, **SETTINGS)
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            if "ready" in line:
                break
        else:
            sys.exit(f"compare: {command[0]} ended before it was ready (exit {process.wait()})")
        yield directory
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        shutil.rmtree(directory, ignore_errors=True)


def bench_once(program, driver_command, case, options):
    directory = tempfile.mkdtemp(prefix="tern-bench-", dir="/dev/shm")
    command = [program, case["what"], "--length", str(case["length"]), "--idle", options.idle]
    if case["what"] == "throughput":
        command += ["--mode", case["mode"], "--exclusive", str(case["exclusive"]),
                    "--subs", str(case["subs"]), "--seconds", str(options.seconds),
                    "--warmup", str(options.warmup)]
    else:
        command += ["--messages", str(options.round_trips), "--warmup", "10"]
    with driver(driver_command, directory):
        done = subprocess.run(command, env=dict(os.environ, AERON_DIR=directory),
                              capture_output=True, text=True, timeout=120 + options.seconds)
    if done.returncode != 0:
        sys.exit(f"compare: {' '.join(command)} failed ({done.returncode}):\n"
                 f"{done.stdout}{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def figure(case, result):
    return result["messages_per_s"] if case["what"] == "throughput" else result["p50_ns"]


def compare(case, options, programs):
    ours, real = [], []
    for pair in range(options.pairs):
        order = ("tern", "real") if pair % 2 == 0 else ("real", "tern")
        for side in order:
            result = bench_once(*programs[side], case, options)
            (ours if side == "tern" else real).append(result)
    ratios = [figure(case, a) / figure(case, b) for a, b in zip(ours, real)]
    noise = [figure(case, a) / figure(case, b) for a, b in zip(real, real[1:])] or [1.0]
    spinning = case["subs"] + 1
    return {
        "case": case["name"], "what": case["what"],
        "tern": statistics.median(figure(case, r) for r in ours),
        "real": statistics.median(figure(case, r) for r in real),
        "ratio": statistics.median(ratios), "ratios": ratios,
        "noise_low": min(noise), "noise_high": max(noise),
        "judged": spinning <= (os.cpu_count() or 1),
        "runs": {"tern": ours, "real": real},
    }


def show(row):
    unit = "msg/s" if row["what"] == "throughput" else "ns p50"
    mark = "" if row["judged"] else "  (more spinning threads than cores: not judged)"
    noise = f"real/real {row['noise_low']:.2f}..{row['noise_high']:.2f}"
    print(f"{row['case']:<34} tern {row['tern']:>12,.0f}  real {row['real']:>12,.0f} {unit:<6}"
          f"  ratio {row['ratio']:5.2f}x  {noise}{mark}", flush=True)


def summary(rows):
    judged = [r["ratio"] for r in rows if r["judged"] and r["what"] == "throughput"]
    trips = [r["ratio"] for r in rows if r["judged"] and r["what"] == "rtt"]
    mean = math.exp(statistics.fmean(map(math.log, judged))) if judged else None
    return {
        "throughput_geometric_mean": mean,
        "throughput_worst": min(judged, default=None),
        "round_trip_worst": max(trips, default=None),
    }


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin", help="folder of ternd and ipc_bench")
    parser.add_argument("--peers", help="folder of the real Aeron (default: as the peers say)")
    parser.add_argument("--pairs", type=int, default=9, help="pairs of runs a case (default 9)")
    parser.add_argument("--seconds", type=float, default=1.0,
                        help="length of a throughput run (default 1)")
    parser.add_argument("--warmup", type=float, default=0.5,
                        help="seconds before a throughput run counts (default 0.5)")
    parser.add_argument("--round-trips", type=int, default=200_000,
                        help="messages of a round-trip run (default 200000)")
    parser.add_argument("--idle", choices=("spin", "yield"), default="spin",
                        help="what either side does when it has to wait (default spin)")
    parser.add_argument("--filter", default="", help="only cases whose name contains this")
    parser.add_argument("--smoke", action="store_true",
                        help="one short pair of a few cases: does it run at all?")
    parser.add_argument("--json", action="store_true",
                        help="print one JSON document instead of the table")
    options = parser.parse_args()
    if options.smoke:
        options.pairs, options.round_trips = 1, 1000
        options.seconds = options.warmup = 0.1
    return options


def programs_of(options):
    here = os.path.dirname(os.path.abspath(__file__))
    ask = [os.path.join(here, "../test/interop/peers/build"), "--print"]
    peers = options.peers or subprocess.run(ask, check=True, capture_output=True,
                                            text=True).stdout.strip()
    programs = {
        "tern": (f"{options.bin}/ipc_bench", [f"{options.bin}/ternd"]),
        "real": (f"{peers}/bin/real_bench", [f"{peers}/bin/real_driver"]),
    }
    for program, command in programs.values():
        for path in (program, command[0]):
            if not os.access(path, os.X_OK):
                sys.exit(f"compare: {path} is missing; run `./dev bench`, which builds it")
    return programs


def main():
    options = parse_options()
    programs = programs_of(options)
    cases = [case for case in [*throughput_cases(options.smoke), *rtt_cases(options.smoke)]
             if options.filter in case["name"]]
    if not cases:
        sys.exit(f"compare: no case contains '{options.filter}'")
    floor = json.loads(subprocess.run([f"{options.bin}/ipc_bench", "floor"], check=True,
                                      capture_output=True, text=True).stdout)
    if not options.json:
        print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; "
              f"drivers in SHARED mode, backoff; {options.pairs} pairs, medians")
        print("floor: two threads bouncing one cache line, round trip "
              f"{floor['p50_ns']:,.0f} ns p50")
    rows = []
    for case in cases:
        rows.append(compare(case, options, programs))
        if not options.json:
            show(rows[-1])
    result = summary(rows)
    if options.json:
        print(json.dumps({"cores": os.cpu_count(), "floor": floor, "rows": rows,
                          "summary": result}, indent=2))
    else:
        print("summary:", ", ".join(f"{k} {v:.3f}x" for k, v in result.items() if v is not None))


if __name__ == "__main__":
    main()
