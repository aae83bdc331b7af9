#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the sidecar leaves in the folder of Ray's session: events in Ray's own
words, and its log."""
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_gcs  # noqa: E402
from tests.peers.sidecar import HEAD, SidecarTest  # noqa: E402

KEYS = {"event_id", "source_type", "source_hostname", "source_pid", "message",
        "timestamp", "severity", "label", "custom_fields"}


class EventTest(SidecarTest):
    def setUp(self):
        super().setUp()
        self.session = pathlib.Path(self.folder.name, "session")
        self.log = self.session / "logs" / "monitor.log"
        self.event_log = self.session / "logs/events/event_AUTOSCALER.log"
        self.event_log.parent.mkdir(parents=True)
        self.env["RAYTIDE_SESSION_DIR"] = str(self.session)

    def events(self):
        if not self.event_log.exists():
            return []
        return [json.loads(line)
                for line in self.event_log.read_text().splitlines()]

    def messages(self, severity="INFO"):
        return [event["message"] for event in self.events()
                if event["severity"] == severity]

    def test_changes(self):
        self.run_sidecar()
        self.ask(2)
        self.wait_workers("a", 2)
        self.idle()
        self.wait_workers("a", 0)
        self.wait("last event",
                  lambda: self.messages()[-1:] == ["Resized to 0 CPUs."])
        messages = self.messages()
        self.assertEqual(messages[:2], [
            "Adding 2 node(s) of type a.", "Resized to 2 CPUs."])
        removed = [re.fullmatch(r"Removing (\d) nodes of type a \(idle\)\.",
                                message) for message in messages[2:]]
        self.assertEqual(sum(int(match[1]) for match in removed if match), 2)
        for event in self.events():
            self.assertEqual(set(event), KEYS)
            self.assertRegex(event["event_id"], "^[0-9a-f]{36}$")
            self.assertRegex(event["timestamp"], r"^\d{10}$")
            self.assertEqual(event["source_type"], "AUTOSCALER")
        self.assertEqual(len({event["event_id"] for event in self.events()}),
                         len(messages))
        self.assertEqual(self.messages("WARNING"), [])

    def test_a_maximum(self):
        self.run_sidecar()
        self.ask(2)
        self.wait_workers("a", 2)
        self.kube.edit([{"op": "replace", "value": 1,
                         "path": "/spec/workerGroupSpecs/0/maxReplicas"}])
        self.wait_workers("a", 1)
        self.wait("event", lambda: "Removing 1 nodes of type a (max number of "
                  "worker nodes per type reached)." in self.messages())

    def test_demand_that_can_never_be_met(self):
        """Once while it is there; what waits for a maximum is none."""
        self.run_sidecar()
        with self.gcs.lock:
            self.gcs.demand = [(1, {"of-no-group": 1}), (9, {"thing": 1}),
                               (2, {"thing": 1.5, "CPU": 1})]
        self.rounds(5)
        with self.gcs.lock:
            self.gcs.demand[0] = (7, {"of-no-group": 1})
        self.rounds(5)
        end = (". Add suitable node types to this cluster to resolve this "
               "issue.")
        one = ("No available node types can fulfill resource requests "
               "{'of-no-group': 1.0}*1 (of-no-group 1 asked, no group has any)"
               + end)
        self.assertEqual(sorted(self.messages("WARNING")), sorted([
            one, "No available node types can fulfill resource requests "
            "{'CPU': 1.0, 'thing': 1.5}*2 (thing 1.5 asked, the largest group "
            "has 1)" + end]))
        self.ask(0)
        self.rounds(3)
        with self.gcs.lock:
            self.gcs.demand = [(1, {"of-no-group": 1})]
        self.wait("news", lambda: self.messages("WARNING").count(one) == 2)

    def test_much_of_it(self):
        self.run_sidecar()
        with self.gcs.lock:
            self.gcs.demand = [(1, {f"none-{i}": 1}) for i in range(35)]
        self.wait("all", lambda: len(self.messages("WARNING")) == 35)
        self.rounds(3)
        self.assertEqual(len(set(self.messages("WARNING"))), 35)

    def test_the_log(self):
        """What is on stderr; events behind the mark that v1 looks for."""
        self.run_sidecar()
        self.cycle()
        self.wait("last line", lambda: self.logged("INFO delete"))
        sidecar = self.sidecar
        self.stop_sidecar()
        lines = self.log.read_text().splitlines()
        events = [line for line in lines if line.startswith(":")]
        self.assertEqual(events, [":event_summary:" + message
                                  for message in self.messages()])
        self.assertEqual([line.split(" ", 1)[1] for line in lines
                          if not line.startswith(":")], sidecar.lines)

    def test_a_session_that_comes_and_goes(self):
        """As with a head that starts later, and starts anew."""
        first = self.session.rename(self.session.with_name("first"))
        self.run_sidecar()
        self.rounds(2)
        self.session.symlink_to(first)
        self.ask()
        self.wait_workers("a", 1)
        self.wait("events", lambda: len(self.events()) == 2)
        second = self.session.with_name("second")
        (second / "logs" / "events").mkdir(parents=True)
        self.session.unlink()
        self.session.symlink_to(second)
        self.idle()
        self.wait_workers("a", 0)
        self.wait("events", lambda: "Resized to 0 CPUs." in self.messages())
        self.assertEqual(self.logged("WARN"), [])

    def test_a_folder_that_is_not_ours(self):
        self.event_log.mkdir()
        self.run_sidecar()
        self.cycle()
        self.wait("failure", lambda: self.logged(
            "WARN failed step=events .*Is a directory"))
        self.cycle()
        self.assertEqual(len(self.logged("WARN")), 1)
        self.assertEqual(self.logged("INFO recovered"), [])
        self.event_log.rmdir()
        self.ask()
        self.wait("event",
                  lambda: "Adding 1 node(s) of type a." in self.messages())
        self.wait("recovery",
                  lambda: self.logged("INFO recovered step=events"))

    def test_no_session(self):
        self.env["RAYTIDE_SESSION_DIR"] = "none"
        self.run_sidecar()
        self.cycle()
        self.assertFalse(self.log.exists())
        self.assertFalse(self.event_log.exists())


if __name__ == "__main__":
    unittest.main()
