# SPDX-License-Identifier: Apache-2.0
"""What is tried.  A scenario is a function of the stage; its name is that of
its namespace and RayCluster."""
from tests.kube.scenarios import daily, suite, trouble

ALL = {scenario.__name__: scenario
       for scenario in (*daily.ALL, *suite.ALL, *trouble.ALL)}
ALONE = {scenario.__name__ for scenario in trouble.ALONE}
# Left out of the core set: what takes long, or resembles another.
MORE = {scenario.__name__ for scenario in (
    daily.version_1, daily.quiet, suite.tpu_single_host, suite.group_pack,
    suite.group_spread, trouble.pod_deleted)}
# KubeRay's first release with what they try.
SINCE = {"token_auth": "1.6"}
CORE = [name for name in ALL if name not in MORE]
