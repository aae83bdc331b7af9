#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Wrong values in every place of a snapshot and of a RayCluster.

Each member, element and value of a full document is replaced by each of VALUES
in turn.  A table says what a place takes; what it does not take is answered by
an error that names the place, what it takes by a decision that makes sense.
"""
import concurrent.futures
import copy
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"

VALUES = [None, True, -1, 0.5, 2 ** 53, 1e15, 1e308, "", "x", [], {}, [[]],
          {"x": {}}]


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Place:
    """What may stand in a place: `takes` what is not null."""

    def __init__(self, takes, needed=False):
        self.takes, self.needed = takes, needed

    def accepts(self, value):
        if value is None:
            return not self.needed
        return bool(self.takes(value))


def number(low, high, **more):
    return Place(lambda v: is_number(v) and low <= v <= high, **more)


def whole(low, high=2 ** 53 - 1, **more):
    return Place(lambda v: is_number(v) and v == int(v) and low <= v <= high,
                 **more)


def text(**more):
    return Place(lambda v: isinstance(v, str), **more)


def name():
    return Place(lambda v: isinstance(v, str) and v, needed=True)


def word(*words, **more):
    return Place(lambda v: v in words and not isinstance(v, bool), **more)


def boolean():
    return Place(lambda v: isinstance(v, bool))


def objects(**more):
    """A list or a map of things that are not themselves empty."""
    return Place(lambda v: v == [], **more)


def mapping(**more):
    return Place(lambda v: v == {}, **more)


def members(**more):
    """An object that needs none of its members."""
    return Place(lambda v: isinstance(v, dict), **more)


def record(**more):
    """One that does."""
    return Place(lambda v: False, **more)


AMOUNT = number(0, 1e14, needed=True)
SNAPSHOT = {
    "": record(needed=True),
    "version": word(1, needed=True),
    "id": Place(lambda v: not is_number(v) or abs(v) < 2 ** 53),
    "now_ms": whole(0, needed=True),
    "config": record(needed=True),
    "config.max_workers": whole(0),
    "config.idle_timeout_s": number(0, 1e12),
    "config.pending_idle_timeout_s": number(0, 1e12),
    "config.conserve_gpu": boolean(),
    "config.node_types": objects(needed=True),
    "config.node_types[]": record(needed=True),
    "config.node_types[].name": name(),
    "config.node_types[].is_head": boolean(),
    "config.node_types[].resources": mapping(),
    "config.node_types[].resources.*": AMOUNT,
    "config.node_types[].labels": mapping(),
    "config.node_types[].labels.*": text(needed=True),
    "config.node_types[].min_workers": whole(0, 9),
    "config.node_types[].max_workers": whole(2, needed=True),  # the minimum
    "config.node_types[].idle_timeout_s": number(0, 1e12),
    "config.node_types[].priority": whole(-2 ** 53 + 1),
    "config.node_types[].num_of_hosts": whole(1, 2 ** 31 - 1),
    "config.node_types[].availability": number(0, 1),
    "config.node_types[].recoverable_availability": number(0, 1),
    "config.node_types[].ippr": record(),
    "config.node_types[].ippr.max_cpu": AMOUNT,
    "config.node_types[].ippr.max_memory": AMOUNT,
    "nodes": objects(),
    "nodes[]": record(needed=True),
    "nodes[].instance_id": name(),
    "nodes[].pod": text(),
    "nodes[].type": name(),
    "nodes[].kind": word("worker", "head"),
    "nodes[].status": word("QUEUED", "RAY_RUNNING", needed=True),
    "nodes[].ray_node_id": text(),
    "nodes[].ray_status": word("IDLE", "RUNNING"),
    "nodes[].total": mapping(),
    "nodes[].total.*": AMOUNT,
    "nodes[].available": mapping(),
    "nodes[].available.*": AMOUNT,
    "nodes[].labels": mapping(),
    "nodes[].labels.*": text(needed=True),
    "nodes[].idle_ms": whole(0),
    "nodes[].ippr": record(),
    "nodes[].ippr.current_cpu": AMOUNT,
    "nodes[].ippr.current_memory": AMOUNT,
    "nodes[].ippr.desired_cpu": AMOUNT,
    "nodes[].ippr.desired_memory": AMOUNT,
    "nodes[].ippr.suggested_max_cpu": number(0, 1e14),
    "nodes[].ippr.suggested_max_memory": number(0, 1e14),
    "nodes[].ippr.resizing_at": number(0, 1e12),
    "nodes[].ippr.last_failed_at": number(0, 1e12),
    "nodes[].ippr.k8s_status": word("new", "error"),
    "nodes[].ippr.raylet_id": text(),
    "demand": members(),
    "demand.tasks": objects(),
    "demand.gangs": objects(),
    "demand.gangs[]": members(needed=True),
    "demand.gangs[].details": text(),
    "demand.gangs[].bundles": objects(),
    "demand.constraints": objects(),
    "demand.constraints[]": members(needed=True),
    "demand.constraints[].requests": objects(),
    "state": members(),
    "state.pending_unneeded_since_ms": mapping(),
    "state.pending_unneeded_since_ms.*": objects(needed=True),
    "state.pending_unneeded_since_ms.*[]": whole(0, needed=True),
}
REQUEST = {
    "": members(needed=True),
    ".count": whole(0, 10 ** 8),
    ".resources": mapping(),
    ".resources.*": AMOUNT,
    ".label_selectors": Place(lambda v: v in ([], [[]])),
    ".label_selectors[]": objects(needed=True),
    ".label_selectors[][]": record(needed=True),
    ".label_selectors[][].key": text(needed=True),
    ".label_selectors[][].op": word("in", "not_in"),
    ".label_selectors[][].values": objects(needed=True),
    ".label_selectors[][].values[]": text(needed=True),
    ".placement": objects(),
    ".placement[]": record(needed=True),
    ".placement[].kind": word("affinity", "anti_affinity", needed=True),
    ".placement[].label": text(needed=True),
    ".placement[].value": text(),
}
for requests in ("tasks", "gangs[].bundles", "constraints[].requests"):
    for tail, place in REQUEST.items():
        SNAPSHOT[f"demand.{requests}[]{tail}"] = place
del SNAPSHOT["demand.gangs[].bundles[].count"]  # a bundle has none

REQUESTED = {
    "count": 2, "resources": {"CPU": 1, "GPU": 0},
    "label_selectors": [[{"key": "zone", "op": "in", "values": ["a", "b"]}],
                        []],
    "placement": [{"kind": "anti_affinity", "label": "pg", "value": "1"}],
}
BUNDLE = {key: REQUESTED[key] for key in REQUESTED if key != "count"}
FULL_SNAPSHOT = json.loads(json.dumps({  # no part of it twice
   
    "version": 1, "id": "full", "now_ms": 1700000000000,
    "config": {
        "max_workers": 10, "idle_timeout_s": 60, "pending_idle_timeout_s": 9,
        "conserve_gpu": True,
        "node_types": [{
            "name": "a", "is_head": False,
            "resources": {"CPU": 4, "memory": 8e9}, "labels": {"zone": "a"},
            "min_workers": 2, "max_workers": 9, "idle_timeout_s": 30,
            "priority": 1, "num_of_hosts": 1, "availability": 1,
            "recoverable_availability": 0.5,
            "ippr": {"max_cpu": 8, "max_memory": 16e9}}]},
    "nodes": [{
        "instance_id": "i-1", "pod": "p-1", "type": "a", "kind": "worker",
        "status": "RAY_RUNNING", "ray_node_id": "ff", "ray_status": "IDLE",
        "total": {"CPU": 4, "memory": 8e9},
        "available": {"CPU": 2, "memory": 8e9}, "labels": {"zone": "a"},
        "idle_ms": 70000,
        "ippr": {"current_cpu": 4, "current_memory": 8e9, "desired_cpu": 4,
                 "desired_memory": 8e9, "suggested_max_cpu": 8,
                 "suggested_max_memory": 16e9, "resizing_at": 1,
                 "last_failed_at": 1, "k8s_status": "new",
                 "raylet_id": "ff"}},
        {"instance_id": "i-2", "type": "a", "status": "QUEUED"}],
    "demand": {"tasks": [REQUESTED],
               "gangs": [{"details": "g", "bundles": [BUNDLE]}],
               "constraints": [{"requests": [REQUESTED]}]},
    "state": {"pending_unneeded_since_ms": {"a": [1699999999000]}},
}))


QUANTITY = number(0, 1e14, needed=True)
GROUP = {
    "groupName": name(),
    "replicas": whole(0, 2 ** 31 - 1),
    "minReplicas": whole(0, 9),
    "maxReplicas": whole(1, 2 ** 31 - 1),
    "numOfHosts": whole(1, 100000),
    "suspend": boolean(),
    "scaleStrategy": members(),
    "scaleStrategy.workersToDelete": objects(),
    "scaleStrategy.workersToDelete[]": text(needed=True),
    "idleTimeoutSeconds": number(0, 1e9),
    "priority": whole(-2 ** 31, 2 ** 31 - 1),
    "labels": mapping(),
    "labels.*": text(needed=True),
}
RESOURCES = {
    "resources": record(needed=True),
    "resources.*": QUANTITY,
}
PARAMS = {
    "rayStartParams": record(needed=True),
    "rayStartParams.num-cpus": whole(0, 1e14, needed=True),
    "rayStartParams.num-gpus": whole(0, 1e14),
    "rayStartParams.memory": whole(0, 1e14),
    "rayStartParams.resources": Place(lambda v: False),  # JSON in a text
}


def container(which, cpu):
    """The rows of the pod's template; a head may do without `cpu`."""
    needed = record(needed=True) if cpu else members()
    resources = "template.spec.containers[].resources"
    return {
        "template": needed,
        "template.spec": needed,
        "template.spec.nodeSelector": members(),
        "template.spec.nodeSelector.*": text(),
        "template.spec.containers": record(needed=True) if cpu else objects(),
        "template.spec.containers[]":
            record(needed=True) if cpu else members(needed=True),
        resources: needed,
        f"{resources}.{which}": needed,
        f"{resources}.{which}.cpu": number(0, 1e14, needed=cpu),
        f"{resources}.{which}.memory": number(0, 1e14),
        f"{resources}.{which}.nvidia.com/gpu": number(0, 1e14),
        f"{resources}.{which}.google.com/tpu": number(0, 1e14),
    }


def template(which):
    return {"template": {"spec": {
        "nodeSelector": {"cloud.google.com/gke-tpu-topology": "2x2",
                         "cloud.google.com/gke-tpu-accelerator": "x"},
        "containers": [{"resources": {which: {
            "cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1",
            "google.com/tpu": "4"}}}]}}}


# Where a group's size is told, and the rows for it.
SIZES = [
    ({"resources": {"CPU": "2", "lic": "1"}}, RESOURCES),
    ({"rayStartParams": {"num-cpus": "2", "num-gpus": "1", "memory": "1000",
                         "resources": '"{\\"lic\\": 1}"'}}, PARAMS),
    (template("limits"), container("limits", True)),
    (template("requests"), container("requests", True)),
]


def manifest(size, rows):
    """A RayCluster and its table."""
    table = {
        "": record(needed=True),
        "kind": word("RayCluster"),
        "metadata": members(),
        "metadata.name": text(),
        "spec": record(needed=True),
        "spec.autoscalerOptions": members(),
        "spec.autoscalerOptions.idleTimeoutSeconds": number(0, 1e9),
        "spec.autoscalerOptions.upscalingMode": word("Default"),
        "spec.headGroupSpec": members(needed=True),
        "spec.workerGroupSpecs": objects(),
        "spec.workerGroupSpecs[]": record(needed=True),
    }
    for tail, place in {**GROUP, **container("limits", False)}.items():
        table[f"spec.headGroupSpec.{tail}"] = place
    for tail, place in {**GROUP, **rows}.items():
        table[f"spec.workerGroupSpecs[].{tail}"] = place
    form = {"idleTimeoutSeconds": 5, "priority": 1, "labels": {"zone": "a"}}
    worker = {"groupName": "w", "replicas": 0, "minReplicas": 1,
              "maxReplicas": 9, "numOfHosts": 1, "suspend": False,
              "scaleStrategy": {"workersToDelete": ["p"]}}
    return {
        "kind": "RayCluster", "metadata": {"name": "c"},
        "spec": {"autoscalerOptions": {"idleTimeoutSeconds": 60,
                                       "upscalingMode": "Default"},
                 "headGroupSpec": {**form, **template("limits")},
                 "workerGroupSpecs": [{**worker, **form, **size}]}}, table


def walk(doc, path=()):
    yield path
    if isinstance(doc, dict):
        for key, value in doc.items():
            yield from walk(value, path + (key,))
    elif isinstance(doc, list):
        for index, value in enumerate(doc):
            yield from walk(value, path + (index,))


def spell(path):
    """As errors do."""
    out = ""
    for step in path:
        if isinstance(step, int):
            out += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            out += ("." if out else "") + step
        else:
            out += f'["{step}"]'
    return out


def place_of(path, table):
    """The place's row; a map's keys are all one."""
    key = ""
    for step in path:
        if isinstance(step, int):
            key += "[]"
        elif key + ".*" in table:
            key += ".*"
        else:
            key += ("." if key else "") + step
    return table[key]


def put(doc, path, value):
    if not path:
        return value
    doc = copy.deepcopy(doc)
    at = doc
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return doc


def mutants(doc, table):
    """(path, value, document, whether it is right)"""
    for path in walk(doc):
        place = place_of(path, table)
        for value in VALUES:
            yield path, value, put(doc, path, value), place.accepts(value)


def names_place(error, path, up=1):
    """Or what is in it, or what holds it and does not fit together then."""
    if not path:
        return True
    return bool(re.match(re.escape(spell(path)) + r"(?![\w-])", error)) or \
        any(error.startswith(spell(path[:-n]) + ": ")
            for n in range(1, min(up, len(path)) + 1)) or \
        (len(path) <= up and not re.match(r"[\w.\[\]-]+: ", error))


class SnapshotTest(unittest.TestCase):
    def decide(self, lines):
        done = subprocess.run([RAYTIDE, "decide", "--explain"],
                              input="\n".join(lines).encode(), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertIn(done.returncode, (0, 2), done.stderr)
        answers = done.stdout.decode().splitlines()
        self.assertEqual(len(answers), len(lines))
        return [json.loads(answer) for answer in answers]

    def check_decision(self, snapshot, answer):
        """It may have been another one; it cannot be beyond this."""
        self.assertEqual(answer.get("id"), snapshot.get("id"))
        types = {t["name"]: t for t in snapshot["config"]["node_types"]}
        for group, count in answer["launch"].items():
            most = types[group].get("max_workers") or 0
            self.assertLess(0, count)
            self.assertLessEqual(count, most + 1)
        ids = [node["instance_id"] for node in snapshot.get("nodes") or []]
        ended = [node["instance_id"] for node in answer["terminate"]]
        self.assertEqual(len(ended), len(set(ended)))
        self.assertLessEqual(set(ended), set(ids))
        tasks = (snapshot.get("demand") or {}).get("tasks") or []
        for task in answer["infeasible"]["tasks"]:
            asked = tasks[task["index"]].get("count")
            asked = 1 if asked is None else asked
            self.assertTrue(0 < task["count"] <= asked)

    def test_every_value_in_every_place(self):
        cases = list(mutants(FULL_SNAPSHOT, SNAPSHOT))
        self.assertGreater(len(cases), 1500)
        answers = self.decide([json.dumps(doc) for _, _, doc, _ in cases])
        for (path, value, doc, right), answer in zip(cases, answers):
            with self.subTest(place=spell(path), value=value):
                self.assertEqual("error" not in answer, right, answer)
                if right:
                    self.check_decision(doc, answer)
                else:
                    self.assertTrue(names_place(answer["error"], path),
                                    answer["error"])

    def test_null_is_as_if_absent(self):
        lines, absent = [], []
        for path in walk(FULL_SNAPSHOT):
            if path and isinstance(path[-1], str):
                lines.append(json.dumps(put(FULL_SNAPSHOT, path, None)))
                doc = put(FULL_SNAPSHOT, path, "gone")
                at = doc
                for step in path[:-1]:
                    at = at[step]
                del at[path[-1]]
                absent.append(json.dumps(doc))
        for null, gone in zip(self.decide(lines), self.decide(absent)):
            if "error" not in null or "is null" not in null["error"]:
                self.assertEqual(null, gone)


class ManifestTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.trace = self.folder / "trace.csv"
        self.trace.write_text("submit_s,duration_s\n0,1\n")

    def simulate(self, job):
        index, doc = job
        path = self.folder / f"{index}.json"
        path.write_text(json.dumps(doc))
        done = subprocess.run([RAYTIDE, "sim", "--cluster", path, "--trace",
                               self.trace], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, check=False,
                              stderr=subprocess.PIPE)
        error = done.stderr.decode()
        return done.returncode, re.sub(r"^raytide: \S+\.json: ", "", error)

    def check(self, size, rows, within):
        doc, table = manifest(size, rows)
        doc = json.loads(json.dumps(doc))  # no part of it twice
        cases = [case for case in mutants(doc, table)
                 if case[0][:len(within)] == within]
        self.assertGreater(len(cases), 50)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = pool.map(self.simulate,
                               enumerate(case[2] for case in cases))
        for (path, value, _, right), (code, error) in zip(cases, answers):
            with self.subTest(place=spell(path), value=value):
                self.assertEqual(code, 0 if right else 2, error)
                self.assertEqual(error.count("\n"), 0 if right else 1, error)
                self.assertTrue(right or names_place(error, path, up=7),
                                error)

    def test_every_value_in_every_place(self):
        self.check(*SIZES[0], within=())
        for size, rows in SIZES[1:]:
            where = ("spec", "workerGroupSpecs", 0, next(iter(size)))
            self.check(size, rows, where)


if __name__ == "__main__":
    unittest.main()
