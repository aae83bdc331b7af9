#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A policy as a process, for `external`: a line of JSON in, a line out.  Launches
one node for each four CPUs that wait, and ends nodes that are idle for 2 min."""
import json
import sys

for line in sys.stdin:
    seen = json.loads(line)
    types = [t for t in seen["config"]["node_types"] if not t.get("is_head")]
    waiting = sum(task["count"] * task["resources"].get("CPU", 0)
                  for task in seen["demand"].get("tasks", []))
    coming = sum(node["status"] != "RAY_RUNNING" for node in seen["nodes"])
    there = sum(node["type"] == types[0]["name"] for node in seen["nodes"])
    want = min(-(-waiting // 4) - coming, types[0]["max_workers"] - there)
    print(json.dumps({
        "version": 1, "id": seen["id"],
        "launch": {types[0]["name"]: max(0, int(want))},
        "terminate": [{"instance_id": node["instance_id"]}
                      for node in seen["nodes"] if node.get("kind") != "head"
                      and node.get("idle_ms", 0) > 120000],
    }), flush=True)
