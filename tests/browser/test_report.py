#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.html in headless Chromium: it says nothing in the console, each plot
is drawn in both schemes, hovering and zooming work, and no name can break it.
Skipped where there is no Chromium."""
import json
import pathlib
import random
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden/sim"))
import browser  # noqa: E402
import workbench  # noqa: E402

EVIL = '</script><script>document.title="broken"</script><b a="&amp;\u2028'
# Of each plot: how many of its pixels have a colour that is no shade of grey.
PIXELS = """
return plots.map(({ plot }) => {
	const { width, height } = plot.ctx.canvas;
	const { data } = plot.ctx.getImageData(0, 0, width, height);
	let coloured = 0;
	for (let i = 0; i < data.length; i += 4) {
		const [r, g, b, a] = data.slice(i, i + 4);
		coloured += a > 30 && Math.max(r, g, b) - Math.min(r, g, b) > 60;
	}
	return coloured;
});
"""
MOUSE = """
const { plot } = plots[0];
const { left, top } = plot.over.getBoundingClientRect();
const mouse = (type, x) => (type === "mouseup" ? document : plot.over)
	.dispatchEvent(new MouseEvent(type, { bubbles: true, clientX: left + x,
		clientY: top + 50, movementX: 1, button: 0 }));
const wait = () => new Promise(then => setTimeout(then, 50));
"""
ZOOM = MOUSE + """
const high = document.body.scrollHeight;
mouse("mousemove", 300);
await wait();
const legend = document.querySelector(".u-legend").innerText;
mouse("mousedown", 200);
mouse("mousemove", 400);
mouse("mouseup", 400);
await wait();
const moved = document.body.scrollHeight - high;
return { legend, moved, spans: plots.map(({ plot }) =>
	[plot.scales.x.min, plot.scales.x.max]) };
"""
RUNS = """
const rows = [...document.querySelectorAll("tbody tr")];
const column = [...document.querySelectorAll("th")]
	.findIndex(head => head.textContent === "node_seconds.billed");
const head = document.querySelectorAll("th button")[column];
head.click();
head.click();
const sorted = [...document.querySelectorAll("tbody tr")]
	.map(row => parseFloat(row.cells[column].textContent.replaceAll(",", "")));
const select = document.querySelector("select");
select.value = "wait_s.p95";
select.dispatchEvent(new Event("change"));
await new Promise(then => setTimeout(then, 50));
const { plot } = plots[0];
const data = JSON.parse(document.getElementById("data").textContent);
const mean = name => data.groups[0].measures[data.measures.findIndex(m => m.name === name)][0];
const tip = document.querySelector(".tip");
for (let tries = 0; tries < 20 && !tip.textContent; tries++) { // until it is laid out
	const { left, top } = plot.over.getBoundingClientRect();
	plot.over.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, movementX: 1,
		clientX: left + plot.valToPos(mean("node_seconds.billed"), "x"),
		clientY: top + plot.valToPos(mean("wait_s.p95"), "y") }));
	await new Promise(then => setTimeout(then, 50));
}
return { rows: rows.length, sorted, tip: tip.textContent,
	links: [...document.querySelectorAll("td a")].map(a => a.getAttribute("href")) };
"""
# Of the image that a plot is saved as: what the pixels of PIXELS are there.
IMAGES = PIXELS.replace("const { width, height } = plot.ctx.canvas;",
                        "const image = imageOf(plot, 'x');\n"
                        "\tconst { width, height } = image;").replace(
    "plot.ctx.getImageData", "image.getContext('2d').getImageData")
JOBS = MOUSE.replace("plots[0]", "plots[PLOT]") + """
const tip = plot.root.querySelector(".tip");
const tell = async job => {
	const { left, top } = plot.over.getBoundingClientRect();
	plot.over.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, movementX: 1,
		clientX: left + plot.valToPos(job[2], "x"),
		clientY: top + plot.valToPos(job[0], "y") }));
	await wait();
	return tip.textContent;
};
const { rows } = JSON.parse(document.getElementById("data").textContent).jobs;
const told = [];
for (const fate of ["lost", "rejected"])
	told.push(await tell(rows.find(row => row[6] === fate)));
const whole = [plot.scales.y.min, plot.scales.y.max];
plot.setScale("x", { min: 0, max: 100 });
await wait();
return { told, whole, part: [plot.scales.y.min, plot.scales.y.max],
	places: rows.filter(row => row[2] <= 100).map(row => row[0]),
	listed: [...document.querySelectorAll("section")].at(-3).innerText };
"""
COMPARED = """
const { plot } = plots[1];
const tip = plot.root.querySelector(".tip");
for (let tries = 0; tries < 20 && !tip.textContent; tries++) {
	const { left, top } = plot.over.getBoundingClientRect();
	plot.over.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, movementX: 1,
		clientX: left + 5, clientY: top + plot.valToPos(0, "y") }));
	await new Promise(then => setTimeout(then, 50));
}
return { tip: tip.textContent, title: document.querySelectorAll("h2")[1].textContent,
	changes: [...document.querySelectorAll(".change")].map(e => e.textContent) };
"""
TEXT = """
return { title: document.title, text: document.body.innerText,
	elements: document.querySelectorAll("b[a], img").length,
	requests: performance.getEntriesByType("resource").length };
"""


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(
        r'<script type="application/json" id="data">(.*?)</script>', text,
        re.DOTALL)[1])


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        cls.cluster = workbench.write_cluster(
            cls.dir / "cluster.yaml", [workbench.group("a", 4, 1, 0, 3),
                                       workbench.group("b", 8, 0, 0, 2)])
        cls.page = cls.run_sim("out", cls.tasks(100))

    @classmethod
    def run_sim(cls, out, tasks, *more):
        trace = cls.dir / f"{out}.jsonl"
        trace.write_text("".join(json.dumps(task) + "\n" for task in tasks))
        done = workbench.call("--cluster", cls.cluster, "--trace", trace,
                              "--out", cls.dir / out, *more)
        if done.returncode:
            raise AssertionError(done.stderr)
        return cls.dir / out / "report.html"

    @staticmethod
    def tasks(n, **more):
        draw = random.Random(5)
        return sorted(({"submit_s": draw.randrange(2000),
                        "duration_s": draw.randrange(1, 200),
                        "resources": {"CPU": draw.choice((1, 2, 4, 8))},
                        **more} for _ in range(n)),
                      key=lambda task: task["submit_s"])


class Files(Pages):
    def test_it_is_small_however_long_the_run(self):
        page = self.run_sim("long", [
            {"submit_s": i * .01, "duration_s": .02 + i % 7 / 100}
            for i in range(100000)])
        self.assertLess(page.stat().st_size, 5e6)
        data = data_of(page)
        self.assertEqual(len(data["jobs"]["rows"]), 3000)
        self.assertEqual(data["jobs"]["done"], 100000)
        self.assertEqual(data["jobs"]["total"], 100000)
        self.assertGreater(data["timeline"]["merged_s"], 0)
        self.assertGreater(len(data["timeline"]["at_s"]), 4000)
        self.assertEqual(data["timeline"]["at_s"],
                         sorted(data["timeline"]["at_s"]))

    def test_its_figures_are_those_of_the_files(self):
        data = data_of(self.page)
        run = workbench.flat(json.loads(
            (self.page.parent / "summary.json").read_text()))
        got = dict(zip((m["name"] for m in data["measures"]), data["values"]))
        self.assertEqual(got, run | {name: None for name in got
                                     if name not in run})
        timeline = data["timeline"]
        lines = (self.page.parent / "timeline.csv").read_text().splitlines()
        self.assertEqual(len(timeline["at_s"]), len(lines) - 1)
        self.assertEqual(timeline["waiting"],
                         [int(line.split(",")[1]) for line in lines[1:]])


@unittest.skipUnless(browser.CHROMIUM, "there is no Chromium here")
class InBrowser(Pages):
    def test_every_plot_is_drawn_and_nothing_is_said(self):
        for scheme in ("light", "dark"):
            pixels, console = browser.probe(self.page, PIXELS, f"#{scheme}")
            self.assertEqual(console, [])
            self.assertEqual(len(pixels), 6)
            for drawn in pixels:
                self.assertGreater(drawn, 500, pixels)

    def test_hover_and_zoom(self):
        said, console = browser.probe(self.page, ZOOM)
        self.assertEqual(console, [])
        self.assertRegex(said["legend"], r"demand\s*\d")
        self.assertEqual(said["moved"], 0)
        spans = said["spans"]
        self.assertGreater(spans[0][0], 100)
        for i in (1, 2, 3, 5):  # those over time go along
            for a, b in zip(spans[i], spans[0]):
                self.assertAlmostEqual(a, b)
        self.assertEqual(spans[4][0], 0)

    def test_images_of_plots(self):
        saved, console = browser.probe(self.page, IMAGES, "#light")
        self.assertEqual((console, len(saved)), ([], 6))
        for image in saved:
            self.assertGreater(image, 500)

    def test_tasks_that_are_not_done(self):
        tasks = self.tasks(100)
        tasks[40]["resources"] = {"CPU": 64}
        page = self.run_sim("undone", tasks, "--set", "max_retries=0",
                            "--set", "group.crash_per_h=6")
        data = data_of(page)["jobs"]
        fates = [row[6] for row in data["rows"] if len(row) > 6]
        run = json.loads((page.parent / "summary.json").read_text())
        self.assertEqual(fates.count("lost"), run["lost"]["jobs"])
        self.assertEqual(fates.count("rejected"), 1)
        self.assertEqual(data["undone"], len(fates))
        self.assertEqual(len(data["rows"]), 100)
        self.assertGreater(len(fates), 2)
        said, console = browser.probe(page, JOBS.replace("PLOT", "5"))
        self.assertEqual((console, said.get("failed")), ([], None))
        self.assertRegex(said["told"][0], "lost: .*\nasked for CPU ")
        self.assertRegex(said["told"][1], "rejected: .*\nasked for CPU 64")
        self.assertEqual(said["whole"], [-.5, 99.5])
        self.assertLess(said["part"][1], 50)
        self.assertLessEqual(max(said["places"]), said["part"][1])
        self.assertIn(f"{len(fates)} of 100", said["listed"])
        self.assertIn("CPU 64", said["listed"])

    def test_one_task_and_many_groups(self):
        workbench.write_cluster(self.dir / "many.yaml", [
            workbench.group(f"g{i}", 1, int(i % 3 == 0), int(i % 3 == 0), 2)
            for i in range(60)])
        page = self.run_sim("one", [{"submit_s": 1, "duration_s": 9}], "--cluster",
                            self.dir / "many.yaml")
        pixels, console = browser.probe(page, PIXELS, "#light")
        self.assertEqual((console, len(pixels)), ([], 6))
        for drawn in pixels:
            self.assertGreater(drawn, 200, pixels)
        groups = data_of(page)["timeline"]["groups"]
        self.assertEqual((len(groups), groups[-1]["of"]), (25, 36))
        self.assertEqual(sum(group["nodes"][0] for group in groups), 20)

    def test_what_a_policy_changes(self):
        study = self.dir / "compare.yaml"
        (self.dir / "compare.jsonl").write_text("".join(
            json.dumps(task) + "\n" for task in self.tasks(60)))
        study.write_text(
            "workloads: {a: {trace: compare.jsonl}}\n"
            "clusters: {b: {manifest: cluster.yaml}}\nbase: ray\n"
            "policies: {ray: {policy: ray}, quick: {policy: responsive}}\n"
            "seeds: 3\nset: {provisioning_cv: 1}\n")
        done = workbench.call(study)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        page = self.dir / "compare.results/report.html"
        pixels, console = browser.probe(page, PIXELS, "#dark")
        self.assertEqual((console, len(pixels)), ([], 2))
        self.assertGreater(min(pixels), 100)
        said, console = browser.probe(page, COMPARED)
        self.assertEqual((console, said["title"]),
                         ([], "More or less than under ray"))
        self.assertRegex(said["tip"], r"^quick\nwait_s.mean: .*\n.* instead of ")
        self.assertEqual(len(said["changes"]), 4)
        self.assertRegex(said["changes"][0], r"^-\d.* ± .* %$")

    def test_the_page_of_an_experiment(self):
        study = self.dir / "study.yaml"
        (self.dir / "study.jsonl").write_text("".join(
            json.dumps(task) + "\n" for task in self.tasks(40)))
        study.write_text(
            "title: </script><b a=x>\nworkloads: {a: {trace: study.jsonl}}\n"
            "clusters: {b: {manifest: cluster.yaml}, c: {pool: 30}}\n"
            "parameters: {provisioning_s: [1, 100]}\nseeds: 3\n"
            "set: {provisioning_cv: 1}\n")
        done = workbench.call(study)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        page = self.dir / "study.results/report.html"
        for scheme in ("light", "dark"):
            pixels, console = browser.probe(page, PIXELS, f"#{scheme}")
            self.assertEqual((console, len(pixels)), ([], 1))
            self.assertGreater(pixels[0], 200)
        said, console = browser.probe(page, RUNS)
        self.assertEqual((console, said.get("failed")), ([], None))
        self.assertEqual(said["rows"], 4)
        self.assertGreater(said["sorted"][0], said["sorted"][1])
        self.assertEqual(said["sorted"][2:], [None, None])  # the pool's
        self.assertTrue(all((page.parent / href).exists()
                            for href in said["links"]))
        self.assertEqual(len(said["links"]), 12)
        self.assertRegex(said["tip"], "wait_s.p95: ")

    def test_a_build_without_uplot(self):
        page = self.dir / "bare.html"
        text = self.page.read_text()
        library = re.search(r"<script>\n(.*?uPlot.*?)\n</script>", text,
                            re.DOTALL)
        page.write_text(text.replace(library[1], "const uPlot = undefined;"))
        said, console = browser.probe(page, TEXT)
        self.assertEqual(console, [])
        self.assertEqual(said["text"].count("built without uPlot"), 6)
        self.assertIn("jobs.done\t100", said["text"])

    def test_names_of_any_content(self):
        self.assertIn("\u2028", EVIL)
        page = self.run_sim("<b a=x>", self.tasks(20, id=EVIL),
                            "--policy", "first-fit")
        self.assertEqual(data_of(page)["jobs"]["rows"][0][1], EVIL)
        said, console = browser.probe(page, TEXT)
        self.assertEqual(console, [])
        self.assertIn("<b a=x>.jsonl", said["title"])
        self.assertEqual((said["elements"], said["requests"]), (0, 0))

    def test_a_run_without_tasks_that_ran(self):
        page = self.run_sim("none", [{"submit_s": 0, "duration_s": 1,
                                      "resources": {"CPU": 99}}])
        said, console = browser.probe(page, TEXT)
        self.assertEqual(console, [])
        self.assertIn("jobs.rejected\t1", said["text"])
        self.assertIn("No task ran", said["text"])


if __name__ == "__main__":
    unittest.main()
