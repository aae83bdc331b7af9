#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each stage makes of a small cluster, with numbers worked out by hand:
policy files as users write them, through raytide decide."""
import unittest

from small_cluster import MINUTE, StageTest, node, snapshot


class PoliciesTest(StageTest):
    def test_schedule(self):
        policy = """
            policy:
            - schedule:
                windows:
                - {cron: "0 8 * * 1-5", tz: Europe/Berlin, for: 10h,
                   floor: {small: 3}}
                - {cron: "0 12 * * *", for: 1h, floor: {small: 2, large: 1}}
            - ray
            """
        # In Berlin it is 8 at 07:00 UTC in November.
        for now, launch in (("2026-11-20 06:59", {}),
                            ("2026-11-20 07:00", {"small": 3}),
                            ("2026-11-20 12:30", {"small": 3, "large": 1}),
                            ("2026-11-20 13:00", {"small": 3}),
                            ("2026-11-20 17:00", {}),
                            ("2026-11-21 08:00", {})):
            answer = self.decide(policy, snapshot(now=now))
            self.assertEqual(answer["launch"], launch, now)
        answer = self.decide(policy, snapshot(now="2026-11-20 07:00"))
        self.assertIn("schedule: 3 nodes: window 0 is open and wants at least "
                      "3 nodes", self.why(answer))
        # And nothing of the floor goes for being idle.
        idle = [node(i, "small", 4, 4, idle_ms=9 * MINUTE) for i in range(5)]
        answer = self.decide(policy, snapshot(idle, now="2026-11-20 08:00"))
        self.assertEqual(len(answer["terminate"]), 2)

    def test_headroom(self):
        cpus = "policy:\n- headroom: {cpus: 6}\n- %s\n"
        for packer in ("ray", "first-fit"):
            # 3 and 2 of small are free: one more CPU is wanted.
            case = snapshot([node(0, "small", 3, 4), node(1, "small", 2, 4)])
            answer = self.decide(cpus % packer, case)
            self.assertEqual(answer["launch"], {"small": 1}, packer)
            self.assertIn("room is kept for spares[0] (6 x {CPU: 1})",
                          self.why(answer))
            # Work goes first: 5 tasks fit, and then 6 CPUs are wanted.
            case = snapshot([node(0, "small", 3, 4), node(1, "small", 2, 4)],
                            [(5, {"CPU": 1})])
            answer = self.decide(cpus % packer, case)
            self.assertEqual(answer["launch"], {"small": 2}, packer)
            # Of three idle nodes two are kept free.
            case = snapshot([node(i, "small", 4, 4, idle_ms=9 * MINUTE)
                             for i in range(3)])
            answer = self.decide(cpus % packer, case)
            self.assertEqual(len(answer["terminate"]), 1, packer)

    def test_headroom_in_percent(self):
        policy = "policy: [{headroom: {percent: 50}}, ray]"
        busy = [node(i, "large", 0, 16) for i in range(2)]
        # 32 are in use, 16 are to be free: one large node.
        answer = self.decide(policy, snapshot(busy))
        self.assertEqual(answer["launch"], {"large": 1})
        self.assertEqual(self.decide(policy, snapshot())["launch"], {})

    def test_headroom_in_percent_of_gpus(self):
        policy = "policy: [{headroom: {percent: 25}}, ray]"
        busy = dict(node(0, "gpu", 0, 0), total={"GPU": 8}, available={})
        case = snapshot([busy])
        case["config"]["node_types"].append(
            {"name": "gpu", "resources": {"GPU": 1}, "max_workers": 10})
        # 8 are in use, 2 are to be free; no CPU is in use, and none is.
        self.assertEqual(self.decide(policy, case)["launch"], {"gpu": 2})

    def test_headroom_of_shapes(self):
        policy = """
            policy:
            - headroom: {shapes: [{resources: {CPU: 10}, count: 2}]}
            - ray
            """
        # 6 CPUs on each of three nodes are no room for 10.
        busy = [node(i, "large", 6, 16) for i in range(3)]
        answer = self.decide(policy, snapshot(busy))
        self.assertEqual(answer["launch"], {"large": 2})
        # Where nothing has it, nothing is kept.
        policy = "policy: [{headroom: {gpus: 1}}, ray]"
        self.assertEqual(self.decide(policy, snapshot())["launch"], {})

    def test_conservative(self):
        # What may be launched of a wish is the instance table's to say.
        answer = self.decide("policy: [conservative, ray]",
                             snapshot((), [(40, {"CPU": 1})]))
        self.assertEqual(answer["launch"],
                         self.decide("policy: ray", snapshot(
                             (), [(40, {"CPU": 1})]))["launch"])

    def test_cost(self):
        policy = """
            policy: [{cost: {per: %s, spot_share: %s}}, ray]
            prices: {small: 0.2, large: %s}
            """
        ten = snapshot((), [(10, {"CPU": 1})])
        # For a CPU: 0.05 and 0.025; then 0.05 and 0.1.
        answer = self.decide(policy % ("CPU", 1, 0.4), ten)
        self.assertEqual(answer["launch"], {"large": 1})
        self.assertIn("0.05 an hour for what 0.025 buy at the cheapest",
                      self.why(self.decide(policy % ("CPU", 1, 0.4), ten)))
        answer = self.decide(policy % ("CPU", 1, 1.6), ten)
        self.assertEqual(answer["launch"], {"small": 3})
        # A node: 0.2 and 0.4.  What does not fit goes where it fits.
        answer = self.decide(policy % ("node", 1, 0.4),
                             snapshot((), [(1, {"CPU": 8}), (1, {"CPU": 4})]))
        self.assertEqual(answer["launch"], {"small": 1, "large": 1})
        # Its maximum of 10 is reached: the next group has its turn.
        answer = self.decide(policy % ("CPU", 1, 1.6),
                             snapshot((), [(48, {"CPU": 1})]))
        self.assertEqual(answer["launch"], {"small": 10, "large": 1})

    def test_spot_share(self):
        policy = """
            policy: [{cost: {spot_share: 0.5}}, ray]
            prices: {small: 0.1, large: 1.6}
            """
        case = snapshot([node(0, "small", 0, 4), node(1, "large", 0, 16)],
                        [(1, {"CPU": 1})])
        types = case["config"]["node_types"]
        types[1]["labels"] = {"ray.io/market-type": "spot"}
        answer = self.decide(policy, case)
        self.assertEqual(answer["launch"], {"large": 1})
        self.assertIn("1 of the 2 workers are spot nodes already",
                      self.why(answer))
        case["nodes"].append(node(2, "large", 0, 16))
        self.assertEqual(self.decide(policy, case)["launch"], {"small": 1})

    def test_utilization(self):
        policy = "policy: [utilization: {%s}, ray]"
        # 10.5 of 12 CPUs: 87.5 / 70 = 1.25, times 3 nodes is 3.75.
        nodes = [node(i, "small", 0.5, 4) for i in range(3)]
        answer = self.decide(policy % "", snapshot(nodes))
        self.assertEqual(answer["launch"], {"small": 1})
        self.assertIn("87.5 percent are in use, 70 are the target",
                      self.why(answer))
        # 9 of 12: 75 / 70 = 1.07, within the tolerance of 0.1.
        nodes = [node(i, "small", 1, 4) for i in range(3)]
        answer = self.decide(policy % "", snapshot(nodes))
        self.assertEqual(answer["launch"], {})
        answer = self.decide(policy % "tolerance: 0.05", snapshot(nodes))
        self.assertEqual(answer["launch"], {"small": 1})
        # 5 full ones: 5 / 0.7 = 7.14, so 8; in a period one more, or all.
        nodes = [node(i, "small", 0, 4) for i in range(5)]
        answer = self.decide(policy % "", snapshot(nodes))
        self.assertEqual(answer["launch"], {"small": 3})
        answer = self.decide(policy % "up_percent: 0, up_nodes: 1",
                             snapshot(nodes))
        self.assertEqual(answer["launch"], {"small": 1})
        for how, more in (("Max", 3), ("Min", 1), ("Disabled", 0)):
            answer = self.decide(policy % f"up_nodes: 1, up_select: {how}",
                                 snapshot(nodes))
            self.assertEqual(answer["launch"].get("small", 0), more, how)
        # 6 of 20 in use: 30 / 70 of 5 are 2.14, so three stay.
        nodes = [node(0, "small", 0, 4), node(1, "small", 2, 4)]
        nodes += [node(i, "small", 4, 4, idle_ms=9 * MINUTE)
                  for i in (2, 3, 4)]
        answer = self.decide(policy % "", snapshot(nodes))
        self.assertEqual(len(self.ended(answer)), 2)
        # In a period a fifth of five may go, or that many, or none.
        for how, gone in (("down_percent: 20", 1),
                          ("down_percent: 20, down_nodes: 2", 2),
                          ("down_nodes: 1, down_select: Min", 1),
                          ("down_select: Disabled", 0)):
            answer = self.decide(policy % how, snapshot(nodes))
            self.assertEqual(len(self.ended(answer)), gone, how)

    def test_panic(self):
        policy = "policy: [utilization: {%s}, {ray: {quirks: mend}}]"
        # 4 CPUs in use and 2 that wait, of 4: 150 / 70 is 2.14 nodes, so 3.
        case = snapshot([node(0, "small", 0, 4)], [(2, {"CPU": 1})])
        panic = policy % "panic_window: 6s"
        self.assertEqual(self.decide(panic, case)["launch"], {"small": 2})
        # Of a group that runs one node 100 more may come in a panic; at other
        # times it may double, or have 4 more.
        case = snapshot([node(0, "small", 0, 4)], [(24, {"CPU": 1})])
        case["config"]["node_types"].pop()
        self.assertEqual(self.decide(panic, case)["launch"], {"small": 9})
        calm = policy % "panic_window: 6s, panic_threshold: 1000"
        case["demand"]["tasks"][0]["count"] = 8
        self.assertEqual(self.decide(calm, case)["launch"], {"small": 4})
        self.assertEqual(self.decide(panic, case)["launch"], {"small": 4})

    def test_queue_wait(self):
        policy = "policy: [queue-wait: {wait: %s, task: 30s}, ray]"
        full = [node(0, "small", 0, 4)]
        case = snapshot(full, [(100, {"CPU": 1})])
        # Of 95, which are to be in time, the 4 CPUs that run take 4 * 4 in
        # 2 min; of the 79 others a new place, there after 1 min, takes 2.
        answer = self.decide(policy % "2m", case)
        self.assertEqual(answer["launch"], self.decide(
            "policy: ray", snapshot(full, [(40, {"CPU": 1})]))["launch"])
        self.assertIn("60 more wait: the nodes that run, and those that come, "
                      "are expected to have them started in 120 s",
                      self.why(answer))
        # Of all 84 others.
        answer = self.decide(policy % "2m, percentile: 100", case)
        self.assertEqual(answer["launch"], self.decide(
            "policy: ray", snapshot(full, [(42, {"CPU": 1})]))["launch"])
        # When they run for 1 min, 4 * 2 and 1 for each new place.
        shapes = "2m, shapes: [{resources: {CPU: %d}, task: 1m}]"
        answer = self.decide(policy % (shapes % 1), case)
        self.assertIn("13 more wait", self.why(answer))
        answer = self.decide(policy % (shapes % 2), case)
        self.assertIn("60 more wait", self.why(answer))
        # Those that come are wanted for what they will take.
        coming = [dict(node(i, "large", 16, 16), status="REQUESTED")
                  for i in (1, 2, 3)]
        answer = self.decide(policy % "2m", snapshot(
            full + coming, [(100, {"CPU": 1})]))
        self.assertEqual(answer["launch"], {})
        self.assertIn("60 more wait", self.why(answer))
        # Nobody comes in time: then all are wanted at once.
        self.assertEqual(self.decide(policy % "1m", case)["launch"],
                         self.decide("policy: ray", case)["launch"])
        # But what those that run start in time wants nobody, however long a
        # new one would take.
        few = snapshot(full, [(8, {"CPU": 1})])
        self.assertEqual(self.decide(policy % "1m", few)["launch"], {})
        # Those that run have them all started in an hour.
        self.assertEqual(self.decide(policy % "1h", case)["launch"], {})
        # Where nothing runs, one place does it.
        self.assertEqual(self.decide(policy % "1h", snapshot(
            (), [(100, {"CPU": 1})]))["launch"], {"small": 1})

    def gang(self, n, **more):
        return {"details": "g", "bundles": [
            dict({"resources": {"CPU": 3}}, **more) for _ in range(n)]}

    def test_gang_hold(self):
        policy = "policy: [ray, gang-hold: {for: 10m}]"
        # All nodes of small there may be; two are idle, the gang wants three.
        nodes = [node(i, "small", 4, 4, idle_ms=2 * MINUTE) for i in range(4)]
        nodes += [node(i, "small", 0, 4) for i in range(4, 10)]
        case = snapshot(nodes, gangs=[self.gang(5)])
        case["config"]["node_types"].pop()
        self.assertEqual(len(self.ended(self.decide("policy: ray", case))), 4)
        answer = self.decide(policy, case)
        self.assertEqual(self.ended(answer), [])
        self.assertIn("idle for 120000 ms, and held for gangs[0] (5 bundles)",
                      self.why(answer))
        # One that fits holds its nodes anyhow; of nine bundles in zone a, for
        # which there are three nodes, three are held.
        case["demand"]["gangs"] = [self.gang(2, label_selectors=[
            [{"key": "zone", "op": "in", "values": ["a"]}]])]
        for one in nodes[:3]:
            one["labels"] = {"zone": "a"}
        self.assertEqual(len(self.ended(self.decide(policy, case))), 2)
        case["demand"]["gangs"] = [self.gang(9, label_selectors=[
            [{"key": "zone", "op": "in", "values": ["a"]}]])]
        self.assertEqual(self.ended(self.decide(policy, case)), ["i-3"])
        # Not for ever.
        for one in nodes[:4]:
            one["idle_ms"] = 10 * MINUTE
        self.assertEqual(len(self.ended(self.decide(policy, case))), 4)

    def test_quirk_of_nodes_that_end(self):
        mend = "policy: [{ray: {quirks: mend}}]"
        case = snapshot([node(0, "small", 4, 4, ray_status="DRAINING")],
                        [(4, {"CPU": 1})])
        self.assertEqual(self.decide("policy: ray", case)["launch"], {})
        self.assertEqual(self.decide(mend, case)["launch"], {"small": 1})

    def test_quirk_of_a_minimum(self):
        mend = "policy: [{ray: {quirks: mend}}]"
        case = snapshot(max_workers=1)
        case["config"]["node_types"][1]["min_workers"] = 3
        answer = self.decide("policy: ray", case)
        self.assertEqual(answer["launch"], {})
        self.assertIn("cancelled", answer)
        self.assertEqual(self.decide(mend, case)["launch"], {"small": 2})

    def test_quirk_of_request_resources(self):
        mend = "policy: [{ray: {quirks: mend}}]"
        case = snapshot([node(i, "small", 4, 4, idle_ms=9 * MINUTE)
                         for i in range(2)])
        case["demand"]["constraints"] = [{"requests": [
            {"count": 2, "resources": {"CPU": 4}},
            {"count": 1, "resources": {"CPU": 99}}]}]
        answer = self.decide("policy: ray", case)
        self.assertEqual(len(self.ended(answer)), 2)
        answer = self.decide(mend, case)
        self.assertEqual(self.ended(answer), [])
        self.assertEqual(answer["infeasible"]["constraints"], [0])


if __name__ == "__main__":
    unittest.main()
