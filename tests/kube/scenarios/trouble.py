# SPDX-License-Identifier: Apache-2.0
"""Where the world breaks, and the sidecar must neither harm nor stop."""
import signal
import time

from tests.kube.manifests import worker_group
from tests.kube.scenarios.suite import QUICK

ALLOCATE_TIMEOUT = "RAY_AUTOSCALER_RECONCILE_ALLOCATE_STATUS_TIMEOUT_S"


def api_outage(stage):
    """The API server is away while demand comes, and its history is gone when
    it is back."""
    stage.create([worker_group("small")], options=QUICK)
    stage.world.plane.stop("apiserver")
    stage.driver("hold", names=["a", "b"])
    time.sleep(10)
    stage.world.plane.forget_history()
    stage.world.plane.start_apiserver()
    stage.wait_replicas("small", 2, 30)
    stage.wait_held("a", "b")
    stage.driver("let_go", names=["a", "b"])
    stage.wait_empty("small")


def operator_outage(stage):
    """KubeRay's operator is away: what was asked for is not asked for again,
    and is done when it is back."""
    stage.create([worker_group("small")], options=QUICK)
    stage.world.plane.stop("operator")
    stage.driver("hold", names=["a", "b"])
    stage.wait_replicas("small", 2)
    time.sleep(12)
    stage.check("replicas stay", stage.replicas("small") == 2)
    stage.world.plane.start_operator()
    stage.wait_held("a", "b")
    stage.world.plane.stop("operator")
    stage.driver("let_go", names=["a", "b"])
    stage.wait_replicas("small", 0)
    named = stage.group("small")["scaleStrategy"]["workersToDelete"]
    stage.check("both are named", len(named) == 2, named)
    time.sleep(7)
    stage.check("and stay named while they are there", stage.group("small")[
        "scaleStrategy"]["workersToDelete"] == named)
    stage.world.plane.start_operator()
    stage.wait_empty("small")
    stage.wait("the list is emptied", lambda: not stage.group("small")[
        "scaleStrategy"]["workersToDelete"])


def sidecar_killed(stage):
    """It dies at each step of a scale-up and of a scale-down, and goes on
    where it was."""
    stage.create([worker_group("small")], options=QUICK)
    start = time.time()
    plane = stage.world.plane
    plane.stop("operator")
    stage.driver("hold", names=["a", "b"])
    stage.kill_sidecar()
    stage.wait_replicas("small", 2)
    stage.kill_sidecar()
    plane.start_operator()
    stage.wait_workers("small", 2)
    stage.kill_sidecar()
    stage.wait_held("a", "b")
    plane.stop("operator")
    stage.driver("let_go", names=["a", "b"])
    time.sleep(4)
    stage.kill_sidecar()
    stage.wait_replicas("small", 0)
    stage.kill_sidecar()
    plane.start_operator()
    stage.wait_empty("small")
    steps = stage.changes("replicas", "small", start)
    stage.check(f"replicas went {steps}", max(steps) == 2)


def head_replaced(stage):
    """The head pod is deleted: the new one's sidecar scales the same groups,
    and the old one writes no more."""
    stage.create([worker_group("small")], options=QUICK)
    stage.hold("a")
    stage.replace_head()
    stage.driver("hold", names=["b", "c"])
    # The old worker, whose Ray has not yet given the old head up, is no room.
    stage.wait_replicas("small", 3, 30)
    stage.wait_held("b", "c")
    stage.driver("let_go", names=["b", "c"])
    stage.wait_empty("small")


def busy_while_head_replaced(stage):
    """With the GCS's state in Redis workers outlive the head.  The new GCS
    knows little of them at first; one with work is not taken for idle."""
    stage.create_with_redis([worker_group("small")], options=QUICK)
    stage.hold("a", "b")
    pods = [pod["metadata"]["name"] for pod in stage.workers("small")]
    time.sleep(10)
    stage.replace_head()
    stage.driver("find", names=["a", "b"])
    stage.wait_held("a", "b")
    time.sleep(15)
    stage.check("the same workers are there", pods == [
        pod["metadata"]["name"] for pod in stage.workers("small")])
    stage.check("replicas were never changed",
                stage.changes("replicas", "small") == [0, 2])
    stage.driver("let_go", names=["a", "b"])
    stage.wait_empty("small")


def gcs_killed(stage):
    """Ray's container ends and comes back in the same pod, with another
    cluster id; the sidecar lives on."""
    stage.create([worker_group("small")], options=QUICK, mode="env")
    stage.hold("a")
    sidecar = stage.sidecar().first()
    stage.head().container("ray-head").signal(signal.SIGKILL)
    stage.wait("the cluster is not ready", lambda: not stage.is_head_ready())
    stage.wait("the head is ready again", stage.is_head_ready)
    stage.start_driver()
    stage.hold("b", "c")
    stage.driver("let_go", names=["b", "c"])
    stage.wait_empty("small")
    stage.check("it is the same process", stage.sidecar().first() == sidecar)


def two_clusters(stage):
    """In one namespace; each sidecar keeps to its own."""
    other = stage.beside(f"{stage.cluster}-other")
    stage.create([worker_group("small")], options=QUICK)
    other.create([worker_group("small", low=1)], options=QUICK)
    other.wait_ready("small", 1)
    stage.hold("a", "b")
    stage.driver("let_go", names=["a", "b"])
    stage.wait_empty("small")
    stage.check("the other's replicas were never changed",
                other.changes("replicas", "small") == [1])
    other.hold("a", "b")
    other.check_sidecar()


def replicas_overwritten(stage):
    """By a user or a GitOps tool: living workers stay while they are needed,
    more of them are used and let go."""
    stage.create([worker_group("small")], options=QUICK)
    stage.hold("a", "b")
    pods = {pod["metadata"]["name"] for pod in stage.workers("small")}
    stage.set_group(0, replicas=0)
    time.sleep(12)
    stage.check("replicas are what is needed", stage.replicas("small") == 2,
                stage.changes("replicas", "small"))
    start = time.time()
    stage.set_group(0, replicas=3)
    stage.wait_workers("small", 3)
    stage.wait_workers("small", 2)
    stage.check("the workers with work are still there", pods == {
        pod["metadata"]["name"] for pod in stage.workers("small")})
    steps = stage.changes("replicas", "small", start)
    stage.check("replicas did not oscillate", steps == [3, 2], steps)


def groups_reordered(stage):
    """A user puts another group before the one that has workers."""
    first, second = worker_group("first"), worker_group(
        "second", start={"resources": "'{\"Thing\": 1}'"})
    stage.create([first, second], options=QUICK)
    stage.hold("a", resources={"Thing": 1})
    groups = [stage.group("second"), stage.group("first")]
    stage.edit({"op": "replace", "path": "/spec/workerGroupSpecs",
                "value": groups})
    stage.hold("b", resources={"Thing": 1})
    stage.driver("let_go", names=["a", "b"])
    stage.wait_empty("second")
    stage.check("the other group was left alone",
                stage.changes("replicas", "first") == [0])


def never_ready(stage):
    """A worker that does not get to start Ray is given up after its time-out,
    and another group is tried."""
    stuck = {"initContainers": [{"name": "stuck", "image": "ray",
                                 "command": ["sleep", "3600"]}]}
    stage.create([worker_group("stuck", pod=stuck), worker_group("good")],
                 options={**QUICK, "env": [
                     {"name": ALLOCATE_TIMEOUT, "value": "10"}]})
    stage.hold("a")
    stage.wait_workers("stuck", 0)


def pod_deleted(stage):
    """A user deletes the pod of a worker that is needed: another comes."""
    stage.create([worker_group("small")], options=QUICK)
    stage.hold("a")
    old, = stage.workers("small")
    stage.delete_pod(old["metadata"]["name"])
    stage.wait("another pod that is ready", lambda: any(
        pod["metadata"]["uid"] != old["metadata"]["uid"]
        for pod in stage.workers("small")))
    stage.wait_ready("small", 1)
    stage.check("replicas were never more than one",
                max(stage.changes("replicas", "small")) == 1)
    stage.driver("let_go", names=["a"])
    stage.wait_empty("small")


# Those that end a part of the control plane, and so must run alone.
ALONE = (api_outage, operator_outage, sidecar_killed)
ALL = (*ALONE, head_replaced, busy_while_head_replaced, gcs_killed,
       two_clusters, replicas_overwritten, groups_reordered, never_ready,
       pod_deleted)
