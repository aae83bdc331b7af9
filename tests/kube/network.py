# SPDX-License-Identifier: Apache-2.0
"""The run's private network: a bridge, an address for each pod, and names by
way of a hosts file.  Only to be used inside sandbox.enter_alone()."""
import os
import subprocess
import time

from tests.kube.plane import ADDRESS

BRIDGE = "pods"
SUBNET = ADDRESS.rsplit(".", 1)[0]


def prepare(folder):
    """The bridge, and /run, /etc/hosts and /etc/resolv.conf of our own."""
    # A bridge without a hardware address of its own takes that of one of its
    # ports, another one when that goes, and is not found for a minute.
    _ip("link", "add", BRIDGE, "address", "02:00:00:00:00:01",
        "type", "bridge")
    _ip("addr", "add", f"{ADDRESS}/24", "dev", BRIDGE)
    _ip("link", "set", BRIDGE, "up")
    _run("mount", "-t", "tmpfs", "tmpfs", "/run")
    hosts, resolver = folder / "hosts", folder / "resolv.conf"
    hosts.write_text("")
    # gRPC asks DNS even for names of the hosts file, and is kept waiting by a
    # server that cannot be reached.  Nobody listens here: refused at once.
    resolver.write_text("nameserver 127.0.0.1\n")
    _run("mount", "--bind", hosts, "/etc/hosts")
    _run("mount", "--bind", resolver, "/etc/resolv.conf")
    write_hosts({})


def write_hosts(names):
    """In place, as the file is mounted: host name -> address."""
    with open("/etc/hosts", "w", encoding="ascii") as file:
        for name, address in {"localhost": "127.0.0.1", **names}.items():
            file.write(f"{address} {name}\n")


class Network:
    """A pod's: a network and a host name, held by a process that sleeps."""

    def __init__(self, number, host_name):
        self.address = f"{SUBNET}.{number}"
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--uts", "sleep", "infinity"],
            stdin=subprocess.DEVNULL)
        pid = self._holder.pid
        self.enter = ["nsenter", "--target", str(pid), "--net", "--uts"]
        while _host_name_space(pid) == _host_name_space("self"):
            time.sleep(0.005)
        link = f"pod{number}"
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0",
            "netns", pid)
        _ip("link", "set", link, "master", BRIDGE, "up")
        inside = self.enter + ["ip"]
        _run(*inside, "link", "set", "lo", "up")
        _run(*inside, "addr", "add", f"{self.address}/24", "dev", "eth0")
        _run(*inside, "link", "set", "eth0", "up")
        # Ray finds its address by the route to the world.
        _run(*inside, "route", "add", "default", "via", ADDRESS)
        _run(*self.enter, "hostname", host_name)

    def close(self):
        self._holder.kill()
        self._holder.wait()


def _host_name_space(pid):
    return os.readlink(f"/proc/{pid}/ns/uts")


def _ip(*arguments):
    _run("ip", *arguments)


def _run(*argv):
    subprocess.run(list(map(str, argv)), check=True,
                   stdin=subprocess.DEVNULL)
