# SPDX-License-Identifier: Apache-2.0
"""Photos are decoded by tasks, put into an index by a pool of actors and
learned from by a placement group.  Sleeping stands for the work, so that the
recording does not depend on how fast the machine is.  Run by record.py."""
import os
import random
import sys
import tempfile
import time

import ray
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

BATCHES, PHOTOS_A_BATCH = 60, 50
PAUSES = (20, 40)   # the next wave begins with these batches
TROUBLES = (3, 25)  # these fail once and are tried again
random.seed(7)


@ray.remote(num_cpus=1, max_retries=2, retry_exceptions=True)
def decode(photos, seconds, trouble):
    """`trouble` is a file whose making is the trouble; "" for none."""
    time.sleep(seconds)
    if trouble and not os.path.exists(trouble):
        open(trouble, "w").close()
        raise IOError("the storage did not answer")
    return list(photos)


@ray.remote(num_cpus=1, memory=200_000_000)
class Indexer:
    def __init__(self):
        self.photos = 0

    def add(self, batch):
        time.sleep(0.1)
        self.photos += len(batch)
        return self.photos


@ray.remote(num_cpus=2)
def learn(part, seconds):
    time.sleep(seconds)
    return part


def decode_all(indexers, folder):
    added = []
    for batch in range(BATCHES):
        if batch in PAUSES:
            time.sleep(8)
        photos = range(batch * PHOTOS_A_BATCH, (batch + 1) * PHOTOS_A_BATCH)
        trouble = f"{folder}/{batch}" if batch in TROUBLES else ""
        decoded = decode.remote(photos, 0.5 + random.expovariate(1), trouble)
        added.append(indexers[batch % len(indexers)].add.remote(decoded))
    return added


def learn_from_all():
    group = placement_group([{"CPU": 2}, {"CPU": 2}], strategy="SPREAD",
                            name="learners")
    return [learn.options(scheduling_strategy=PlacementGroupSchedulingStrategy(
        group, placement_group_bundle_index=part)).remote(part, 5)
        for part in range(2)]


def main():
    ray.init(address=sys.argv[1], log_to_driver=False)
    began = time.monotonic()
    indexers = [Indexer.remote() for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        added = decode_all(indexers, folder)
        learned = learn_from_all()
        ray.get(added + learned)
    print(f"makespan {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
