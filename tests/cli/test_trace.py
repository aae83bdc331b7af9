#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide trace record on the command line: from standard input, to a file,
and what is refused."""
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
HISTORY = ROOT / "tests/fixtures/ray-2.60/history"


def record(data=b"", *args):
    """(exit code, stdout, stderr)"""
    done = subprocess.run([RAYTIDE, "trace", "record", *args], input=data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class RecordTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.out = pathlib.Path(self.folder.name) / "trace.jsonl"

    def tearDown(self):
        self.folder.cleanup()

    def refused(self, text, data, *args, code=2):
        got, out, err = record(data, "--out", str(self.out), *args)
        self.assertEqual((got, out), (code, ""))
        self.assertEqual(len(err.splitlines()), 1)
        self.assertIn(text, err)
        self.assertFalse(self.out.exists())

    def test_protobuf(self):
        code, out, err = record((HISTORY / "task_events.pb").read_bytes())
        self.assertEqual(code, 0)
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(rows), 28)
        self.assertEqual(rows[0]["submit_s"], 0)
        submits = [row["submit_s"] for row in rows]
        self.assertEqual(submits, sorted(submits))
        self.assertTrue(all("resources" in row for row in rows))
        self.assertIn("recorded 26 tasks (1 of them failed), 2 actors", err)
        self.assertNotIn("gaps", err)

    def test_json(self):
        text = (HISTORY / "state_api_tasks.json").read_bytes()
        code, out, err = record(text)
        self.assertEqual(code, 0)
        self.assertIn("the trace has gaps: 307 more attempts", err)
        tasks = json.loads(text)["data"]["result"]["result"]
        # The bare list, as `ray list tasks` prints it; blanks before it.
        code, same, err = record(b"\n " + json.dumps(tasks).encode())
        self.assertEqual((code, same), (0, out))
        self.assertNotIn("gaps", err)

    def test_to_a_file(self):
        data = (HISTORY / "task_events.pb").read_bytes()
        code, out, _ = record(data, "--out", str(self.out))
        self.assertEqual((code, out), (0, ""))
        self.assertEqual(self.out.read_text(), record(data)[1])
        code, _, err = record(data, "--out", str(self.out / "no"))
        self.assertEqual(code, 3)
        self.assertIn("Not a directory", err)

    def test_replayed(self):
        """A trace that was recorded is one that can be read."""
        data = (HISTORY / "task_events.pb").read_bytes()
        record(data, "--out", str(self.out))
        manifest = ROOT / "manifests/samples/raycluster-image-resize.yaml"
        done = subprocess.run(
            [RAYTIDE, "sim", "--cluster", manifest, "--trace", self.out,
             "--json"], stdout=subprocess.PIPE, timeout=60, check=True)
        jobs = json.loads(done.stdout)["jobs"]
        # Six must be in a zone that this cluster does not have.
        self.assertEqual((jobs["accepted"], jobs["rejected"],
                          jobs["unfinished"]), (22, 6, 0))

    def test_bad_input(self):
        self.refused("is empty", b"")
        self.refused("neither JSON nor a GetTaskEventsReply", b"hello")
        self.refused("ends too early", b"[{")
        self.refused("no data.result.result", b"{}")
        self.refused("no task came back", b"[]")
        good = (HISTORY / "task_events.pb").read_bytes()
        self.refused("neither JSON nor", good[:-300])

    def test_bad_options(self):
        self.refused("not HOST:PORT", b"", "--ray-address", "127.0.0.1")
        self.refused("not HOST:PORT", b"", "--ray-address", "http://a:1")
        self.refused("raytide trace record", b"", "again")

    def test_no_head(self):
        with socket.socket() as bound:  # taken, and nobody listens
            bound.bind(("127.0.0.1", 0))
            self.refused("Couldn't connect", b"", "--ray-address",
                         "127.0.0.1:%d" % bound.getsockname()[1], code=3)


if __name__ == "__main__":
    unittest.main()
