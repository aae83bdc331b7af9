# SPDX-License-Identifier: Apache-2.0
"""What tests of recordings are made of: a sidecar that records, and the
workbench that replays."""
import json
import os
import pathlib
import subprocess

from tests.peers.test_monitor import Watched

RAYTIDE = os.path.abspath(
    os.path.join(os.environ.get("B", "build"), "raytide"))


def raytide(*args, status=0, text=None):
    """What the workbench says; its error for another status than 0."""
    done = subprocess.run([RAYTIDE, *map(str, args)], capture_output=True,
                          text=True, check=False, input=text)
    assert done.returncode == status, (args, done.returncode, done.stderr)
    return done.stderr if status else done.stdout


def lines_of(recording):
    return [json.loads(line) for line in
            raytide("replay", "--lines", recording).splitlines()]


class Rehearsed(Watched):
    """A sidecar that may record, and whose pages are open."""

    def setUp(self):
        super().setUp()
        self.record = pathlib.Path(self.folder.name, "record")

    def files(self):
        return sorted(self.record.glob("*.jsonl.zst"))

    def recorded(self):
        return lines_of(self.record)

    def ended_rounds(self, count):
        """That many more, also of a sidecar that reports nothing."""
        def rounds():
            return self.metrics()[("raytide_rounds_total",)]
        self.wait("page", lambda: self.sidecar.process.poll() is None and
                  self.is_open())
        end = rounds() + count
        self.wait(f"{count} rounds", lambda: rounds() >= end)

    def is_open(self):
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def replay(self, *options):
        """Of all that was recorded: it is the same."""
        return json.loads(raytide("replay", "--json", *options, self.record))
