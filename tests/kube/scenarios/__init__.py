# SPDX-License-Identifier: Apache-2.0
"""What is tried.  A scenario is a function of the stage; its name is that of
its namespace and RayCluster."""
from tests.kube.scenarios import daily, suite, trouble

ALL = {scenario.__name__: scenario
       for scenario in (*daily.ALL, *suite.ALL, *trouble.ALL)}
ALONE = {scenario.__name__ for scenario in trouble.ALONE}
CORE = ()
