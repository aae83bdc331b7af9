#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ray's own decisions: oracle.py [--time] [--audit] < cases > decisions

A line for each line read, as Ray's v2 scheduler decides the snapshot.

--time   adds "ray_ms": CPU time of schedule() alone, which runs on one thread.
--audit  runs each case twice more, once with every amount times 10000, so that
         all sums are exact, and once with the resources of nodes in reverse
         order, and adds "audit": {"float": bool, "order": bool}.  True: Ray's
         own outcome hangs on rounding, or on a map order that it does not
         define.  compare.py leaves such cases out.

--lacks  prints what this Ray does not have, a line for each (see LACKS), and
         decides nothing.

Needs the Python package ray and nothing else.  Made for 2.60.0; with older ones
the parts that they lack are left out of what the scheduler is told.
"""

import argparse
import copy
import dataclasses
import inspect
import json
import logging
import os
import sys
import time as real_time
import types
from fractions import Fraction

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray.autoscaler.v2.scheduler as sched_mod  # noqa: E402
from ray.autoscaler.v2.instance_manager.config import (
    NodeTypeConfig,
)  # noqa: E402
from ray.autoscaler.v2.scheduler import (  # noqa: E402
    ResourceDemandScheduler,
    SchedulingRequest,
)
from ray.autoscaler.v2 import schema  # noqa: E402
from ray.core.generated import (  # noqa: E402
    autoscaler_pb2 as pb,
    instance_manager_pb2 as im_pb,
)

logging.disable(logging.CRITICAL)

IMPLICIT = "node:__internal_implicit_resource_"
OPS = {"in": 1, "not_in": 2}  # LABEL_OPERATOR_IN, LABEL_OPERATOR_NOT_IN


def _names(cls):
    return {f.name for f in dataclasses.fields(cls)}


def _make(cls, **values):
    """An object of Ray's with those of the values that this Ray knows."""
    return cls(**{k: v for k, v in values.items() if k in _names(cls)})


# Parts of a snapshot that this Ray's scheduler does not look at.
LACKS = [
    name
    for name, known in {
        "resize": "ippr_statuses" in _names(SchedulingRequest),
        "priority": "priority" in _names(NodeTypeConfig),
        "availability": "recoverable_resource_availabilities"
        in _names(SchedulingRequest),
        "pending_idle": "pending_idle_timeout_s" in _names(SchedulingRequest),
        "selectors": "label_selectors" in inspect.getsource(sched_mod),
        "gang_selectors": "bundle_selectors" in inspect.getsource(sched_mod),
        "implicit": "IMPLICIT_RESOURCE_PREFIX" in inspect.getsource(sched_mod),
    }.items()
    if not known
]


class _Clock:
    """Stands in for the module `time` inside the scheduler: now_ms is the
    only clock.  Fractions keep the arithmetic in milliseconds exact."""

    now_ms = 0

    def monotonic(self):
        return Fraction(self.now_ms, 1000)

    def time(self):
        return self.now_ms / 1000

    def time_ns(self):
        return self.now_ms * 1000000


CLOCK = _Clock()
sched_mod.time = CLOCK


class SnapshotError(ValueError):
    pass


def _res(obj, reverse=False):
    """Resources in the order of their names (Ray's own is undefined)."""
    names = sorted(obj, key=lambda s: s.encode(), reverse=reverse)
    return {n: float(obj[n]) for n in names}


def _count(spec):
    return 1 if spec.get("count") is None else spec["count"]


def _request(spec, selectors=True):
    r = pb.ResourceRequest()
    for name, value in _res(spec.get("resources") or {}).items():
        r.resources_bundle[name] = value
    for p in spec.get("placement") or []:
        c = r.placement_constraints.add()
        side = getattr(c, p["kind"])  # anti_affinity | affinity
        side.SetInParent()
        side.label_name = p["label"]
        side.label_value = p.get("value") or ""
    if selectors:
        for alternative in spec.get("label_selectors") or []:
            ls = r.label_selectors.add()
            for want in alternative:
                ls.label_constraints.add(
                    label_key=want["key"],
                    operator=OPS[want.get("op") or "in"],
                    label_values=want["values"],
                )
    return r


def _status(name):
    """ALLOCATION_TIMEOUT came after 2.52; schedule() passes over both."""
    values = im_pb.Instance.InstanceStatus
    if name == "ALLOCATION_TIMEOUT" and name not in values.keys():
        name = "ALLOCATION_FAILED"
    return values.Value(name)


def _gang(spec):
    """As the GCS encodes a placement group: `requests` without selectors and
    one bundle selector that carries them."""
    g = pb.GangResourceRequest(details=spec.get("details") or "")
    bundles = spec.get("bundles") or []
    if bundles:
        sel = g.bundle_selectors.add()
        for b in bundles:
            g.requests.append(_request(b, selectors=False))
            sel.resource_requests.append(_request(b))
    return g


def build(snap, reverse=False):
    """(SchedulingRequest, {serialized task shape: index of the task})"""
    if snap.get("version") != 1:
        raise SnapshotError("version must be 1")
    cfg = snap["config"]
    types_cfg, groups, avail, recov = {}, {}, {}, {}
    for t in cfg["node_types"]:
        name = t["name"]
        if name in types_cfg:
            raise SnapshotError("node type %r twice" % name)
        types_cfg[name] = _make(
            NodeTypeConfig,
            name=name,
            min_worker_nodes=t.get("min_workers") or 0,
            max_worker_nodes=(t.get("max_workers") or 0)
            + (1 if t.get("is_head") else 0),
            idle_timeout_s=t.get("idle_timeout_s"),
            priority=t.get("priority") or 0,
            resources=_res(t.get("resources") or {}, reverse),
            labels=dict(t.get("labels") or {}),
        )
        if t.get("availability") is not None:
            avail[name] = float(t["availability"])
        if t.get("recoverable_availability") is not None:
            recov[name] = float(t["recoverable_availability"])
        if t.get("ippr") and "resize" not in LACKS:
            i = t["ippr"]
            groups[name] = schema.IPPRGroupSpec(
                min_cpu=i.get("min_cpu", 0),
                max_cpu=float(i["max_cpu"]),
                min_memory=i.get("min_memory", 0),
                max_memory=i["max_memory"],
                resize_timeout=i.get("resize_timeout_s", 60),
            )

    instances, statuses, seen = [], {}, set()
    for n in snap.get("nodes") or []:
        iid = n["instance_id"]
        if not iid or iid in seen:
            raise SnapshotError("instance_id %r empty or twice" % iid)
        seen.add(iid)
        kind = (n.get("kind") or "worker").upper()
        pod = n.get("pod") or None
        inst = im_pb.Instance(
            instance_id=iid,
            cloud_instance_id=pod or "",
            node_id=n.get("ray_node_id") or "",
            status=_status(n["status"]),
            instance_type=n["type"],
            node_kind=im_pb.NodeKind.Value(kind),
        )
        ray_node = None
        if n.get("total") is not None:
            labels = n.get("labels") or {}
            spread = {k for k in labels if k.startswith("_PG_")}
            ray_node = types.SimpleNamespace(
                total_resources=_res(n["total"], reverse),
                available_resources=_res(n.get("available") or {}, reverse),
                labels={k: labels[k] for k in labels.keys() - spread},
                dynamic_labels={k: labels[k] for k in spread},
                idle_duration_ms=int(n.get("idle_ms") or 0),
            )
        instances.append(
            schema.AutoscalerInstance(
                cloud_instance_id=pod, ray_node=ray_node, im_instance=inst
            )
        )
        if n.get("ippr") and pod and n["type"] in groups:
            i = n["ippr"]
            statuses[pod] = schema.IPPRStatus(
                cloud_instance_id=pod,
                spec=groups[n["type"]],
                current_cpu=float(i["current_cpu"]),
                current_memory=i["current_memory"],
                desired_cpu=float(i["desired_cpu"]),
                desired_memory=i["desired_memory"],
                resizing_at=i.get("resizing_at"),
                k8s_resize_status=i.get("k8s_status"),
                suggested_max_cpu=i.get("suggested_max_cpu"),
                suggested_max_memory=i.get("suggested_max_memory"),
                last_failed_at=i.get("last_failed_at"),
                raylet_id=i.get("raylet_id"),
            )

    dem = snap.get("demand") or {}
    by_shape, requests = {}, []
    for idx, t in enumerate(dem.get("tasks") or []):
        r = _request(t)
        by_shape.setdefault(r.SerializeToString(deterministic=True), idx)
        requests.append(pb.ResourceRequestByCount(request=r, count=_count(t)))
    constraints = []
    for c in dem.get("constraints") or []:
        crc = pb.ClusterResourceConstraint()
        for t in c["requests"]:
            crc.resource_requests.add(request=_request(t), count=_count(t))
        constraints.append(crc)

    max_workers = cfg.get("max_workers")
    ippr = None
    if "resize" not in LACKS:
        ippr = schema.IPPRSpecs(groups=groups)
    req = _make(
        SchedulingRequest,
        disable_launch_config_check=True,
        node_type_configs=types_cfg,
        max_num_nodes=None if max_workers is None else max_workers + 1,
        idle_timeout_s=cfg.get("idle_timeout_s"),
        pending_idle_timeout_s=cfg.get("pending_idle_timeout_s"),
        resource_requests=requests,
        gang_resource_requests=[_gang(g) for g in dem.get("gangs") or []],
        cluster_resource_constraints=constraints,
        current_instances=instances,
        cloud_resource_availabilities=avail,
        recoverable_resource_availabilities=recov,
        ippr_specs=ippr,
        ippr_statuses=statuses,
    )
    return req, by_shape


def _num(x):
    x = round(float(x), 4)
    return int(x) if x == int(x) else x


def decision_of(req, reply, by_shape, since_s=None):
    """SchedulingReply -> decision object (without version and id)."""
    cause_name = im_pb.TerminationRequest.Cause.Name
    status_name = im_pb.Instance.InstanceStatus.Name
    launch, cancelled, term = {}, {}, []
    for l in reply.to_launch:
        launch[l.instance_type] = launch.get(l.instance_type, 0) + l.count
    for t in reply.to_terminate:
        if not t.instance_id:
            # A node that schedule() itself had added for min_workers.
            cancelled[t.instance_type] = cancelled.get(t.instance_type, 0) + 1
            continue
        e = {
            "instance_id": t.instance_id,
            "ray_node_id": t.ray_node_id,
            "type": t.instance_type,
            "status": status_name(t.instance_status),
            "cause": cause_name(t.cause),
        }
        if e["cause"] == "IDLE":
            e["idle_ms"] = t.idle_duration_ms
        term.append(e)
    tasks = {}
    for r in reply.infeasible_resource_requests:
        i = by_shape[r.SerializeToString(deterministic=True)]
        tasks[i] = tasks.get(i, 0) + 1
    gang_ids = {id(g): i for i, g in enumerate(req.gang_resource_requests)}
    con_ids = {
        id(c): i for i, c in enumerate(req.cluster_resource_constraints)
    }
    out = {
        "launch": dict(sorted(launch.items())),
        "terminate": sorted(term, key=lambda e: e["instance_id"]),
        "infeasible": {
            "tasks": [
                {"index": i, "count": n} for i, n in sorted(tasks.items())
            ],
            "gangs": sorted(
                gang_ids[id(g)]
                for g in reply.infeasible_gang_resource_requests
            ),
            "constraints": sorted(
                con_ids[id(c)]
                for c in reply.infeasible_cluster_resource_constraints
            ),
        },
    }
    if cancelled:
        out["cancelled"] = dict(sorted(cancelled.items()))
    if getattr(reply, "to_ippr", None):
        out["resize"] = sorted(
            (
                {
                    "pod": s.cloud_instance_id,
                    "raylet_id": s.raylet_id,
                    "cpu": _num(s.desired_cpu),
                    "memory": _num(s.desired_memory),
                }
                for s in reply.to_ippr
            ),
            key=lambda e: e["pod"],
        )
    if since_s is not None:
        out["state"] = {
            "pending_unneeded_since_ms": {
                t: [int(s * 1000) for s in v]
                for t, v in sorted(since_s.items())
            }
        }
    totals = getattr(reply, "cluster_resources", {})
    out["cluster_resources"] = {k: _num(v) for k, v in sorted(totals.items())}
    return out


def decide(snap, timing=False, reverse=False):
    out = {"version": 1}
    if isinstance(snap, dict) and snap.get("id") is not None:
        out["id"] = snap["id"]
    try:
        req, by_shape = build(snap, reverse)
        CLOCK.now_ms = int(snap["now_ms"])
        since = (snap.get("state") or {}).get(
            "pending_unneeded_since_ms"
        ) or {}
        scheduler = ResourceDemandScheduler()
        scheduler._pending_unneeded_since_s = {
            t: [Fraction(int(ms), 1000) for ms in v] for t, v in since.items()
        }
    except Exception as e:
        out["error"] = "bad snapshot: %s: %s" % (type(e).__name__, e)
        return out
    sched_mod.AUTOSCALER_CONSERVE_GPU_NODES = (
        0 if snap["config"].get("conserve_gpu") is False else 1
    )
    start = real_time.process_time()
    try:
        reply = scheduler.schedule(req)
        took = (real_time.process_time() - start) * 1000
        pending = getattr(req, "pending_idle_timeout_s", None) is not None
        out.update(
            decision_of(
                req,
                reply,
                by_shape,
                scheduler._pending_unneeded_since_s if pending else None,
            )
        )
    except Exception as e:  # Ray itself gives up on this input
        took = (real_time.process_time() - start) * 1000
        out["error"] = "ray: %s: %s" % (type(e).__name__, str(e)[:300])
    if timing:
        out["ray_ms"] = round(took, 3)
    return out


def scaled(snap, k=10000):
    """The same case in units of 1/k, in which Ray's doubles are exact."""
    s = copy.deepcopy(snap)

    def mul(d):
        for n in d or {}:
            if not n.startswith(IMPLICIT):
                d[n] = round(d[n] * k)

    for t in s["config"]["node_types"]:
        mul(t.get("resources"))
        for f in ("max_cpu", "max_memory"):
            if t.get("ippr"):
                t["ippr"][f] = round(t["ippr"][f] * k)
    for n in s.get("nodes") or []:
        mul(n.get("total"))
        mul(n.get("available"))
        for f, v in (n.get("ippr") or {}).items():
            if f.endswith(("_cpu", "_memory")) and v is not None:
                n["ippr"][f] = round(v * k)
    dem = s.get("demand") or {}
    for t in dem.get("tasks") or []:
        mul(t.get("resources"))
    for g in dem.get("gangs") or []:
        for b in g.get("bundles") or []:
            mul(b.get("resources"))
    for c in dem.get("constraints") or []:
        for t in c["requests"]:
            mul(t.get("resources"))
    return s


def quantities(snap):
    """All (name, amount) pairs of a snapshot, demand and capacity alike."""
    dem = snap.get("demand") or {}
    shapes = list(dem.get("tasks") or [])
    shapes += [
        b for g in dem.get("gangs") or [] for b in g.get("bundles") or []
    ]
    shapes += [t for c in dem.get("constraints") or [] for t in c["requests"]]
    nodes = snap.get("nodes") or []
    maps = [s.get("resources") for s in shapes + snap["config"]["node_types"]]
    maps += [n.get(f) for n in nodes for f in ("total", "available")]
    return [kv for m in maps if m for kv in m.items()]


def float_sensitive(snap, key):
    pairs = quantities(snap)
    if any(n.startswith(IMPLICIT) for n, _ in pairs):
        # Their capacity of 1 is built into Ray and cannot be scaled.
        if all(float(v * 16).is_integer() for _, v in pairs):
            return False
    return outcome(decide(scaled(snap))) != key


def outcome(d):
    """What compare.py holds two decisions to, without amounts."""
    return json.dumps(
        [
            d.get("error", "").split(":")[:2],
            d.get("launch"),
            [(t["instance_id"], t["cause"]) for t in d.get("terminate", [])],
            d.get("infeasible"),
            d.get("cancelled"),
            [r["pod"] for r in d.get("resize", [])],
            d.get("state"),
        ],
        sort_keys=True,
    )


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--time", action="store_true", help='add "ray_ms"')
    ap.add_argument("--audit", action="store_true", help='add "audit"')
    ap.add_argument(
        "--lacks", action="store_true", help="print what this Ray lacks"
    )
    args = ap.parse_args()
    if args.lacks:
        print(*LACKS, sep="\n")
        return
    for line in sys.stdin:
        line = line.strip()
        if not line:
            continue
        try:
            snap = json.loads(line)
        except ValueError as e:
            out = {"version": 1, "error": "bad snapshot: %s" % e}
        else:
            out = decide(snap, timing=args.time)
            if args.audit and not out.get("error", "").startswith("bad"):
                key = outcome(out)
                out["audit"] = {
                    "float": float_sensitive(snap, key),
                    "order": outcome(decide(snap, reverse=True)) != key,
                }
        sys.stdout.write(json.dumps(out, separators=(",", ":")) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
