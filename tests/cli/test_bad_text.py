#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""raytide decide and lines that are hardly JSON, or that try to be more."""
import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAYTIDE = ROOT / os.environ.get("B", "build") / "raytide"

RIGHT = json.dumps({
    "version": 1, "now_ms": 0, "config": {"node_types": [
        {"name": "a", "resources": {"CPU": 4}, "max_workers": 3}]},
    "demand": {"tasks": [{"resources": {"CPU": 3}}]}}).encode()


def decide(data, *args):
    """(answers, stderr); each answer is a line, each error printable."""
    done = subprocess.run([RAYTIDE, "decide", *args], input=data, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = done.stdout.split(b"\n")
    assert lines.pop() == b"" and done.returncode in (0, 2), done
    answers = [json.loads(line.decode("utf-8")) for line in lines]
    for answer in answers:
        assert answer.get("error", "?").isprintable(), answer
    wrong = sum("error" in answer for answer in answers)
    assert done.returncode == (2 if wrong else 0), done
    assert done.stderr.count(b"\n") == (1 if wrong else 0), done
    return answers


def error(line):
    answer, = decide(line)
    return answer.get("error")


class TextTest(unittest.TestCase):
    def test_line_ends_and_blanks(self):
        bom = b"\xef\xbb\xbf"
        for data, want in ((b"", 0), (b"\n", 0), (b" \t \r\n\r\n  ", 0),
                           (bom, 0), (RIGHT, 1), (bom + RIGHT, 1),
                           (RIGHT + b"\r\n" + RIGHT + b"\r\n", 2),
                           (b" " + RIGHT + b" \t\r\n\r\n" + RIGHT, 2)):
            answers = decide(data)
            self.assertEqual(len(answers), want, data)
            for answer in answers:
                self.assertEqual(answer["launch"], {"a": 1})

    def test_what_is_no_text(self):
        for data, want in (
                (RIGHT.decode().encode("utf-16"), "a NUL byte"),
                (b'{"id":"\xe2\x82', "column 8: not UTF-8"),
                (b'{"id":"\xe2\x82"}', "column 8: not UTF-8"),
                (b'{"id":"\xc0\x80"}', "column 8: not UTF-8"),
                (b'{"id":"\xed\xa0\x80"}', "column 8: not UTF-8"),
                (b'{"id":"\\ud800"}', "not valid JSON"),
                (b'{"id":"\\u0000"}', "column 8: a NUL character"),
                (b'{"id":"\t"}', "column 8: a control character"),
                (b'{\v"id":1}', "column 2: a control character"),
                (b"\x1b[31m", "column 1: a control character"),
                (b"{}{}", "column 3: not valid JSON"),
                (b"[" * 100000, "column 65: nested deeper than 64"),
                (b'{"a":' * 65, "nested deeper than 64")):
            self.assertIn(want, error(data) or "", data[:80])

    def test_numbers(self):
        for number, want in (
                ("NaN", "not valid JSON"), ("nan", "not valid JSON"),
                ("Infinity", "not valid JSON"), ("+3", "not valid JSON"),
                ("0x3", "not valid JSON"), (".3", "not valid JSON"),
                ("3-1", "not valid JSON"), ("3e1e1", "not valid JSON"),
                ("-Infinity", "not a number"), ("03", "not a number"),
                ("3.", "not a number"), ("3e", "not a number"),
                ("--3", "not a number"), ("- 3", "not a number"),
                ("1e309", "CPU: a number too large"),
                ("-1e999999999", "CPU: a number too large"),
                ("9" * 1000, "CPU: a number too large"),
                ("1e308", "CPU: 1e+308: not between 0 and 1e+14"),
                ("100000000000001", "CPU: 100000000000001: not between"),
                ("-0.00001", "CPU: -1e-05: not between 0 and 1e+14"),
                ("1e14", None), ("-0", None), ("-0.0", None),
                ("1e-300", None), ("1e-999999999", None),
                ("30e-1", None), ("0.3E+1", None)):
            line = RIGHT.replace(b'"CPU": 3', b'"CPU": ' + number.encode())
            if want:
                self.assertIn(want, error(line) or "", number)
            else:
                self.assertIsNone(error(line), number)

    def test_keys_that_come_twice(self):
        for line, want in (
                ('{"a":1,"a":1}', 'the key "a" comes twice'),
                ('{"a":1,"\\u0061":1}', 'the key "a" comes twice'),
                ('{"x":[0,{"y":{"b":1,"a":{},"b":1}}]}',
                 'x[1].y: the key "b" comes twice'),
                ('{"\\n":1,"\\n":1}', 'the key "?" comes twice'),
                ('{"a/b":1,"a\\/b":1}', 'the key "a/b" comes twice'),
                ('{"":1,"":1}', 'the key "" comes twice'),
                ('{"a":1,"A":1}', "version: is missing")):
            self.assertEqual(error(line.encode()), want)

    def test_whole_numbers_beyond_what_is_exact(self):
        for old, key in ((b'"now_ms": 0', b'"now_ms": '),
                         (b'"max_workers": 3', b'"max_workers": ')):
            for number, right in ((b"9007199254740991", True),
                                  (b"9007199254740992", False),
                                  (b"9007199254740993", False),
                                  (b"18446744073709551617", False)):
                answer = error(RIGHT.replace(old, key + number))
                self.assertEqual(answer is None, right, answer)
                if not right:
                    self.assertIn("not between 0 and 9007199254740991",
                                  answer)

    def test_numbers_come_back_as_they_are(self):
        times = [1, 9007199254740989, 9007199254740991]
        line = json.dumps({
            "version": 1, "now_ms": 9007199254740991,
            "config": {"pending_idle_timeout_s": 1e12, "idle_timeout_s": 1,
                       "node_types": [{"name": "a", "max_workers": 4,
                                       "resources": {"m": 0.1}}]},
            "nodes": [{"instance_id": str(n), "type": "a", "status": "QUEUED"}
                      for n in range(3)] + [
                {"instance_id": "x", "type": "a", "status": "RAY_RUNNING",
                 "ray_node_id": "f", "total": {"m": 4018257465626.0001},
                 "idle_ms": 9007199254740987}],
            "state": {"pending_unneeded_since_ms": {"a": times[1:]}}})
        answer, = decide(line.encode())
        self.assertEqual(answer["terminate"][0]["idle_ms"], 9007199254740987)
        self.assertEqual(answer["state"]["pending_unneeded_since_ms"]["a"],
                         [9007199254740989, 9007199254740991,
                          9007199254740991])

    def test_ids_come_back_as_they_came(self):
        for value in (True, False, 0, -1, 0.1, 1e-9, 0.30000000000000004,
                      9007199254740991, -9007199254740991, 1234567890123456,
                      "", "x", "\u00e9\U0001f600\u2028\u0001\n\"\\", [], {},
                      [[], {"a": [None, 0.1, 2 ** 53 - 1]}]):
            for line in (RIGHT, b'{"version":7}'):
                line = line[:-1] + b',"id":' + json.dumps(value).encode() + \
                    b"}"
                answer, = decide(line)
                self.assertEqual(answer["id"], value)
                self.assertIs(type(answer["id"]), type(value))
        for value in ("9007199254740993", "1e300", '[{"a":-1e16}]'):
            line = RIGHT[:-1] + b',"id":' + value.encode() + b"}"
            self.assertRegex(error(line), r"^id(\[0\]\.a)?: a number too "
                                          "large to be kept exactly")
        answer, = decide(RIGHT[:-1] + b',"id":null}')
        self.assertNotIn("id", answer)

    def test_errors_are_one_printable_line(self):
        for name in ("a\nb", "\x1b[31m", "\u0085", "\u2028", "\u202e", "\x7f",
                     "\ufeff", '"quoted"', "\u00e9" * 500, "\U0001f600" * 200,
                     "x" * 1000, "\\", "%s%n", "\u061c"):
            for field in ({"resources": {name: -1}}, {"labels": {name: 1}},
                          {"resources": {"\u00e9" + name: {name: 1}}},
                          {"name": name, "min_workers": 9}):
                line = json.dumps({"version": 1, "now_ms": 0, "config": {
                    "node_types": [{"name": "a", **field}]}})
                self.assertLess(len(error(line.encode())), 512)
            line = json.dumps({"version": 1, "now_ms": 0, "config": {
                "node_types": []}, "nodes": [
                    {"instance_id": name, "type": "a", "status": name}]})
            self.assertIn("is unknown; known: UNKNOWN, QUEUED",
                          error(line.encode()))
    def test_names_are_cut_where_characters_end(self):
        for name in ("\u00e9" * 512, "x" + "\u00e9" * 511, "\n\u2028" * 250):
            node = {"type": name, "status": "RAY_RUNNING", "pod": name,
                    "total": {name: 4}, "available": {name: 9},
                    "ray_node_id": name, "idle_ms": 99999}
            line = json.dumps({
                "version": 1, "now_ms": 0, "id": name,
                "config": {"idle_timeout_s": 1, "node_types": [
                    {"name": name, "resources": {name: 4}, "max_workers": 3,
                     "min_workers": 2}]},
                "nodes": [{**node, "instance_id": name},
                          {**node, "instance_id": "x"}],
                "demand": {"tasks": [{"count": 9, "resources": {name: 3}},
                                     {"resources": {name: 1, "x" + name[1:]:
                                                    1}}],
                           "gangs": [{"details": name, "bundles": [
                               {"resources": {name: 5}}]}]}})
            answer, = decide(line.encode(), "--explain")
            sentences = [why for entry in answer["explain"]
                         for why in entry["why"]]
            self.assertGreater(len(sentences), 3)
            for sentence in sentences:
                self.assertTrue(sentence.isprintable(), sentence)
                self.assertLess(len(sentence), 400)

    def test_long_keys(self):
        twice = json.dumps({"\u00e9" * 300: 1})
        twice = twice[:-1] + ", " + twice[1:]
        self.assertIn("comes twice", error(twice.encode()))


if __name__ == "__main__":
    unittest.main()
