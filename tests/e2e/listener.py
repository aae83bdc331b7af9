# SPDX-License-Identifier: Apache-2.0
"""A driver that prints what Ray tells its user while a worker comes and one
request can never be met; then where the sidecar's metrics are."""
import sys
import time

import ray
from ray.experimental.internal_kv import _internal_kv_get


@ray.remote
def call():
    """Nothing but the room that it takes."""


ray.init(address=sys.argv[1], namespace="tests")
never = call.options(num_cpus=99).remote()
ray.get(call.options(num_cpus=2).remote(), timeout=60)
time.sleep(3)  # the log monitor looks now and then
print("metrics:", _internal_kv_get(b"AutoscalerMetricsAddress").decode())
