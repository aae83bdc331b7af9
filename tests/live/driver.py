# SPDX-License-Identifier: Apache-2.0
"""A Ray driver that does as it is told: one JSON object per line of stdin, one
answer per line of stdout.  Runs inside the virtual environment; Driver in
cluster.py is the other end."""
import json
import os
import sys
import time

import ray
from ray.autoscaler.sdk import request_resources
from ray.autoscaler.v2.sdk import get_cluster_status
from ray.util.placement_group import placement_group, remove_placement_group

tasks = {}   # name -> references
actors = {}  # name -> handle, reference that is ready when it is
groups = {}  # name -> placement group


@ray.remote
def work(seconds):
    """Where and from when to when it ran."""
    began = time.time()
    time.sleep(seconds)
    return ray.get_runtime_context().get_node_id(), began, time.time()


@ray.remote
class Holder:
    """Occupies what it was given."""


def submit(name, count=1, cpus=1.0, seconds=1.0, resources=None):
    """Tasks under a name."""
    remote = work.options(num_cpus=cpus, resources=resources or {})
    tasks[name] = [remote.remote(seconds) for _ in range(count)]


def submitted():
    """How many tasks in all."""
    return sum(map(len, tasks.values()))


def finished(name):
    """On which nodes the tasks of that name have finished."""
    names = {node["NodeID"]: node["NodeName"] for node in ray.nodes()}
    return [names[node_id] for node_id, _, _ in _results(name)]


def times(name):
    """From when to when the tasks of that name ran that have finished."""
    return [(began, ended) for _, began, ended in _results(name)]


def _results(name):
    refs = tasks[name]
    done, _ = ray.wait(refs, num_returns=len(refs), timeout=0)
    return ray.get(done)


def hold(names, cpus=1.0, gpus=0.0, resources=None):
    """An actor for each name; it outlives the driver."""
    for name in names:
        _watch(name, Holder.options(
            name=name, lifetime="detached", num_cpus=cpus, num_gpus=gpus,
            resources=resources or {}, max_restarts=-1).remote())


def find(names):
    """Actors of an earlier driver."""
    for name in names:
        _watch(name, ray.get_actor(name))


def _watch(name, actor):
    actors[name] = actor, actor.__ray_ready__.remote()


def held():
    """The names of the actors that have got what they need."""
    return [name for name, (_, ready) in actors.items()
            if ray.wait([ready], timeout=0)[0]]


def let_go(names):
    for name in names:
        actor, _ = actors.pop(name)
        ray.kill(actor)


def reserve(name, bundles, strategy):
    groups[name] = placement_group(bundles, strategy=strategy)


def is_reserved(name):
    return groups[name].wait(0)


def unreserve(name):
    remove_placement_group(groups.pop(name))


def request(bundles):
    request_resources(bundles=bundles)


def reset():
    """Ends all demand."""
    for ref in sum(tasks.values(), []):
        ray.cancel(ref, force=True)
    let_go(list(actors))
    for name in list(groups):
        unreserve(name)
    request([])


def nodes():
    return [{"name": node["NodeName"], "alive": node["Alive"],
             "death": node["DeathReasonMessage"]} for node in ray.nodes()]


def status():
    """What `ray status` shows, as numbers."""
    now = get_cluster_status(sys.argv[1])
    demands = now.resource_demands
    return {
        "active": [node.instance_id for node in now.active_nodes],
        "idle": [node.instance_id for node in now.idle_nodes],
        "pending": [node.instance_id for node in now.pending_nodes],
        "launching": len(now.pending_launches),
        "waiting": sum(shape.count for demand in demands.ray_task_actor_demand
                       for shape in demand.bundles_by_count),
    }


COMMANDS = {f.__name__: f for f in (
    submit, submitted, finished, times, hold, find, held, let_go, reserve,
    is_reserved, unreserve, request, reset, nodes, status)}


def main():
    # Ray's own prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    ray.init(address=sys.argv[1], namespace="tests", log_to_driver=False)
    print(json.dumps({"value": "ready"}), file=answers, flush=True)
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer = {"value": COMMANDS[call.pop("do")](**call)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
