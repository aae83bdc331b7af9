# SPDX-License-Identifier: Apache-2.0
"""Runs `raytide sim` for the tests: writes manifests and traces, reads what
comes out."""
import csv
import json
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
RAYTIDE = pathlib.Path(os.environ.get("B", TOP / "build")) / "raytide"


def container(name, cpus, memory=None):
    limits = {"cpu": str(cpus)}
    if memory:
        limits["memory"] = memory
    return {"spec": {"containers": [{"name": name,
                                     "resources": {"limits": limits}}]}}


def group(name, cpus, replicas, low, high, **more):
    return {"groupName": name, "replicas": replicas, "minReplicas": low,
            "maxReplicas": high, "rayStartParams": {},
            "template": container("ray-worker", cpus), **more}


def cluster(groups, idle_s=60, head_cpus=0):
    """A RayCluster; JSON is YAML."""
    return {"apiVersion": "ray.io/v1", "kind": "RayCluster",
            "metadata": {"name": "test"},
            "spec": {"enableInTreeAutoscaling": True,
                     "autoscalerOptions": {"idleTimeoutSeconds": idle_s},
                     "headGroupSpec": {
                         "rayStartParams": {"num-cpus": str(head_cpus)},
                         "template": container("ray-head", 2)},
                     "workerGroupSpecs": groups}}


def write_cluster(path, *args, **more):
    path.write_text(json.dumps(cluster(*args, **more)))
    return path


def write_tasks(path, tasks):
    """[(submit, duration, cpus)] as the minimal CSV; repr() keeps each bit."""
    rows = ["%r,%r,%r" % task for task in tasks]
    path.write_text("\n".join(["submit_s,duration_s,cpus"] + rows) + "\n")
    return path


def call(*args, stdin=None):
    return subprocess.run([RAYTIDE, "sim", *map(str, args)], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=600, check=False)


def flat(summary, before=""):
    """{"wait_s.mean": ...}: the figures by the names of their measures."""
    found = {}
    for key, value in summary.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{key}.")
        else:
            found[before + key] = value
    return found


def sim(*args, out=None, **settings):
    """The summary of a run and, with `out`, the rows of its jobs.csv.  The
    controller sees everything at once, unless `observe` is another."""
    settings.setdefault("observe", "exact")
    sets = [x for k, v in settings.items() for x in ("--set", f"{k}={v}")]
    done = call(*args, *sets, "--json", *(["--out", out] if out else []))
    if done.returncode:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    summary = json.loads(done.stdout)
    if not out:
        return summary
    with open(pathlib.Path(out) / "jobs.csv", newline="") as f:
        return summary, list(csv.DictReader(f))
