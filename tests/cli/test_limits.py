#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every limit of raytide/limits.h is documented, and holds: what is as large as
it may be is read, one more is an error that tells the limit.

(Those of nesting, values and YAML are held by tests/unit/core/base, that of the
nodes kept and launched by tests/unit/core/sched.)
"""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
MIB = 1 << 20


def limits():
    """(name, value, what it is of) for each line of the header."""
    text = (ROOT / "include/raytide/limits.h").read_text()
    rows = re.findall(r"^#define (RT_\w+) (\S.*?) +/\* (.*?) \*/$", text,
                      re.MULTILINE)
    assert len(rows) == text.count("\n#define RT_"), rows
    for name, value, what in rows:
        shift = re.fullmatch(r"\((\d+)u << (\d+)\)", value)
        yield name, (int(shift[1]) << int(shift[2]) if shift else int(value)), \
            what


LIMIT = {name: value for name, value, _ in limits()}


def decide(line):
    """The answer."""
    done = subprocess.run([RAYTIDE, "decide"], input=line.encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    return json.loads(done.stdout)


def snapshot(types="", nodes="", demand="", more=""):
    return ('{"version":1,"now_ms":0,"config":{"node_types":['
            f'{types}]}},"nodes":[{nodes}],"demand":{{{demand}}}{more}}}')


def named(name):
    return {"name": name, "resources": {}, "max_workers": 1}


class DocumentedTest(unittest.TestCase):
    def test_every_limit_has_its_row(self):
        rows = set()
        for path in (ROOT / "docs/formats").glob("*.md"):
            _, _, text = path.read_text().partition("\n## Limits\n")
            text, _, _ = text.partition("\n## ")
            rows |= set(re.findall(r"^\| (?!at most)([^|]+) \| (\S[^|]*) \|$",
                                   text, re.MULTILINE))
        want = {(what, f"{value // MIB} MiB" if value % MIB == 0
                 else f"{value:,}") for _, value, what in limits()}
        self.assertEqual(rows, want)

    def test_help_names_the_largest(self):
        text = subprocess.run([RAYTIDE, "decide", "--help"], check=True,
                              stdout=subprocess.PIPE).stdout.decode()
        for name in ("RT_NODES_MAX", "RT_REQUESTS_MAX", "RT_NAME_MAX"):
            self.assertIn(f" {LIMIT[name]} ", text)


class LimitsTest(unittest.TestCase):
    def holds(self, make, limit, error):
        """`make` of the limit is decided, of one more it is an error."""
        self.assertNotIn("error", decide(make(LIMIT[limit])))
        self.assertEqual(decide(make(LIMIT[limit] + 1)).get("error"), error)

    def test_line(self):
        self.holds(lambda n: snapshot().ljust(n), "RT_LINE_MAX",
                   "standard input:1: the line is longer than 64 MiB")

    def test_nodes(self):
        def nodes(n):
            return snapshot(nodes=",".join(
                f'{{"instance_id":"{i}","type":"a","status":"QUEUED"}}'
                for i in range(n)))
        self.holds(nodes, "RT_NODES_MAX",
                   "nodes: 200001 entries, at most 200000 are read")

    def test_groups(self):
        def types(n):
            return snapshot(",".join(json.dumps(named(str(i)))
                                     for i in range(n)))
        self.holds(types, "RT_GROUPS_MAX", "config.node_types: 1001 entries, "
                                           "at most 1000 are read")

    def test_requests(self):
        half = ",".join(["{}"] * 1000000)

        def demand(n):
            return snapshot(demand=f'"tasks":[{half}],"gangs":[{{"bundles":['
                                   f'{half}{",{}" * (n - 2000000)}]}}]')
        self.holds(demand, "RT_REQUESTS_MAX",
                   "demand: more than 2000000 requests; give equal ones as "
                   "one with a count")

    def test_count(self):
        self.holds(lambda n: snapshot(demand=f'"tasks":[{{"count":{n}}}]'),
                   "RT_COUNT_MAX", "demand.tasks[0].count: 100000001: not "
                                   "between 0 and 100000000")

    def check_entries(self, make, path):
        self.holds(make, "RT_ENTRIES_MAX",
                   f"{path}: 10001 entries, at most 10000 are read")

    def test_entries_of_maps(self):
        for key, value in (("resources", 1), ("labels", "x")):
            self.check_entries(lambda n, k=key, v=value: snapshot(json.dumps(
                {"name": "a", k: {str(i): v for i in range(n)}})),
                               f"config.node_types[0].{key}")
        self.check_entries(lambda n: snapshot(more=',"state":' + json.dumps(
            {"pending_unneeded_since_ms": {str(i): [] for i in range(n)}})),
                           "state.pending_unneeded_since_ms")

    def test_entries_of_lists(self):
        rule = {"key": "k", "values": []}
        place = {"kind": "affinity", "label": "l"}
        for make, path in (
                (lambda n: {"label_selectors": [[]] * n}, "label_selectors"),
                (lambda n: {"label_selectors": [[rule] * n]},
                 "label_selectors[0]"),
                (lambda n: {"label_selectors": [[{**rule,
                                                  "values": ["v"] * n}]]},
                 "label_selectors[0][0].values"),
                (lambda n: {"placement": [place] * n}, "placement")):
            self.check_entries(lambda n, m=make: snapshot(
                demand=f'"tasks":[{json.dumps(m(n))}]'),
                               f"demand.tasks[0].{path}")

    def test_names(self):
        node = {"instance_id": "i", "type": "a", "status": "QUEUED"}
        rule = {"key": "k", "values": ["v"]}
        place = {"kind": "affinity", "label": "l", "value": "v"}
        sizes = {f"{when}_{what}": 1 for when in ("current", "desired")
                 for what in ("cpu", "memory")}

        def task(**request):
            return snapshot(demand=f'"tasks":[{json.dumps(request)}]')

        for make, path in (
                (lambda x: snapshot(more=f',"id":"{x}"'), "id"),
                (lambda x: snapshot(json.dumps(named(x))),
                 "config.node_types[0].name"),
                (lambda x: snapshot(json.dumps({**named("a"),
                                                "labels": {"l": x}})),
                 "config.node_types[0].labels.l"),
                *((lambda x, k=key: snapshot(nodes=json.dumps({**node, k: x})),
                   f"nodes[0].{key}")
                  for key in ("instance_id", "type", "pod", "ray_node_id")),
                (lambda x: snapshot(nodes=json.dumps(
                    {**node, "ippr": {**sizes, "raylet_id": x}})),
                 "nodes[0].ippr.raylet_id"),
                (lambda x: snapshot(demand=f'"gangs":[{{"details":"{x}"}}]'),
                 "demand.gangs[0].details"),
                (lambda x: task(label_selectors=[[{**rule, "key": x}]]),
                 "demand.tasks[0].label_selectors[0][0].key"),
                (lambda x: task(label_selectors=[[{**rule, "values": [x]}]]),
                 "demand.tasks[0].label_selectors[0][0].values[0]"),
                (lambda x: task(placement=[{**place, "label": x}]),
                 "demand.tasks[0].placement[0].label"),
                (lambda x: task(placement=[{**place, "value": x}]),
                 "demand.tasks[0].placement[0].value")):
            self.holds(lambda n, m=make: m("x" * n), "RT_NAME_MAX",
                       f"{path}: 1025 bytes, at most 1024 are read")

    def test_names_that_are_keys(self):
        key = "x" * 64 + "..."
        for make, path in (
                (lambda x: snapshot(json.dumps({**named("a"),
                                                "resources": {x: 1}})),
                 "config.node_types[0].resources"),
                (lambda x: snapshot(json.dumps({**named("a"),
                                                "labels": {x: ""}})),
                 "config.node_types[0].labels"),
                (lambda x: snapshot(demand='"tasks":[' + json.dumps(
                    {"resources": {x: 1}}) + "]"),
                 "demand.tasks[0].resources"),
                (lambda x: snapshot(more=',"state":' + json.dumps(
                    {"pending_unneeded_since_ms": {x: []}})),
                 "state.pending_unneeded_since_ms")):
            self.holds(lambda n, m=make: m("x" * n), "RT_NAME_MAX",
                       f"{path}.{key}: 1025 bytes in the name, at most 1024 "
                       "are read")


class ManifestLimitsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def simulate(self, groups):
        """What is said of the manifest."""
        cluster = self.folder / "c.json"
        cluster.write_text(json.dumps({"spec": {
            "headGroupSpec": {}, "workerGroupSpecs": groups}}))
        trace = self.folder / "t.csv"
        trace.write_text("submit_s,duration_s\n0,1\n")
        done = subprocess.run([RAYTIDE, "sim", "--cluster", cluster,
                               "--trace", trace], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False)
        return done.stderr.decode().replace(f"raytide: {cluster}: ", "")

    def holds(self, make, limit, error):
        self.assertEqual(self.simulate(make(limit)), "")
        self.assertEqual(self.simulate(make(limit + 1)), error + "\n")

    def group(self, **more):
        return {"groupName": "w", "resources": {"CPU": 1}, **more}

    def test_groups(self):
        self.holds(lambda n: [self.group(groupName=f"w{i}", maxReplicas=1)
                              for i in range(n)],
                   LIMIT["RT_GROUPS_MAX"] - 1,
                   "spec.workerGroupSpecs: 1000 groups, at most 999 are read")

    def test_entries(self):
        for key, value in (("labels", "x"), ("resources", "1"),
                           ("rayStartParams", "x")):
            self.holds(lambda n, k=key, v=value: [self.group(
                **{k: {"CPU": v, **{str(i): v for i in range(1, n)}}})],
                       LIMIT["RT_ENTRIES_MAX"],
                       f"spec.workerGroupSpecs[0].{key}: 10001 entries, at "
                       "most 10000 are read")

    def test_names(self):
        for make, path in (
                (lambda x: self.group(groupName=x), "groupName"),
                (lambda x: self.group(labels={"l": x}), "labels.l"),
                (lambda x: self.group(scaleStrategy={
                    "workersToDelete": [x]}),
                 "scaleStrategy.workersToDelete[0]")):
            self.holds(lambda n, m=make: [m("x" * n)], LIMIT["RT_NAME_MAX"],
                       f"spec.workerGroupSpecs[0].{path}: 1025 bytes, at most "
                       "1024 are read")

    def test_workers_to_delete(self):
        self.holds(lambda n: [self.group(scaleStrategy={
            "workersToDelete": ["p"] * n})], LIMIT["RT_NODES_MAX"],
                   "spec.workerGroupSpecs[0].scaleStrategy.workersToDelete: "
                   "200001 names, at most 200000 are read")


if __name__ == "__main__":
    unittest.main()
