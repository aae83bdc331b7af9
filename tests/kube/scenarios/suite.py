# SPDX-License-Identifier: Apache-2.0
"""What KubeRay's own end-to-end suite asks of an autoscaler
(ray-operator/test/e2eautoscaler at its tag v1.7.0), one function for each of
its tests, in our words."""
import time

from tests.kube.manifests import worker_group

QUICK = {"idleTimeoutSeconds": 5}
TPU_SLICE = {"cloud.google.com/gke-tpu-topology": "4x4",
             "cloud.google.com/gke-tpu-accelerator": "tpu-v6e-slice"}


def actors(stage):
    """Each actor brings a worker; each that ends lets one go."""
    stage.create([worker_group("small")], options=QUICK)
    for count, name in enumerate("ab", 1):
        stage.driver("hold", names=[name])
        stage.wait_desired(count)
    for count, name in enumerate("ba"):
        stage.driver("let_go", names=[name])
        stage.wait_desired(1 - count)


def fake_gpu(stage):
    """A GPU that only rayStartParams tell of."""
    _one_actor(stage, worker_group("gpu", start={"num-gpus": "1"}), gpus=1)


def gpu_group_for_cpu(stage):
    """Where there are only GPU workers, a CPU actor gets one."""
    _one_actor(stage, worker_group("gpu", start={"num-gpus": "1"}))


def custom_resource(stage):
    """A resource that only rayStartParams tell of."""
    _one_actor(stage, worker_group(
        "custom", start={"resources": "'{\"Thing\": 1}'"}),
        resources={"Thing": 1})


def _one_actor(stage, group, **needs):
    name = group["groupName"]
    stage.create([group], options=QUICK)
    stage.driver("hold", names=["a"], **needs)
    stage.wait_desired(1)
    stage.wait_workers(name, 1)
    stage.driver("let_go", names=["a"])
    stage.wait_desired(0)


def tpu_single_host(stage):
    """A TPU actor brings one pod, which no node can take; maximum 0 ends it
    though it never ran."""
    _tpu(stage, hosts=1, high=3)


def tpu_multi_host(stage):
    """Four TPU actors bring one replica of four pods, and not four."""
    _tpu(stage, hosts=4, high=4)


def _tpu(stage, hosts, high):
    stage.create([worker_group(
        "tpu", high=high, numOfHosts=hosts,
        start={"resources": "'{\"TPU\": 4}'"},
        pod={"nodeSelector": TPU_SLICE})])
    names = [f"a{number}" for number in range(hosts)]
    stage.driver("hold", names=names, resources={"TPU": 4})
    stage.wait_replicas("tpu", 1)
    stage.wait_workers("tpu", hosts)
    stage.driver("let_go", names=names)
    stage.set_group(0, maxReplicas=0)
    stage.wait_workers("tpu", 0)


def desired_state(stage):
    """More tasks than workers bring the maximum, no more, and all stay."""
    stage.create([worker_group("small")], options={"idleTimeoutSeconds": 3600})
    stage.driver("submit", name="t", count=12, seconds=4)
    stage.wait_finished("t", 12)
    stage.check("all three workers are there",
                len(stage.workers("small")) == 3, stage.workers("small"))


def min_replicas_update(stage):
    """A raised minReplicas is obeyed without demand, and demand adds to it."""
    stage.create([worker_group("small", replicas=1)])
    stage.wait_desired(1)
    stage.set_group(0, minReplicas=2)
    stage.wait_desired(2)
    stage.driver("hold", names=["a", "b", "c"])
    stage.wait_desired(3)
    stage.wait_replicas("small", 3)


def max_replicas_up(stage):
    """A raised maxReplicas lets waiting demand through."""
    _maximum(stage, 2, 3)


def max_replicas_down(stage):
    """A lowered maxReplicas ends workers, also busy ones."""
    _maximum(stage, 2, 1)


def _maximum(stage, before, after):
    stage.create([worker_group("small", low=1, high=before)])
    stage.wait_desired(1)
    stage.driver("hold", names=[
        f"a{number}" for number in range(max(before, after))])
    stage.wait_desired(before)
    stage.wait_ready("small", before)
    stage.set_group(0, maxReplicas=after)
    stage.wait_desired(after)
    stage.wait_replicas("small", after)
    stage.wait_workers("small", after)


def idle_timeouts(stage):
    """Each group has an idle timeout of its own, and they do not add up,
    though Ray counts idleness anew when a node ends."""
    stage.create([
        worker_group("short", high=1, idleTimeoutSeconds=5),
        worker_group("long", high=1, idleTimeoutSeconds=20,
                     start={"num-cpus": "2"})])
    stage.driver("hold", names=["l"], cpus=2)
    stage.driver("hold", names=["s"], cpus=1)
    stage.wait_desired(2)
    stage.wait_ready("short", 1)
    stage.wait_ready("long", 1)
    stage.driver("let_go", names=["s", "l"])
    began = time.monotonic()
    stage.wait_workers("short", 0, 25)
    stage.check("the other group's worker is still there",
                len(stage.workers("long")) == 1)
    stage.wait_desired(0, 45)
    took = time.monotonic() - began
    stage.check(f"the second one took {took:.1f} s", took < 5 + 20)


def idle_kept_for_group(stage):
    """An idle worker that a placement group waits for is not removed, though
    the other one that it waits for is slow to come."""
    slow = {"initContainers": [{"name": "slow", "image": "ray",
                                "command": ["sleep", "10"]}]}
    stage.create([worker_group("small", high=2, pod=slow)], options=QUICK)
    _reserve(stage, "one", "STRICT_SPREAD", 1)
    first = stage.workers("small")
    stage.driver("unreserve", name="one")
    _reserve(stage, "two", "STRICT_SPREAD", 2)
    stage.check("the first worker is still there", {
        pod["metadata"]["uid"] for pod in first} < {
        pod["metadata"]["uid"] for pod in stage.workers("small")})
    stage.check("and nothing was deleted",
                not any(stage.changes("to delete", "small")))


def _reserve(stage, name, strategy, bundles):
    stage.driver("reserve", name=name, bundles=[{"CPU": 1}] * bundles,
                 strategy=strategy)
    stage.wait(f"the placement group {name}",
               lambda: stage.driver("is_reserved", name=name))


def request_resources(stage):
    """request_resources brings a worker without any task."""
    stage.create([worker_group("small", high=2)])
    stage.driver("request", bundles=[{"CPU": 1}])
    stage.wait_desired(1)


def new_worker_group(stage):
    """A group that is added to a living cluster is scaled like the first."""
    stage.create([worker_group("cpu")], options=QUICK)
    stage.driver("hold", names=["c1"])
    stage.wait_workers("cpu", 1)
    stage.edit({"op": "add", "path": "/spec/workerGroupSpecs/-",
                "value": worker_group("gpu", start={
                    "num-cpus": "0", "num-gpus": "1"})})
    stage.driver("hold", names=["g"], cpus=0, gpus=1)
    stage.wait_workers("gpu", 1)
    stage.driver("hold", names=["c2"])
    stage.wait_workers("cpu", 2)
    stage.driver("let_go", names=["g"])
    stage.wait_workers("gpu", 0)
    stage.check("the first group's workers are still there",
                len(stage.workers("cpu")) == 2)


def group_strict_pack(stage):
    """Two bundles on one node."""
    _placement_group(stage, "STRICT_PACK", cpus=2, workers=1)


def group_pack(stage):
    """Two bundles that had rather be on one node."""
    _placement_group(stage, "PACK", cpus=2, workers=1)


def group_strict_spread(stage):
    """Two bundles apart, though one node would hold both."""
    _placement_group(stage, "STRICT_SPREAD", cpus=2, workers=2)


def group_spread(stage):
    """Two bundles that had rather be apart."""
    _placement_group(stage, "SPREAD", cpus=1, workers=2)


def _placement_group(stage, strategy, cpus, workers):
    """Placed, and placed again when a user has deleted its pods."""
    stage.create([worker_group("cpu", start={"num-cpus": str(cpus)})],
                 options=QUICK)
    _reserve(stage, "g", strategy, 2)
    names = {pod["metadata"]["name"] for pod in stage.workers("cpu")}
    stage.check(f"it has {workers} pods", len(names) == workers, names)
    for name in names:
        stage.delete_pod(name)
    stage.wait(f"{workers} new pods", lambda: len({
        pod["metadata"]["name"] for pod in stage.workers("cpu")} - names)
        == workers == len(stage.workers("cpu")))
    stage.wait_ready("cpu", workers)
    stage.wait("the placement group again",
               lambda: stage.driver("is_reserved", name="g"))


def gcs_fault_tolerance(stage):
    """The head is replaced, its state is kept in Redis: the new head's sidecar
    goes on.  Redis is emptied when the cluster is deleted."""
    redis = stage.create_with_redis([worker_group("small", high=2)],
                                    options=QUICK)
    _up_and_down(stage)
    stage.replace_head()
    _up_and_down(stage)
    stage.check_sidecar()
    stage.api.delete(stage.path)
    stage.wait("the head is gone", lambda: not stage.heads())
    stage.wait("Redis is empty", redis.is_empty)


def _up_and_down(stage):
    stage.driver("hold", names=["a"])
    stage.wait_desired(1)
    stage.driver("let_go", names=["a"])
    stage.wait_desired(0)


def conservative(stage):
    """With upscalingMode Conservative the first step is five at most."""
    stage.create([worker_group("small", high=10)],
                 options={"upscalingMode": "Conservative"})
    start = time.time()
    stage.driver("hold", names=[f"a{number}" for number in range(10)])
    stage.wait_desired(10, 300)
    steps = stage.changes("replicas", "small", start)
    stage.check(f"replicas went {steps}", steps[0] <= 5)
    stage.wait_workers("small", 10)


ALL = (actors, fake_gpu, gpu_group_for_cpu, custom_resource, tpu_single_host,
       tpu_multi_host, desired_state, min_replicas_update, max_replicas_up,
       max_replicas_down, idle_timeouts, idle_kept_for_group,
       request_resources, new_worker_group, group_strict_pack, group_pack,
       group_strict_spread, group_spread, gcs_fault_tolerance, conservative)
