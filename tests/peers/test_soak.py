#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A long life in short: each time the GCS is asked, other placement groups are
there, whose ids are names of resources and labels, and a worker has made room
for another.  The memory of the sidecar stays what it was.

$IDS (20,000) says how many ids; `make soak` has 100,000."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import fake_gcs  # noqa: E402
from tests.peers.sidecar import HEAD, SidecarTest  # noqa: E402

IDS = int(os.environ.get("IDS", "20000"))
WAIT_S = 20 + IDS / 500
WORKERS = 20
NEW_IDS = 500    # in each state
GROWTH_KB = 512  # of the resident memory, in the second half


class ChangingGcs(fake_gcs.FakeGcs):
    """`on_state` is called before each state."""

    ids = 0

    def on_state(self):
        pass

    def _state(self):
        self.on_state()
        workers = [node for node in self.nodes.values() if node.name != HEAD]
        self.demand = []
        for _ in range(NEW_IDS // max(1, len(workers))):
            for node in workers:
                self.ids += 1
                name = f"{self.ids:032x}"
                node.resources[f"bundle_group_{name}"] = 1000
                node.resources[f"CPU_group_0_{name}"] = 1
                self.demand.append((1, {f"CPU_group_0_{name}": 1}))
        state = super()._state()
        for node in workers:
            node.resources.clear()
        return state


class SoakTest(SidecarTest):
    def make_gcs(self):
        return ChangingGcs()

    def replace(self):
        """The oldest worker by another."""
        pods = self.kube.pods_of("a")
        if len(pods) == WORKERS:
            self.kube.remove_pod(pods[0])
            del self.gcs.nodes[pods[0]]
            self.kube.on_patch()

    def test_ids_that_come_and_go(self):
        for member in ("maxReplicas", "replicas"):
            self.kube.edit([{"op": "replace", "value": WORKERS, "path":
                             f"/spec/workerGroupSpecs/0/{member}"}])
        self.gcs.on_state = self.replace
        self.run_sidecar("--timeout", "10")
        self.wait("warmth", lambda: self.gcs.ids > IDS / 2, WAIT_S)
        warm = self.sidecar.rss_kb()
        self.wait("ids", lambda: self.gcs.ids > IDS, WAIT_S)
        grown = self.sidecar.rss_kb() - warm
        print(f"{self.gcs.ids} ids, {warm} kB and {grown} kB more")
        self.assertLess(grown, GROWTH_KB)
        self.assertEqual(self.logged("WARN"), [])


if __name__ == "__main__":
    unittest.main()
