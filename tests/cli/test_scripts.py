#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checks themselves: each must find what it is there to find."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(script, *args):
    return subprocess.run([ROOT / "scripts" / script, *map(str, args)],
                          cwd=ROOT, text=True, capture_output=True,
                          check=False)


class Scripts(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.tmp = pathlib.Path(tmp.name)

    def write(self, name, text, mode=0o644):
        path = self.tmp / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def layers(self, name, include):
        """What check-layers says of one file with one include."""
        (self.tmp / "layers.mk").write_bytes(
            (ROOT / "layers.mk").read_bytes())
        path = self.write(name, f"/* first */\n#include {include}\n")
        done = run("check-layers", self.tmp)
        path.unlink()
        self.assertEqual(done.returncode, 1 if done.stdout else 0, done)
        return done.stdout

    def test_layers_allows_down(self):
        for name, include in [
                ("core/sched/a.c", '"core/base/error.h"'),
                ("core/model/a.h", "<raytide/types.h>"),
                ("cli/a.c", '"core/base/error.h"'),
                ("sim/a.c", "<gsl/gsl_rng.h>"),
                ("traces/formats/a.c", '"traces/trace.h"'),
                ("tests/unit/core/model/a.c", '"core/model/plan.h"'),
                ("autoscaler/gcs/a.c", '"node.pb-c.h"'),
                ("core/base/a.c", "<stdio.h>")]:
            self.assertEqual(self.layers(name, include), "")

    def test_layers_refuses_up_and_sideways(self):
        for name, include in [
                ("core/model/a.c", '"core/sched/pack.h"'),
                ("core/base/a.h", '"core/model/plan.h"'),
                ("policies/a.c", '"core/base/arena.h"'),
                ("sim/a.c", '"autoscaler/net/http.h"'),
                ("autoscaler/a.c", '"sim/run.h"'),
                ("autoscaler/net/a.c", '"node.pb-c.h"'),
                ("tests/unit/core/base/a.c", '"core/model/plan.h"'),
                ("core/base/a.c", '"tests/unit/core/base/x.h"'),
                ("core/model/a.c", '"plan.h"'),
                ("core/sched/a.c", "<gsl/gsl_rng.h>")]:
            self.assertTrue(self.layers(name, include).startswith(
                f"{name}:2: #include {include}: "), (name, include))

    def test_layers_wants_every_folder_in_the_table(self):
        self.assertIn("not in layers.mk",
                      self.layers("core/new/a.c", "<stdio.h>"))

    def pure(self, folder, code):
        """What check-pure says when this code is a pure folder's."""
        lib = self.tmp / "lib"
        lib.mkdir(exist_ok=True)
        table = (ROOT / "layers.mk").read_text(encoding="utf-8")
        for name in re.findall(r"^uses_(\S+)", table, re.MULTILINE):
            archive = lib / (name.replace("/", "-") + ".a")
            archive.unlink(missing_ok=True)
            files = []
            if name in (folder, "core/base"):
                text = code if name == folder else BASE
                source = self.write(f"{archive.stem}.c", text)
                files = [source.with_suffix(".o")]
                subprocess.run(["gcc", "-w", "-O0", "-c", "-o", files[0],
                                source], check=True)
            subprocess.run(["ar", "rcs", archive, *files], check=True)
        done = run("check-pure", lib)
        self.assertEqual(done.returncode, 1 if done.stdout else 0, done)
        return done.stdout

    def test_pure_allows_functions_of_their_arguments(self):
        self.assertEqual(self.pure("core/model", """
            int own(void);
            int own(void) { return 1; }
            int f(void) { snprintf(0, 0, ""); qsort(0, 0, 0, 0); sqrt(2);
                cJSON_Delete(0); rt_calloc(1, 1); return own(); }
            """), "")

    def test_pure_refuses_the_world(self):
        for call in ["time(0)", "clock_gettime(0, 0)", "rand()",
                     "getenv(0)", "open(0, 0)", "fopen(0, 0)", "malloc(1)",
                     "fprintf(stderr, 0)", "rt_log(0)", "rt_pack_run()"]:
            name = re.match(r"\w+", call)[0]
            code = f"extern void *stderr; int f(void) {{ {call}; }}"
            self.assertIn(f"core/model: core-model.o calls {name}\n",
                          self.pure("core/model", code))

    def test_sizes(self):
        def sizes(lines, body):
            text = "int f(void)\n{\n" + "\t;\n" * (body - 2) + "}\n"
            text += "\n" * (lines - body - 1)
            return run("check-sizes", self.write("a.c", text))
        self.assertEqual(sizes(499, 60).returncode, 0)
        self.assertEqual(sizes(500, 60).returncode, 1)
        long = sizes(100, 61)
        self.assertEqual(long.returncode, 1)
        self.assertIn("a.c:2: a function of 61 lines", long.stdout)

    def last_line(self, text, name="test_x.py"):
        """Exit code and last line of run-tests for one program."""
        done = run("run-tests", self.write(name, text, 0o755))
        return done.returncode, done.stdout.splitlines()[-1]

    def test_run_tests_counts(self):
        unit = "import unittest\nclass T(unittest.TestCase):\n"
        good = "    def test_a(self): pass\n"
        bad = "    def test_b(self): self.fail()\n"
        skip = "    def test_c(self): self.skipTest('no')\n"
        end = "unittest.main()\n"
        for text, want in [
                (unit + good + end, (0, "1 passed, 0 failed")),
                (unit + good + bad + end, (1, "1 passed, 1 failed")),
                (unit + good + skip + end,
                 (0, "1 passed, 0 failed, 1 skipped")),
                (end, (1, "0 passed, 1 failed")),
                ("print('fine')", (0, "1 passed, 0 failed")),
                ("exit(3)", (1, "0 passed, 1 failed"))]:
            self.assertEqual(self.last_line(text), want, text)

    def test_run_tests_reads_cmocka(self):
        summary = "#!/bin/sh\necho '[  PASSED  ] 3 test(s).'\n"
        self.assertEqual(self.last_line(summary, "test_x"),
                         (0, "3 passed, 0 failed"))
        self.assertEqual(self.last_line(summary + "kill -ABRT $$", "test_x"),
                         (1, "3 passed, 1 failed"))

    def test_run_tests_without_a_program(self):
        self.assertEqual(run("run-tests").returncode, 1)
        self.assertEqual(run("run-tests", "/none").returncode, 1)

    def deps(self, *stubs):
        """Runs deps where only these programs are, and a few tools; stubs
        write down how they were called."""
        bin_dir = self.tmp / "bin"
        bin_dir.mkdir()
        for tool in ["sh", "dirname", "id", "env", "mktemp", "cat", "rm"]:
            (bin_dir / tool).symlink_to(shutil.which(tool))
        for stub in stubs:
            self.write(f"bin/{stub}", "#!/bin/sh\n"
                       f"echo \"{stub} $*\" >> {self.tmp}/calls\n"
                       f"[ {stub} != sudo ] || exec \"$@\"\n", 0o755)
        return subprocess.run([ROOT / "scripts" / "deps"], text=True,
                              env={"PATH": str(bin_dir)},
                              capture_output=True, check=False)

    def test_deps_installs_what_is_missing(self):
        done = self.deps("apt-get", "sudo", "gcc", "pkg-config", "python3")
        self.assertEqual(done.returncode, 0, done)
        calls = (self.tmp / "calls").read_text(encoding="utf-8")
        update, install = re.findall(r"^apt-get .*$", calls, re.MULTILINE)
        self.assertTrue(update.endswith(" update"))
        packages = install.split()
        self.assertIn("protobuf-c-compiler", packages)
        self.assertNotIn("gcc", packages)

    def test_deps_names_the_packages_elsewhere(self):
        done = self.deps("gcc", "sudo")
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(" libcurl4-openssl-dev ", done.stderr)
        self.assertNotIn(" gcc ", done.stderr)

    def get_uplot(self, tarball):
        return subprocess.run(
            [ROOT / "scripts" / "get-uplot", self.tmp / "uplot"], text=True,
            env={**os.environ, "UPLOT": str(tarball)}, capture_output=True,
            check=False)

    def test_uplot_is_the_one_that_is_expected(self):
        done = self.get_uplot(self.write("uplot.tgz", "something else"))
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("its SHA-512 differs", done.stderr)
        self.assertEqual(list((self.tmp / "uplot").iterdir()), [])

    def test_without_a_network_there_are_no_plots(self):
        def get(ci):
            return subprocess.run(
                [ROOT / "scripts" / "get-uplot", self.tmp / "uplot"],
                env={**os.environ, "UPLOT": "", "CI": ci, "no_proxy": "*",
                     "NPM_CONFIG_REGISTRY": "http://127.0.0.1:1"},
                text=True, capture_output=True, check=False)
        self.assertEqual(get("true").returncode, 2)
        self.assertEqual(list((self.tmp / "uplot").iterdir()), [])
        done = get("")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("report.html has no plots", done.stderr)
        script = self.tmp / "uplot/uPlot.iife.min.js"
        self.assertLess(script.stat().st_mtime, 9)
        self.assertTrue((self.tmp / "uplot/LICENSE").exists())

    def test_a_page_that_would_end_its_script(self):
        page = self.write("p/page.html", "<script>{{a.js}}</script>{{data}}")
        self.write("p/a.js", "a = 1;\n")
        done = run("gen-page", page)
        self.assertEqual(done.returncode, 0, done)
        bytes_ = re.findall(r"\{\n(.*?)\};", done.stdout, re.DOTALL)
        self.assertEqual(bytes(map(int, re.findall(r"\d+", bytes_[0]))),
                         b"<script>a = 1;</script>")
        self.write("p/a.js", "a = '</script>'\n")
        self.assertNotEqual(run("gen-page", page).returncode, 0)
        self.assertIn("b.js: no such file", run(
            "gen-page", self.write("p/q.html", "{{b.js}}{{data}}")).stderr)

    def test_dictionary_has_every_field(self):
        lines = subprocess.run(
            [ROOT / "tests/fuzz/dictionary"], check=True, text=True,
            stdout=subprocess.PIPE).stdout.splitlines()
        for line in lines:  # as libFuzzer reads them
            self.assertRegex(line, r'^"([^"\\]|\\["\\]|\\x[0-9a-f]{2})+"$')
        for name in ("snapshot", "raycluster", "native-trace"):
            text = (ROOT / f"docs/formats/{name}.md").read_text()
            cells = re.findall(r"^\| (`[^|]*`)", text, re.MULTILINE)
            self.assertGreater(len(cells), 5)
            for field in re.findall(r"`([^`]*)`", " ".join(cells)):
                words = re.sub(r"\.[A-Z]+$", "", field).split(".")
                missing = {f'"{word}"' for word in words if word}
                if f'"{field}"' not in lines:
                    self.assertEqual(missing.difference(lines), set(), field)

    def test_every_setting_is_read(self):
        """Of the structs that options fill, beside the row that fills it."""
        sources = [path.read_text() for path in ROOT.rglob("*.[chd]*")
                   if path.suffix in (".c", ".h", ".def")
                   and path.relative_to(ROOT).parts[0] not in (
                       "build", "tests")]
        text = "\n".join(sources)
        read = set(re.findall(r"(?:->|(?<=[\w\])])\.)(\w+)", text))
        read.update(re.findall(r"\bSETTING\((\w+)\)", text))
        members = {member for body in re.findall(
            r"struct \w*(?:settings|conf|options) \{(.*?)\n\};", text,
            re.DOTALL) for member in re.findall(
                r"(\w+)(?:\[\w+\])?\s*;", re.sub(r"/\*.*?\*/", "", body,
                                                  flags=re.DOTALL))}
        self.assertGreater(len(members), 100)
        self.assertEqual(members - read, set())


BASE = """
int rt_calloc(int n, int m) { return n; }
int rt_log(int level) { return level; }
"""

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    os.chdir(ROOT)
    unittest.main()
