#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/reference/policy.schema.json and raytide take and refuse the same files,
but for what no schema knows: the order of stages, other files, what a text
means."""
import copy
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from schema import takes

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
SCHEMA = json.loads((ROOT / "docs/reference/policy.schema.json").read_text())
WINDOW = {"cron": "0 8 * * 1-5", "tz": "UTC", "for": "10h"}
WHOLE = {
    "description": "all that there is",
    "policy": [
        {"schedule": {"windows": [dict(WINDOW, floor={"cpu-group": 4})]}},
        {"headroom": {"cpus": 8, "shapes": [{"resources": {"GPU": 1},
                                             "count": 2}]}},
        {"cost": {"per": "GPU", "by_priority": True, "spot_share": .5}},
        {"queue-wait": {"wait": "2m", "percentile": 99}},
        "conservative",
        {"ray": None},
        {"consolidate": {"move": True, "nodes": 3}}],
    "guards": {"max_surge": .5, "max_launch_per_minute": 9,
               "freeze": [dict(WINDOW, what="launch")]},
    "prices": {"cpu-group": .4}, "set": {"conserve_gpu": False}}
VALUES = (True, -1, .5, 1e300, [], ["x"], {}, {"x": 1}, {"x": "y"}, None)
# What is wrong with a value of the right form.
MEANING = re.compile("is no |no such|must be|not a time|not between|"
                     "stage packs|no stage|longer than|shorter than|"
                     "nothing may follow|it works on|a cron|"
                     "is missing|a plain value|neither")


def places(value, path=()):
    """All keys of a document, and places of its lists."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield (*path, key)
        if isinstance(value[key], (dict, list)):
            yield from places(value[key], (*path, key))


def at(doc, path):
    for key in path:
        doc = doc[key]
    return doc


def variants():
    for path in list(places(WHOLE)):
        # A key of the file itself that is null is as one that is not there.
        for put in VALUES[:-1] if len(path) == 1 else VALUES:
            doc = copy.deepcopy(WHOLE)
            at(doc, path[:-1])[path[-1]] = put
            yield path, put, doc
        doc = copy.deepcopy(WHOLE)
        del at(doc, path[:-1])[path[-1]]
        yield path, "gone", doc
        if isinstance(at(WHOLE, path), dict):
            doc = copy.deepcopy(WHOLE)
            at(doc, path)["zzz"] = {}
            yield path, "an unknown key", doc


class SchemaTest(unittest.TestCase):
    def check(self, *docs):
        """What raytide says of each; "": that it is good."""
        with tempfile.TemporaryDirectory() as folder:
            for i, doc in enumerate(docs):
                (pathlib.Path(folder) / f"{i}.json").write_text(
                    json.dumps(doc))
            done = subprocess.run(
                [RAYTIDE, "policy", "check",
                 *(f"{folder}/{i}.json" for i in range(len(docs)))],
                text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = [""] * len(docs)
        for number, why in re.findall(r"/(\d+)\.json:(.*)", done.stderr):
            said[int(number)] = why
        return said

    def test_raytide_and_the_schema_agree(self):
        self.assertTrue(takes(SCHEMA, WHOLE, SCHEMA))
        self.assertEqual(self.check(WHOLE), [""])
        taken = refused = 0
        cases = list(variants())
        told = self.check(*(doc for _, _, doc in cases))
        for (path, put, doc), why in zip(cases, told):
            with self.subTest(path=path, put=put, said=why):
                if takes(SCHEMA, doc, SCHEMA):
                    taken += 1
                    if why:
                        self.assertRegex(why, MEANING)
                else:
                    refused += 1
                    self.assertNotEqual(why, "")
        self.assertGreater(taken, 60)
        self.assertGreater(refused, 300)

    def test_every_stage_is_in_it(self):
        listed = subprocess.run([RAYTIDE, "policy", "list"], text=True,
                                stdout=subprocess.PIPE).stdout
        names = re.findall(r"^  (\S+) +(?:packs|trims|shapes|repacks) ",
                           listed, re.MULTILINE)
        ways = SCHEMA["$defs"]["stage"]["anyOf"]
        self.assertEqual(ways[0]["enum"], names)
        self.assertEqual(list(ways[1]["properties"]), names)


if __name__ == "__main__":
    unittest.main()
