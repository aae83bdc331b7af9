# SPDX-License-Identifier: Apache-2.0
"""The control plane: etcd, the API server, the controllers, the scheduler and
KubeRay's operator, each a process that a test may end and start again."""
import base64
import itertools
import json
import pathlib
import shutil
import socket
import urllib.request

from tests.kube import api
from tests.live import jobs
from tests.live.cluster import Trouble, wait_until
from tests.peers import certs

ADDRESS = "198.18.0.1"  # seen from pods; RFC 2544's range for tests
PORT = 6443
ETCD = "http://127.0.0.1:2379"
ETCD_PEER = "http://127.0.0.1:2380"
OPERATOR = "kuberay-operator"
START_S = 90

CONTROLLERS = (
    # The account "default", without which no pod of a worker is admitted.
    "serviceaccount-controller",
    # The CA's certificate that each pod mounts.
    "root-ca-certificate-publisher-controller",
    # Deletes what a deleted RayCluster owns, and empties namespaces.
    "garbage-collector-controller", "namespace-controller",
    # The addresses of services: what our DNS is made of.
    "endpointslice-controller", "endpoints-controller",
    # RayJob's submitter, and the end of a GCS that is kept in Redis.
    "job-controller")

AUDIT_POLICY = {  # every call by a pod's service account, with its body
    "apiVersion": "audit.k8s.io/v1", "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Request", "userGroups": ["system:serviceaccounts"]},
              {"level": "None"}]}


class Plane:
    """State, certificates and logs lie in `folder`.  `kuberay` is a folder
    with the operator, its role and its CRDs (build.py)."""

    def __init__(self, folder, kubernetes, kuberay):
        self.folder = pathlib.Path(folder)
        self._kubernetes, self._kuberay = kubernetes, kuberay
        self._audit = self.folder / "audit.jsonl"
        self._logs = self.folder / "logs"
        self._logs.mkdir()
        self._jobs = jobs.Jobs(self._logs)
        self._running = {}  # name -> process
        self._redis_ports = itertools.count(6379)

    def start(self):
        self._make_certificates()
        self._start_etcd()
        self.start_apiserver()
        self._start_controllers()
        self._install_kuberay()
        self.start_operator()

    def admin(self):
        """A client that may do everything."""
        return api.Api("127.0.0.1", PORT, self.folder / "ca.crt",
                       self.folder / "admin.crt", self.folder / "admin.key")

    def stop(self, name):
        """An outage.  By force: a server with watches open takes long."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    # ---- identities ------------------------------------------------------
    def _make_certificates(self):
        certs.make_ca(self.folder)
        certs.make_server(self.folder, "server", [
            "IP:127.0.0.1", f"IP:{ADDRESS}", "DNS:kubernetes.default.svc"])
        certs.make_client(self.folder, "admin", "/O=system:masters/CN=admin")
        certs.make_client(self.folder, "operator", f"/CN={OPERATOR}")
        for name in ("admin", "operator"):
            self._kubeconfig(name).write_text(json.dumps({
                "apiVersion": "v1", "kind": "Config", "current-context": "it",
                "clusters": [{"name": "it", "cluster": {
                    "server": f"https://127.0.0.1:{PORT}",
                    "certificate-authority": str(self.folder / "ca.crt")}}],
                "users": [{"name": name, "user": {
                    "client-certificate": str(self.folder / f"{name}.crt"),
                    "client-key": str(self.folder / f"{name}.key")}}],
                "contexts": [{"name": "it", "context": {
                    "cluster": "it", "user": name}}]}))

    def _kubeconfig(self, name):
        return self.folder / f"{name}.kubeconfig"

    # ---- processes -------------------------------------------------------
    def _start(self, name, *argv, env=None):
        self._running[name] = self._jobs.start(name, argv, env)

    def _start_part(self, name, *flags):
        self._start(name, self._kubernetes, name, *flags)

    def _wait_ready(self, what, ready):
        def is_ready():
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise Trouble(f"{name} ended:\n"
                                  + self._jobs.log(name)[-2000:])
            try:
                return ready()
            except (api.ApiError, *api.AWAY):
                return False
        wait_until(f"{what} at work", is_ready, START_S, 0.1)

    def _start_etcd(self):
        self._start_part(
            "etcd", f"--data-dir={self.folder / 'etcd'}", "--name=it",
            f"--listen-client-urls={ETCD}", f"--advertise-client-urls={ETCD}",
            f"--listen-peer-urls={ETCD_PEER}",
            f"--initial-advertise-peer-urls={ETCD_PEER}",
            f"--initial-cluster=it={ETCD_PEER}",
            "--unsafe-no-fsync", "--log-level=warn")

    def start_apiserver(self):
        policy = self.folder / "audit-policy.json"
        policy.write_text(json.dumps(AUDIT_POLICY))
        server = self.folder / "server"
        self._start_part(
            "apiserver", f"--etcd-servers={ETCD}",
            "--bind-address=0.0.0.0", f"--secure-port={PORT}",
            f"--advertise-address={ADDRESS}",
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=198.19.0.0/24",
            f"--tls-cert-file={server}.crt",
            f"--tls-private-key-file={server}.key",
            f"--client-ca-file={self.folder / 'ca.crt'}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={server}.crt",
            f"--service-account-signing-key-file={server}.key",
            f"--audit-policy-file={policy}",
            f"--audit-log-path={self._audit}", "--audit-log-mode=blocking",
            "--profiling=false")
        admin = self.admin()
        self._wait_ready("the API server",
                         lambda: admin.get("/readyz") == "ok")

    def _start_controllers(self):
        common = (f"--kubeconfig={self._kubeconfig('admin')}",
                  "--leader-elect=false", "--bind-address=127.0.0.1",
                  "--profiling=false")
        self._start_part(
            "controllers", *common, "--controllers=" + ",".join(CONTROLLERS),
            f"--root-ca-file={self.folder / 'ca.crt'}")
        self._start_part("scheduler", *common)

    def _install_kuberay(self):
        """What its chart would: the CRDs, and the operator's own rights."""
        admin = self.admin()
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        names = [admin.create(crds, path.read_bytes(), api.YAML)[
            "metadata"]["name"] for path in self._kuberay.glob("crds/*.yaml")]
        self._wait_ready("the CRDs", lambda: all(
            _is_established(admin.get(f"{crds}/{name}")) for name in names))
        rbac = "/apis/rbac.authorization.k8s.io/v1"
        role = admin.create(f"{rbac}/clusterroles", (
            self._kuberay / "role.yaml").read_bytes(), api.YAML)
        group = "rbac.authorization.k8s.io"
        admin.create(f"{rbac}/clusterrolebindings", {
            "metadata": {"name": OPERATOR},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole",
                        "name": role["metadata"]["name"]},
            "subjects": [{"apiGroup": group, "kind": "User",
                          "name": OPERATOR}]})

    def start_operator(self):
        self._start("operator", self._kuberay / "operator",
                    "--enable-leader-election=false",
                    "--metrics-addr=127.0.0.1:9090",
                    "--health-probe-bind-address=127.0.0.1:9091",
                    env={"KUBECONFIG": str(self._kubeconfig("operator")),
                         "ENABLE_WEBHOOKS": "false"})

    def start_redis(self, password):
        """Empty, and kept in memory.  Debian's server is in redis-tools, as
        the program that checks its files, which goes by the name it is called
        by; the package redis-server would start one on the machine."""
        redis = Redis(next(self._redis_ports), password)
        name = f"redis-server-{redis.port}"
        program = self.folder / name
        program.symlink_to(shutil.which("redis-check-rdb"))
        self._start(name, program, "--bind", ADDRESS, "--port", redis.port,
                    "--save", "", "--requirepass", password)
        self._wait_ready("Redis", redis.is_empty)
        return redis

    # ---- what it knows ---------------------------------------------------
    @staticmethod
    def forget_history():
        """etcd drops all old versions, so that watches cannot go on."""
        def ask(path, body):
            with urllib.request.urlopen(ETCD + path, json.dumps(
                    body).encode(), timeout=10) as reply:
                return json.load(reply)
        key = base64.b64encode(b"/").decode()
        revision = ask("/v3/kv/range", {"key": key})["header"]["revision"]
        ask("/v3/kv/compaction", {"revision": revision, "physical": True})

    def calls(self, namespace):
        """What the pods of a namespace asked of the API server (not what we
        did with their tokens): (verb, resource, status, body)."""
        account = f"system:serviceaccount:{namespace}:"
        for line in self._audit.read_text().splitlines():
            event = json.loads(line)
            if event["user"]["username"].startswith(account) and (
                    event["userAgent"] != api.AGENT):
                target = event.get("objectRef") or {}
                yield (event["verb"], "/".join(
                    target[key] for key in ("resource", "subresource")
                    if key in target), event.get("responseStatus", {}).get(
                        "code", 0), event.get("requestObject"))


class Redis:
    """As much of a client as a test needs."""

    def __init__(self, port, password):
        self.port, self._password = port, password
        self.address = f"{ADDRESS}:{port}"

    def is_empty(self):
        with socket.create_connection((ADDRESS, self.port),
                                      5) as connection:
            connection.sendall(
                f"AUTH {self._password}\r\nDBSIZE\r\nQUIT\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        return b"\r\n:0\r\n" in answer


def _is_established(crd):
    return any(condition["type"] == "Established"
               and condition["status"] == "True" for condition in
               crd.get("status", {}).get("conditions") or [])
