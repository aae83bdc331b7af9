# SPDX-License-Identifier: Apache-2.0
"""fcfs_simpy.py JOBS PROCESSORS: first come, first served in SimPy: one process
starts the jobs in order, each job is a process.  Prints the sum of the waits."""
import sys

import simpy


def job(env, processors, run, width):
    yield env.timeout(run)
    yield processors.put(width)


def dispatch(env, processors, jobs, waits):
    for submit, run, width in jobs:
        if submit > env.now:
            yield env.timeout(submit - env.now)
        yield processors.get(width)
        waits[0] += env.now - submit
        env.process(job(env, processors, run, width))


def main(path, size):
    with open(path) as f:
        jobs = [tuple(map(int, line.split())) for line in f]
    env = simpy.Environment()
    waits = [0]
    processors = simpy.Container(env, capacity=size, init=size)
    env.process(dispatch(env, processors, jobs, waits))
    env.run()
    print(waits[0])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
