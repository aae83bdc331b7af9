#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""record.py [FILE]: runs workload.py on a real Ray head with three light
raylets of 4 CPUs, the cluster of cluster.yaml, and records it (into
trace.jsonl).  Needs `make` to have been run; takes about a minute."""
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT))
from tests.live import cluster, jobs, sandbox, venv  # noqa: E402

WORKERS = 3
FLUSH_S = 3  # workers send what they did to the GCS once a second


def main():
    build = pathlib.Path(os.environ.get("B", ROOT / "build")).resolve()
    out = sys.argv[1] if len(sys.argv) > 1 else HERE / "trace.jsonl"
    venv_bin = venv.ensure(build)
    sandbox.enter()
    jobs.end_on_signals()
    group = cluster.group("workers", cpus=4, maximum=WORKERS,
                          replicas=WORKERS)
    live = cluster.Cluster(venv_bin, [group])
    try:
        with live:
            cluster.wait_until("the workers",
                               lambda: len(live.workers) == WORKERS)
            said = live.run_driver(HERE / "workload.py")
            print(next(line for line in said.splitlines()
                       if line.startswith("makespan")), flush=True)
            time.sleep(FLUSH_S)
            subprocess.run([build / "raytide", "trace", "record",
                            "--ray-address", live.address, "--out", out],
                           check=True)
    finally:
        live.remove_folder()


if __name__ == "__main__":
    main()
