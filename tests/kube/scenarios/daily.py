# SPDX-License-Identifier: Apache-2.0
"""What every cluster does every day."""
import json
import os
import pathlib
import subprocess
import time
import urllib.request

from tests.kube import api
from tests.kube.manifests import worker_group
from tests.kube.scenarios.suite import QUICK


def up_and_down(stage):
    """Two tasks bring two workers from none; idle, both leave.  The one whose
    times are told."""
    stage.create([worker_group("small")], options=QUICK)
    start = time.time()
    stage.driver("submit", name="t", count=2, seconds=3)
    times = stage.wait_finished("t", 2)
    stage.wait_empty("small")
    began = max(began for began, _ in times)
    ended = max(ended for _, ended in times)
    record = stage.world.record
    patched = record.since(start, "replicas", f"{stage.cluster}/small")
    steps = [event.value for event in patched]
    stage.check(f"replicas went {steps}", steps in ([2, 0], [2, 1, 0]))
    gone = max(event.time for event in record.since(start, "pod")
               if event.value == "gone")
    stage.tell(demand_to_patch=patched[0].time - start,
               demand_to_tasks_started=began - start,
               tasks_done_to_patch=patched[-1].time - ended,
               patch_to_pods_gone=gone - patched[-1].time)


def multi_host(stage):
    """A replica of two pods comes for two tasks, and goes whole."""
    stage.create([worker_group("pair", numOfHosts=2)], options=QUICK)
    start = time.time()
    stage.driver("submit", name="t", count=2, seconds=3)
    stage.wait_workers("pair", 2)
    pods = {pod["metadata"]["name"] for pod in stage.workers("pair")}
    stage.wait_finished("t", 2)
    stage.wait_empty("pair")
    steps = stage.changes("replicas", "pair", start)
    stage.check(f"replicas went {steps}", steps == [1, 0])
    named = [set(names) for names in stage.changes("to delete", "pair", start)]
    stage.check("both pods are named at once",
                pods in named and not any(0 < len(names) < 2
                                          for names in named), named)


def ray_job(stage):
    """A RayJob's own cluster is scaled for its tasks; then all of it goes."""
    path = f"/apis/ray.io/v1/namespaces/{stage.namespace}/rayjobs"
    program = ("import ray, time; f = ray.remote(lambda: time.sleep(3)); "
               "ray.init(); ray.get([f.remote(), f.remote()])")
    stage.api.create(path, {
        "apiVersion": "ray.io/v1", "kind": "RayJob",
        "metadata": {"name": "job"},
        "spec": {"entrypoint": f"python -c '{program}'",
                 "shutdownAfterJobFinishes": True,
                 "rayClusterSpec": stage.spec([worker_group("small")],
                                              options=QUICK)}})

    def status(key):
        return stage.api.get(f"{path}/job").get("status", {}).get(key)

    stage.cluster = stage.wait("the job's cluster",
                               lambda: status("rayClusterName"))
    stage.wait_workers("small", 2)
    stage.check_sidecar()
    stage.wait("the job is done",
               lambda: status("jobDeploymentStatus") == "Complete")
    stage.check("it succeeded", status("jobStatus") == "SUCCEEDED",
                status("message"))
    stage.wait("its pods are gone",
               lambda: not stage.heads() + stage.workers())


def ray_service(stage):
    """A RayService's cluster is scaled for its replicas, up and down."""
    path = f"/apis/ray.io/v1/namespaces/{stage.namespace}/rayservices"

    def config(replicas):
        return json.dumps({"applications": [{
            "name": "app", "import_path": "where:app", "deployments": [{
                "name": "Where", "num_replicas": replicas,
                "ray_actor_options": {"num_cpus": 1}}]}]})

    def status():
        return stage.api.get(f"{path}/service").get("status", {})

    def cluster():
        return next(filter(None, (status().get(key, {}).get("rayClusterName")
                                  for key in ("pendingServiceStatus",
                                              "activeServiceStatus"))), None)

    def answer():
        address = stage.head().network.address
        with urllib.request.urlopen(f"http://{address}:8000/",
                                    timeout=10) as reply:
            return reply.read().decode()

    stage.api.create(path, {
        "apiVersion": "ray.io/v1", "kind": "RayService",
        "metadata": {"name": "service"},
        "spec": {"serveConfigV2": config(2),
                 "rayClusterConfig": stage.spec([worker_group("small")],
                                                options=QUICK)}})
    stage.cluster = stage.wait("the service's cluster", cluster)
    stage.wait_workers("small", 2)
    stage.wait("the service is ready", lambda: any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in status().get("conditions", [])))
    stage.check("a worker answers", answer() in {
        pod["metadata"]["name"] for pod in stage.workers("small")})
    stage.api.patch(f"{path}/service", {"spec": {"serveConfigV2": config(1)}})
    stage.wait_workers("small", 1)
    time.sleep(10)
    stage.check("the other one stays and answers", [answer()] == [
        pod["metadata"]["name"] for pod in stage.workers("small")])


def rights(stage):
    """KubeRay's Role: what the sidecar may do with its own token."""
    stage.create([worker_group("small")])
    mine = stage.sidecar_api()
    mine.get(stage.pods_path)
    mine.get(stage.path)
    mine.patch(stage.path, [{
        "op": "test", "path": "/spec/workerGroupSpecs/0/groupName",
        "value": "small"}], api.JSON_PATCH)
    for what, call in {
            "list RayClusters": lambda: mine.get(
                stage.path.rpartition("/")[0]),
            "list pods of others": lambda: mine.get(
                "/api/v1/namespaces/default/pods"),
            "delete a pod": lambda: mine.delete(
                f"{stage.pods_path}/{stage.head().name}"),
            "patch a status": lambda: mine.patch(f"{stage.path}/status", {
                "status": {}}),
            "read secrets": lambda: mine.get(
                f"/api/v1/namespaces/{stage.namespace}/secrets")}.items():
        try:
            call()
            code = 200
        except api.ApiError as error:
            code = error.status
        stage.check(f"it may not {what}", code == 403, code)


def recorded(stage):
    """What a sidecar records into a volume, over a death of its process too,
    is replayed to the same bytes."""
    stage.create([worker_group("small")], volumes=[
        {"name": "record", "emptyDir": {}}], options={
            **QUICK, "env": [{"name": "RAYTIDE_RECORD", "value": "/record"}],
            "volumeMounts": [{"name": "record", "mountPath": "/record"}]})
    stage.hold("a", "b")
    stage.kill_sidecar()
    stage.driver("let_go", names=["a", "b"])
    stage.wait_empty("small")
    folder = next(folder for name, folder in stage.head().volumes.items()
                  if name == "record")
    done = subprocess.run(
        [pathlib.Path(os.environ.get("B", "build"), "raytide"), "replay",
         "--json", folder], capture_output=True, text=True, check=False)
    stage.check("the recording is replayed to the same bytes",
                done.returncode == 0, done.stderr)
    told = json.loads(done.stdout)
    stage.check("of two processes", told["files"] == 2 and
                told["decided"] > 5, told)
    stage.tell(**{key: value for key, value in told.items()
                  if key != "same"})


def token_auth(stage):
    """A cluster whose GCS wants a token, which KubeRay makes."""
    stage.create([worker_group("small")], options=QUICK,
                 authOptions={"mode": "token"})
    stage.hold("a")
    stage.driver("let_go", names=["a"])
    stage.wait_empty("small")


def version_1(stage):
    """The head is in the mode of Ray's older autoscaler."""
    stage.create([worker_group("small")], options=QUICK, mode="v1")
    stage.hold("a", "b")
    stage.driver("let_go", names=["a", "b"])
    stage.wait_empty("small")


def quiet(stage):
    """Nothing happens: what the sidecar costs."""
    stage.create([worker_group("small")])
    time.sleep(10)
    before = stage.sidecar_usage()
    time.sleep(30)
    after = stage.sidecar_usage()
    stage.tell(calls_per_min=(after.calls - before.calls) * 2,
               cpu_s_per_min=(after.cpu_s - before.cpu_s) * 2,
               rss_mib=after.rss_mib)


ALL = (up_and_down, multi_host, ray_job, ray_service, rights, recorded, token_auth,
       version_1, quiet)
