# SPDX-License-Identifier: Apache-2.0
"""One container of a pod: processes with mounts and process numbers of their
own.  An image is a PATH: commands run from this machine's files."""
import base64
import datetime
import os
import pathlib
import re
import shlex
import subprocess

from tests.kube.plane import ADDRESS, PORT

SUFFIXES = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9,
            "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def expand(text, env):
    """$(NAME) as Kubernetes has it; what is not set stays as it is."""
    return re.sub(r"\$\(([A-Za-z_][\w.-]*)\)",
                  lambda found: env.get(found[1], found[0]), text)


def field(pod, path, address):
    """What a fieldPath of the downward API says of a pod."""
    found = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
    if found:
        return pod["metadata"].get(found[1], {}).get(found[2], "")
    if path == "status.podIP":
        return address
    value = pod
    for part in path.split("."):
        value = value[part]
    return value


def _amount(text):
    number, suffix = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text)).groups()
    return float(number) * SUFFIXES[suffix]


class Container:
    """Of `pod` (pod.py), which says when it starts and ends."""

    def __init__(self, pod, spec):
        self._pod, self._spec = pod, spec
        self.name, self.probe = spec["name"], spec.get("readinessProbe")
        self.process = None  # unshare: its child is the container's first
        self.exit_code = None
        self.ready = False
        self.restarts = 0
        self._started = self._ended = None

    # ---- life ------------------------------------------------------------
    def start(self):
        script = "\n".join(["set -e", *self._mounts(), "cd /", 'exec "$@"'])
        env = self.environment()
        self.process = self._pod.jobs.start(self.name, [
            *self._pod.network.enter, "unshare", "--mount", "--pid", "--ipc",
            "--fork", "--kill-child=SIGKILL", "--mount-proc",
            "--propagation", "private", "sh", "-c", script, "sh",
            *[expand(word, env) for key in ("command", "args")
              for word in self._spec.get(key) or []]], env)
        self._started, self.exit_code, self.ready = now(), None, False

    def restart(self):
        self.restarts += 1
        self.start()

    def look(self):
        """True when it has ended since the last look."""
        if self.exit_code is not None or self.process.poll() is None:
            return False
        code = self.process.returncode
        self.exit_code = code if code >= 0 else 128 - code
        self._ended, self.ready = now(), False
        return True

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def first(self):
        """The container's process 1, as numbered here; None: it is gone."""
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        try:
            return int(children.read_text().split()[0])
        except (OSError, IndexError):
            return None

    def signal(self, number):
        first = self.first()
        if first:
            os.kill(first, number)

    # ---- what it consists of ---------------------------------------------
    def environment(self):
        pod = self._pod
        env = {"PATH": pod.kubelet.images[self._spec["image"]],
               "HOME": str(pod.folder), "HOSTNAME": pod.name,
               "LANG": "C.UTF-8", "KUBERNETES_SERVICE_HOST": ADDRESS,
               "KUBERNETES_SERVICE_PORT": str(PORT),
               "KUBERNETES_SERVICE_PORT_HTTPS": str(PORT)}
        for entry in self._spec.get("env") or []:
            source = entry.get("valueFrom")
            env[entry["name"]] = str(self._value(source)) if source else (
                expand(entry.get("value", ""), env))
        return env

    def _value(self, source):
        pod = self._pod
        if "fieldRef" in source:
            return field(pod.object, source["fieldRef"]["fieldPath"],
                         pod.network.address)
        if "secretKeyRef" in source:
            where = source["secretKeyRef"]
            secret = pod.read("secrets", where["name"])
            return base64.b64decode(secret["data"][where["key"]]).decode()
        where = source["resourceFieldRef"]
        kind, resource = where["resource"].split(".", 1)
        held = self._spec.get("resources", {}).get(kind, {})
        units = _amount(held.get(resource, 0)) / _amount(
            where.get("divisor") or 1)
        return -int(-units // 1)

    def _mounts(self):
        """Lines of shell that lay out its mounts."""
        private = self._pod.folder / f"{self.name}.ray"
        private.mkdir(exist_ok=True)
        places = {"/tmp/ray": private}
        for mount in self._spec.get("volumeMounts") or []:
            place = mount["mountPath"].rstrip("/")
            places[place] = self._pod.volumes[mount["name"]]
        for place, source in places.items():
            yield f"mkdir -p {shlex.quote(place)}"
            yield shlex.join(["mount", "--bind", str(source), place])
        if "/dev/shm" not in places:
            yield "mount -t tmpfs tmpfs /dev/shm"

    # ---- from outside ----------------------------------------------------
    def enter(self, *argv):
        """The words of a command that runs inside, as kubectl exec does."""
        return ["nsenter", "--target", str(self.first()), "--mount", "--net",
                "--pid", "--uts", "--ipc", *map(str, argv)]

    def run(self, argv, timeout):
        """True when the command ends well inside."""
        return subprocess.run(
            self.enter(*argv), env=self.environment(), timeout=timeout,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0

    def status(self):
        if self.process is None:
            state = {"waiting": {"reason": "PodInitializing"}}
        elif self.exit_code is None:
            state = {"running": {"startedAt": self._started}}
        else:
            state = {"terminated": {
                "exitCode": self.exit_code, "startedAt": self._started,
                "finishedAt": self._ended,
                "reason": "Error" if self.exit_code else "Completed"}}
        return {"name": self.name, "image": self._spec["image"],
                "imageID": self._spec["image"], "state": state,
                "ready": self.ready, "started": "running" in state,
                "restartCount": self.restarts}
