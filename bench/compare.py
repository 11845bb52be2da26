#!/usr/bin/env python3
"""Which is faster, Tern or the real Aeron, case by case?

Every case runs in pairs, one run each, the order swapped from pair to pair: Tern's client on ternd,
and the real C client on the real C driver. A figure is the median over the pairs of the ratio
inside a pair, so that a slow minute of the machine hits both. "real/real" is the same ratio of the
real one against itself (neighbouring pairs): a difference smaller than that says nothing. Cases
with more spinning threads than cores are shown and left out of the summary.

Over UDP (--transport udp) messages pass through the drivers. "loopback" is one driver with both
ends, "network" two drivers in network namespaces with a virtual wire between them, also with
losses: then the rate is goodput. Drivers back off when idle; the ends spin where each busy thread
can have a core, and yield otherwise, on both sides alike. "driver" is what the drivers used of
processors for each message, all their threads together, so that a faster one that burns more shows
as one.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys

from cases import idle_of, ipc_cases, spinning, udp_cases
from network import why_no_network
from runs import run_once


def figure(case, result):
    return result["messages_per_s"] if case["what"] == "throughput" else result["p50_ns"]


def compare(case, options, programs):
    ours, real = [], []
    for pair in range(options.pairs):
        order = ("tern", "real") if pair % 2 == 0 else ("real", "tern")
        for side in order:
            result = run_once(*programs[side], case, options)
            (ours if side == "tern" else real).append(result)
    ratios = [figure(case, a) / max(1e-9, figure(case, b)) for a, b in zip(ours, real)]
    noise = [figure(case, a) / max(1e-9, figure(case, b)) for a, b in zip(real, real[1:])] or [1.0]
    used = [a["driver_ns_per_message"] / max(1e-9, b["driver_ns_per_message"])
            for a, b in zip(ours, real)]
    return {
        "case": case["name"], "what": case["what"], "transport": case["transport"],
        "loss": case["loss"], "idle": idle_of(case, options),
        "tern": statistics.median(figure(case, r) for r in ours),
        "real": statistics.median(figure(case, r) for r in real),
        "ratio": statistics.median(ratios), "ratios": ratios,
        "driver_ns_per_message": {
            "tern": statistics.median(r["driver_ns_per_message"] for r in ours),
            "real": statistics.median(r["driver_ns_per_message"] for r in real),
            "ratio": statistics.median(used)},
        "noise_low": min(noise), "noise_high": max(noise),
        "judged": spinning(case, idle_of(case, options)) <= (os.cpu_count() or 1),
        "runs": {"tern": ours, "real": real},
    }


def show(row):
    unit = "msg/s" if row["what"] == "throughput" else "ns p50"
    mark = "" if row["judged"] else "  (more spinning threads than cores: not judged)"
    noise = f"real/real {row['noise_low']:.2f}..{row['noise_high']:.2f}"
    used = ""
    if row["transport"] == "udp":
        cpu = row["driver_ns_per_message"]
        used = (f"  driver {cpu['tern']:,.0f} / {cpu['real']:,.0f} ns a message,"
                f" ratio {cpu['ratio']:.2f}x")
    width = 62 if row["transport"] == "udp" else 34
    print(f"{row['case']:<{width}} tern {row['tern']:>12,.0f}  real {row['real']:>12,.0f} {unit:<6}"
          f"  ratio {row['ratio']:5.2f}x  {noise}{used}{mark}", flush=True)


def summary(rows):
    judged = [r["ratio"] for r in rows
              if r["judged"] and r["what"] == "throughput" and not r["loss"]]
    goodput = [r["ratio"] for r in rows if r["judged"] and r["loss"]]
    trips = [r["ratio"] for r in rows if r["judged"] and r["what"] == "rtt"]
    mean = math.exp(statistics.fmean(map(math.log, judged))) if judged else None
    return {
        "throughput_geometric_mean": mean,
        "throughput_worst": min(judged, default=None),
        "goodput_under_loss_worst": min(goodput, default=None),
        "round_trip_worst": max(trips, default=None),
    }


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin",
                        help="folder of ternd and message_bench")
    parser.add_argument("--transport", choices=("ipc", "udp"), default="ipc")
    parser.add_argument("--path", action="append", choices=("loopback", "network"),
                        help="with udp: only this path (default: both)")
    parser.add_argument("--threading", action="append", choices=("SHARED", "DEDICATED"),
                        help="with udp: only this mode of the drivers (default: both)")
    parser.add_argument("--against-itself", action="store_true",
                        help="the real one on both sides: what does the machine make of it?")
    parser.add_argument("--peers", help="folder of the real Aeron (default: as the peers say)")
    parser.add_argument("--pairs", type=int, help="pairs of runs a case (default 9, with udp 5)")
    parser.add_argument("--seconds", type=float, default=1.0,
                        help="length of a throughput run (default 1)")
    parser.add_argument("--warmup", type=float, default=0.5,
                        help="seconds before a throughput run counts (default 0.5)")
    parser.add_argument("--round-trips", type=int,
                        help="messages of a round-trip run (default 200000, with udp 20000)")
    parser.add_argument("--idle", choices=("auto", "spin", "yield", "sleep"), default="auto",
                        help="what an end does when it has to wait (default: spin, but over udp "
                             "yield where there are fewer cores than busy threads)")
    parser.add_argument("--filter", default="", help="only cases whose name contains this")
    parser.add_argument("--smoke", action="store_true",
                        help="one short pair of a few cases: does it run at all?")
    parser.add_argument("--json", action="store_true",
                        help="print one JSON document instead of the table")
    options = parser.parse_args()
    options.path = options.path or ["loopback", "network"]
    options.threading = options.threading or ["SHARED", "DEDICATED"]
    if options.pairs is None:
        options.pairs = 9 if options.transport == "ipc" else 5
    if options.round_trips is None:
        options.round_trips = 200_000 if options.transport == "ipc" else 20_000
    if options.smoke:
        options.pairs, options.round_trips, options.threading = 1, 1000, ["SHARED"]
        options.seconds = options.warmup = 0.1
    return options


def programs_of(options):
    here = os.path.dirname(os.path.abspath(__file__))
    ask = [os.path.join(here, "../test/interop/peers/build"), "--print"]
    peers = options.peers or subprocess.run(ask, check=True, capture_output=True,
                                            text=True).stdout.strip()
    real = (f"{peers}/bin/real_bench", [f"{peers}/bin/real_driver"])
    tern = (f"{options.bin}/message_bench", [f"{options.bin}/ternd"])
    programs = {"tern": real if options.against_itself else tern, "real": real}
    for program, command in programs.values():
        for path in (program, command[0]):
            if not os.access(path, os.X_OK):
                sys.exit(f"compare: {path} is missing; run `./dev bench`, which builds it")
    return programs


def floor_of(options):
    if options.against_itself:
        return None
    return json.loads(subprocess.run([f"{options.bin}/message_bench", "floor"], check=True,
                                     capture_output=True, text=True).stdout)


def main():
    options = parse_options()
    programs = programs_of(options)
    if options.transport == "udp" and "network" in options.path:
        if fault := why_no_network():
            print(f"compare: {fault}; only loopback is measured", file=sys.stderr)
            options.path = ["loopback"]
    chosen = ipc_cases(options.smoke) if options.transport == "ipc" else udp_cases(options)
    cases = [case for case in chosen if options.filter in case["name"]]
    if not cases:
        sys.exit(f"compare: no case contains '{options.filter}'")
    floor = floor_of(options)
    if not options.json:
        mode = "drivers in SHARED mode, backoff" if options.transport == "ipc" else "backoff"
        idle = " and ".join(sorted({idle_of(case, options) for case in cases}))
        print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {mode}; "
              f"ends {idle}; {options.pairs} pairs, medians")
        if floor:
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
