#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes trace.csv: 10,000 pictures, each resized by one task of one CPU.

All are handed in at once, as a driver does that maps a function over a list.
A picture takes 29.5 ms of CPU on average; most take less and a few, the large
ones, much longer, so durations are drawn from a lognormal distribution whose
deviation is 40 % of its mean.  The generator is seeded: running it again writes
the same bytes.
"""
import math
import pathlib
import random

PICTURES = 10_000
MEAN_S = 0.0295
DEVIATION = 0.4  # over the mean
SEED = 1

# What Ray adds to the pictures' own time, fitted once to all the runs that the
# README tells of; settings of `raytide sim`.
COSTS = {
    "task_overhead_s": 0.0005,  # hand a task to a worker, take its result
    "worker_start_s": 6,        # start a worker process, import what it needs
}


def durations():
    rnd = random.Random(SEED)
    variance = math.log(1 + DEVIATION ** 2)
    mu = math.log(MEAN_S) - variance / 2
    for _ in range(PICTURES):
        yield rnd.lognormvariate(mu, math.sqrt(variance))


def main():
    with open(pathlib.Path(__file__).parent / "trace.csv", "w") as out:
        print("submit_s,duration_s,cpus", file=out)
        for duration_s in durations():
            print(f"0,{duration_s:.4f},1", file=out)


if __name__ == "__main__":
    main()
