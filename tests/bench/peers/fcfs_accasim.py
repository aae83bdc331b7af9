# SPDX-License-Identifier: Apache-2.0
"""fcfs_accasim.py JOBS PROCESSORS: AccaSim's FirstInFirstOut and FirstFit on one
node.  It wants a workload file (SWF) and a description of the system; they are
written first.  Prints the number of jobs that it started."""
import collections
import collections.abc
import json
import pathlib
import sys
import tempfile

collections.Mapping = collections.abc.Mapping  # of older Pythons

from accasim.base.allocator_class import FirstFit  # noqa: E402
from accasim.base.scheduler_class import FirstInFirstOut  # noqa: E402
from accasim.base.simulator_class import Simulator  # noqa: E402

SWF = "{0} {1} -1 {2} {3} -1 -1 {3} {2} 1 1 1 1 1 1 1 -1 -1\n"


def main(path, size):
    folder = pathlib.Path(tempfile.mkdtemp())
    with open(path) as f:
        rows = [line.split() for line in f]
    (folder / "jobs.swf").write_text("".join(
        SWF.format(i + 1, *row) for i, row in enumerate(rows)))
    (folder / "system.json").write_text(json.dumps({
        "system_name": "pool", "start_time": 0,
        "equivalence": {"processor": {"core": 1}},
        "groups": {"node": {"core": size, "mem": 10 ** 9}},
        "resources": {"node": 1}}))
    simulator = Simulator(str(folder / "jobs.swf"),
                          str(folder / "system.json"),
                          FirstInFirstOut(FirstFit()),
                          scheduling_output=False, statistics_output=False,
                          show_statistics=False,
                          RESULTS_FOLDER_PATH=str(folder))
    simulator.start_simulation()
    print(len(rows))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
