#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sidecar as processes: a parent that waits, a child that works, and what
becomes of them by crashes and signals, as process 1 too."""
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers.sidecar import (  # noqa: E402
    PROGRAM, WAIT_S, Sidecar, SidecarTest)

LEAVE_S = 2
ARGUMENTS = ("kuberay-autoscaler --cluster-name demo --cluster-namespace ns")


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except FileNotFoundError:
        return []


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def can_unshare():
    return subprocess.run(["unshare", "--pid", "--fork", "true"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


class ProcessTest(SidecarTest):
    def child(self):
        self.wait("child", lambda: children(self.sidecar.process.pid))
        return children(self.sidecar.process.pid)[0]

    def leave(self, number=signal.SIGTERM, code=0, send=None):
        """Sends the signal; both are gone in time."""
        child, began = self.child(), time.monotonic()
        (send or self.sidecar.process.send_signal)(number)
        self.assertEqual(self.sidecar.process.wait(WAIT_S), code)
        self.assertLess(time.monotonic() - began, LEAVE_S)
        self.assertFalse(is_alive(child))
        self.sidecar.end()
        self.sidecar = None


class CrashTest(ProcessTest):
    def test_crashes(self):
        """Each is told once, and what works afterwards is another child."""
        self.run_sidecar()
        self.rounds(1)
        for turn, (number, name) in enumerate((
                (signal.SIGSEGV, "Segmentation fault"),
                (signal.SIGKILL, "Killed"))):
            child = self.child()
            os.kill(child, number)
            began = time.monotonic()
            self.wait("line", lambda: self.logged(
                rf'ERROR child-ended pid={child} signal="{name}" '
                rf"restarts={turn + 1} again_in_s={turn + 1}$"))
            self.wait("start", lambda: self.logged(
                rf"INFO started .* restarts={turn + 1}$"))
            self.assertGreater(time.monotonic() - began, turn + 0.9)
            self.assertNotEqual(self.child(), child)
            self.cycle()
        self.assertEqual(len(self.logged("ERROR")), 2)

    def test_a_child_that_is_ended_by_hand(self):
        self.run_sidecar()
        self.rounds(1)
        os.kill(self.child(), signal.SIGTERM)
        self.wait("line", lambda: self.logged(
            r"ERROR child-ended pid=\d+ exit=0 restarts=1 "))
        self.rounds(1)

    def test_a_child_that_hangs(self):
        """Its rounds do not end; it does not matter what it does instead."""
        self.run_sidecar("--timeout", "0.1", "--interval", "0.2")
        self.rounds(3)
        child = self.child()
        os.kill(child, signal.SIGSTOP)
        self.wait("end of it", lambda: self.logged(
            rf'ERROR child-killed pid={child} note="no round ended in '
            r'4800 ms"$'))
        self.wait("start", lambda: self.logged(r"INFO started .* restarts=1$"))
        self.cycle()
        self.assertNotEqual(self.child(), child)
        self.assertEqual(len(self.logged("ERROR")), 2)

    def test_a_signal_during_the_pause(self):
        self.run_sidecar()
        self.rounds(1)
        os.kill(self.child(), signal.SIGABRT)
        self.wait("line", lambda: self.logged("ERROR child-ended"))
        began = time.monotonic()
        self.stop_sidecar()
        self.assertLess(time.monotonic() - began, 0.5)

    def test_the_parent_takes_the_child_along(self):
        self.run_sidecar()
        self.rounds(1)
        child = self.child()
        self.sidecar.process.kill()
        self.sidecar.process.wait()
        end = time.monotonic() + LEAVE_S
        while is_alive(child):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        self.sidecar.end()
        self.sidecar = None

    def test_wrong_command_lines(self):
        for option in ("--interval=never", "--gcs-address=nowhere", "--x", "x"):
            sidecar = Sidecar(self.env, option)
            self.assertEqual(sidecar.process.wait(1), 2, option)
            sidecar.end()
            self.assertEqual(len(sidecar.lines), 1, sidecar.lines)


class SignalTest(ProcessTest):
    def test_between_rounds(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.run_sidecar("--interval", "60")
            self.rounds(1)
            began = time.monotonic()
            self.leave(number)
            self.assertLess(time.monotonic() - began, 0.5)

    def test_the_round_in_hand_is_finished(self):
        for method in ("GetClusterResourceState", "ReportAutoscalingState"):
            with self.subTest(method):
                self.kube.edit([{"op": "replace", "value": 0, "path":
                                 "/spec/workerGroupSpecs/0/replicas"}])
                self.ask()
                patches = len(self.replicas_patched())
                self.gcs.calls.clear()
                self.gcs.fail("slow", 1, method)
                self.run_sidecar("--interval", "60")
                self.wait("call", lambda: method in self.gcs.calls)
                self.leave()
                self.assertEqual(self.replicas_patched()[patches:], [1])
                self.assertIn("ReportClusterConfig", self.gcs.calls)

    def test_while_a_call_hangs(self):
        for peer, method in ((self.kube, "GET"), (self.kube, "PATCH"),
                             (self.gcs, "GetClusterResourceState"),
                             (self.gcs, "ReportAutoscalingState")):
            with self.subTest(method):
                self.ask()
                peer.fail("hang", 1, method)
                self.run_sidecar("--timeout", "60")
                self.wait("call", lambda: not peer.faults_left())
                time.sleep(0.2)
                self.leave()

    def test_a_child_that_does_not_follow(self):
        self.run_sidecar()
        self.rounds(1)
        child = self.child()
        os.kill(child, signal.SIGSTOP)
        self.leave(code=128 + signal.SIGKILL)
        self.assertFalse(is_alive(child))

    def test_a_whole_process_group(self):
        """As from a terminal: both get it, and the child may be faster."""
        self.sidecar = sidecar = Sidecar(
            {**self.env, "AUTOSCALER_UPDATE_INTERVAL_S": "0.1"}, command=(
                "setsid", PROGRAM, *shlex.split(ARGUMENTS)))
        self.addCleanup(self.stop_sidecar)
        self.rounds(1)
        self.leave(signal.SIGINT, send=lambda number: os.killpg(
            sidecar.process.pid, number))
        self.assertEqual(sidecar.lines[-1], "INFO stopped")


@unittest.skipUnless(can_unshare(), "no process namespaces here")
class FirstProcessTest(ProcessTest):
    """In a process namespace of its own, as in a container."""

    def run_first(self, *command):
        """As run_sidecar(); `process` is process 1, as seen from here."""
        environment = {**self.env, "AUTOSCALER_UPDATE_INTERVAL_S": "0.1"}
        self.sidecar = Sidecar(environment, command=(
            "unshare", "--pid", "--fork", "--kill-child", *command))
        self.addCleanup(self.stop_sidecar)
        self.wait("first process",
                  lambda: children(self.sidecar.process.pid))
        self.first = children(self.sidecar.process.pid)[0]
        self.rounds(2)

    def child(self):
        return children(self.first)[-1]

    def leave_first(self):
        child, began = self.child(), time.monotonic()
        os.kill(self.first, signal.SIGTERM)
        self.assertEqual(self.sidecar.process.wait(WAIT_S), 0)
        self.assertLess(time.monotonic() - began, LEAVE_S)
        self.assertFalse(is_alive(child))
        self.sidecar.end()
        self.sidecar = None

    def test_sigterm(self):
        self.run_first(PROGRAM, *shlex.split(ARGUMENTS))
        self.leave_first()

    def test_crashes(self):
        self.run_first(PROGRAM, *shlex.split(ARGUMENTS))
        os.kill(self.child(), signal.SIGSEGV)
        self.wait("start", lambda: self.logged("INFO started .*restarts=1"))
        self.cycle()
        self.leave_first()

    def test_as_kuberay_starts_it(self):
        """By a shell, which puts the program in its own place."""
        ray = pathlib.Path(self.folder.name, "ray")
        ray.symlink_to(PROGRAM)
        self.run_first("/bin/bash", "-lc", "--",
                       f"{shlex.quote(str(ray))} {ARGUMENTS}")
        with open(f"/proc/{self.first}/comm", encoding="ascii") as file:
            self.assertEqual(file.read(), "ray\n")
        self.leave_first()

    def test_by_a_command_of_its_own(self):
        """autoscalerOptions.command: no shell, and KubeRay's environment."""
        self.env.update(RAY_CLUSTER_NAME="demo", RAY_CLUSTER_NAMESPACE="ns")
        self.run_first(PROGRAM)
        self.cycle()
        self.leave_first()

    def test_orphans_are_reaped(self):
        """What was there before it became process 1, and has ended since."""
        self.run_first("/bin/bash", "-c",
                       f"(sleep 0.2 & sleep 0.3 &) ; sleep 0.4 & "
                       f"exec {shlex.quote(PROGRAM)} {ARGUMENTS}")
        self.wait("end of the orphans",
                  lambda: len(children(self.first)) == 1)
        self.rounds(1)
        self.leave_first()


if __name__ == "__main__":
    unittest.main()
