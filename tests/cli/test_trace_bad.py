#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Traces that are too long, cut short or written oddly, on the command line: an
error of one line that names the file and the line, in little memory."""
import gzip
import io
import os
import pathlib
import resource
import subprocess
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"
SAMPLES = ROOT / "traces/samples/formats"
BLOCK = 1 << 20
HUGE = 10 << 30
LIMIT = 256 << 20  # bytes: a line of 64 MiB in a buffer that doubles
STREAM_LIMIT = 64 << 20
ROWS = 1000  # which are fed so many times:
TIMES = 700
SWF = "{0} {0} -1 9 4 -1 -1 4 60 -1 1 7 1 -1 -1 -1 -1 -1\n"

# Of each format that is a stream: the header, and a row.
STREAMED = {
    "swf": ("; MaxProcs: 4\n", SWF.format(1)),
    "native": ("submit_s,duration_s,id\n", "5,9,a\n"),
    "native jsonl": ("", '{"submit_s":5,"duration_s":9,"id":"a"}\n'),
    "openb": ("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,"
              "pod_phase,creation_time,deletion_time,scheduled_time\n",
              "p,4000,9,1,500,,LS,Running,5,9,5\n"),
    "alibaba-genai": ("gmt_create,predict_type,predict_status,"
                      "exec_time_seconds\n", "2024-11-15 16:57:50,T,S,32.0\n"),
    "azure-llm": ("TIMESTAMP,ContextTokens,GeneratedTokens\n",
                  "2023-11-16 18:17:03.9799600,48,10\n"),
    "azure-functions": ("app,func,end_timestamp,duration\n", "a,f,1.5,0.5\n"),
}


def run(*args, feed=None, limit=LIMIT):
    """(exit code, stdout's length, stderr), in so much memory"""
    def bound():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with subprocess.Popen([RAYTIDE, "trace", *map(str, args)],
                              stdin=subprocess.PIPE, stdout=out, stderr=err,
                              preexec_fn=bound) as child:
            try:
                for block in feed or []:
                    child.stdin.write(block)
                child.stdin.close()
            except BrokenPipeError:
                pass  # it has seen enough
        err.seek(0)
        return child.returncode, out.seek(0, 2), err.read().decode()


class BadTraces(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def write(self, data, name="trace"):
        path = self.dir / name
        path.write_bytes(data)
        return path

    def refused(self, says, *args, feed=None):
        code, out, err = run(*args, feed=feed)
        self.assertEqual((code, out), (2, 0), err)
        self.assertRegex(err, r"\Araytide: [^\n]+\n\Z")
        self.assertIn(says, err)

    # ---- too long

    def test_a_line_that_does_not_end(self):
        says = ":{}: the line is longer than 64 MiB"
        block = b"x" * BLOCK
        for head in b"", b"submit_s,duration_s\n1,2\n", b"; SWF\n", b"[\n":
            lines = 1 + head.count(b"\n")
            feed = (head if i == 0 else block for i in range(HUGE // BLOCK))
            self.refused(says.format(lines), "info", "-", feed=feed)

    def test_a_sparse_file(self):
        path = self.write(b"submit_s,duration_s\n")
        os.truncate(path, HUGE)
        self.refused("trace:2: the line is longer than 64 MiB", "info", path)
        with open(path, "r+b") as file:
            file.seek(100)
            file.write(b"\n")
        self.refused("trace:2: a NUL byte", "info", path)

    def test_archives_of_a_line_that_does_not_end(self):
        member = gzip.compress(b"x" * (BLOCK * 16))
        path = self.write(member * (HUGE // BLOCK // 16), "trace.gz")
        self.refused("trace.gz:1: the line is longer", "info", path)
        path = self.dir / "trace.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("trace", "w") as file:
                for _ in range(65):
                    file.write(b"1" * BLOCK)
        self.refused("trace.zip:1: the line is longer", "info", path)

    def test_memory_does_not_grow_with_the_trace(self):
        for name, (header, row) in STREAMED.items():
            block = (row * ROWS).encode()
            feed = (header.encode() if i == 0 else block
                    for i in range(TIMES + 1))
            code, size, err = run("convert", "-", feed=feed,
                                  limit=STREAM_LIMIT)
            self.assertEqual((code, err), (0, ""), name)
            self.assertGreater(size, 50 * ROWS * TIMES, name)

    # ---- written oddly

    def test_line_ends_and_marks(self):
        for path in sorted(SAMPLES.glob("*.*[!d]")):
            want = run("convert", path)
            data = path.read_bytes().replace(b"\r", b"")
            for how in (data.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + data,
                        b"\n\r\n" + data.replace(b"\n", b"\n\n"),
                        data.rstrip(b"\n")):
                self.assertEqual(run("convert", self.write(how))[:2],
                                 want[:2], path.name)

    def test_bytes_that_are_no_text(self):
        for path in sorted(SAMPLES.glob("*.*[!d]")):
            lines = path.read_bytes().splitlines()
            last = len(lines)
            if path.name == "ray.json":
                continue  # a document: errors tell the byte, see below
            for byte, says in (b"\0", "a NUL byte"), (b"\xff", ""):
                self.refused(f"trace:{last}: {says}", "convert", self.write(
                    b"\n".join(lines[:-1] + [lines[-1][:5] + byte +
                                             lines[-1][5:]])))

    def test_long_names(self):
        start = b'{"submit_s":0,"duration_s":1,'
        for line, data in (
                (1, b"submit_s,duration_s,resources.%s\n0,1,1\n"),
                (2, b"submit_s,duration_s,label_selector.a\n0,1,%s\n"),
                (1, start + b'"label_selector":{"a":"in(b,%s)"}}\n'),
                (1, start + b'"label_selector":{"%s":"b"}}\n'),
                (1, start + b'"resources":{"%s":1}}\n')):
            self.refused(f"trace:{line}: ", "convert",
                         self.write(data.replace(b"%s", b"x" * 1025)))

    def test_rows_of_other_lengths(self):
        for path in sorted(SAMPLES.glob("*.csv")):
            lines = path.read_text().splitlines()
            for row in lines[-1] + ",", lines[-1].rpartition(",")[0]:
                text = "\n".join([*lines[:-1], row, ""])
                self.refused(f"trace:{len(lines)}: {row.count(',') + 1} fields "
                             "where the header has", "convert",
                             self.write(text.encode()))

    def test_archives_that_are_cut_short(self):
        data = (SAMPLES / "swf.swf").read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("trace", data)
        for kind, whole in (("gzip", gzip.compress(data)),
                            ("zip", packed.getvalue())):
            self.assertEqual(run("info", self.write(whole))[0], 0)
            for cut in range(5, len(whole), 7):
                self.refused(f"trace: the {kind} archive is damaged", "info",
                             self.write(whole[:cut]))

    def test_documents(self):
        for data, says in ((b"[\n{\n", "trace: line 3, column 1: ends too early"),
                           (b"[\n\xff]", "trace: line 2, column 1: not UTF-8"),
                           (b"[\n{}]", "type is missing"),
                           (b"[]\n[]", "trace: line 2, column 1: ")):
            self.refused(says, "info", self.write(data))


if __name__ == "__main__":
    unittest.main()
