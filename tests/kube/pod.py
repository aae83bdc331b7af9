# SPDX-License-Identifier: Apache-2.0
"""One pod, from its binding to the node until nothing of it is left, on a
thread of its own."""
import copy
import http.client
import signal
import subprocess
import threading
import time

from tests.kube import api, volumes
from tests.kube.container import Container, now
from tests.kube.network import Network
from tests.live import jobs

BEAT_S = 0.1


class Pod:
    def __init__(self, kubelet, obj, number):
        self.kubelet, self.object, self.number = kubelet, obj, number
        meta = obj["metadata"]
        self.name, self.namespace = meta["name"], meta["namespace"]
        self.uid = meta["uid"]
        self.namespace_path = f"/api/v1/namespaces/{self.namespace}"
        self.path = f"{self.namespace_path}/pods/{self.name}"
        self.folder = kubelet.folder / f"{self.namespace}_{self.name}"
        self.folder.mkdir(parents=True)
        self.jobs = jobs.Jobs(self.folder)
        self.network = None
        self.volumes = {}  # name -> folder
        self._mounted = []
        self._ending = threading.Event()
        self._grace_s = 0.0
        spec = obj["spec"]
        self._restarts = spec["restartPolicy"] == "Always"
        self._initial = [Container(self, one)
                         for one in spec.get("initContainers") or []]
        self._main = [Container(self, one) for one in spec["containers"]]
        self._told = None  # the last status
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self):
        self._thread.start()

    def end(self, grace_s):
        self._grace_s = grace_s
        self._ending.set()

    def join(self, seconds):
        self._thread.join(seconds)

    def container(self, name):
        return next(one for one in self._main if one.name == name)

    def read(self, kind, name):
        """An object of its namespace."""
        return self.kubelet.api.get(f"{self.namespace_path}/{kind}/{name}")

    # ---- life ------------------------------------------------------------
    def _live(self):
        self.network = Network(self.number, self.name)
        try:
            for spec in self.object["spec"].get("volumes") or []:
                self._retry(self._make_volume, spec)
            if self._run_initial():
                self._run_main()
        except Exception as error:  # of one pod; the node goes on
            if not self._ending.is_set():
                self.kubelet.say(f"{self.name}: {error!r}")
            self._ending.wait()
        self._stop()
        self.kubelet.forget(self)

    def _retry(self, function, *arguments):
        """What needs an object of the API that may not be there yet."""
        while True:
            try:
                return function(*arguments)
            except (api.ApiError, *api.AWAY):
                if self._ending.wait(1):
                    raise

    def _make_volume(self, spec):
        folder = self.folder / "volumes" / spec["name"]
        self._mounted += volumes.make(self, spec, folder)
        self.volumes[spec["name"]] = folder

    def _run_initial(self):
        """True when all have ended well."""
        for one in self._initial:
            self._retry(one.start)
            while not one.look():
                self._tell()
                if self._ending.wait(BEAT_S):
                    return False
            one.ready = one.exit_code == 0
            if not one.ready:
                self._tell()
                self._ending.wait()
                return False
        return not self._ending.is_set()

    def _run_main(self):
        for one in self._main:
            self._retry(one.start)
            threading.Thread(target=self._probe, args=(one,),
                             daemon=True).start()
        while not self._ending.is_set():
            for one in self._main:
                if one.look():
                    self.kubelet.say(f"{self.name}: {one.name} ended with "
                                     f"{one.exit_code}")
                    self._tell()
                    if self._restarts and not self._ending.wait(1):
                        one.restart()
            self._tell()
            self._ending.wait(BEAT_S)

    def _stop(self):
        """SIGTERM, and the end by force after the grace."""
        running = [one for one in self._initial + self._main
                   if one.is_running()]
        for one in running:
            one.signal(signal.SIGTERM)
        end = time.monotonic() + min(self._grace_s, self.kubelet.grace_cap_s)
        for one in running:
            try:
                one.process.wait(max(0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()
            one.look()
        self.network.close()
        for place in self._mounted:
            subprocess.run(["umount", "--lazy", place], check=False)
        self._tell()

    # ---- readiness -------------------------------------------------------
    def _probe(self, one):
        probe = one.probe
        if not probe:
            one.ready = True
            return
        cap = self.kubelet.probe_cap_s
        pause = min(probe.get("initialDelaySeconds", 0), cap)
        good = bad = 0
        while not self._ending.wait(pause):
            if one.is_running() and self._is_ready(one, probe):
                good, bad = good + 1, 0
            else:
                good, bad = 0, bad + 1
            if good >= probe.get("successThreshold", 1):
                one.ready = True
            elif bad >= probe.get("failureThreshold", 3):
                one.ready = False
            pause = min(probe.get("periodSeconds", 10), cap)

    def _is_ready(self, one, probe):
        limit = probe.get("timeoutSeconds", 1)
        try:
            if "exec" in probe:
                return one.run(probe["exec"]["command"], limit)
            server = http.client.HTTPConnection(
                self.network.address, probe["httpGet"]["port"], timeout=limit)
            server.request("GET", probe["httpGet"]["path"])
            return server.getresponse().status < 400
        except (subprocess.TimeoutExpired, *api.AWAY):
            return False

    # ---- what the API is told --------------------------------------------
    def _phase(self):
        codes = [one.exit_code for one in self._main]
        if any(one.exit_code for one in self._initial):
            return "Failed"
        if any(one.process is None for one in self._main):
            return "Pending"
        if None in codes or self._restarts:
            return "Running"
        return "Failed" if any(codes) else "Succeeded"

    def _status(self):
        phase = self._phase()
        initialized = all(one.exit_code == 0 for one in self._initial)
        ready = phase == "Running" and all(one.ready for one in self._main)
        conditions = {"Initialized": initialized, "ContainersReady": ready,
                      "Ready": ready}
        return {"phase": phase, "podIP": self.network.address,
                "podIPs": [{"ip": self.network.address}],
                "conditions": [{"type": name, "status": str(holds)}
                               for name, holds in conditions.items()],
                "initContainerStatuses": [one.status()
                                          for one in self._initial],
                "containerStatuses": [one.status() for one in self._main]}

    def _tell(self):
        """When it has changed; what is not heard is told again."""
        status = self._status()
        if status == self._told:
            return
        stamped = copy.deepcopy(status)
        stamped["startTime"] = self.object["metadata"]["creationTimestamp"]
        for condition in stamped["conditions"]:
            condition["lastTransitionTime"] = now()
        try:
            self.kubelet.api.patch(f"{self.path}/status", {
                "metadata": {"uid": self.uid}, "status": stamped},
                api.STRATEGIC)
            self._told = status
        except api.AWAY:
            pass
        except api.ApiError as error:
            if error.status not in (404, 409, 422):  # it has gone
                raise
            self._told = status
