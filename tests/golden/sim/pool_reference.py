#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plain reference for rigid-job scheduling on one pool of identical processors.

Slow and simple on purpose: it is what raytide sim --pool is held to.

SEMANTICS
  Job        (id, submit, run, width, estimate); needs `width` units at once for
             `run` seconds, no preemption, no overhead, never killed.
  Order      jobs are sorted by submit; equal submit times keep file order.
             This is the queue order, for ever.
  Time t     at one instant: (1) every job with start+run == t gives its units
             back; (2) every job with submit == t joins the queue; (3) one
             scheduling pass.  A job started at t with run == 0 ends at t: step
             (1)..(3) are then repeated at the same t until nothing more ends at t.
  fcfs       while the queue's first job fits in the free units, start it.  A
             first job that does not fit blocks everybody behind it.
  easy       fcfs step first.  If a first job H is left waiting:
               shadow = earliest t' >= t at which H fits, if every running job r
                        ends at start(r)+estimate(r) (all jobs ending at exactly
                        t' count as ended) and nobody else starts;
               extra  = units free at shadow, minus width(H).
             Then, in queue order, each other job j with width <= free starts if
               t + estimate(j) <= shadow, or width(j) <= extra (then, if it ends
               after shadow, extra -= width(j)).
             The reservation is recomputed in every pass; only H has one.
  easy0      as easy with extra = 0 always (backfill only what ends by shadow).
  firstfit   no reservation at all: in every pass, in queue order, start whatever fits.
  estimate   --estimate run   : estimate = run (perfect)                [default]
             --estimate req   : SWF field 9 if > 0, but never below run
             --estimate xK    : K * run
             Estimates are never below run, so no reservation is ever overrun.
  skipped    width <= 0, run < 0, or width > procs (counted on stderr).

INPUT  .swf/.swf.gz/.swf.zip: submit=field 2, run=field 4, width=field 5 if > 0
       else field 8.  philly.csv (header timestamp,duration,num_gpus,...): submit =
       seconds since the earliest timestamp (naive time, no DST correction), sorted.
       Other CSV with header id,submit,run,width[,estimate].
OUTPUT --starts FILE: "id,submit,start,end,width" in queue order.  Metrics as JSON on
       stdout: wait = start-submit; percentiles are nearest-rank (sorted[ceil(p*n)-1]);
       bsld = max(1, (wait+run)/max(run,10)); makespan = last end - first submit;
       util = sum(width*run)/(procs*makespan).
"""
import argparse, csv, gzip, heapq, json, math, sys, zipfile
from datetime import datetime


def read_jobs(path, how):
    """[(id, submit, run, width, estimate)] in queue order (before the skip rules)."""
    jobs = []
    if ".swf" in path:
        if path.endswith(".gz"):
            with gzip.open(path, "rt", encoding="latin1") as f:
                text = f.read()
        elif path.endswith(".zip"):
            with zipfile.ZipFile(path) as z:
                text = z.read(z.namelist()[0]).decode("latin1")
        else:
            with open(path, encoding="latin1") as f:
                text = f.read()
        for line in text.splitlines():
            if line.strip() and not line.lstrip().startswith(";"):
                f = [float(x) if "." in x else int(x) for x in line.split()]
                jobs.append([str(f[0]), f[1], f[3], f[4] if f[4] > 0 else f[7], f[8]])
    else:
        with open(path) as f:
            rows = list(csv.DictReader(l for l in f if l.strip()))
        if "num_gpus" in rows[0]:
            ts = [datetime.strptime(r["timestamp"], "%Y-%m-%d %H:%M:%S") for r in rows]
            first = min(ts)
            for i, (t, r) in enumerate(zip(ts, rows)):
                run = float(r["duration"])
                jobs.append([str(i + 1), int((t - first).total_seconds()),
                             int(run) if run == int(run) else run, int(r["num_gpus"]), -1])
        else:
            num = lambda s: float(s) if "." in s else int(s)
            for r in rows:
                jobs.append([r["id"], num(r["submit"]), num(r["run"]), int(r["width"]),
                             num(r.get("estimate") or "-1")])
    jobs.sort(key=lambda j: j[1])          # Python's sort is stable: ties keep file order
    for j in jobs:
        if how == "run":
            j[4] = j[2]
        elif how == "req":
            j[4] = max(j[4], j[2])
        else:
            j[4] = j[2] * max(1, int(how[1:]))
    return [tuple(j) for j in jobs]


def simulate(jobs, procs, policy):
    """start[i] for each job of `jobs` (queue order)."""
    start = [None] * len(jobs)
    free, events = procs, 0
    running = []                           # heap of (end, index)
    queue = []                             # waiting job indices, queue order
    nxt = 0                                # next job to arrive

    def launch(i, t):
        nonlocal free
        start[i] = t
        free -= jobs[i][3]
        assert free >= 0
        heapq.heappush(running, (t + jobs[i][2], i))

    while nxt < len(jobs) or running:
        t = min(running[0][0] if running else math.inf,
                jobs[nxt][1] if nxt < len(jobs) else math.inf)
        while running and running[0][0] == t:                       # (1) completions
            free += jobs[heapq.heappop(running)[1]][3]
            events += 1
        while nxt < len(jobs) and jobs[nxt][1] == t:                # (2) arrivals
            queue.append(nxt)
            nxt += 1
            events += 1
        if policy == "firstfit":                                    # (3) the pass
            kept = []
            for i in queue:
                launch(i, t) if jobs[i][3] <= free else kept.append(i)
            queue = kept
            continue
        head = 0
        while head < len(queue) and jobs[queue[head]][3] <= free:
            launch(queue[head], t)
            head += 1
        del queue[:head]
        if policy == "fcfs" or not queue or free == 0:
            continue                       # free == 0: nothing could be backfilled
        need, avail, shadow = jobs[queue[0]][3], free, None
        ends = sorted((start[i] + jobs[i][4], jobs[i][3]) for _, i in running)
        for k, (e, w) in enumerate(ends):
            avail += w
            if avail >= need and (k + 1 == len(ends) or ends[k + 1][0] > e):
                shadow = e
                break
        extra = avail - need if policy == "easy" else 0
        kept = [queue[0]]
        for i in queue[1:]:
            width, estimate = jobs[i][3], jobs[i][4]
            if width <= free and t + estimate <= shadow:
                launch(i, t)
            elif width <= free and width <= extra:
                launch(i, t)
                extra -= width
            else:
                kept.append(i)
        queue = kept
    return start, events


def metrics(jobs, start, procs):
    n = len(jobs)
    wait = [s - j[1] for j, s in zip(jobs, start)]
    bsld = [max(1.0, (w + j[2]) / max(j[2], 10)) for j, w in zip(jobs, wait)]
    q = lambda v, p: sorted(v)[max(0, math.ceil(p * n) - 1)]
    last = max(s + j[2] for j, s in zip(jobs, start))
    span = last - jobs[0][1]
    work = math.fsum(j[2] * j[3] for j in jobs)
    m = {"jobs": n, "waited": sum(w > 0 for w in wait), "wait_sum": math.fsum(wait),
         "wait_mean": math.fsum(wait) / n}
    for p in (50, 95, 99):
        m["wait_p%d" % p] = q(wait, p / 100)
    m.update(wait_max=max(wait), bsld_mean=math.fsum(bsld) / n, bsld_p50=q(bsld, .5),
             bsld_p95=q(bsld, .95), bsld_p99=q(bsld, .99), first_submit=jobs[0][1],
             last_end=last, makespan=span, work=work, util=work / (procs * span))
    return m


def check_capacity(jobs, start, procs):
    """Independent look at the result: never more than procs in use, none early."""
    ev = []
    for j, s in zip(jobs, start):
        assert s >= j[1]
        ev += [(s, 1, j[3]), (s + j[2], 0, -j[3])] if j[2] > 0 else []
    used = 0
    for _, _, w in sorted(ev):
        used += w
        assert 0 <= used <= procs


def main():
    a = argparse.ArgumentParser(description="FCFS / EASY reference")
    a.add_argument("trace")
    a.add_argument("--procs", type=int, required=True)
    a.add_argument("--policy", choices=("fcfs", "easy", "easy0", "firstfit"), default="fcfs")
    a.add_argument("--estimate", default="run", help="run | req | xK")
    a.add_argument("--limit", type=int, help="only the first N jobs in queue order")
    a.add_argument("--starts", help="write per-job start times to this file (- = stdout)")
    o = a.parse_args()
    every = read_jobs(o.trace, o.estimate)[:o.limit]
    jobs = [j for j in every if 0 < j[3] <= o.procs and j[2] >= 0]
    start, events = simulate(jobs, o.procs, o.policy)
    check_capacity(jobs, start, o.procs)
    if len(jobs) != len(every):
        print("skipped %d jobs" % (len(every) - len(jobs)), file=sys.stderr)
    if o.starts:
        f = sys.stdout if o.starts == "-" else open(o.starts, "w")
        print("id,submit,start,end,width", file=f)
        for j, s in zip(jobs, start):
            print("%s,%s,%s,%s,%s" % (j[0], j[1], s, s + j[2], j[3]), file=f)
    print(json.dumps(dict(policy=o.policy, procs=o.procs, estimate=o.estimate,
                          events=events, **metrics(jobs, start, o.procs))))


if __name__ == "__main__":
    main()
