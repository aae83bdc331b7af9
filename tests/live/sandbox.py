# SPDX-License-Identifier: Apache-2.0
"""Private spaces (Linux namespaces) for a run: a network with nothing but
loopback, or nearly a machine of its own."""
import os
import shutil
import subprocess
import sys

MARK = "RAYTIDE_PRIVATE_NETWORK"
NET = ("--net",)
ALL = (*NET, "--mount", "--propagation", "private", "--ipc", "--uts",
       "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc")


def enter():
    """Runs the program again inside a network namespace of its own; where
    that is not permitted it goes on outside.  The process id stays."""
    if MARK not in os.environ:
        _enter(NET)


def enter_alone():
    """Runs the program again with network, mounts, processes and host name of
    its own: nothing can reach out, and whatever was started ends with it.
    SystemExit where that is not permitted.  The process that was called stays
    outside, deaf to SIGTERM: SIGKILL ends it and all."""
    if MARK not in os.environ:
        _enter(ALL)
        raise SystemExit("no namespaces of our own: it takes root, unshare "
                         "(util-linux) and ip (iproute2)")


def is_private():
    return os.environ.get(MARK) == "yes"


def _enter(spaces):
    """Returns only where it is not permitted."""
    unshare = ["unshare", *spaces]
    if os.geteuid() != 0:
        unshare.insert(1, "--map-root-user")
    up = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if all(map(shutil.which, ("unshare", "ip"))) and subprocess.run(
            unshare + up + ["true"], stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL).returncode == 0:
        os.environ[MARK] = "yes"
        os.execvp("unshare", unshare + up + [sys.executable] + sys.argv)
    os.environ[MARK] = "no"
