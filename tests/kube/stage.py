# SPDX-License-Identifier: Apache-2.0
"""What a scenario sees: a namespace of its own with one RayCluster in it, a
driver in its head, and the record.  What it waits for is a check; Trouble when
it does not come."""
import collections
import copy
import os
import pathlib
import re
import signal
import subprocess
import time

from tests.kube import api, manifests, plane, record
from tests.live import jobs
from tests.live.cluster import Driver, wait_until

WAIT_S = 120
LOG_LINES = 25  # of the sidecar's, after a failure
GCS = "127.0.0.1:6379"

# What KubeRay's Role lets the sidecar do, as far as it has any use for it.
RIGHTS = {("get", "rayclusters"), ("patch", "rayclusters"), ("get", "pods"),
          ("list", "pods"), ("watch", "pods"), ("patch", "pods/resize")}
WRITES = re.compile(r"/spec/workerGroupSpecs/\d+/(replicas|scaleStrategy)")

# The machinery that scenarios share.
World = collections.namedtuple(
    "World", "plane kubelet record ray_version sidecar_image")

Usage = collections.namedtuple("Usage", "rss_mib cpu_s calls")


class Stage:
    def __init__(self, world, name, checks):
        self.world, self.name, self._checks = world, name, checks
        self._began = time.time()
        self.cluster = self.namespace = name.replace("_", "-")
        self.api = world.plane.admin()
        self.driver = None
        self.pods_path = f"/api/v1/namespaces/{self.namespace}/pods"

    def __enter__(self):
        self.api.create("/api/v1/namespaces",
                        {"metadata": {"name": self.namespace}})
        return self

    def __exit__(self, failure, *_):
        if failure:
            lines = [line for line in self.sidecar_log().splitlines()
                     if " DEBUG " not in line]
            for line in lines[-LOG_LINES:]:
                self._checks.tell(f"| {line}")
        self.api.delete(f"/api/v1/namespaces/{self.namespace}")
        wait_until("the end of all pods", lambda: not self.world.record.pods(
            self.namespace), 60)

    def beside(self, cluster):
        """The same namespace with another cluster in it."""
        other = copy.copy(self)
        other.cluster, other.driver = cluster, None
        return other

    # ---- checks ----------------------------------------------------------
    def check(self, what, holds, detail=""):
        self._checks(f"{self.name}: {what}", holds, detail)

    def tell(self, **figures):
        self._checks.tell(f"{self.name}: " + ", ".join(
            f"{name} {value:.2f}" for name, value in figures.items()))

    def wait(self, what, condition, seconds=WAIT_S):
        """The first true value of the condition."""
        began = time.monotonic()
        value = wait_until(what, condition, seconds)
        self.check(f"{what} ({time.monotonic() - began:.1f} s)", True)
        return value

    def wait_replicas(self, group, count, seconds=WAIT_S):
        return self.wait(f"{count} replicas of {group}",
                         lambda: self.replicas(group) == count, seconds)

    def wait_desired(self, count, seconds=WAIT_S):
        """In KubeRay's words: what the groups ask for in all."""
        return self.wait(f"{count} desired workers", lambda: self.status().get(
            "desiredWorkerReplicas", 0) == count, seconds)

    def wait_workers(self, group, count, seconds=WAIT_S):
        return self.wait(f"{count} pods of {group}",
                         lambda: len(self.workers(group)) == count, seconds)

    def wait_ready(self, group, count, seconds=WAIT_S):
        return self.wait(f"{count} pods of {group} ready", lambda: sum(map(
            record.is_ready, self.workers(group))) == count, seconds)

    def wait_empty(self, group, seconds=WAIT_S):
        """No replicas, and no pod, also none that is still ending."""
        return self.wait(f"nothing left of {group}", lambda: not (
            self.replicas(group) or self.world.record.pods(
                self.namespace, cluster=self.cluster, group=group)), seconds)

    def wait_finished(self, name, count, seconds=WAIT_S):
        """That many tasks of that name; from when to when they ran."""
        return self.wait(f"{count} tasks of {name} done", lambda: (
            lambda times: times if len(times) == count else None)(
                self.driver("times", name=name)), seconds)

    def hold(self, *names, **needs):
        """Actors, until they run."""
        self.driver("hold", names=names, **needs)
        self.wait_held(*names)

    def wait_held(self, *names):
        self.wait(f"actors {', '.join(names)}",
                  lambda: set(names) <= set(self.driver("held")))

    # ---- the RayCluster --------------------------------------------------
    @property
    def path(self):
        return (f"/apis/ray.io/v1/namespaces/{self.namespace}/rayclusters/"
                f"{self.cluster}")

    def spec(self, groups, **more):
        return manifests.ray_cluster(groups, self.world.ray_version,
                                     self.world.sidecar_image, **more)

    def create(self, groups, **more):
        """The cluster, until it is ready for a driver."""
        self.api.create(self.path.rpartition("/")[0], {
            "apiVersion": "ray.io/v1", "kind": "RayCluster",
            "metadata": {"name": self.cluster},
            "spec": self.spec(groups, **more)})
        self.wait("the cluster is ready",
                  lambda: self.status().get("state") == "ready")
        self.start_driver()

    def create_with_redis(self, groups, **more):
        """The head's state outlives the head, in a Redis of its own."""
        password = "of-a-test"
        redis = self.world.plane.start_redis(password)
        self.create(groups, gcsFaultToleranceOptions={
            "redisAddress": redis.address,
            "redisPassword": {"value": password}}, **more)
        return redis

    def edit(self, *operations):
        """A JSON patch by its user."""
        self.api.patch(self.path, list(operations), api.JSON_PATCH)

    def set_group(self, index, **fields):
        path = f"/spec/workerGroupSpecs/{index}"
        self.edit(*[{"op": "add", "path": f"{path}/{key}", "value": value}
                    for key, value in fields.items()])

    def _object(self):
        return self.world.record.cluster(self.namespace, self.cluster) or {}

    def status(self):
        return self._object().get("status", {})

    def group(self, name):
        return next(group for group in
                    self._object()["spec"]["workerGroupSpecs"]
                    if group["groupName"] == name)

    def replicas(self, group):
        return self.group(group).get("replicas", 0)

    def changes(self, what, group, since=None):
        """What `replicas` or `to delete` of a group became, in order."""
        return [event.value for event in self.world.record.since(
            since or self._began, what, f"{self.cluster}/{group}")]

    # ---- its pods --------------------------------------------------------
    def workers(self, group=None):
        """Those that are not ending."""
        return [pod for pod in self.world.record.pods(
            self.namespace, cluster=self.cluster, group=group, type="worker")
            if not record.is_ending(pod)]

    def heads(self):
        return [pod for pod in self.world.record.pods(
            self.namespace, cluster=self.cluster, type="head")
            if not record.is_ending(pod)]

    def head(self):
        """As the kubelet knows it."""
        return self.world.kubelet.find(
            self.namespace, self.heads()[0]["metadata"]["name"])

    def is_head_ready(self):
        return any(map(record.is_ready, self.heads()))

    def delete_pod(self, name):
        self.api.delete(f"{self.pods_path}/{name}")

    def replace_head(self):
        """Its pod is deleted; until KubeRay's next one is ready."""
        old, = self.heads()
        self.delete_pod(old["metadata"]["name"])
        self.wait("a new head that is ready", lambda: any(
            head["metadata"]["uid"] != old["metadata"]["uid"]
            and record.is_ready(head) for head in self.heads()))
        self.start_driver()

    def start_driver(self):
        head = self.head()
        ray = head.container("ray-head")
        self.driver = Driver(head.jobs.start(
            "driver", ray.enter("python", Driver.PROGRAM, GCS),
            ray.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True))

    # ---- the sidecar -----------------------------------------------------
    def sidecar(self):
        return self.head().container("autoscaler")

    def kill_sidecar(self):
        """Its working process, as a crash would, and not the parent that
        starts it again."""
        pids = wait_until("a working sidecar", lambda: jobs.descendants(
            self.sidecar().first()), 60)
        os.kill(pids[-1], signal.SIGKILL)

    def sidecar_usage(self):
        """Of all its processes."""
        first = self.sidecar().first()
        rss_mib = cpu_s = 0
        for pid in [first, *jobs.descendants(first)]:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
            fields = stat.rpartition(")")[2].split()
            cpu_s += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
            rss_mib += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        return Usage(rss_mib, cpu_s, len(list(self.world.plane.calls(
            self.namespace))))

    def sidecar_log(self):
        try:
            return (self.head().folder / "autoscaler.log").read_text()
        except (IndexError, StopIteration, OSError):
            return "(none)"

    def sidecar_api(self):
        """A client with the sidecar's own token."""
        head = self.head()
        folder = next(folder for name, folder in head.volumes.items()
                      if name.startswith("kube-api-access"))
        return api.Api("127.0.0.1", plane.PORT, folder / "ca.crt",
                       token=(folder / "token").read_text())

    def check_sidecar(self):
        """What must be true of it in each scenario."""
        self.check("the sidecar still runs", self.sidecar().is_running())
        self.check_calls()

    def check_calls(self):
        """It kept to its rights, and wrote only what is the autoscaler's."""
        calls = list(self.world.plane.calls(self.namespace))
        beyond = {call[:3] for call in calls
                  if call[:2] not in RIGHTS or call[2] in (401, 403)}
        self.check("it asks for nothing beyond its rights", not beyond,
                   beyond)
        written = {operation["path"] for _, _, status, body in calls
                   if isinstance(body, list) and status == 200
                   for operation in body if operation["op"] != "test"}
        others = {path for path in written if not WRITES.fullmatch(path)}
        self.check("it writes only replicas and scaleStrategy", not others,
                   others)
