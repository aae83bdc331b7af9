# SPDX-License-Identifier: Apache-2.0
"""What is tried end to end.  Each scenario is a function of the stage; they
run in this order on one cluster and each leaves it without workers."""
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

from tests.live import jobs, sandbox
from tests.live.cluster import MEMORY, Trouble, group, wait_until
from tests.peers import faulty_proxy

IDLE_S = 4
GROUPS = [group("small", 2, 4, idle_s=IDLE_S),
          group("special", 1, 3, {"special": 1}, idle_s=IDLE_S)]
TOKEN = "a-token-of-this-run"  # the head lets in nobody without
INDEX = {spec["groupName"]: index for index, spec in enumerate(GROUPS)}
METRICS_PORT = 44217
PARSE = """\
import sys
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(sample.name, sample.labels["SessionName"])
"""
ROOT = pathlib.Path(__file__).resolve().parents[2]
DRAINED = re.compile("idle", re.IGNORECASE)  # in Ray's text of a node's end


class Stage:
    """The cluster, the driver and the sidecar under test."""

    def __init__(self, live, command, build, checks):
        self.live, self.command, self.check = live, command, checks
        self.build = build
        self.kube, self.operator = live.kube, live.operator
        self.driver = live.start_driver()
        self.sidecar = None
        self.record = live.folder / "record"  # of all sidecars but Ray's
        self.deaths = {}  # pod -> what Ray said of its node when it was named
        live.before_stop = self._look_at_node

    def _look_at_node(self, pod):
        """Called when a pod was named in workersToDelete."""
        self.deaths[pod] = next(
            ((node["alive"], node["death"]) for node in self.driver("nodes")
             if node["name"] == pod), None)

    def reset(self):
        """After a failure: what is left must not trouble the next one."""
        self.operator.release()
        self.driver("reset")
        if self.sidecar:
            self.end_sidecar()
        for name, index in INDEX.items():
            path = f"/spec/workerGroupSpecs/{index}"
            self.kube.edit([
                {"op": "replace", "path": f"{path}/replicas", "value": 0},
                {"op": "replace", "path": f"{path}/scaleStrategy", "value":
                 {"workersToDelete": self.kube.pods_of(name)}}])
        with contextlib.suppress(Trouble):
            self.wait_empty()

    def need_sidecar(self):
        if self.sidecar is None:
            self.sidecar = self.live.start_sidecar(
                self.command, RAYTIDE_RECORD=str(self.record))

    def end_sidecar(self):
        """(seconds that it took to end on SIGTERM or None, exit code)"""
        took = self.live.jobs.end(self.sidecar)
        code = self.sidecar.returncode
        self.sidecar = None
        return took, code

    def replicas(self, name):
        return self.kube.group(name)["replicas"]

    def wait_replicas(self, name, count, seconds=30):
        wait_until(f"{count} replicas of {name}",
                   lambda: self.replicas(name) == count, seconds)
        self.check(f"replicas of {name} are patched to {count}", True)

    def wait_finished(self, name, count):
        return wait_until(
            f"{count} tasks of {name}", lambda: (lambda done: done if len(
                done) == count else None)(self.driver("finished", name=name)),
            60, 0.2)

    def wait_empty(self):
        """No replicas, and of the pods only the head's, also none that is
        still being ended."""
        wait_until("no workers", lambda: len(self.kube.pods) == 1 and not any(
            self.replicas(name) for name in INDEX), 60)

    def wait_status(self, what, pattern):
        """`ray status`, once it matches."""
        status = ""
        for _ in range(6):
            status = self.live.ray_status()
            if re.search(pattern, status):
                self.check(what, True)
                return
        raise Trouble(f"{what}: not in\n{status}")

    def check_only_written(self, fields, since=0):
        """Of the RayCluster nothing else was written, by no operation."""
        allowed = {f"/spec/workerGroupSpecs/{INDEX[name]}/{field}"
                   for name, field in fields}
        written = {operation["path"] for request in
                   self.kube.requests("PATCH", since)
                   if isinstance(request.body, list)
                   for operation in request.body if operation["op"] != "test"}
        self.check(f"only {sorted(fields)} were written", written <= allowed,
                   written - allowed)


def up_and_down(stage):
    """Four tasks of 1 CPU need two workers of 2 CPUs; later nobody does."""
    stage.need_sidecar()
    up(stage)
    down(stage)


def up(stage):
    stage.operator.hold()
    stage.driver("submit", name="a", count=4, cpus=1, seconds=10)
    stage.wait_replicas("small", 2)
    stage.check_only_written({("small", "replicas")})
    wait_until("two pods", lambda: len(stage.kube.pods_of("small")) == 2)
    pods = stage.kube.pods_of("small")
    stage.wait_status("ray status shows the pending workers",
                      r"Pending:\n( .*\bsmall\b.*\n){2}Recent")
    stage.operator.release()
    stage.wait_status("ray status shows the active workers",
                      r"Active:\n(.*\n)* 2 small\n(.*\n)*Pending:\n"
                      r" \(no pending nodes\)")
    nodes = stage.wait_finished("a", 4)
    stage.check("the tasks ran on the new workers", set(nodes) == set(pods),
                nodes)
    stage.check("still two replicas", stage.replicas("small") == 2)


def down(stage):
    """Idle workers are drained, and only then named."""
    pods = stage.kube.pods_of("small")
    stage.wait_empty()
    stage.check("replicas went down, the pods have gone", True)
    for pod in pods:
        alive, why = stage.deaths[pod] or (None, "unknown to Ray")
        stage.check(f"{pod} was drained for being idle before it was named",
                    alive is False and DRAINED.search(why), (alive, why))
    stage.check_only_written({("small", "replicas"),
                              ("small", "scaleStrategy")})


def busy(stage):
    """Of two workers the idle one goes, the one with work stays."""
    stage.need_sidecar()
    stage.driver("submit", name="long", count=1, cpus=2, seconds=IDLE_S + 14)
    stage.driver("submit", name="short", count=1, cpus=2, seconds=1)
    stage.wait_replicas("small", 2)
    keeps, = set(wait_until(
        "two pods", lambda: len(stage.kube.pods_of("small")) == 2
        and stage.kube.pods_of("small"))) - set(stage.wait_finished("short",
                                                                    1))
    stage.wait_replicas("small", 1)
    wait_until("one pod", lambda: len(stage.kube.pods_of("small")) == 1)
    stage.check("the busy worker stays",
                stage.kube.pods_of("small") == [keeps])
    stage.check("its task finishes there",
                stage.wait_finished("long", 1) == [keeps])
    stage.wait_empty()


def placement_group(stage):
    """Two bundles that must be on two nodes."""
    stage.need_sidecar()
    stage.driver("reserve", name="g", bundles=[{"CPU": 2}] * 2,
                 strategy="STRICT_SPREAD")
    stage.wait_replicas("small", 2)
    wait_until("the placement group",
               lambda: stage.driver("is_reserved", name="g"))
    stage.check("the placement group is placed", True)
    stage.driver("unreserve", name="g")
    stage.wait_empty()


def request_resources(stage):
    """A floor set by the program, in the one group that has the resource."""
    stage.need_sidecar()
    stage.driver("request", bundles=[{"special": 1}] * 2)
    stage.wait_replicas("special", 2)
    stage.check("no other group grew", stage.replicas("small") == 0)
    wait_until("both workers", lambda: sum(
        node["alive"] and "special" in node["name"]
        for node in stage.driver("nodes")) == 2)
    stage.driver("request", bundles=[])
    stage.wait_empty()


def api_faults(stage):
    """The API goes wrong in every way that it can; demand is served anyway."""
    stage.need_sidecar()
    for kind in ("500", "429", "403", "garbage", "wrong", "empty",
                 "truncated", "reset", "503"):
        stage.kube.fail(kind)
    stage.kube.fail("lost", 1, "PATCH")
    stage.driver("submit", name="b", count=1, cpus=2, seconds=1)
    stage.wait_replicas("small", 1, 60)
    stage.wait_finished("b", 1)
    stage.check("it has met every fault", stage.kube.faults_left() == 0,
                stage.kube.faults_left())
    stage.check("and still runs", stage.sidecar.poll() is None)
    stage.check("one worker, not more", stage.replicas("small") == 1)
    stage.wait_empty()


def sigterm(stage):
    """As a container is ended."""
    stage.need_sidecar()
    took, code = stage.end_sidecar()
    stage.check("SIGTERM ends it within 2 s with code 0",
                took is not None and took < 2 and code == 0, (took, code))


def called_as_ray(stage):
    """An image in which `ray` is a link to our binary: KubeRay before 1.7."""
    link = stage.live.folder / "ray"
    os.symlink(os.path.abspath(stage.command[0]), link)
    stage.sidecar = stage.live.start_sidecar([link, "kuberay-autoscaler"],
                                             "called-as-ray")
    stage.operator.hold()
    stage.driver("submit", name="c", count=1, cpus=2, seconds=1)
    stage.wait_replicas("small", 1)
    # A restarted sidecar must go on from the last report's version.
    stage.wait_status("ray status shows the pending worker",
                      r"Pending:\n .*\bsmall\b.*\nRecent")
    stage.operator.release()
    stage.wait_finished("c", 1)
    stage.wait_empty()
    stage.end_sidecar()


def gcs_faults(stage):
    """The GCS goes wrong: it holds, and comes back."""
    proxy = faulty_proxy.FaultyProxy("127.0.0.1", stage.live.port)
    try:
        stage.sidecar = stage.live.start_sidecar(
            stage.command, "gcs-faults", proxy.address)
        stage.driver("submit", name="d", count=1, cpus=2, seconds=1)
        stage.wait_replicas("small", 1)
        stage.wait_finished("d", 1)
        for kind in faulty_proxy.FAULTS:
            proxy.fail(kind)
        wait_until("the faults to be met",
                   lambda: proxy.faults_left() == 0, 60)
        stage.driver("submit", name="e", count=2, cpus=2, seconds=1)
        stage.wait_finished("e", 2)
        stage.check("demand is served after the faults", True)
        stage.check("it still runs", stage.sidecar.poll() is None)
        stage.wait_empty()
        stage.end_sidecar()
    finally:
        proxy.close()


def token(stage):
    """A wrong token is said once; the right one, in the same file, is found."""
    if stage.sidecar:
        stage.end_sidecar()
    file = stage.live.folder / "token"
    file.write_text("wrong")
    stage.sidecar = stage.live.start_sidecar(
        stage.command, "token", RAY_AUTH_TOKEN="", RAY_AUTH_TOKEN_PATH=str(file))
    stage.driver("submit", name="t", count=1, cpus=2, seconds=1)
    wait_until("the failure", lambda: "InvalidAuthToken"
               in stage.live.jobs.log("token"))
    time.sleep(3)
    stage.check("a wrong token: it holds", stage.replicas("small") == 0)
    stage.check("and says so once",
                stage.live.jobs.log("token").count("InvalidAuthToken") == 1)
    file.write_text(TOKEN + "\n")
    stage.wait_replicas("small", 1)
    stage.wait_finished("t", 1)
    stage.wait_empty()
    stage.end_sidecar()


def watched(stage):
    """Drivers are told, and the metrics are found by the GCS and understood."""
    if stage.sidecar:
        stage.end_sidecar()
    stage.sidecar = stage.live.start_sidecar(
        stage.command, "watched", AUTOSCALER_METRIC_PORT=str(METRICS_PORT))
    told = stage.live.run_driver(ROOT / "tests/e2e/listener.py")
    for message in ("Adding 1 node(s) of type small.", "Resized to 2 CPUs.",
                    "No available node types can fulfill resource requests "
                    "{'CPU': 99.0}*1 (CPU 99 asked, the largest group has 2)."):
        stage.check(f"the driver prints (autoscaler) {message}", re.search(
            r"\(autoscaler[^)]*\)\S* " + re.escape(message), told), told)
    stage.check("the GCS knows where the metrics are",
                f"metrics: 127.0.0.1:{METRICS_PORT}" in told, told)
    with urllib.request.urlopen(
            f"http://127.0.0.1:{METRICS_PORT}/metrics") as page:
        text = page.read()
    parsed = subprocess.run(
        [stage.live.bin / "python", "-c", PARSE], input=text, check=False,
        stdout=subprocess.PIPE).stdout.decode()
    stage.check("Prometheus' own parser reads the page",
                "autoscaler_started_nodes_total session_" in parsed, parsed)
    stage.wait_empty()
    stage.end_sidecar()


def trace_record(stage):
    """What has run becomes a trace."""
    stage.need_sidecar()
    stage.driver("submit", name="f", count=3, cpus=2, seconds=2)
    stage.wait_finished("f", 3)
    submitted = stage.driver("submitted")
    command = [stage.build / "raytide", "trace", "record",
               "--ray-address", stage.live.address]
    env = {**os.environ, **stage.live.token_env}

    def recorded():  # workers tell what they did once a second
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        work = [row for row in rows if row["name"] == "work"]
        return work if len(work) == submitted else None

    rows = wait_until(f"the {submitted} tasks as rows of a trace", recorded,
                      step=1)
    stage.check(f"the trace has the {submitted} tasks", True)
    stage.check("three of them took 2 s with 2 CPUs", sum(
        row["resources"] == {"CPU": 2} and 1.9 < row["duration_s"] < 3
        for row in rows) == 3)
    stage.wait_empty()
    stage.end_sidecar()


def recorded(stage):
    """All rounds so far, of every sidecar that was started, once more."""
    def replay(*options):
        done = subprocess.run(
            [stage.build / "raytide", "replay", "--json", *options,
             stage.record], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble(f"replay: {done.stderr}")
        return json.loads(done.stdout)

    stage.need_sidecar()
    stage.driver("submit", name="r", count=2, cpus=2, seconds=2)
    stage.wait_finished("r", 2)
    stage.wait_empty()
    stage.end_sidecar()
    told = replay()
    stage.check("the recording is replayed to the same bytes",
                told["same"] and told["decided"] > 5, told)
    stage.check.tell(f"replayed: {told}")
    converted = subprocess.run(
        [stage.build / "raytide", "trace", "convert", stage.record],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    rows = [json.loads(line) for line in converted.splitlines()]
    # They held their CPUs for longer: also while their workers started.
    stage.check("as a trace it has these two tasks", [
        1 < row["duration_s"] < 30 for row in rows
        if row.get("resources") == {"CPU": 2}][-2:] == [True] * 2, rows[-5:])
    told = replay("--policy", "ray")
    stage.check("its own policy differs in nothing",
                told["different"] == 0, told["differences"][:3])
    told = replay("--policy", "first-fit")
    stage.check.tell(f"first-fit differs in {told['different']} of "
                     f"{told['rounds']} rounds: {told['open_loop']}")


def resize(stage):
    """A pod of 2 CPUs becomes one of 4 while a task runs on it."""
    path = f"/spec/workerGroupSpecs/{INDEX['small']}/"
    before = stage.kube.group("small")
    amounts = {"cpu": "2", "memory": str(MEMORY)}
    stage.kube.resources["small"] = {"requests": amounts, "limits": amounts}
    stage.kube.edit([
        {"op": "add", "path": "/metadata/annotations", "value": {
            "ray.io/ippr": json.dumps({"groups": {"small": {
                "max-cpu": 4, "max-memory": MEMORY,
                "resize-timeout": 60}}})}},
        {"op": "replace", "path": path + "rayStartParams", "value": {}},
        {"op": "replace", "path": path + "template", "value": {
            "spec": {"containers": [{
                "name": "ray", "resources": stage.kube.resources["small"]}]}}}])
    stage.need_sidecar()
    stage.driver("submit", name="first", count=1, cpus=2, seconds=8)
    stage.wait_replicas("small", 1)
    wait_until("the first task's start", lambda: stage.driver(
        "status")["active"], 30)
    stage.driver("submit", name="second", count=1, cpus=2, seconds=1)
    node = stage.wait_finished("second", 1)
    stage.check("a second task runs on the pod that was resized, meanwhile",
                stage.driver("finished", name="first") == [], node)
    stage.check("no other pod was asked for", stage.replicas("small") == 1)
    stage.check("it is the first one's pod",
                stage.wait_finished("first", 1) == node)
    stage.wait_empty()
    stage.kube.resources.clear()
    stage.kube.edit([
        {"op": "remove", "path": "/metadata/annotations"},
        *({"op": "replace", "path": path + part, "value": before[part]}
          for part in ("rayStartParams", "template"))])


def unused(stage):
    """The cluster is suspended when its driver has gone, and not before."""
    def suspended():
        return stage.kube.cluster["spec"].get("idleSuspend")

    stage.need_sidecar()
    stage.kube.edit([{"op": "add", "path": "/spec/idleTerminationOptions",
                      "value": {"timeoutSeconds": 3}}])
    time.sleep(15)  # the RayCluster is read every 10 s
    stage.check("a driver keeps the cluster", not suspended())
    try:
        stage.driver.end()
        wait_until("suspension", suspended)
        stage.check("without one it is suspended", True)
    finally:
        stage.kube.edit([{"op": "remove", "path": f"/spec/{member}"} for member
                         in ("idleTerminationOptions", "idleSuspend")
                         if member in stage.kube.cluster["spec"]])
        stage.driver = stage.live.start_driver()


def demo_interrupted(stage):
    """Ctrl-C during `make demo-live` leaves no process behind."""
    env = {key: value for key, value in os.environ.items()
           if key != sandbox.MARK}
    before = set(jobs.descendants(os.getpid()))
    demo = stage.live.jobs.start("demo-live", [ROOT / "scripts/demo-live"],
                                 dict(env, B=str(stage.build)))
    wait_until("the demo's first workers", lambda: re.search(
        r"s +3 +3 .*", stage.live.jobs.log("demo-live")), 60)
    os.killpg(demo.pid, signal.SIGINT)
    wait_until("the demo's end", lambda: demo.poll() is not None)
    left = set(jobs.descendants(os.getpid())) - before
    stage.check("the demo ends on Ctrl-C with code 130, nothing is left",
                demo.returncode == 130 and not left, (demo.returncode, left))


ALL = {scenario.__name__: scenario for scenario in (
    up_and_down, busy, placement_group, request_resources, api_faults,
    sigterm, called_as_ray, gcs_faults, token, watched,
    trace_record, resize, unused, recorded, demo_interrupted)}
