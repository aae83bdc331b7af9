#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Big snapshots, and Ray's time on them.

  scale.py list                     the names
  scale.py emit NAME                one snapshot line on stdout
  scale.py bench [NAME...] [--limit S] [--python EXE]
                                    runs oracle.py on each, kills it after
                                    S seconds of CPU time (240), prints the
                                    CPU time of schedule(), peak memory and
                                    the outcome
Same name, same bytes. `emit` needs the standard library only.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

GIB = 1 << 30
MIB = 1 << 20
NOW = 1700000000000
HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = [  # CPU, GiB, GPU
    (4, 16, 0),
    (8, 32, 0),
    (16, 64, 0),
    (32, 128, 0),
    (64, 256, 0),
    (8, 128, 0),
    (16, 256, 0),
    (8, 64, 1),
    (32, 256, 4),
    (96, 1024, 8),
]
NAMES = {
    "a10": "1,337 running nodes, 13,315 tasks of 10 shapes",
    "a100": "1,337 running nodes, 13,315 tasks of 100 shapes",
    "a1000": "1,337 running nodes, 13,315 tasks of 1,000 shapes",
    "a13315": "1,337 running nodes, 13,315 tasks of 13,315 shapes",
    "b": "100 running nodes, 1,000 tasks of 10 shapes",
    "c": "1,000 idle nodes, one STRICT_SPREAD gang of 1,000 bundles",
    "d": "no workers, 20,000 tasks of 10 shapes, launches the 2,000 allowed",
    "e": "10,000 running nodes, 100,000 tasks of 100 shapes",
    "e10": "10,000 running nodes, 1,000,000 tasks of 100 shapes",
}


def types(maximum):
    out = [
        {
            "name": "headgroup",
            "is_head": True,
            "resources": {"CPU": 0, "memory": 8 * GIB},
            "max_workers": 0,
        }
    ]
    for k, (cpu, mem, gpu) in enumerate(TYPES):
        res = {"CPU": cpu, "memory": mem * GIB}
        if gpu:
            res["GPU"] = gpu
        out.append(
            {
                "name": "t%d" % k,
                "resources": res,
                "min_workers": 0,
                "max_workers": maximum,
            }
        )
    return out


def node(k, t, left):
    """A running node of which the share `left` is available."""
    total = dict(t["resources"])
    total["node:10.%d.%d.%d" % (k >> 16, k >> 8 & 255, k & 255)] = 1
    avail = dict(total)
    for r in ("CPU", "memory", "GPU"):
        if r in total:
            avail[r] = int(total[r] * left)
    n = {
        "instance_id": "i-%06d" % k,
        "pod": "rc-%s-%06d" % (t["name"], k),
        "type": t["name"],
        "kind": "head" if t.get("is_head") else "worker",
        "status": "RAY_RUNNING",
        "ray_node_id": "%056x" % (k + 1),
        "ray_status": "IDLE" if left == 1 else "RUNNING",
        "total": total,
        "available": {r: v for r, v in avail.items() if v},
        "labels": {"ray.io/node-id": "%056x" % (k + 1)},
    }
    if left == 1:
        n["idle_ms"] = 30000
    return n


def shapes(r, n):
    """n distinct shapes; one in eight wants a GPU."""
    seen, out = set(), []
    while len(out) < n:
        q = {"CPU": r.choice([0.5, 1, 1, 1, 2, 2, 4, 8])}
        if n > 10 or r.random() < 0.5:
            q["memory"] = r.randint(1, 16 if n <= 100 else 512) * 128 * MIB
        if r.random() < 0.125:
            q["GPU"] = r.choice([0.25, 0.5, 1, 1, 2])
        if n > 1000:
            q["CPU"] = r.randint(1, 128) / 16
        key = json.dumps(q, sort_keys=True)
        if key not in seen:
            seen.add(key)
            out.append(q)
    return out


def tasks(r, total, n):
    out = [{"count": 1, "resources": q} for q in shapes(r, n)]
    for k in range(total - n):
        out[k % n if n <= 10 else r.randrange(n)]["count"] += 1
    return out


def document(name, maximum, ts, nodes, demand):
    return {
        "version": 1,
        "id": "scale-" + name,
        "now_ms": NOW,
        "config": {
            "max_workers": maximum,
            "idle_timeout_s": 60,
            "node_types": ts,
        },
        "nodes": nodes,
        "demand": demand,
    }


def busy(name, count, want, n):
    """Running nodes, most of them full, and `want` tasks of n shapes."""
    r = random.Random("raytide-scale/" + name)
    ts = types(3 * count)
    nodes = [node(0, ts[0], 1)]
    for k in range(1, count + 1):
        t = ts[1 + r.randrange(len(TYPES))]
        left = r.choice([0, 0, 0, 0, 0, 0, 0.125, 0.25, 0.5, 1])
        nodes.append(node(k, t, left))
    return document(name, 3 * count, ts, nodes, {"tasks": tasks(r, want, n)})


def differing(name, count, want, n):
    """Running nodes of which no two have the same left."""
    r = random.Random("raytide-scale/" + name)
    ts = types(3 * count)
    nodes = [node(0, ts[0], 1)]
    for k in range(1, count + 1):
        t = ts[1 + r.randrange(len(TYPES))]
        nodes.append(node(k, t, 1))
        left = nodes[-1]["available"]
        left["CPU"] = r.randrange(1, 16 * t["resources"]["CPU"]) / 16
        left["memory"] = r.randrange(t["resources"]["memory"] // MIB) * MIB + k
        if "GPU" in left:
            left["GPU"] = r.randrange(1, 4 * left["GPU"]) / 4
    return document(name, 3 * count, ts, nodes, {"tasks": tasks(r, want, n)})


def spread(name):
    """A gang that needs every worker, one bundle each."""
    r = random.Random("raytide-scale/" + name)
    ts = types(4000)
    nodes = [node(0, ts[0], 1)]
    nodes += [node(k, ts[1 + k % len(TYPES)], 1) for k in range(1, 1001)]
    pg = "%036x" % r.getrandbits(144)
    apart = {"kind": "anti_affinity", "label": "_PG_" + pg, "value": ""}
    bundle = {"resources": {"CPU": 1}, "placement": [apart]}
    gang = {
        "details": pg + ":STRICT_SPREAD|PENDING",
        "bundles": [bundle] * 1000,
    }
    return document(name, 4000, ts, nodes, {"gangs": [gang]})


def grow(name):
    """A head alone, and work for more nodes than are allowed."""
    ts = types(2000)
    demand = [
        {
            "count": 2000,
            "resources": {"CPU": 2 + k % 5, "memory": (6 + 3 * k) * GIB},
        }
        for k in range(10)
    ]
    return document(name, 2000, ts, [node(0, ts[0], 1)], {"tasks": demand})


def snapshot(name):
    if name[0] == "a":
        return busy(name, 1337, 13315, int(name[1:]))
    if name == "b":
        return busy(name, 100, 1000, 10)
    if name == "c":
        return spread(name)
    if name == "d":
        return grow(name)
    s = busy("e", 10000, 100000, 100)
    if name == "e10":
        s["id"] = "scale-e10"
        for task in s["demand"]["tasks"]:
            task["count"] *= 10
    return s


def peak_mib(pid):
    """Of this process alone; /proc keeps it until the process ends."""
    try:
        with open("/proc/%d/status" % pid) as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def outcome(d):
    return "launch %d, infeasible tasks %d, gangs %d" % (
        sum(d["launch"].values()),
        sum(t["count"] for t in d["infeasible"]["tasks"]),
        len(d["infeasible"]["gangs"]),
    )


def time_ray(case, limit, python):
    """CPU seconds of schedule(), or None when it was stopped, the peak memory
    in MiB, what came out."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile(
        "w+"
    ) as out:
        given.write(json.dumps(case, separators=(",", ":")) + "\n")
        given.flush()
        given.seek(0)
        child = subprocess.Popen(
            [python, os.path.join(HERE, "oracle.py"), "--time"],
            stdin=given,
            stdout=out,
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_CPU, (limit, limit + 1)
            ),
        )
        peak = 0
        while child.poll() is None:
            peak = peak_mib(child.pid) or peak
            time.sleep(0.1)
        out.seek(0)
        text = out.read()
    if text:
        d = json.loads(text)
        return d["ray_ms"] / 1000, peak, d.get("error") or outcome(d)
    if child.returncode < 0:  # SIGXCPU, or SIGKILL for memory
        return None, peak, "killed by signal %d" % -child.returncode
    raise SystemExit("oracle.py failed, exit status %d" % child.returncode)


def bench(names, limit, python):
    for name in names:
        took, peak, what = time_ray(snapshot(name), limit, python)
        took = "> %d s" % limit if took is None else "%.2f s" % took
        print(
            "%-7s %-66s %10s %6.0f MiB  %s"
            % (name, NAMES[name], took, peak, what),
            flush=True,
        )


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("what", choices=["list", "emit", "bench"])
    ap.add_argument("names", nargs="*", choices=list(NAMES) + [[]])
    ap.add_argument("--limit", type=int, default=240)
    ap.add_argument("--python", default=sys.executable)
    args = ap.parse_intermixed_args()
    if args.what == "list":
        for k, v in NAMES.items():
            print("%-7s %s" % (k, v))
    elif args.what == "emit":
        for n in args.names:
            print(json.dumps(snapshot(n), separators=(",", ":")))
    else:
        bench(
            args.names or [n for n in NAMES if n[0] != "e"],
            args.limit,
            args.python,
        )


if __name__ == "__main__":
    main()
