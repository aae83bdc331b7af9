#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fault_sweep.py [--jobs N] [NAME...]: one story, told again and again, each
time with another call of the sidecar gone wrong.

In the story workers of two groups come, get work, end it and go; at the end a
maximum is lowered under a busy one.  A run without faults tells which calls
there are, and how many.  In each other run the Nth call of one method fails, in
one of the ways that the fakes know, alone or with those after it.  Whatever
fails:

  - no worker that has work is drained or deleted (but under the maximum), and
    none is deleted that was not drained,
  - no group gets beyond its limits,
  - no more pods are made than the work needs,
  - the end of the story is reached once the fault is over,
  - the process is the same one all the time, and ends when asked to.

A NAME is a part of a run's name: `kube/PATCH`, `gcs/DrainNode/2/lost`.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import json
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_gcs, fake_kube, kuberay  # noqa: E402
from tests.peers.sidecar import CLUSTER, HEAD, Sidecar  # noqa: E402

WAIT_S = 15  # for a turn of the story
OPTIONS = ("--timeout", "0.3", "--set", "max_concurrent_launches=0")
RESOURCES = {"a": "thing", "b": "other"}
MADE = {"a": 3, "b": 1}  # pods, in the whole story

KINDS = {
    "kube": ("refuse", "reset", "hang", "truncated", "401", "403", "404",
             "409", "410", "422", "429", "500", "503", "garbage", "wrong",
             "empty"),
    "events": ("end", "reset", "silence", "truncated", "garbage", "wrong",
               "410"),
    "gcs": ("refuse", "reset", "hang", "truncated", "7", "14", "16", "http-500",
            "no-status", "no-message", "garbage", "wrong", "compressed"),
}
WRITES = ("PATCH", "DrainNode", "ReportAutoscalingState")  # may be "lost"
BURST = 4  # as many calls in a row


class Fault(collections.namedtuple("Fault", "peer method nth kind count")):
    def __str__(self):
        return "/".join(map(str, self))


class Violation(Exception):
    pass


class Counting:
    """Mixed into a fake: counts its calls, and lets the one go wrong."""

    fault = None

    def __init__(self, *arguments):
        self.counts = collections.Counter()
        super().__init__(*arguments)

    def _next_fault(self, method):
        self.counts[method] += 1
        fault = self.fault
        if fault and fault[1:3] == (method, self.counts[method]):
            self.fail(fault.kind, fault.count, method)
        return super()._next_fault(method)


class Gcs(Counting, fake_gcs.FakeGcs):
    pass


class Kube(Counting, fake_kube.FakeKube):
    """Its events are counted, too: those who watch may not hear the Nth."""

    FAULTS = {
        "truncated": b'{"type": "ADDED", "object": {"kind": "Po',
        "garbage": b"<html>{]\0\xff\n",
        "wrong": b'{"type": 7, "object": []}\n',
        "410": json.dumps({"type": "ERROR", "object": fake_kube.ApiError(
            410, "Expired").status()}).encode() + b"\n",
    }

    def _happened(self, kind, pod):
        self.counts["event"] += 1
        fault = self.fault
        if fault and fault[1:3] == ("event", self.counts["event"]):
            for watch in self._watches:
                if fault.kind in self.FAULTS:
                    watch.send(self.FAULTS[fault.kind])
                    watch.end()
                else:
                    getattr(watch, fault.kind)()
        super()._happened(kind, pod)


class Story:
    """A cluster, its work, and the sidecar."""

    def __init__(self, folder, fault=None):
        self.made = collections.Counter()
        self.waiting = collections.Counter()
        self.busy = {}  # the group of each pod that has work
        self.wrong = []
        self.stack = contextlib.ExitStack()
        self.gcs = Gcs()
        self.stack.callback(self.gcs.close)
        self.gcs.add_node(HEAD, "headgroup", {"memory": 1 << 30})
        self.kube = Kube(CLUSTER)
        self.stack.callback(self.kube.close)
        if fault:
            getattr(self, fault.peer).fault = fault
        environment = self.kube.serve(folder)
        self.operator = kuberay.Operator(self.kube, self.start, self.stop)
        self.stack.callback(self.operator.close)
        self.sidecar = Sidecar({**environment, "RAYTIDE_GCS_ADDRESS":
                                self.gcs.address}, *OPTIONS)

    # ---- what happens to pods ----------------------------------------
    def start(self, group, pod):
        """Ray starts on it, and takes a task."""
        with self.gcs.lock:
            self.made[group] += 1
            self.gcs.add_node(pod, group, {"CPU": 1, RESOURCES[group]: 1})
            if self.waiting[group]:
                self.waiting[group] -= 1
                self.busy[pod] = group
                self.gcs.nodes[pod].available = {}
            else:
                self.wrong.append(f"{pod} was made for nothing")
            self.demand()

    def stop(self, pod):
        with self.gcs.lock:
            node = self.gcs.nodes.pop(pod)
            if pod in self.busy:
                self.wrong.append(f"{pod} was deleted and had work")
            if node.status != fake_gcs.DEAD:
                self.wrong.append(f"{pod} was deleted before it was drained")

    def demand(self):
        self.gcs.demand = [(count, {RESOURCES[group]: 1})
                           for group, count in self.waiting.items() if count]

    # ---- the turns of the story ----------------------------------------
    def ask(self, group, count):
        with self.gcs.lock:
            self.waiting[group] += count
            self.demand()

    def finish(self, count):
        """So many workers end their work, long ago."""
        with self.gcs.lock:
            for pod in list(self.busy)[:count]:
                node = self.gcs.nodes[pod]
                node.status, node.idle_ms = fake_gcs.IDLE, 1500
                node.available = node.resources
                del self.busy[pod]

    def lower(self, group, maximum):
        """Its workers lose their work with their node."""
        with self.gcs.lock:
            self.busy = {pod: name for pod, name in self.busy.items()
                         if name != group}
        index = list(RESOURCES).index(group)
        self.kube.edit([{"op": "replace", "value": maximum, "path":
                         f"/spec/workerGroupSpecs/{index}/maxReplicas"}])

    def check(self):
        with self.gcs.lock:
            for pod in self.busy:
                node = self.gcs.nodes.get(pod)
                if not node or node.status == fake_gcs.DEAD:
                    self.wrong.append(f"{pod} was ended and had work")
        if self.sidecar.process.poll() is not None:
            self.wrong.append("the sidecar has ended")
        if any("child-ended" in line for line in self.sidecar.lines):
            self.wrong.append("the sidecar has crashed")
        if self.wrong:
            raise Violation(self.wrong[0])

    def is_settled(self, **workers):
        for group, count in workers.items():
            spec = self.kube.group(group)
            if (spec["replicas"] != count
                    or spec["scaleStrategy"]["workersToDelete"]
                    or len(self.kube.pods_of(group)) != count):
                return False
        return not sum(self.waiting.values())

    def settle(self, **workers):
        """In the end each group has so many workers."""
        end = time.monotonic() + WAIT_S
        while not self.is_settled(**workers):
            self.check()
            if time.monotonic() > end:
                raise Violation(f"never came to {workers}")
            time.sleep(0.01)
        self.check()

    def tell(self):
        self.ask("a", 2)
        self.ask("b", 1)
        self.settle(a=2, b=1)
        self.finish(1)
        self.settle(a=1, b=1)
        self.ask("a", 1)
        self.settle(a=2, b=1)
        self.lower("b", 0)
        self.settle(a=2, b=0)
        self.finish(2)
        self.settle(a=0, b=0)

    def check_end(self):
        if self.made != MADE:
            raise Violation(f"made {dict(self.made)}")
        limits = {index: group["maxReplicas"] for index, group in
                  enumerate(CLUSTER["spec"]["workerGroupSpecs"])}
        for request in self.kube.requests("PATCH"):
            for op in request.body:
                _, _, _, index, member = (op["path"] + "//").split("/")[:5]
                if member == "replicas" and not (
                        0 <= op["value"] <= limits[int(index)]):
                    raise Violation(f"replicas {op['value']}")

    def close(self):
        code = self.sidecar.end()
        self.stack.close()
        if code:
            raise Violation(f"exit code {code}")


def run(folder, fault=None):
    """None, or what went wrong; and the calls."""
    story = Story(folder, fault)
    wrong = None
    try:
        story.tell()
        story.check_end()
    except Violation as why:
        wrong = f"{why}; its log:\n    " + "\n    ".join(story.sidecar.lines)
    try:
        story.close()
    except Violation as why:
        wrong = wrong or str(why)
    return wrong, {"gcs": story.gcs.counts, "kube": story.kube.counts}


def faults(calls):
    """All of them, for what a run without faults has called."""
    for peer, counts in calls.items():
        for method, times in sorted(counts.items()):
            kinds, lengths = KINDS[peer], (1, BURST)
            if method == "event":
                kinds, lengths = KINDS["events"], (1,)
            elif method in WRITES:
                kinds += ("lost",)
            for nth in range(1, times + 1):
                for kind in kinds:
                    for count in lengths:
                        yield Fault(peer, method, nth, kind, count)


def sweep(folder, chosen, jobs):
    """(fault, what went wrong or None) as they end."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(run, folder, fault): fault for fault in chosen}
        for done in concurrent.futures.as_completed(runs):
            yield runs[done], done.result()[0]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--jobs", type=int, default=4)
    options = parser.parse_args()
    failed = total = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        wrong, calls = run(folder)
        if wrong:
            sys.exit(f"without a fault: {wrong}")
        print("calls:", {peer: dict(counts) for peer, counts in calls.items()},
              flush=True)
        chosen = [fault for fault in faults(calls) if not options.names
                  or any(name in str(fault) for name in options.names)]
        for fault, wrong in sweep(folder, chosen, options.jobs):
            total += 1
            if sys.stderr.isatty():
                print(f"\r{total} of {len(chosen)}", end="", file=sys.stderr)
            if wrong:
                failed += 1
                print(f"FAIL {fault}: {wrong}", flush=True)
    print(f"{total - failed} passed, {failed} failed, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
