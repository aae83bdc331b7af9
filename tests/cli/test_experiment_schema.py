#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/reference/experiment.schema.json and raytide take and refuse the same
files: whatever the schema refuses raytide refuses, and what raytide refuses
beyond that hangs on names and files, which no schema knows."""
import copy
import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden/sim"))
import workbench  # noqa: E402

from schema import takes  # noqa: E402

SCHEMA = json.loads((workbench.TOP / "docs/reference/experiment.schema.json")
                    .read_text())
WHOLE = {
    "title": "t", "workloads": {"w": {"trace": "t.csv", "format": "native",
                                      "sort": True, "set": {}}},
    "clusters": {"c": {"manifest": "c.yaml", "set": {}},
                 "p": {"pool": 2, "scheduler": "easy", "estimates": "run"}},
    "policies": {"ray": {"policy": "ray", "set": {"ray.speed": 1}}},
    "base": "ray", "set": {}, "parameters": {"swf.width": ["gang"]},
    "seeds": [1, 2], "confidence": .9, "show": ["wait_s.mean"],
    "events": False}
VALUES = (True, 0, 1, -1, .7, 1e9, "", "x", [], ["x"], [1], [1, 1], {},
          {"x": 1}, {"x": []}, {"a/b": {}}, {"x": {}})
# What is wrong with a value of the right form.
MEANING = re.compile("no such|no name among|cannot be (read|opened)|"
                     "a folder without|not a whole number|not understood|"
                     "is for a pool")


def places(value, path=()):
    """All keys of a document, and those of its sections' entries."""
    for key in value:
        yield (*path, key)
        if not path or path[0] in ("workloads", "clusters", "policies"):
            if isinstance(value[key], dict):
                yield from places(value[key], (*path, key))


def variants():
    for path in list(places(WHOLE)):
        for put in (*VALUES, None):
            doc = copy.deepcopy(WHOLE)
            at = doc
            for key in path[:-1]:
                at = at[key]
            if put is None:
                del at[path[-1]]
            else:
                at[path[-1]] = put
            yield path, put, doc
    for section in ((), ("workloads", "w"), ("clusters", "c"),
                    ("policies", "ray")):
        doc = copy.deepcopy(WHOLE)
        at = doc
        for key in section:
            at = at[key]
        at["sett"] = {}
        yield section, "an unknown key", doc


class Schema(unittest.TestCase):
    def test_raytide_and_the_schema_agree(self):
        taken = refused = 0
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            workbench.write_cluster(folder / "c.yaml",
                                    [workbench.group("w", 4, 0, 0, 4)])
            workbench.write_tasks(folder / "t.csv", [(0, 1, 1)])
            study = folder / "study.yaml"
            for path, put, doc in variants():
                study.write_text(json.dumps(doc))
                done = workbench.call(study, "--out", folder / "out")
                with self.subTest(path=path, put=put, said=done.stderr):
                    self.assertIn(done.returncode, (0, 2))
                    if takes(SCHEMA, doc, SCHEMA):
                        taken += 1
                        if done.returncode:
                            self.assertRegex(done.stderr, MEANING)
                    else:
                        refused += 1
                        self.assertEqual(done.returncode, 2)
        self.assertGreater(taken, 60)
        self.assertGreater(refused, 200)


if __name__ == "__main__":
    unittest.main()
