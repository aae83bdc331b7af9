#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sidecar that only says what it would do, a second policy that only
thinks, and a policy that is changed while the sidecar is at work."""
import json
import os
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_gcs  # noqa: E402
from tests.peers.rehearse import Rehearsed  # noqa: E402

READS = {"GetClusterResourceState", "InternalKVGet"}
SPARE = "policy: [{headroom: {cpus: 1}}, ray]\n"  # a node in advance
SAME = "description: as ever\npolicy: ray\n"
PATH = "/metadata/annotations"


class DryRunTest(Rehearsed):
    def no_writes(self):
        self.assertLessEqual(set(self.gcs.calls), READS)
        self.assertLessEqual({one.method for one in self.kube.requests()},
                         {"GET", "LIST", "WATCH"})

    def test_nothing_is_written(self):
        """Neither to the API nor to the GCS, whatever it would like to do."""
        self.run_sidecar("--dry-run", "--record", str(self.record))
        self.ask(2)
        self.wait("wish", lambda: self.logged("INFO would-launch group=a "))
        self.ended_rounds(5)
        self.assertEqual(len(self.logged("INFO would-launch")), 1)
        self.assertEqual(self.metrics()[
            ("raytide_wished_launches", 'NodeType="a"')], 2)
        explained = json.loads(self.get("/explain")[2])["explain"]
        self.assertEqual((explained[0]["what"], explained[0]["count"]),
                         ("launch", 2))
        self.no_writes()
        self.assertEqual(self.logged("WARN"), [])
        self.stop_sidecar()
        self.assertTrue(self.recorded()[0]["dry_run"])
        self.assertEqual({action["outcome"] for line in self.recorded()
                          for action in line.get("actions", [])}, {"skipped"})
        self.replay()

    def test_nothing_is_ended(self):
        """Of a cluster that another sidecar has scaled."""
        self.run_sidecar()
        self.ask()
        self.wait_workers("a", 1)
        self.stop_sidecar()
        self.idle()
        self.gcs.calls.clear()
        patches = len(self.kube.requests("PATCH"))
        self.run_sidecar("--dry-run")
        self.wait("wish", lambda: self.logged("INFO would-drain group=a "))
        self.ended_rounds(5)
        self.assertLessEqual(set(self.gcs.calls), READS)
        self.assertEqual(len(self.kube.requests("PATCH")), patches)
        self.assertEqual(self.kube.group("a")["replicas"], 1)
        self.assertEqual(self.gcs.nodes[next(
            name for name, node in self.gcs.nodes.items()
            if node.group == "a")].status, fake_gcs.IDLE)

    def test_a_head_of_v1_is_told_nothing(self):
        with self.gcs.lock:
            self.gcs.store.clear()
        self.run_sidecar("--dry-run")
        self.ended_rounds(3)
        self.no_writes()


class ShadowTest(Rehearsed):
    def shadow(self, text):
        path = pathlib.Path(self.folder.name, "shadow.yaml")
        path.write_text(text, encoding="utf-8")
        return ("--shadow", str(path), "--record", str(self.record))

    def outcome(self, name):
        return self.metrics()[
            ("raytide_shadow_rounds_total", f'outcome="{name}"')]

    def test_it_only_thinks(self):
        """What it would launch is recorded and counted, and not done."""
        self.run_sidecar(*self.shadow(SPARE))
        self.rounds(3)
        self.assertEqual(self.replicas_patched(), [])
        self.assertGreater(self.outcome("different"), 0)
        page = self.metrics()
        self.assertEqual(page[("raytide_shadow_launches_total",
                               'NodeType="a"')], 1, "a wish that stays")
        self.assertEqual(page[("raytide_shadow_nodes", 'NodeType="a"')], 1)
        self.cycle()
        self.rounds(1)
        self.assertEqual(self.replicas_patched(), [1, 0])
        self.stop_sidecar()
        self.assertEqual(self.recorded()[0]["shadow"]["text"], SPARE)
        self.assertEqual(self.recorded()[1]["shadow"]["launch"], {"a": 1})
        self.assertEqual(self.recorded()[1]["decision"]["launch"], {})
        self.replay()

    def test_it_fails_alone(self):
        """One that cannot decide, and one that takes its time."""
        for command in ("exit 1", "sleep 100"):
            with self.subTest(command):
                self.run_sidecar(*self.shadow(
                    f"policy: [{{external: {{command: {command}, "
                    "deadline: 1s}}]\n"))
                began = time.monotonic()
                self.cycle()
                self.assertLess(time.monotonic() - began, 10)
                self.wait("line", lambda: self.logged(
                    "WARN external_policy "))
                self.stop_sidecar()
                self.replay()
        self.assertEqual(self.replicas_patched(), [1, 0, 1, 0])

    def test_wrong_from_the_start(self):
        self.run_sidecar(*self.shadow("policy: rey\n"))
        self.sidecar.process.wait(10)
        self.assertEqual(self.sidecar.end(), 2)
        self.sidecar = None


class ReloadTest(Rehearsed):
    """Each change is seen by the node that SPARE wants in advance."""

    def write(self, text):
        """As a ConfigMap is changed: a new folder, and a link that moves."""
        folder = pathlib.Path(self.folder.name, "policies")
        folder.mkdir(exist_ok=True)
        new = folder / f"..{time.monotonic_ns()}"
        new.mkdir()
        (new / "policy.yaml").write_text(text, encoding="utf-8")
        link = folder / "..data_tmp"
        link.symlink_to(new.name)
        os.replace(link, folder / "..data")
        if not (folder / "policy.yaml").is_symlink():
            (folder / "policy.yaml").symlink_to("..data/policy.yaml")
        return str(folder / "policy.yaml")

    def reloads(self, outcome):
        return self.metrics()[
            ("raytide_policy_reloads_total", f'outcome="{outcome}"')]

    def test_a_file_that_changes(self):
        self.run_sidecar("--policy", self.write(SAME),
                         "--record", str(self.record))
        self.rounds(5)
        self.assertEqual(self.replicas_patched(), [])
        self.write(SPARE)
        self.wait_workers("a", 1)
        self.assertEqual(len(self.logged("INFO policy-taken policy=")), 1)
        self.write("policy: [{headroom: {cups: 1}}, ray]\n")
        self.wait("refusal", lambda: self.logged("WARN policy-refused "))
        self.rounds(5)
        refused = self.logged("WARN policy-refused ")
        self.assertEqual(len(refused), 1, "said once")
        self.assertIn("policy.yaml:1:22: policy[0].headroom.cups: no such "
                      "parameter; did you mean cpus?", refused[0])
        self.assertEqual(self.reloads("refused"), 1)
        self.assertEqual(self.metrics()[("raytide_policy_refused",)], 1)
        self.write(SAME)
        self.wait("reload", lambda: len(
            self.logged("INFO policy-taken ")) == 2)
        self.assertEqual(self.metrics()[("raytide_policy_refused",)], 0)
        self.idle()
        self.wait_workers("a", 0)
        self.stop_sidecar()
        self.assertEqual([line["policy"]["text"] for line in self.recorded()
                          if "recording" in line], [SAME, SPARE, SAME])
        self.assertEqual(self.replay()["files"], 3)

    def test_hang_up(self):
        """Sent to the parent: it is passed on, and ends nothing."""
        path = self.write(SAME)
        self.run_sidecar("--policy", path)
        self.rounds(3)
        self.write(SPARE)
        self.sidecar.process.send_signal(signal.SIGHUP)
        self.wait_workers("a", 1)
        self.sidecar.process.send_signal(signal.SIGHUP)
        self.rounds(3)
        self.assertEqual(len(self.logged("INFO policy-taken ")), 1)
        self.assertEqual(len(self.logged("INFO started ")), 1)

    def test_the_annotation(self):
        """It goes before --policy, as long as it is there."""
        self.run_sidecar("--record", str(self.record))
        self.rounds(3)
        self.kube.edit([{"op": "add", "path": PATH, "value": {
            "raytide.io/policy": "none-such"}}])
        self.wait("refusal", lambda: self.logged(
            'WARN policy-refused why="none-such: no such policy'))
        self.kube.edit([{"op": "replace", "path": PATH, "value": {
            "raytide.io/policy": SPARE}}])
        self.wait_workers("a", 1)
        self.assertTrue(self.logged(
            "INFO policy-taken policy=\"?raytide.io/policy"))
        self.kube.edit([{"op": "remove", "path": PATH}])
        self.wait("return", lambda: self.logged(
            'INFO policy-taken policy="?ray"?$'))
        self.idle()
        self.wait_workers("a", 0)
        self.stop_sidecar()
        self.replay()

    def test_over_a_restart(self):
        """What was wanted a while ago is kept by another process, too."""
        keep = ("--state", os.path.join(self.folder.name, "state"),
                "--set", "guards.scale_down_stabilization_s=600")
        self.run_sidecar(*keep)
        self.ask()
        self.wait_workers("a", 1)
        self.rounds(2)
        self.stop_sidecar()
        self.run_sidecar(*keep)
        self.wait("state", lambda: self.logged("INFO state_taken_up"))
        self.idle()
        self.rounds(8)
        self.assertEqual(self.replicas_patched(), [1])

    def test_what_is_remembered_stays(self):
        """A stage of the same name goes on: what was wanted a while ago is
        kept by the guard that is in both."""
        keep = "guards: {scale_down_stabilization_s: 600}\n"
        path = self.write("policy: ray\n" + keep)
        self.run_sidecar("--policy", path)
        self.ask()
        self.wait_workers("a", 1)
        self.rounds(2)
        self.write("policy: ray\ndescription: another\n" + keep)
        self.wait("reload", lambda: self.logged("INFO policy-taken "))
        self.idle()
        self.rounds(8)
        self.assertEqual(self.replicas_patched(), [1])


if __name__ == "__main__":
    unittest.main()
