// SPDX-License-Identifier: Apache-2.0
// The page of one run.

// Plots over time share their cursor and their zoom.
const overTime = uPlot?.sync("time");

function timePlot(series, label, more = {}, y = wholes) {
	return {
		scales: { x: { time: false }, y: { range: (u, min, max) =>
			[0, max > 0 ? max * 1.06 : 1] } },
		axes: [timeAxis("time since the start of the trace"), numberAxis(label, y)],
		cursor: { sync: { key: overTime.key }, points: { size: 6 },
			drag: { x: true, y: false } },
		series: [{ label: "time", value: (u, s) => duration(s) }, ...series],
		...more,
	};
}

function line(label, stroke, more = {}) {
	return {
		label, stroke, width: 1.6, points: { show: false },
		paths: uPlot.paths.stepped({ align: 1 }),
		value: (u, v) => number(v, short),
		...more,
	};
}

function merged(timeline) {
	return timeline.merged_s ? ` Of what changes within ${duration(timeline.merged_s)}
		the lowest, the highest and the last value are drawn.` : "";
}

// ---- demand against capacity

// A resource's name in its plot, and what one of it is.
function unitOf(name) {
	if (name === "memory" || name === "object_store_memory")
		return ["memory in GiB", 2 ** 30];
	return [name === "CPU" || name === "GPU" ? `${name}s` : name, 1];
}

function demandSection(timeline) {
	let chosen = Math.max(0, timeline.resources.findIndex(r => r.name === "GPU" &&
		Math.max(...r.demand) > 0));
	const { section, choices, draw } = plotSection("Demand against capacity",
		"What tasks ask for that wait or run, what those that run hold, and what " +
		"the nodes have that run tasks." + merged(timeline), () => {
			const resource = timeline.resources[chosen];
			const [label, one] = unitOf(resource.name);
			const scaled = values => values.map(v => v / one);
			return [timePlot([
				line("used", colour("blue"), { fill: faint("blue", 22), width: 1 }),
				line("demand", colour("orange")),
				line("capacity", colour("green"), { width: 2, dash: [7, 4] }),
			], label, {}, {}), [timeline.at_s, scaled(resource.used),
				scaled(resource.demand), scaled(resource.capacity)]];
		}, 300);
	choose(choices, timeline.resources.map(r => r.name), chosen, i => {
		chosen = i;
		draw();
	});
	return section;
}

// ---- nodes

// Each on top of the ones before.
function stacked(arrays) {
	const sum = new Array(arrays[0].length).fill(0);
	return arrays.map(values => values.map((v, i) => sum[i] += v));
}

function nodesSection(timeline) {
	const states = [["up", "blue"], ["draining", "purple"], ["starting", "orange"],
		["stopped", "grey"]];
	const values = states.map(([name]) => timeline.nodes[name]);
	const series = groups => groups.map(([label, name], i) => line(label, colour(name), {
		width: 1,
		fill: faint(name, 35),
		value: (u, v, s, at) => at === null ? "–" : number(values[i][at]),
	})).reverse();
	const bands = states.slice(1).map((_, i) => ({ series: [i + 1, i + 2] }));
	return plotSection("Nodes by state",
		"Workers and the head, stacked.",
		() => [timePlot(series(states), "nodes", { bands }),
			[timeline.at_s, ...stacked(values).reverse()]]).section;
}

const groupsDrawn = 8;

// Those with the most nodes, and the rest as one.
function groupLines(groups) {
	const sum = group => group.nodes.reduce((a, b) => a + b, 0);
	const had = groups.filter(group => sum(group) > 0);
	const most = had.filter(group => !group.of).sort((a, b) => sum(b) - sum(a))
		.slice(0, groupsDrawn);
	const rest = had.filter(group => !most.includes(group));
	const lines = had.filter(group => most.includes(group));

	if (!rest.length)
		return lines;
	return [...lines, {
		name: `${rest.reduce((n, group) => n + (group.of || 1), 0)} other groups`,
		nodes: rest[0].nodes.map((_, i) =>
			rest.reduce((n, group) => n + group.nodes[i], 0)),
	}];
}

function groupsSection(timeline) {
	const names = ["blue", "orange", "green", "purple", "yellow", "grey"];
	const dashes = [[], [8, 4], [2, 3]];
	const lines = groupLines(timeline.groups);
	return plotSection("Nodes by group", "Pods that are there, whatever their state; " +
		"no line for a group that never had any.",
		() => [timePlot(lines.map((group, i) => line(group.name,
			colour(names[i % names.length]),
			{ dash: dashes[Math.floor(i / names.length) % dashes.length] })), "nodes"),
			[timeline.at_s, ...lines.map(group => group.nodes)]]).section;
}

function queueSection(timeline) {
	return plotSection("Tasks", "Those that wait and those that run.",
		() => [timePlot([
			line("running", colour("blue"), { fill: faint("blue", 22), width: 1 }),
			line("waiting", colour("orange")),
		], "tasks"), [timeline.at_s, timeline.running, timeline.waiting]]).section;
}

// ---- waits

// From nobody to all of them.
function waitCurve({ s, share }) {
	const most = s.at(-1);
	return [[...s[0] > 0 ? [0] : [], ...s, most > 0 ? most * 1.03 : 1],
		[...s[0] > 0 ? [0] : [], ...share, 100]];
}

function waitsSection(waits) {
	let scale = 0;
	const { section, choices, draw } = plotSection("Waits",
		"How large a share of the tasks waited at most so long.", () => [{
			scales: {
				x: { time: false, distr: scale ? 4 : 1, asinh: 1 },
				y: { range: [0, 100] },
			},
			axes: [scale ? axis("wait, the scale being logarithmic from 1 s on",
				{ size: 34, values: (u, ticks) =>
					ticks.map(s => s === null ? "" : duration(s)) })
				: timeAxis("wait"), numberAxis("% of the tasks")],
			cursor: { drag: { x: true, y: false } },
			series: [
				{ label: "wait", value: (u, s) => duration(s) },
				line("tasks that waited at most so long", colour("blue"), {
					fill: faint("blue", 15),
					value: (u, v) => v === null ? "–" : `${number(v, short)} %`,
				}),
			],
		}, waitCurve(waits)]);
	choose(choices, ["linear", "logarithmic"], scale, i => {
		scale = i;
		draw();
	});
	return section;
}

// ---- jobs

// Its place, when it waited and ran, and where; no start when it never did, but
// what became of it and what it asked for.
function asJob([place, name, submit, start, end, node, fate = "done", asks]) {
	return { place, name, submit, start, end, node, fate, asks };
}

const fateColours = { unfinished: "orange", lost: "purple", rejected: "grey" };

function drawCross(ctx, x, y, size) {
	ctx.beginPath();
	ctx.moveTo(x - size, y - size);
	ctx.lineTo(x + size, y + size);
	ctx.moveTo(x + size, y - size);
	ctx.lineTo(x - size, y + size);
	ctx.stroke();
}

// A line while it waits, a bar while it runs, a cross where it came if it was
// not done.
function drawJobs(u, jobs) {
	const { ctx } = u;
	const { left, top, width, height } = u.bbox;
	const px = devicePixelRatio;
	const x = s => u.valToPos(s, "x", true);
	const y = place => u.valToPos(place, "y", true);
	const shown = jobs.filter(job => overlaps(u, job));
	const thick = Math.max(px, Math.min(10 * px, height / (shown.length + 1) * .7));
	const bar = (from, to, place, size) =>
		ctx.fillRect(x(from), y(place) - size / 2, Math.max(px, x(to) - x(from)), size);

	ctx.save();
	ctx.beginPath();
	ctx.rect(left - 5 * px, top, width + 10 * px, height);
	ctx.clip();
	ctx.fillStyle = colour("orange");
	for (const job of shown)
		if (job.fate === "done" || job.fate === "unfinished")
			bar(job.submit, job.start ?? u.data[0].at(-1), job.place,
				Math.max(px, thick / 3));
	ctx.fillStyle = colour("blue");
	for (const job of shown)
		if (job.start !== null)
			bar(job.start, job.end, job.place, thick);
	ctx.lineWidth = 1.8 * px;
	for (const job of shown.filter(job => job.fate !== "done")) {
		ctx.strokeStyle = colour(fateColours[job.fate]);
		drawCross(ctx, x(job.submit), y(job.place), 3.5 * px);
	}
	ctx.restore();
}

// When it is in no plot any more: the end, of those that waited to it.
function endOf(job) {
	return job.end ?? (job.fate === "unfinished" ? Infinity : job.submit);
}

// Whether some of it is in the span of time that is shown.
function overlaps(u, job) {
	const { min, max } = u.scales.x;
	return job.submit <= max && endOf(job) >= min;
}

// Zooms to the places of the jobs that are there at these times.
function showPlaces(u, jobs, total) {
	const { min, max } = u.scales.x;
	const whole = min <= u.data[0][0] && max >= u.data[0].at(-1);
	const places = jobs.filter(job => overlaps(u, job)).map(job => job.place);
	u.setScale("y", whole || !places.length ? { min: -.5, max: total - .5 } : {
		min: places.reduce((a, b) => Math.min(a, b)) - .7,
		max: places.reduce((a, b) => Math.max(a, b)) + .7,
	});
}

// The job under the cursor, or the nearest that is there at that time.
function jobAt(u, jobs) {
	const s = u.posToVal(u.cursor.left, "x");
	const place = u.posToVal(u.cursor.top, "y");
	const slack = Math.abs(u.posToVal(6, "x") - u.posToVal(0, "x"));
	const reach = Math.abs(u.posToVal(8, "y") - u.posToVal(0, "y")) + .5;
	const far = job => Math.abs(job.place - place);
	return jobs.filter(job => s >= job.submit - slack && s <= endOf(job) + slack &&
			far(job) < reach)
		.reduce((best, job) => best && far(best) <= far(job) ? best : job, null);
}

const fates = {
	unfinished: "still waited when the run ended",
	lost: "lost: nodes went from under it too often",
	rejected: "rejected: no node of any group could hold it",
};

function tellJob(job) {
	const lines = [`task ${job.name}`, `submitted at ${duration(job.submit)}`];
	if (job.fate !== "done")
		return [...lines, fates[job.fate], `asked for ${job.asks}`].join("\n");
	lines.push(`waited ${duration(job.start - job.submit)}, ` +
		`ran ${duration(job.end - job.start)}`);
	if (job.node !== null)
		lines.push(`on ${job.node === "head" ? "the head" : `node ${job.node}`}`);
	return lines.join("\n");
}

function sampleNote(jobs, { done, undone }) {
	const drawn = jobs.filter(job => job.fate === "done").length;
	const some = (drawn, all, what) => drawn < all
		? ` Of ${number(all)} ${what} ${number(drawn)} are drawn, evenly chosen.` : "";
	return some(drawn, done, "that are done") +
		some(jobs.length - drawn, undone, "that are not");
}

function jobsSection(data, endSeconds) {
	const jobs = data.rows.map(asJob);
	const tip = element("div", { class: "tip" });
	const crosses = data.undone ? "; a cross where one came that was not done: " +
		"unfinished (orange), lost (purple), rejected (grey)" : "";
	const hover = u => {
		const job = u.cursor.left >= 0 ? jobAt(u, jobs) : null;
		showTip(u, tip, job && tellJob(job));
	};
	const told = [["waits", "orange"], ["runs", "blue"], ...data.undone
		? Object.entries(fateColours) : []];
	return plotSection("Jobs", "Each task in order of submission: a thin line " +
		`(orange) while it waits, a bar (blue) while it runs${crosses}.` +
		sampleNote(jobs, data),
	() => [timePlot([{ points: { show: false } }], "place in the queue", {
		legend: { show: false },
		scales: { x: { time: false },
			y: { dir: -1, auto: false,
				range: (u, min, max) => [min ?? -.5, max ?? data.total - .5] } },
		hooks: {
			setScale: [(u, key) => key === "x" && // once uPlot is done with it
				queueMicrotask(() => showPlaces(u, jobs, data.total))],
			draw: [u => drawJobs(u, jobs)],
			setCursor: [hover],
			ready: [u => {
				u.over.append(tip);
				u.told = told.map(([name, hue]) => [name, colour(hue)]);
			}],
		},
	}), [[0, endSeconds], [0, 0]]], 380).section;
}

const listed = 200;

// Those that are not done, as a list.
function undoneSection(data) {
	const rows = data.rows.map(asJob).filter(job => job.fate !== "done");
	const some = data.undone > listed ? ` The first ${listed} that are drawn; all are ` +
		"in jobs.csv, by their fate." : "";
	const heads = ["task", "submitted at", "what became of it", "asked for"];
	const list = table(heads.map(name => ({ name })), rows.slice(0, listed).map(job =>
		[job.name, duration(job.submit), fates[job.fate], job.asks]));
	list.classList.add("list");
	list.tabIndex = 0; // for those who scroll by keys
	return element("section", { "aria-label": "Tasks that are not done" },
		element("h2", {}, "Tasks that are not done"),
		element("p", { class: "note" }, `${number(data.undone)} of ` +
			`${number(data.done + data.undone)}.${some}`), list);
}

// ---- figures

const tileNames = [["wait_s.p50", "median wait"], ["wait_s.p95", "95th percentile wait"],
	["makespan_s", "makespan"], ["node_seconds.billed", "node-hours billed"],
	["cost", "cost"], ["peak_nodes", "nodes at most"], ["jobs.done", "tasks done"]];

function tiles(data) {
	const values = Object.fromEntries(data.measures.map((m, i) => [m.name, data.values[i]]));
	const known = tileNames.filter(([name]) => values[name] !== null &&
		(name !== "cost" || values[name] > 0));
	const undone = ["rejected", "lost", "unfinished"].map(what => [what,
		values[what === "lost" ? "lost.jobs" : `jobs.${what}`]]).filter(([, n]) => n > 0);
	const warning = undone.length ? [element("div", { class: "warns" },
		element("b", {}, number(undone.reduce((sum, [, n]) => sum + n, 0))),
		element("span", {}, `not done: ${undone.map(([what, n]) =>
			`${number(n)} ${what}`).join(", ")}`))] : [];
	return element("div", { class: "tiles" }, ...known.map(([name, text]) => {
		const value = values[name];
		const shown = name === "node_seconds.billed" ? number(value / 3600, short)
			: name.includes("_s") ? duration(value) : number(value);
		return element("div", {}, element("b", {}, shown), element("span", {}, text));
	}), ...warning);
}

const columns = ["mean", "p50", "p90", "p95", "p99", "max"];

// Those with percentiles, a line each.
function spreads(data) {
	const lines = new Map();
	data.measures.forEach((m, i) => {
		const [name, part] = m.name.split(".");
		if (!columns.includes(part))
			return;
		if (!lines.has(name))
			lines.set(name, { name, unit: m.unit, values: {} });
		lines.get(name).values[part] = data.values[i];
	});
	return element("section", { "aria-label": "Percentiles" },
		element("h2", {}, "Percentiles"), table(
			[{ name: "measure" }, { name: "unit" },
				...columns.map(name => ({ name, number: true }))],
			[...lines.values()].map(({ name, unit, values }) => [
				element("code", {}, name), unit,
				...columns.map(part => number(values[part]))])));
}

function others(data) {
	const rows = data.measures.map((m, i) => [m, data.values[i]])
		.filter(([m]) => !columns.includes(m.name.split(".")[1]));
	return element("section", { "aria-label": "Measures" },
		element("h2", {}, "Measures"), table(
			[{ name: "measure" }, { name: "value", number: true }, { name: "unit", kind: "unit" },
				{ name: "what it is" }],
			rows.map(([m, value]) => [element("code", {}, m.name), number(value),
				m.unit, m.text])));
}

function showRun(data) {
	const { timeline, waits, jobs } = data;
	const sections = [tiles(data)];

	if (!waits.s.length)
		sections.push(element("section", {}, element("h2", {}, "No task ran"),
			element("p", { class: "note" }, "So there are no waits, and " +
				"nothing is drawn but when tasks came.")));
	if (timeline.at_s.length > 1 && timeline.resources.length)
		sections.push(demandSection(timeline));
	if (timeline.at_s.length > 1)
		sections.push(timeline.nodes.up.some(Boolean)
			? element("div", { class: "pair" }, nodesSection(timeline),
				queueSection(timeline))
			: queueSection(timeline));
	if (timeline.at_s.length > 1 && timeline.groups.length > 1)
		sections.push(groupsSection(timeline));
	if (waits.s.length)
		sections.push(waitsSection(waits));
	if (jobs.rows.length)
		sections.push(jobsSection(jobs, timeline.at_s.at(-1) || 1));
	if (jobs.undone)
		sections.push(undoneSection(jobs));
	return [...sections, spreads(data), others(data)];
}
