#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reference simulation of a Ray-like elastic cluster: one worker type, slow and simple.

It is an independent check for homogeneous cases; nothing here is tuned for speed.

MODEL
  Task    (submit_s, duration_s, cpus): needs `cpus` on ONE node for duration_s; never
          preempted, never fails.  cpus is kept in thousandths.  A task with
          cpus > C can never run: it is rejected at its arrival and left out of all
          metrics except `rejected`.
  Node    C cpus.  launched at a tick, ready exactly D seconds later, stays until it is
          terminated (at once, at a tick).  Ids count up from 0 in launch order.
  Start   at time 0 min_nodes nodes exist and are ready (launched = ready = 0; they
          are not counted in `launches`).  alive = provisioning + ready nodes.
  Ticks   at 0, K, 2K, ... (K = tick, 5 s), until every task is done and nothing more
          can be terminated (alive == min_nodes).  A decision happens only at a tick;
          a placement happens at every instant where something changed.

ORDER AT ONE INSTANT t
  1 completions: every task with start + duration == t frees its cpus.  A node left
    without tasks gets idle_since = t.
  2 nodes whose ready time == t become ready, in id order; idle_since = t.
  3 arrivals: tasks with submit == t join the pending queue in file order (rows are
    sorted by submit, equal submits keep file order).  The queue is FIFO for ever.
  4 placement, going once through the pending queue in FIFO order: a task starts at t
    on the lowest-id ready node with enough free cpus.  If no node fits:
      fifo = "skip"   (default, Ray-like) it stays pending, the next one is tried;
      fifo = "strict" it stays pending and the pass ends (head-of-line blocking).
  Steps 1-4 repeat while something ends or gets ready at this same t (zero durations).
  5 if t is a tick (once per tick), decide:
    5a scale up.  First fit, in FIFO order, of all pending tasks into this list of bins:
       ready nodes in id order (their free cpus now), provisioning nodes in id order
       (C each), then new nodes (C each) opened one by one only when no earlier bin
       fits and alive + new < max_nodes.  A task that fits nowhere is passed over.
       Every opened new node is launched now: ready at t + D.
    5b scale down.  Candidates: ready nodes without tasks with t - idle_since >= T,
       longest idle first (smallest idle_since), ties: highest id first.  Each is
       terminated as long as alive > min_nodes stays true before the termination.
       Any node may be the one that stays: no node is special.
  6 if D == 0, steps 1-4 run again at t (never a second tick at t).

OUTPUT (JSON on stdout)
  wait = start - submit; percentiles nearest-rank, sorted[ceil(p*n)-1].
  end  = last completion; makespan = end - first submit (accepted tasks).
  node_seconds_up      sum over nodes of time in [0,end] spent ready (not terminated)
  node_seconds_billed  the same, but counted from the launch decision
  node_seconds_drained from the launch decision to the termination, or to `drain` for a
                       node that is never terminated; drain = max(end, last termination)
  node_hours = node_seconds_billed / 3600.  launches, terminations: over the whole run,
  the drain after `end` included.  peak_alive, peak_ready: maxima after a step 5/2.
  --starts FILE: index,submit,start,end,cpus,node    --nodes FILE: id,launch,ready,term
"""
import argparse, csv, json, math


def read_tasks(path):
    rows = [(float(r["submit_s"]), float(r["duration_s"]), float(r["cpus"]))
            for r in csv.DictReader(open(path))]
    return sorted(rows, key=lambda r: r[0])            # stable: ties keep file order


def simulate(tasks, C, min_nodes, max_nodes, D, T, tick=5, fifo="skip"):
    """tasks: [(submit, duration, cpus)] sorted by submit.  Returns (placed, nodes)."""
    assert max_nodes >= max(1, min_nodes) and tick > 0 and D >= 0 and T >= 0
    cap = round(C * 1000)
    need = [round(c * 1000) for _, _, c in tasks]
    nodes, live = [], []                   # every node ever; those not terminated; by id

    def new_node(launch, ready):
        nodes.append({"id": len(nodes), "launch": launch, "ready": ready, "term": None,
                      "up": ready == launch == 0, "free": cap, "tasks": 0,
                      "idle_since": ready})
        live.append(nodes[-1])

    for _ in range(min_nodes):
        new_node(0, 0)
    pending, running, placed = [], [], {}               # running: [(end, i, node)]
    rejected, arrived, k = [], 0, 0
    peak_alive = peak_ready = min_nodes

    while True:
        times = [k * tick]
        times += [end for end, _, _ in running]
        times += [n["ready"] for n in live if not n["up"]]
        times += [tasks[arrived][0]] if arrived < len(tasks) else []
        t = min(times)
        ticked = False
        while True:
            for entry in sorted(e for e in running if e[0] == t):            # 1
                running.remove(entry)
                n = nodes[entry[2]]
                n["free"] += need[entry[1]]
                n["tasks"] -= 1
                if n["tasks"] == 0:
                    n["idle_since"] = t
            for n in live:                                                # 2
                if not n["up"] and n["ready"] == t:
                    n["up"], n["idle_since"] = True, t
            peak_ready = max(peak_ready, sum(n["up"] for n in live))
            while arrived < len(tasks) and tasks[arrived][0] == t:           # 3
                (pending if need[arrived] <= cap else rejected).append(arrived)
                arrived += 1
            still = []                                                       # 4
            for pos, i in enumerate(pending):
                fit = [n for n in live if n["up"] and n["free"] >= need[i]]
                if fit:
                    n = fit[0]
                    n["free"] -= need[i]
                    n["tasks"] += 1
                    placed[i] = (t, n["id"])
                    running.append((t + tasks[i][1], i, n["id"]))
                else:
                    still.append(i)
                    if fifo == "strict":
                        still += pending[pos + 1:]
                        break
            pending = still
            if any(e[0] == t for e in running) or \
               any(not n["up"] and n["ready"] == t for n in live):
                continue
            if t != k * tick or ticked:
                break
            ticked = True                                                    # 5a
            bins = [n["free"] for n in live if n["up"]]
            bins += [cap for n in live if not n["up"]]
            have = len(bins)
            for i in pending:
                where = [b for b in range(len(bins)) if bins[b] >= need[i]]
                if where:
                    bins[where[0]] -= need[i]
                elif len(bins) < max_nodes:
                    bins.append(cap - need[i])
            for _ in range(len(bins) - have):
                new_node(t, t + D)
            peak_alive = max(peak_alive, len(live))
            idle = [n for n in live                                       # 5b
                    if n["up"] and n["tasks"] == 0 and t - n["idle_since"] >= T]
            for n in sorted(idle, key=lambda n: (n["idle_since"], -n["id"])):
                if len(live) > min_nodes:
                    n["term"] = t
                    live.remove(n)
        if ticked:
            k += 1
            if arrived == len(tasks) and not pending and not running \
               and len(live) <= min_nodes:
                return placed, nodes, rejected, peak_alive, peak_ready


def report(tasks, result, min_nodes):
    placed, nodes, rejected, peak_alive, peak_ready = result
    ok = sorted(placed)
    assert len(ok) + len(rejected) == len(tasks)
    wait = [placed[i][0] - tasks[i][0] for i in ok]
    end = max(placed[i][0] + tasks[i][1] for i in ok)
    terms = [n["term"] for n in nodes if n["term"] is not None]
    drain = max([end] + terms)
    till = lambda n, limit: min(limit, n["term"]) if n["term"] is not None else limit
    span = lambda n, frm, limit: max(0, till(n, limit) - n[frm])
    q = lambda p: sorted(wait)[max(0, math.ceil(p * len(wait)) - 1)]
    billed = sum(span(n, "launch", end) for n in nodes)
    return {"tasks": len(ok), "rejected": len(rejected), "wait_mean": sum(wait) / len(wait),
            "wait_p50": q(.5), "wait_p95": q(.95), "wait_p99": q(.99), "wait_max": max(wait),
            "end": end, "makespan": end - tasks[ok[0]][0], "drain": drain,
            "node_seconds_up": sum(span(n, "ready", end) for n in nodes),
            "node_seconds_billed": billed,
            "node_seconds_drained": sum(till(n, drain) - n["launch"] for n in nodes),
            "node_hours": billed / 3600, "launches": len(nodes) - min_nodes,
            "terminations": len(terms), "peak_alive": peak_alive, "peak_ready": peak_ready}


def main():
    a = argparse.ArgumentParser(description="elastic cluster reference")
    a.add_argument("tasks", nargs="?", help="CSV with header submit_s,duration_s,cpus")
    a.add_argument("--cpus", type=float, default=4, help="C, cpus per node")
    a.add_argument("--min", type=int, default=0)
    a.add_argument("--max", type=int, default=10)
    a.add_argument("--delay", type=float, default=30, help="D, launch to ready, s")
    a.add_argument("--idle", type=float, default=60, help="T, idle timeout, s")
    a.add_argument("--tick", type=float, default=5)
    a.add_argument("--fifo", choices=("skip", "strict"), default="skip")
    a.add_argument("--starts")
    a.add_argument("--nodes")
    a.add_argument("--check", nargs="+", metavar="CASE.json", help="run hand-checked cases")
    o = a.parse_args()
    if o.check:
        for path in o.check:
            c = json.load(open(path))
            tasks = [tuple(x) for x in c["tasks"]]
            r = simulate(tasks, **c["cluster"])
            got = report(tasks, r, c["cluster"]["min_nodes"])
            got["starts"] = [r[0].get(i, [None])[0] for i in range(len(tasks))]
            got["nodes_of_tasks"] = [r[0].get(i, [0, None])[1] for i in range(len(tasks))]
            got["node_log"] = [[n["launch"], n["ready"], n["term"]] for n in r[1]]
            bad = {k: (v, got[k]) for k, v in c["expect"].items()
                   if (abs(v - got[k]) > 1e-9 if isinstance(v, float) else v != got[k])}
            print(path.split("/")[-1], "ok" if not bad else "DIFFERS %s" % bad)
            assert not bad
        return
    tasks = read_tasks(o.tasks)
    r = simulate(tasks, o.cpus, o.min, o.max, o.delay, o.idle, o.tick, o.fifo)
    if o.starts:
        with open(o.starts, "w") as f:
            print("index,submit,start,end,cpus,node", file=f)
            for i, (s, d, c) in enumerate(tasks):
                if i in r[0]:
                    print("%d,%g,%g,%g,%g,%d" % (i, s, r[0][i][0], r[0][i][0] + d, c, r[0][i][1]), file=f)
    if o.nodes:
        with open(o.nodes, "w") as f:
            print("id,launch,ready,term", file=f)
            for n in r[1]:
                print("%d,%g,%g,%s" % (n["id"], n["launch"], n["ready"],
                                       "" if n["term"] is None else "%g" % n["term"]), file=f)
    print(json.dumps(report(tasks, r, o.min)))


if __name__ == "__main__":
    main()
