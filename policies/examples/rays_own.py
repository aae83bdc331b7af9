#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ray's own scheduler as a policy, for `external`: decides as the original does,
in the simulator or live, alone or beside another one (`--shadow`).  It is what
parity is checked against (docs/parity.md), and wants a Python that has Ray."""
import importlib.util
import pathlib
import runpy
import sys

if not importlib.util.find_spec("ray"):
    sys.exit("rays_own.py: there is no Ray here; run it with a Python that has "
             "it, as build/venv/bin/python, which `make parity` makes")
runpy.run_path(str(pathlib.Path(__file__).resolve().parents[2] /
                   "tests/parity/oracle.py"), run_name="__main__")
