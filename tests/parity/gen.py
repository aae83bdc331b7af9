#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random snapshots: gen.py --seed S --n N [--profile P] > cases.jsonl

Case i of seed S depends on (S, i, P) alone: the same seed gives the same
bytes, and a longer run begins with the shorter one.

Profiles
  small    1-5 types, up to 8 nodes, up to 25 requests; made to be read by people
  medium   3-9 types, up to 30 nodes, up to 150 requests, gangs, constraints
  hard     medium, with limits that bind, ties, fallbacks, odd states
  ippr     small to medium with in-place pod resize (the optional part)
  decimal  small, with amounts like 0.1 that doubles do not hold exactly
           (run the oracle with --audit on these)
  mixed    draws one of small, medium, hard, ippr for each case
All but `decimal` use multiples of 1/16: exact in doubles and in units of
1/10000, so that rounding cannot move a decision.
"""

import argparse
import json
import random
import sys

GIB = 1 << 30
IMPLICIT = "node:__internal_implicit_resource_"
NOW = 1700000000000
LABELS = {
    "zone": ["a", "b", "c"],
    "market": ["spot", "on-demand"],
    "gen": ["g5", "g6"],
    "ray.io/accelerator-type": ["A100", "H100", "L4"],
}
PENDING = ["QUEUED", "REQUESTED", "ALLOCATED", "RAY_INSTALLING"]
GONE = [
    "RAY_STOPPING",
    "RAY_STOPPED",
    "TERMINATING",
    "TERMINATED",
    "ALLOCATION_FAILED",
    "ALLOCATION_TIMEOUT",
    "RAY_INSTALL_FAILED",
    "TERMINATION_FAILED",
]
SIZES = {
    #         types   nodes    shapes  count  total  gangs  bundles
    "small": ((1, 5), (0, 8), (0, 5), 8, 25, (0, 2), 5),
    "medium": ((3, 9), (0, 30), (0, 14), 40, 150, (0, 5), 10),
}


def num(x):
    x = round(x, 4)
    return int(x) if x == int(x) else x


class Case:
    def __init__(self, seed, index, profile):
        self.r = r = random.Random(
            "raytide-parity/%d/%d/%s" % (seed, index, profile)
        )
        self.profile = profile
        if profile == "mixed":
            profile = r.choice(
                ["small", "medium", "medium", "hard", "hard", "ippr"]
            )
        self.hard = profile == "hard"
        self.decimal = profile == "decimal"
        self.ippr = profile == "ippr"
        base = (
            profile if profile in SIZES else "medium" if self.hard else "small"
        )
        if self.ippr and r.random() < 0.3:
            base = "medium"
        (
            self.n_types,
            self.n_nodes,
            self.n_shapes,
            self.max_count,
            self.max_total,
            self.n_gangs,
            self.n_bundles,
        ) = SIZES[base]
        self.serial = 0
        self.pgs = []
        self.labelled = self.p(0.6 if self.hard else 0.35)
        self.gpu = self.p(0.5)
        self.custom = self.p(0.45)
        self.memory = self.p(0.6)
        self.implicit = self.p(0.15 if self.hard else 0.05)
        self.gcs = self.p(
            0.6
        )  # tasks without selectors carry one empty alternative
        self.crowded = self.p(0.2)  # more nodes than a type's maximum

    # -- little helpers
    def p(self, x):
        return self.r.random() < x

    def pick(self, *xs):
        return self.r.choice(xs)

    def span(self, ab):
        return self.r.randint(*ab)

    def hexid(self, n=28):
        return "%0*x" % (2 * n, self.r.getrandbits(8 * n))

    def frac(self):
        if self.decimal:
            return self.pick(0.1, 0.2, 0.3, 0.7, 0.01, 0.05, 0.3333, 1.1, 0.15)
        return self.pick(0.5, 0.25, 0.75, 0.125, 0.0625, 1.5, 2.5)

    # -- configuration
    def capacity(self):
        r = {"CPU": self.pick(1, 2, 2, 4, 4, 8, 16, 32)}
        if self.decimal and self.p(0.4):
            r["CPU"] = self.pick(0.3, 0.7, 1.2, 2.1, 3.6)
        if self.memory and self.p(0.85):
            r["memory"] = self.pick(1, 2, 4, 4, 8, 16, 64) * GIB
        if self.gpu and self.p(0.5):
            r["GPU"] = self.pick(1, 1, 2, 4, 8)
            if self.p(0.3):
                r["accelerator_type:" + self.pick("A100", "L4")] = 1
            if self.p(0.15):
                del r["CPU"]
        if self.custom and self.p(0.5):
            r[self.pick("lic", "disk", "TPU")] = self.pick(1, 2, 4, 100)
        if self.p(0.05):
            r[self.pick("GPU", "CPU", "lic")] = 0
        if self.p(0.03):
            r = {}
        return r

    def labels(self):
        if not self.labelled or self.p(0.25):
            return {}
        keys = self.r.sample(sorted(LABELS), self.r.randint(1, 3))
        return {k: self.r.choice(LABELS[k]) for k in sorted(keys)}

    def types(self):
        out = []
        if self.p(0.93):
            head = {"name": "headgroup", "is_head": True, "resources": {}}
            if self.p(0.7):
                head["resources"] = self.capacity()
            head["labels"] = {}
            head["min_workers"] = 0
            head["max_workers"] = 0 if self.p(0.97) else 2
            out.append(head)
        for k in range(self.span(self.n_types)):
            t = {
                "name": "%s-%d" % (self.pick("cpu", "gpu", "pool", "spot"), k)
            }
            twin = [x for x in out if self.hard or not x.get("is_head")]
            if twin and self.p(0.25 if self.hard else 0.12):
                src = self.r.choice(
                    twin
                )  # a tie, or the same shape with other labels
                t["resources"] = dict(src["resources"])
                t["labels"] = (
                    dict(src["labels"]) if self.p(0.5) else self.labels()
                )
            else:
                t["resources"] = self.capacity()
                t["labels"] = self.labels()
            t["min_workers"] = self.pick(0, 0, 0, 0, 0, 1, 2, 4)
            t["max_workers"] = t["min_workers"] + self.pick(
                0, 1, 1, 2, 3, 5, 10, 40
            )
            if self.p(0.3):
                t["idle_timeout_s"] = self.pick(0, 1, 30, 60, 300, 0.5)
            if self.p(0.25):
                t["priority"] = self.pick(-1, 1, 2, 10)
            if self.p(0.15):
                t["availability"] = self.pick(0, 0.5, 0.25, 1)
            if self.p(0.15):
                t["recoverable_availability"] = self.pick(0, 0.5, 0.75, 1)
            if self.p(0.1):
                t["num_of_hosts"] = 2
            if self.ippr and self.p(0.85):
                t["ippr"] = {
                    "max_cpu": self.pick(4, 8, 16, 64, 1.5),
                    "max_memory": self.pick(4, 8, 32, 128) * GIB,
                }
            out.append(t)
        return out

    # -- demand
    def shape(self, caps):
        """A request that often fits some type, as a fraction of its capacity."""
        c = dict(self.r.choice(caps)) if caps else {"CPU": 4}
        out = {}
        for k, v in sorted(c.items()):
            if k.startswith("accelerator_type:"):
                if self.p(0.4):
                    out[k] = 0.001 if self.decimal else 0.0625
                continue
            want = {"CPU": 0.9, "memory": 0.35, "GPU": 0.5}.get(k, 0.3)
            if not self.p(want) or v == 0:
                continue
            if k == "memory":
                out[k] = int(v * self.pick(1, 0.5, 0.25, 0.125))
            elif self.p(0.3):
                out[k] = self.frac()
            else:
                out[k] = max(
                    1, int(v * self.pick(1, 0.5, 0.25, 0.125, 0.0625))
                )
        if self.decimal and self.p(0.5):
            out = {"CPU": self.frac()}
        if self.hard and self.gpu and self.p(0.08):
            out.setdefault(
                "GPU", 0
            )  # asks for none, yet counts as a GPU request
        x = self.r.random()
        if x < 0.03:
            return {}
        if x < 0.06:
            out[self.pick("GPU", "CPU", "lic", "none")] = 0
        elif x < 0.10:
            out[self.pick("CPU", "GPU", "nosuch")] = self.pick(100000, 1000, 3)
        if self.implicit and self.p(0.3):
            out[IMPLICIT + self.pick("app:d", "app:e")] = self.pick(
                0.5, 0.25, 1
            )
        return out or {"CPU": 1}

    def selectors(self):
        if not self.labelled or self.p(0.45):
            return None
        out = []
        for _ in range(self.pick(1, 1, 2, 3)):
            alt = []
            for k in sorted(self.r.sample(sorted(LABELS), self.pick(1, 1, 2))):
                vals = self.r.sample(
                    LABELS[k], self.r.randint(1, min(2, len(LABELS[k])))
                )
                alt.append(
                    {
                        "key": k,
                        "op": self.pick("in", "in", "not_in"),
                        "values": vals,
                    }
                )
            out.append(alt)
        if self.p(0.03):
            out.append([])  # no constraint at all: any node
        return out

    def request(self, caps, gang=False):
        q = {"resources": {k: num(v) for k, v in self.shape(caps).items()}}
        s = self.selectors()
        if s:
            q["label_selectors"] = s[:1] if gang else s
        return q

    def tasks(self, caps, lo_hi, cap_total):
        out = []
        for _ in range(self.span(lo_hi)):
            if cap_total <= 0:
                break
            n = self.pick(1, 1, 2, 3, self.r.randint(1, self.max_count))
            n = min(n, cap_total)
            cap_total -= n
            q = {"count": n}
            if out and self.p(
                0.08
            ):  # same resources, other selectors: a sort tie
                q["resources"] = dict(self.r.choice(out)["resources"])
                s = self.selectors()
                if s:
                    q["label_selectors"] = s
            else:
                q.update(self.request(caps))
            if self.gcs and "label_selectors" not in q and not self.p(0.05):
                q["label_selectors"] = [[]]
            out.append(q)
        return out

    def gangs(self, caps):
        out = []
        for _ in range(self.span(self.n_gangs)):
            strategy = self.pick(
                "STRICT_PACK", "STRICT_SPREAD", "PACK", "SPREAD"
            )
            pg = self.hexid(18)
            again = self.p(0.2)
            if again and strategy == "STRICT_SPREAD":
                self.pgs.append(pg)
            g = {
                "details": "%s:%s|%s"
                % (pg, strategy, "RESCHEDULING" if again else "PENDING")
            }
            bundles = []
            same = self.request(caps, gang=True) if self.p(0.6) else None
            for _ in range(self.r.randint(1, self.n_bundles)):
                b = (
                    json.loads(json.dumps(same))
                    if same
                    else self.request(caps, gang=True)
                )
                if strategy in ("STRICT_PACK", "STRICT_SPREAD"):
                    kind = (
                        "affinity"
                        if strategy == "STRICT_PACK"
                        else "anti_affinity"
                    )
                    b["placement"] = [
                        {"kind": kind, "label": "_PG_" + pg, "value": ""}
                    ]
                if strategy == "STRICT_PACK":
                    b["resources"] = {
                        k: num(v / 4) if k == "memory" else v
                        for k, v in b["resources"].items()
                    }
                bundles.append(b)
            if self.hard and self.p(0.06):
                self.odd(bundles, pg)
            if self.p(0.03):
                bundles = (
                    []
                )  # what the GCS sends for a group neither pending nor lost
            g["bundles"] = bundles
            out.append(g)
        return out

    def odd(self, bundles, pg):
        """Legal for Ray, though its GCS sends no such group: constraints on some of
        the bundles only, selectors on the label that a placement itself adds.
        """
        for b in bundles:
            b.pop("placement", None)
            if self.p(0.5):
                kind = self.pick("affinity", "anti_affinity", "anti_affinity")
                b["placement"] = [
                    {"kind": kind, "label": "_PG_" + pg, "value": ""}
                ]
            elif self.p(0.4):
                op = self.pick("in", "in", "not_in")
                b["label_selectors"] = [
                    [{"key": "_PG_" + pg, "op": op, "values": [""]}]
                ]

    # -- nodes
    def node(self, t, status, kind="worker"):
        self.serial += 1
        n = {"instance_id": "i-%04d" % self.serial}
        if status not in ("QUEUED", "REQUESTED"):
            n["pod"] = "rc-%s-%s" % (t["name"], self.hexid(3))
        n.update(type=t["name"], kind=kind, status=status)
        if status not in ("RAY_RUNNING", "RAY_STOP_REQUESTED", "RAY_STOPPING"):
            return n
        n["ray_node_id"] = self.hexid()
        if status == "RAY_RUNNING" and self.p(0.02):
            return n  # the ray node is gone from the GCS
        total = dict(t["resources"])
        if self.p(0.1):
            total = self.capacity()  # started under an older configuration
        total = {k: v for k, v in total.items() if v or self.p(0.5)}
        avail = dict(total)
        busy = self.p(0.55)
        if busy:
            for k in sorted(avail):
                if k == "memory":
                    avail[k] = int(avail[k] * self.pick(1, 0.75, 0.5, 0.25, 0))
                elif self.p(0.3):
                    avail[k] = num(max(0, avail[k] - self.frac()))
                else:
                    avail[k] = int(avail[k] * self.pick(1, 0.75, 0.5, 0.25, 0))
        if self.p(0.7):
            total["node:10.0.0.%d" % self.serial] = avail[
                "node:10.0.0.%d" % self.serial
            ] = 1
        if kind == "head":
            total["node:__internal_head__"] = avail[
                "node:__internal_head__"
            ] = 1
        if self.memory:
            total["object_store_memory"] = avail["object_store_memory"] = GIB
        if self.implicit and self.p(0.2):
            k = IMPLICIT + "app:d"
            total[k], avail[k] = 1, self.pick(0.5, 0, 0.25)
        if self.p(0.5):  # the GCS leaves exhausted resources out
            avail = {k: v for k, v in avail.items() if v}
        n["ray_status"] = "RUNNING"
        n["total"], n["available"] = total, avail
        n["labels"] = dict(t["labels"])
        if self.p(0.5):
            n["labels"]["ray.io/node-id"] = n["ray_node_id"]
        if self.pgs and self.p(0.4):
            n["labels"]["_PG_" + self.r.choice(self.pgs)] = ""
        if self.p(0.6 if not busy else 0.1):
            n["idle_ms"] = self.pick(
                1, 999, 1000, 30000, 59999, 60000, 60001, 61000, 300001, 900000
            )
            n["ray_status"] = "IDLE"
        if self.p(0.03):
            n["ray_status"] = "DRAINING"
        if self.ippr and t.get("ippr") and "pod" in n and self.p(0.9):
            n["ippr"] = self.resize_state(t, n)
        return n

    def resize_state(self, t, n):
        cpu, mem = n["total"].get("CPU", 1), n["total"].get("memory", GIB)
        s = {
            "current_cpu": cpu,
            "current_memory": mem,
            "desired_cpu": cpu,
            "desired_memory": mem,
        }
        x = self.r.random()
        if x < 0.18:  # under way
            s["desired_cpu"] = self.pick(cpu, cpu * 2, cpu + 1)
            s["desired_memory"] = self.pick(mem, mem * 2)
            s["resizing_at"] = NOW // 1000 - self.pick(1, 20, 400)
            s["k8s_status"] = self.pick(
                "inprogress", "deferred", "infeasible", None
            )
        elif (
            x < 0.26
        ):  # taken back after a failure, or capped by what the node has
            s["k8s_status"] = "new"
            s["desired_cpu"] = self.pick(cpu, cpu + 1, max(1, cpu - 1))
            s["suggested_max_cpu"] = s["desired_cpu"]
        elif x < 0.32:
            s["last_failed_at"] = NOW // 1000 - 100
        elif x < 0.45:
            s["suggested_max_cpu"] = cpu + self.pick(0, 1, 2)
            if self.p(0.5):
                s["suggested_max_memory"] = mem
        if self.p(0.3):
            s["raylet_id"] = n["ray_node_id"]
        return s

    def nodes(self, types):
        out = []
        head = [t for t in types if t.get("is_head")]
        work = [t for t in types if not t.get("is_head")]
        gone = [{"name": "removed", "resources": {"CPU": 4}, "labels": {}}]
        want = self.span(self.n_nodes)
        if self.hard and self.p(0.5):
            want = max(want, 12)
        favourite = (
            self.r.sample(work, min(len(work), self.r.randint(1, 3)))
            if work
            else []
        )
        for _ in range(want if work else 0):
            t = (
                self.r.choice(favourite)
                if self.p(0.7)
                else self.r.choice(work)
            )
            x = self.r.random()
            if x < 0.62:
                status = "RAY_RUNNING"
            elif x < 0.90:
                status = self.r.choice(PENDING)
            elif x < 0.95:
                status = "RAY_STOP_REQUESTED"
            else:
                status = self.r.choice(GONE)
            if self.p(0.02):
                t = gone[0]
                if status == "RAY_RUNNING" and not (self.hard and self.p(0.2)):
                    status = "ALLOCATED"
            have = sum(n["type"] == t["name"] for n in out)
            over = 0.3 if self.crowded else 0.0
            if (
                t is not gone[0]
                and have >= t["max_workers"]
                and not self.p(over)
            ):
                continue
            out.append(self.node(t, status))
            room = t is not gone[0] and have + 1 < t["max_workers"]
            if room and self.p(
                0.15
            ):  # a copy but for its names: ties between nodes
                twin = json.loads(json.dumps(out[-1]))
                fresh = self.node(t, twin["status"])
                for k in ("instance_id", "pod", "ray_node_id"):
                    if k in fresh:
                        twin[k] = fresh[k]
                for res in (twin.get("total"), twin.get("available")):
                    for k in [
                        k for k in res or {} if k.startswith("node:10.")
                    ]:
                        res["node:10.0.0.%d" % self.serial] = res.pop(k)
                if "raylet_id" in twin.get("ippr", {}):
                    twin["ippr"]["raylet_id"] = twin["ray_node_id"]
                if "ray.io/node-id" in twin.get("labels", {}):
                    twin["labels"]["ray.io/node-id"] = twin["ray_node_id"]
                out.append(twin)
        if head and self.p(0.95):
            h = self.node(
                head[0], "RAY_RUNNING" if self.p(0.95) else "ALLOCATED", "head"
            )
            out.insert(0 if self.p(0.8) else self.r.randint(0, len(out)), h)
            if head[0]["max_workers"] and self.p(0.8):
                for _ in range(4):
                    out.append(
                        self.node(
                            head[0], self.pick("RAY_RUNNING", "ALLOCATED")
                        )
                    )
        return out

    def snapshot(self, cid):
        types = self.types()
        caps = [t["resources"] for t in types if t["resources"]]
        gangs = self.gangs(caps)
        nodes = self.nodes(types)
        tasks = self.tasks(caps, self.n_shapes, self.max_total)
        cfg = {}
        x = self.r.random()
        if x < 0.7:  # as KubeRay: the sum over the groups
            cfg["max_workers"] = sum(t["max_workers"] for t in types)
        elif x < 0.93:
            cfg["max_workers"] = max(
                1, len(nodes) + self.pick(-4, -2, -1, 0, 1, 2, 5, 20)
            )
        if not self.p(0.08):
            cfg["idle_timeout_s"] = self.pick(60, 60, 60, 1, 300, 0)
        if self.p(0.4):
            cfg["pending_idle_timeout_s"] = self.pick(0, 5, 30, 120, 0.5)
        if self.p(0.1):
            cfg["conserve_gpu"] = False
        cfg["node_types"] = types
        demand = {"tasks": tasks, "gangs": gangs, "constraints": []}
        if self.p(0.3):
            reqs = self.tasks(caps, (1, 4), 40)
            if self.p(0.3):
                reqs = [
                    {"count": self.r.randint(1, 60), "resources": {"CPU": 1}}
                ]
            demand["constraints"] = [{"requests": reqs}]
        snap = {
            "version": 1,
            "id": cid,
            "now_ms": NOW,
            "config": cfg,
            "nodes": nodes,
            "demand": demand,
        }
        if cfg.get("pending_idle_timeout_s") is not None and self.p(0.8):
            since = {}
            for t in types:
                if self.p(0.7):
                    ages = [
                        self.pick(
                            0, 1, 500, 501, 4000, 5000, 5001, 30001, 200000
                        )
                        for _ in range(self.r.randint(1, 4))
                    ]
                    since[t["name"]] = [
                        NOW - a for a in sorted(ages, reverse=True)
                    ]
            snap["state"] = {"pending_unneeded_since_ms": since}
        return snap


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--seed", type=int, required=True)
    ap.add_argument("--n", type=int, required=True)
    ap.add_argument(
        "--profile",
        default="mixed",
        choices=["small", "medium", "hard", "ippr", "decimal", "mixed"],
    )
    args = ap.parse_args()
    for i in range(args.n):
        snap = Case(args.seed, i, args.profile).snapshot(
            "%s-%d-%d" % (args.profile, args.seed, i)
        )
        sys.stdout.write(json.dumps(snap, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
