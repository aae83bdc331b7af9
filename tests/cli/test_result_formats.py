#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/formats tells every column of every file that `raytide sim` writes, and
no other, in the order in which they are."""
import csv
import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden/sim"))
import workbench  # noqa: E402

DOCS = workbench.TOP / "docs"
TASKS = ('{"submit_s": 0, "duration_s": 30, "id": "one"}\n'
         '{"submit_s": 1, "duration_s": 9, "resources": {"CPU": 99}}\n'
         '{"submit_s": 2, "duration_s": 90}\n')
STUDY = {"workloads": {"a": {"trace": "t.jsonl"}},
         "clusters": {"b": {"manifest": "c.yaml"}},
         "policies": {"ray": {"policy": "ray"},
                      "spare": {"policy": "responsive"}},
         "set": {"group.crash_per_h": 20},
         "parameters": {"provisioning_s": [5, 50]}, "base": "ray",
         "seeds": 2, "events": True}


def documented(page, file):
    """The first cells of the table under the heading of a file."""
    text = (DOCS / "formats" / page).read_text()
    section = re.split(rf"^##+ {re.escape(file)}\b.*$", text,
                       flags=re.MULTILINE)[1]
    rows = re.split(r"^#", section, flags=re.MULTILINE)[0].splitlines()
    return [cell for row in rows if row.startswith("|")
            for cell in row.split("|")[1].strip().split(", ")][2:]


def measures(clocked):
    rows = re.findall(r"^\| `([\w.]+)` .*$",
                      (DOCS / "reference/measures.md").read_text(),
                      re.MULTILINE)
    timed = re.findall(r"^\| `([\w.]+)` .*\*timed:\*",
                       (DOCS / "reference/measures.md").read_text(),
                       re.MULTILINE)
    return timed if clocked else [name for name in rows if name not in timed]


def names(cells, **terms):
    """`name`s and *terms* as what they stand for."""
    found = []
    for cell in cells:
        term = re.fullmatch(r"\*(\w+)\*", cell)
        if term:
            found += terms[term[1]]
        else:
            found.append(re.fullmatch(r"`([\w.\[\]]+)`", cell)[1])
    return found


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        workbench.write_cluster(cls.dir / "c.yaml",
                                [workbench.group("w", 4, 0, 0, 4)])
        (cls.dir / "t.jsonl").write_text(TASKS)
        (cls.dir / "study.yaml").write_text(json.dumps(STUDY))
        done = workbench.call(cls.dir / "study.yaml")
        if done.returncode:
            raise AssertionError(done.stderr)
        cls.out = cls.dir / "study.results"
        cls.run_dir = next((cls.out / "runs").iterdir())

    def header(self, path):
        with open(path, newline="") as f:
            return next(csv.reader(f))

    def test_every_file_is_told(self):
        for folder, page in ((self.out, "experiment.md"),
                             (self.run_dir, "sim-output.md")):
            text = (DOCS / "formats" / page).read_text()
            for path in folder.iterdir():
                if path.name == "cell.json":  # which the experiment adds
                    text = (DOCS / "formats/experiment.md").read_text()
                self.assertIn(path.name, text)

    def test_tables_of_a_run(self):
        self.assertEqual(
            self.header(self.run_dir / "jobs.csv"),
            names(documented("sim-output.md", "jobs.csv")))
        self.assertEqual(self.header(self.run_dir / "summary.csv"),
                         measures(False))
        cells = documented("sim-output.md", "timeline.csv")
        plain = [cell for cell in cells if not cell.startswith("*")]
        of = {letter: [cell.split("`")[1] for cell in cells
                       if cell.startswith(f"*{letter}*")] for letter in "RG"}
        self.assertEqual(
            self.header(self.run_dir / "timeline.csv"),
            names(plain) +
            [f"{name}{part}" for name in ("CPU",) for part in of["R"]] +
            [f"{name}{part}" for name in ("headgroup", "w")
             for part in of["G"]])

    def test_objects_of_a_run(self):
        seen, events = set(), set()
        for path in self.out.glob("runs/*/events.jsonl"):
            for line in path.read_text().splitlines():
                event = json.loads(line)
                seen |= set(event)
                events.add(event["event"])
        told = names(documented("sim-output.md", "events.jsonl"))
        self.assertEqual(seen, set(told))
        page = (DOCS / "formats/sim-output.md").read_text()
        for event in events:
            self.assertIn(f"`{event}`", page)
        self.assertGreater(len(events), 9)
        self.assertEqual(
            list(workbench.flat(json.loads(
                (self.run_dir / "summary.json").read_text()))),
            measures(False) + measures(True))
        self.assertEqual(
            list(json.loads((self.run_dir / "cell.json").read_text())),
            names(documented("experiment.md", "cell.json")))

    def test_tables_of_an_experiment(self):
        combination = ["workload", "cluster", "policy", "provisioning_s"]
        for file in ("summary.csv", "intervals.csv", "comparison.csv",
                     "timing.csv"):
            self.assertEqual(
                self.header(self.out / file),
                names(documented("experiment.md", file),
                      combination=combination,
                      measures=measures(file == "timing.csv")), file)

    def test_object_of_an_experiment(self):
        summary = json.loads((self.out / "summary.json").read_text())
        told = names(documented("experiment.md", "summary.json"))
        last = summary["groups"][-1]
        self.assertEqual(
            list(summary) + [f"groups[].{key}" for key in last], told)
        of = names(documented("experiment.md", "intervals.csv"),
                   combination=[])[1:]
        self.assertEqual(list(last["measures"]["launches"]), of)
        of = names(documented("experiment.md", "comparison.csv"),
                   combination=[])[1:]
        self.assertEqual(list(last["compared"]["launches"]), of)


if __name__ == "__main__":
    unittest.main()
