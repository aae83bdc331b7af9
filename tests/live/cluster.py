# SPDX-License-Identifier: Apache-2.0
"""The cluster: head, API, driver, sidecar, wired together."""
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from tests.live import jobs, raylets, sandbox
from tests.peers import fake_kube, kuberay

NAME, NAMESPACE = "demo", "default"
HEAD_POD = f"{NAME}-head-abcde"
MEMORY = 4 << 30


class Trouble(Exception):
    """Something did not happen that should have; the text says what."""


def group(name, cpus, maximum, custom=None, idle_s=60, replicas=0):
    """A worker group as its owner would write it."""
    start = {"num-cpus": str(cpus)}
    if custom:
        # KubeRay's way: JSON, quoted once more for the shell.
        start["resources"] = json.dumps(json.dumps(custom))
    return {"groupName": name, "replicas": replicas,
            "minReplicas": 0, "maxReplicas": maximum, "numOfHosts": 1,
            "idleTimeoutSeconds": idle_s, "rayStartParams": start,
            "template": _template(cpus),
            "scaleStrategy": {"workersToDelete": []}}


def cpus_of(spec):
    """Of a group's node, as KubeRay would start it."""
    container = spec["template"]["spec"]["containers"][0]
    return float(spec["rayStartParams"].get(
        "num-cpus", container["resources"]["limits"]["cpu"]))


def raycluster(groups):
    return {"apiVersion": "ray.io/v1", "kind": "RayCluster",
            "metadata": {"name": NAME, "namespace": NAMESPACE,
                         "uid": "5e1d0b4e-demo", "generation": 1},
            "spec": {"rayVersion": "2.60.0", "enableInTreeAutoscaling": True,
                     "autoscalerOptions": {"version": "v2"},
                     "headGroupSpec": {"rayStartParams": {"num-cpus": "0"},
                                       "template": _template(1)},
                     "workerGroupSpecs": groups}}


def _template(cpus):
    limits = {"cpu": str(cpus), "memory": str(MEMORY)}
    return {"spec": {"containers": [{"name": "ray", "image": "ray",
                                     "resources": {"limits": limits}}]}}


def wait_until(what, condition, seconds=30.0, step=0.05):
    """The first true value of the condition; Trouble when none comes."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Trouble(f"{what}: not within {seconds:g} s")
        time.sleep(step)


class Driver:
    """A Ray driver at the end of a pipe: a process that runs PROGRAM with
    the head's address."""
    PROGRAM = pathlib.Path(__file__).with_name("driver.py")

    def __init__(self, process):
        self._process = process
        self._lock = threading.Lock()
        self._answers = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._answer("its start")

    def _read(self):
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put('{"error": "it has ended"}')

    def _answer(self, what):
        try:
            answer = json.loads(self._answers.get(timeout=60))
        except queue.Empty:
            raise Trouble(f"the driver: no answer to {what}") from None
        if "error" in answer:
            raise Trouble(f"the driver: {what}: {answer['error']}")
        return answer["value"]

    def end(self):
        """As a program that comes to its last line."""
        self._process.stdin.close()
        self._process.wait(60)

    def __call__(self, do, **arguments):
        with self._lock:
            print(json.dumps({"do": do, **arguments}),
                  file=self._process.stdin, flush=True)
            return self._answer(do)


class Cluster:
    """`with Cluster(venv_bin, groups) as cluster:` has a running head and
    API; start_driver() and start_sidecar() add the rest.  On the way out
    every process is ended.  With a token, all of Ray asks for it."""

    def __init__(self, venv_bin, groups, token=None):
        self.token_env = {"RAY_AUTH_MODE": "disabled"} if token is None else {
            "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token}
        self.bin = pathlib.Path(venv_bin)
        # Short, because it becomes part of the names of Unix sockets.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rt-"))
        self.jobs = jobs.Jobs(self.folder)
        self.kube = fake_kube.FakeKube(raycluster(groups))
        self.workers = {}  # pod -> process of its raylet
        self.before_stop = lambda pod: None
        self.port = 6379 if sandbox.is_private() else _free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._head_command = None

    def __enter__(self):
        try:
            self._start_head()
            self._kube_env = self.kube.serve(self.folder)
            self.operator = kuberay.Operator(self.kube, self._start_pod,
                                             self._stop_pod)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        # A second Ctrl-C must not leave processes behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        if hasattr(self, "operator"):
            self.operator.close()
        self.kube.close()
        self.jobs.end_all()

    def tails(self, lines=25):
        """The last lines of every log."""
        return "\n".join(
            line for log in sorted(self.folder.glob("*.log"))
            for line in [f"---- {log}", *log.read_text(
                errors="replace").splitlines()[-lines:]])

    def remove_folder(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- Ray -------------------------------------------------------------
    def _ray_env(self, **more):
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("RAY_", "KUBERNETES_"))
               and not key.lower().endswith("_proxy")}
        env.update(RAY_USAGE_STATS_ENABLED="0", RAY_enable_autoscaler_v2="1",
                   # Else Ray takes the machine's outer address for 127.0.0.1.
                   RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",
                   PATH=f"{self.bin}:{env.get('PATH', '')}",
                   **{**self.token_env, **more})
        return env

    def _start_head(self):
        process = self.jobs.start(
            "head",
            [self.bin / "ray", "start", "--head", "--block",
             "--node-ip-address", "127.0.0.1", "--port", self.port,
             "--dashboard-agent-listen-port", _free_port(),
             "--num-cpus", "0", "--object-store-memory", "80000000",
             "--no-monitor", "--include-dashboard", "false",
             "--temp-dir", self.folder / "r"],
            self._ray_env(RAY_CLOUD_INSTANCE_ID=HEAD_POD,
                          RAY_NODE_TYPE_NAME="headgroup"))

        def is_up():
            if process.poll() is not None:
                raise Trouble("the Ray head ended at its start")
            return "Ray runtime started" in self.jobs.log("head")

        wait_until("the Ray head's start", is_up, 120, 0.1)
        self._head_command = raylets.find_head(process.pid)

    def _start_pod(self, group_name, pod):
        spec = self.kube.group(group_name)
        custom = json.loads(json.loads(
            spec["rayStartParams"].get("resources", '"{}"')))
        command = raylets.worker_command(
            self._head_command, pod, group_name,
            {"CPU": cpus_of(spec), "memory": MEMORY, **custom}, {})
        self.workers[pod] = self.jobs.start(
            pod, command, self._ray_env(RAY_CLOUD_INSTANCE_ID=pod,
                                        RAY_NODE_TYPE_NAME=group_name))

    def _stop_pod(self, pod):
        self.before_stop(pod)
        self.jobs.end(self.workers.pop(pod))

    def start_driver(self):
        return Driver(self.jobs.start(
            "driver", [self.bin / "python", Driver.PROGRAM, self.address],
            self._ray_env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True))

    def run_driver(self, program, seconds=120):
        """A program of one's own, to its end; it gets the head's address.
        Returns what it printed."""
        process = self.jobs.start(
            program.stem, [self.bin / "python", program, self.address],
            self._ray_env(), stdout=subprocess.PIPE, text=True)
        wait_until(f"the end of {program.name}",
                   lambda: process.poll() is not None, seconds)
        if process.returncode:
            raise Trouble(f"{program.name} failed:\n"
                          + self.jobs.log(program.stem))
        return process.stdout.read()

    def ray_status(self):
        done = subprocess.run(
            [self.bin / "ray", "status", "--address", self.address],
            env=self._ray_env(), stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.stdout

    # ---- the sidecar -----------------------------------------------------
    def start_sidecar(self, command, log="sidecar", gcs=None, **env):
        """Runs it as KubeRay's autoscaler container would."""
        argv = [*command, "--cluster-name", NAME,
                "--cluster-namespace", NAMESPACE]
        gcs = gcs or self.address
        if gcs != "127.0.0.1:6379":  # the default
            argv += ["--gcs-address", gcs]
        return self.jobs.start(
            log, argv, self._ray_env(**{
                "RAY_CLUSTER_NAME": NAME, "RAY_CLUSTER_NAMESPACE": NAMESPACE,
                "RAY_HEAD_POD_NAME": HEAD_POD,
                "AUTOSCALER_UPDATE_INTERVAL_S": "1",
                "AUTOSCALER_METRIC_PORT": "0",
                "RAYTIDE_SESSION_DIR": str(self.folder / "r/session_latest"),
                **self._kube_env, **env}))


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
