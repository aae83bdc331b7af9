#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sidecar records its rounds, and what it has recorded is replayed to the
same bytes; whatever becomes of the disk, it goes on."""
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers.rehearse import (  # noqa: E402
    RAYTIDE, Rehearsed, lines_of, raytide)
from tests.peers.sidecar import Sidecar  # noqa: E402
from tests.peers.test_process import children  # noqa: E402

SLOW_WRITE = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>
ssize_t write(int fd, const void *from, size_t len)
{
	char link[64], path[4096] = "";
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	readlink(link, path, sizeof path - 1);
	if (strstr(path, ".jsonl.zst"))
		sleep(60);
	ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
	return real(fd, from, len);
}
"""
KEPT = 65536  # bytes, the least that may be asked for


def size_of(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:  # it was the oldest
        return 0


class RecordTest(Rehearsed):
    def run_cycle(self, *options):
        self.run_sidecar("--record", str(self.record), *options)
        self.cycle()
        self.rounds(5)
        self.stop_sidecar()

    def test_the_same_again(self):
        self.run_cycle("--set", "ray.upscaling_speed=2")
        header, *rounds = self.recorded()
        self.assertEqual(
            (header["recording"], header["part"], header["cluster"],
             header["policy"]["name"], header["sets"]),
            (1, 0, "ns/demo", "ray", ["ray.upscaling_speed=2"]))
        self.assertIn("policy: ray", header["policy"]["text"])
        self.assertEqual(
            [line["round"] for line in rounds],
            list(range(1, len(rounds) + 1)))
        told = self.replay()
        self.assertEqual(told["rounds"], len(rounds))
        self.assertGreaterEqual(told["repeated"], 1)
        done = [(action["action"], action["outcome"]) for line in rounds
                for action in line.get("actions", [])]
        self.assertEqual(done, [("launch", "done"), ("drain", "done"),
                                ("delete", "done")])
        # What has not changed is not said again.
        repeated = [line for line in rounds if line.get("repeated")]
        self.assertEqual(set(repeated[0]), {"round", "now_ms", "repeated"})
        self.assertLessEqual(sum("cluster" in line.get("observation", {})
                                 for line in rounds), 4)

    def test_a_workload(self):
        """What was recorded is a trace; its cluster is one to simulate."""
        self.run_cycle()
        told = json.loads(raytide("trace", "info", "--json", self.record))
        self.assertEqual((told["format"], told["jobs"], told["left_out"]),
                         ("recording", 1, 0))
        cluster = pathlib.Path(self.folder.name, "cluster.json")
        cluster.write_text(json.dumps(next(
            line["observation"]["cluster"] for line in self.recorded()
            if "cluster" in line.get("observation", {}))), encoding="utf-8")
        jobs = json.loads(raytide("sim", "--cluster", cluster, "--trace",
                                  self.record, "--json"))["jobs"]
        self.assertEqual((jobs["accepted"], jobs["done"]), (1, 1))

    def test_no_secrets(self):
        self.kube.edit([{"op": "add", "value": [
            {"name": "TOKEN", "value": "xyzzy"}],
            "path": "/spec/workerGroupSpecs/0/template/spec/containers/0/env"},
            {"op": "add", "value": "xyzzy",
             "path": "/spec/headGroupSpec/rayStartParams/redis-password"}])
        self.run_cycle()
        self.assertNotIn("xyzzy", raytide("replay", "--lines", self.record))

    def test_snapshots(self):
        """Those of the recording are decided as they were."""
        self.run_cycle()
        snapshots = raytide("replay", "--snapshots", self.record)
        decisions = [json.loads(line) for line in
                     raytide("decide", text=snapshots).splitlines()]
        recorded = {line["round"]: line["decision"]
                    for line in self.recorded() if "decision" in line}
        self.assertEqual({int(one["id"]): one["launch"] for one in decisions},
                         {number: one["launch"]
                          for number, one in recorded.items()})

    def test_explain(self):
        """It tells the reasons that were recorded, and what would have been."""
        self.run_cycle()
        number, reasons = next(
            (line["round"], line["decision"]["explain"])
            for line in self.recorded()
            if line.get("decision", {}).get("launch"))
        said = raytide("explain", self.record, "--round", str(number),
                       "--group", "a")
        self.assertIn("group a: 1 nodes are launched", said)
        for why in reasons[0]["why"]:
            self.assertIn("  " + why + "\n", said)
        self.assertIn("with one node of it fewer: a: 0 nodes launched, not 1; "
                      "1 of tasks[0] without a place, not 0", said)
        told = json.loads(raytide("explain", self.record, "--json"))
        self.assertEqual(told["round"], self.recorded()[-1]["round"])
        self.assertIn("there is no such round",
                      raytide("explain", self.record, "--round", "9999",
                              status=2))

    def test_explain_guards(self):
        self.run_sidecar("--record", str(self.record), "--set",
                         "guards.freeze=[{cron: '* * * * *', for: 1h}]")
        self.ask()
        self.rounds(3)
        self.stop_sidecar()
        said = raytide("explain", self.record, "--group", "a")
        self.assertIn("group a: 0 nodes are launched", said)
        self.assertIn("guards: 0 nodes: held: freeze window 0 is open\n", said)
        self.assertIn("were there no guards: a: 1 nodes launched, not 0", said)

    def test_another_policy(self):
        """It would keep a node in advance; the recorded one differs from
        itself in nothing."""
        self.run_sidecar("--record", str(self.record))
        self.rounds(3)
        self.cycle()
        self.rounds(3)
        self.stop_sidecar()
        told = json.loads(raytide("replay", "--json", "--policy", "ray",
                                  self.record))
        self.assertEqual((told["different"], told["differences"]), (0, []))
        other = pathlib.Path(self.folder.name, "spare.yaml")
        other.write_text("policy: [{headroom: {cpus: 1}}, ray]\n"
                         "prices: {a: 2}\n", encoding="utf-8")
        told = json.loads(raytide("replay", "--json", "--policy", other,
                                  self.record))
        self.assertEqual(told["rounds"], self.replay()["rounds"])
        first = told["differences"][0]
        self.assertEqual((first["round"], first["group"], first["recorded"],
                          first["other"]), (1, "a", 0, 1))
        recorded, spare = told["open_loop"]
        self.assertLess(recorded["node_hours"], spare["node_hours"])
        self.assertGreaterEqual(recorded["short_hours"]["CPU"],
                                spare["short_hours"]["CPU"])
        self.assertAlmostEqual(spare["cost"], 2 * spare["node_hours"])
        table = raytide("replay", "--policy", other, "--delay", "5",
                        self.record)
        self.assertRegex(table, r"(?m)^ +1 +0\.0  a  +0 +0 +1  \S")
        self.assertIn("Open-loop, over ", table)
        self.assertIn("5.0 s later (--delay)", table)

    def test_a_difference(self):
        self.run_cycle()
        lines = self.recorded()
        at, changed = next((i, line) for i, line in enumerate(lines)
                           if line.get("decision", {}).get("launch"))
        changed["decision"]["launch"]["a"] = 2
        path = pathlib.Path(self.folder.name, "changed.jsonl")
        path.write_text("\n".join(map(json.dumps, lines)) + "\n",
                        encoding="utf-8")
        self.assertEqual(
            raytide("replay", path, status=2),
            f"raytide: {path}: round {at}: decision.launch.a: "
            "recorded 2, replayed 1\n")
        changed["decision"]["launch"]["a"] = 1
        changed["actions"][0]["outcome"] = "failed"  # so it is tried again
        path.write_text("\n".join(map(json.dumps, lines)) + "\n",
                        encoding="utf-8")
        told = re.search(f"{path}: round ([0-9]+): ",
                         raytide("replay", path, status=2))
        self.assertGreater(int(told[1]), at, "what came of it is told later")

    def test_broken(self):
        """One that is cut is read as far as it is whole."""
        self.run_cycle()
        whole = self.files()[0].read_bytes()
        rounds = self.replay()["rounds"]
        path = pathlib.Path(self.folder.name, "broken.jsonl.zst")
        path.write_bytes(whole[:-3])  # the frame's end
        self.assertEqual(json.loads(raytide("replay", "--json", path))
                         ["rounds"], rounds)
        read = set()
        for end in range(20, len(whole), 97):
            path.write_bytes(whole[:end])
            done = subprocess.run([RAYTIDE, "replay", "--json", path],
                                  capture_output=True, text=True, check=False)
            if done.returncode == 0:
                read.add(json.loads(done.stdout)["rounds"])
                continue
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, f"raytide: {path}.*: (it is empty|"
                             "the line is cut short; .*|there is no .*)\n$")
        self.assertGreater(len(read), 1)
        damaged = bytearray(whole)
        damaged[len(whole) // 3:len(whole) // 3 + 9] = b"nine more"
        path.write_bytes(damaged)
        self.assertRegex(raytide("replay", path, status=2),
                         f"{path}.*(damaged|not|is )")
        plain = pathlib.Path(self.folder.name, "broken.jsonl")
        text = raytide("replay", "--lines", self.record)
        plain.write_text(text[:-40], encoding="utf-8")
        count = text.count("\n")
        self.assertEqual(
            raytide("replay", plain, status=2),
            f"raytide: {plain}:{count}: the line is cut short; those before "
            "it are whole\n")

    def test_together(self):
        for options, why in (
                (["--delay", "5", "x"], "--delay: for --policy"),
                (["--lines", "--snapshots", "x"], "one of --policy"),
                ([], "one recording"),
                (["x", "y"], "one recording")):
            self.assertIn(why, raytide("replay", *options, status=2))
        self.run_sidecar("--record-bytes", "70000")
        self.sidecar.process.wait(10)
        self.assertEqual(self.sidecar.end(), 2)
        self.assertIn("nothing is recorded; add --record DIR",
                      self.sidecar.lines[0])
        self.sidecar = None

    def test_none(self):
        nothing = pathlib.Path(self.folder.name, "nothing")
        nothing.mkdir()
        self.assertIn("no recording in it", raytide(
            "replay", nothing, status=2))
        self.assertIn("cannot be opened", raytide(
            "replay", nothing / "x", status=2))
        other = nothing / "x.jsonl"
        for text, why in (
                ('{"a":1}\n', "x.jsonl:1: no line of a recording"),
                ("", "it is empty"),
                ('{"recording":2}\n', "version 2"),
                ('{"round":1,"now_ms":1,"repeated":true}\n',
                 "no round before it")):
            other.write_text(text, encoding="utf-8")
            self.assertIn(why, raytide("replay", nothing, status=2))

    def test_killed(self):
        """What was written before is whole, and the next process goes on in a
        file of its own."""
        self.run_sidecar("--record", str(self.record))
        self.cycle()
        self.rounds(3)
        os.kill(children(self.sidecar.process.pid)[0], signal.SIGKILL)
        self.wait("restart", lambda: self.logged("INFO started .*restarts=1"))
        self.cycle()
        self.rounds(3)
        self.stop_sidecar()
        first, second = self.files()
        for path in (first, second, self.record):
            raytide("replay", path)
        self.assertEqual([line["part"] for line in self.recorded()
                          if "recording" in line], [0, 0])

    def test_rotation(self):
        """Each file stands alone, and together they are no larger than they
        may be."""
        self.run_sidecar("--record", str(self.record), "--record-bytes",
                         str(KEPT), "--interval", "0.1")
        def parts():
            return [int(path.name.split("-")[2].split(".")[0])
                    for path in self.files()]
        turn = 0
        while not parts() or parts()[0] == 0:
            # The ids of nodes are random: they take their room.
            with self.gcs.lock:
                for i in range(60):
                    self.gcs.demand.append((1, {
                        f"r-{os.urandom(8).hex()}": 1}))
                self.gcs.demand = self.gcs.demand[-60:]
            self.rounds(1)
            turn += 1
            self.assertLess(turn, 400)
            self.assertLessEqual(sum(map(size_of, self.files())), KEPT)
        self.stop_sidecar()
        self.assertGreater(len(self.files()), 8)
        told = self.replay()
        self.assertEqual(told["files"], len(self.files()))
        raytide("replay", self.files()[3])
        headers = [line for line in self.recorded() if "recording" in line]
        self.assertEqual([line["part"] for line in headers], parts())

    def test_not_writable(self):
        """It says so once, goes on, and records as soon as that goes."""
        self.record.write_text("a file, no folder", encoding="utf-8")
        self.run_sidecar("--record", str(self.record))
        self.wait("failure", lambda: self.failures("record"))
        self.cycle()
        self.assertEqual(len(self.failures("record")), 1)
        self.assertIn(str(self.record), self.failures("record")[0])
        self.wait("page", self.is_open)
        self.assertGreater(
            self.metrics()[("raytide_unrecorded_rounds_total",)], 0)
        self.record.unlink()
        self.wait("recovery", lambda: self.logged(
            "INFO recovered step=record"))
        self.cycle()
        self.assertGreater(
            self.metrics()[("raytide_recorded_rounds_total",)], 0)
        self.stop_sidecar()
        self.assertEqual(len(self.recorded()[1]["observation"]), 5)
        self.replay()

    def test_disk_full(self):
        """A limit on files is as good as a disk that is full."""
        self.sidecar = Sidecar(
            self.env, "--record", str(self.record),
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (1500, 1500)))
        self.addCleanup(self.stop_sidecar)
        self.wait("failure", lambda: self.failures("record"))
        self.cycle()
        self.assertEqual(len(self.failures("record")), 1)
        self.assertIn("File too large", self.failures("record")[0])
        self.stop_sidecar()
        for path in self.files():
            self.assertGreater(len(lines_of(path)), 1)
            raytide("replay", path)

    def test_a_disk_that_hangs(self):
        """Rounds go on, and the end is not waited for either."""
        source = pathlib.Path(self.folder.name, "slow.c")
        source.write_text(SLOW_WRITE, encoding="utf-8")
        library = source.with_suffix(".so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source],
                       check=True)
        self.env["LD_PRELOAD"] = str(library)
        self.run_sidecar("--record", str(self.record))
        began = time.monotonic()
        self.cycle()
        self.rounds(10)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual([path.stat().st_size for path in self.files()], [0])
        began = time.monotonic()
        self.stop_sidecar()
        self.assertLess(time.monotonic() - began, 2)

    def test_failed_rounds(self):
        self.run_sidecar("--record", str(self.record))
        self.rounds(2)
        self.gcs.fail("14", 2, "GetClusterResourceState")
        self.wait("failure", lambda: self.failures("observe"))
        self.wait("recovery", lambda: self.logged(
            "INFO recovered step=observe"))
        self.rounds(2)
        self.stop_sidecar()
        failed = [line for line in self.recorded() if "failed" in line]
        self.assertTrue(failed)
        self.assertEqual(set(failed[0]), {"round", "now_ms", "failed"})
        self.assertTrue(failed[0]["failed"].startswith("observe: "))
        self.assertEqual(self.replay()["failed"], len(failed))


if __name__ == "__main__":
    unittest.main()
