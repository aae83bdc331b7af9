#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds decisions against Ray's: compare.py CASES RAY OURS (JSON lines each)

Line k of RAY and of OURS answers line k of CASES.  Order counts nowhere else:
launches are a map, terminations a set of (instance, cause), infeasible demand
a multiset of shapes, resizes a map.  Explanations and unknown fields are not
looked at.

Two kinds of cases are left out and counted: those on which Ray itself raises
(ours must decide all the same), and those whose "audit" says that Ray's
outcome hangs on rounding or on an order that it does not define.

Exit code: 0 all equal, 1 a difference, 2 unusable input.
"""
import argparse
import json
import sys
from collections import Counter


def load(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def shape(request):
    """What makes two requests the same; label values are a set."""
    resources = request.get("resources") or {}
    selectors = [
        [(rule["key"], rule.get("op") or "in", sorted(rule["values"]))
         for rule in alternative]
        for alternative in request.get("label_selectors") or []]
    placement = [(p["kind"], p["label"], p.get("value") or "")
                 for p in request.get("placement") or []]
    return json.dumps([{k: float(v) for k, v in resources.items()},
                       selectors, placement], sort_keys=True)


def gang_shape(gang):
    return json.dumps([shape(b) for b in gang.get("bundles") or []])


def normal(case, decision, strict=False):
    """{field: what is compared}; raises on a malformed decision."""
    demand = case.get("demand") or {}
    tasks, gangs = demand.get("tasks") or [], demand.get("gangs") or []
    left = decision.get("infeasible") or {}
    indices = [t["index"] for t in left.get("tasks") or []]
    if min(indices + (left.get("gangs") or []), default=0) < 0:
        raise IndexError("an index below 0")
    tasks_left = Counter()
    for entry in left.get("tasks") or []:
        tasks_left[shape(tasks[entry["index"]])] += entry.get("count", 1)
    out = {
        "launch": positive(decision.get("launch")),
        "terminate": Counter(
            f"{t['instance_id']} {t['cause']}"
            for t in decision.get("terminate") or []),
        "infeasible.tasks": +tasks_left,
        "infeasible.gangs": Counter(
            gang_shape(gangs[i]) for i in left.get("gangs") or []),
        "infeasible.constraints": Counter(
            map(str, left.get("constraints") or [])),
        "resize": {r["pod"]: (float(r["cpu"]), float(r["memory"]))
                   for r in decision.get("resize") or []},
    }
    if case["config"].get("pending_idle_timeout_s") is not None:
        state = decision.get("state") or {}
        times = state.get("pending_unneeded_since_ms") or {}
        out["state"] = {t: sorted(v) for t, v in times.items() if v}
    if strict:
        out["cancelled"] = positive(decision.get("cancelled"))
    resizes = any(t.get("ippr") for t in case["config"]["node_types"])
    if strict and not resizes:  # docs/parity.md, known differences
        out["cluster_resources"] = {
            name: round(float(amount), 3) for name, amount
            in (decision.get("cluster_resources") or {}).items() if amount}
    return out


def positive(counts):
    return {name: n for name, n in (counts or {}).items() if n}


def differences(case, ray, ours, strict=False):
    """[text] in which our decision differs from Ray's."""
    if ours is None:
        return ["no decision"]
    if "error" in ours:
        return ["error: " + ours["error"]]
    if ours.get("id") != case.get("id"):
        return [f"answers another case: {ours.get('id')}"]
    want = normal(case, ray, strict)
    try:
        have = normal(case, ours, strict)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as e:
        return [f"malformed: {type(e).__name__}: {e}"]
    return [f"{field}: {key}: ray {want[field].get(key)},"
            f" ours {have[field].get(key)}"
            for field in want
            for key in sorted({*want[field], *have[field]})
            if want[field].get(key) != have[field].get(key)]


def why_left_out(ray):
    """Why a case is not compared; None: it is."""
    if ray.get("error", "").startswith("ray:"):
        return "Ray raises"
    if any((ray.get("audit") or {}).values()):
        return "the audit flags it"
    return None


def oracle_failed(rays):
    """What went wrong before Ray was asked; None: nothing."""
    return next((ray["error"] for ray in rays
                 if "error" in ray and not why_left_out(ray)), None)


def compare(cases, rays, ours, strict=False):
    """Counter of outcomes, and {case id: differences}."""
    tally, differing = Counter(), {}
    for k, (case, ray) in enumerate(zip(cases, rays)):
        our = ours[k] if k < len(ours) else None
        reason = why_left_out(ray)
        if reason and our is not None and "error" not in our:
            tally[reason] += 1
            continue
        found = differences(case, ray, our, strict)
        tally["differ" if found else "match"] += 1
        if found:
            differing[case.get("id", f"line {k + 1}")] = found
    return tally, differing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases")
    parser.add_argument("ray")
    parser.add_argument("ours")
    parser.add_argument("-k", type=int, default=5,
                        help="differing cases to print")
    parser.add_argument("--strict", action="store_true",
                        help="also cancelled launches and cluster totals")
    args = parser.parse_args()
    try:
        cases, rays, ours = map(load, (args.cases, args.ray, args.ours))
    except (OSError, ValueError) as why:
        print(why, file=sys.stderr)
        return 2
    if len(cases) != len(rays):
        print(f"{len(cases)} cases but {len(rays)} decisions of Ray",
              file=sys.stderr)
        return 2
    failed = oracle_failed(rays)
    if failed:
        print("the oracle failed: " + failed, file=sys.stderr)
        return 2
    tally, differing = compare(cases, rays, ours, args.strict)
    for name, found in list(differing.items())[:args.k]:
        print(f"DIFF {name}", *found, sep="\n  ")
    if len(ours) > len(cases):
        print(f"ours has {len(ours) - len(cases)} lines too many")
    print(", ".join(f"{what}: {n}" for what, n in sorted(tally.items())))
    return 1 if differing or len(ours) > len(cases) else 0


if __name__ == "__main__":
    sys.exit(main())
