// SPDX-License-Identifier: Apache-2.0
// The page of one run.

// Plots over time share their cursor and their zoom.
const overTime = uPlot.sync("time");

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
		"Workers and the head, stacked: launched and not yet there, running tasks, " +
		"emptied before they go, and gone for Ray but not yet for Kubernetes.",
		() => [timePlot(series(states), "nodes", { bands }),
			[timeline.at_s, ...stacked(values).reverse()]]).section;
}

function groupsSection(timeline) {
	const names = ["blue", "orange", "green", "purple", "yellow", "grey"];
	const dashes = [[], [8, 4], [2, 3]];
	return plotSection("Nodes by group",
		"Pods that are there, whatever their state.",
		() => [timePlot(timeline.groups.map((group, i) => line(group.name,
			colour(names[i % names.length]),
			{ dash: dashes[Math.floor(i / names.length) % dashes.length] })), "nodes"),
			[timeline.at_s, ...timeline.groups.map(group => group.nodes)]]).section;
}

function queueSection(timeline) {
	return plotSection("Tasks", "Those that wait and those that run.",
		() => [timePlot([
			line("running", colour("blue"), { fill: faint("blue", 22), width: 1 }),
			line("waiting", colour("orange")),
		], "tasks"), [timeline.at_s, timeline.running, timeline.waiting]]).section;
}

// ---- waits

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
		}, [waits.s, waits.share]]);
	choose(choices, ["linear", "logarithmic"], scale, i => {
		scale = i;
		draw();
	});
	return section;
}

// ---- jobs

// Its place, when it waited and ran, and where; no start when it never did.
function asJob([place, name, submit, start, end, node]) {
	return { place, name, submit, start, end, node };
}

// A line while it waits, a bar while it runs.
function drawJobs(u, jobs, total) {
	const { ctx } = u;
	const { left, top, width, height } = u.bbox;
	const x = s => u.valToPos(s, "x", true);
	const y = place => u.valToPos(place, "y", true);
	const room = Math.abs(y(1) - y(0)) * total / jobs.length;
	const thick = Math.max(1, Math.min(10, room * .7));
	const bar = (from, to, place, size) =>
		ctx.fillRect(x(from), y(place) - size / 2, Math.max(1, x(to) - x(from)), size);

	ctx.save();
	ctx.beginPath();
	ctx.rect(left, top, width, height);
	ctx.clip();
	ctx.fillStyle = colour("orange");
	for (const job of jobs)
		bar(job.submit, job.start ?? u.data[0].at(-1), job.place,
			Math.max(1, thick / 3));
	ctx.fillStyle = colour("blue");
	for (const job of jobs)
		if (job.start !== null)
			bar(job.start, job.end, job.place, thick);
	ctx.restore();
}

// The job under the cursor, or the nearest that is there at that time.
function jobAt(u, jobs) {
	const s = u.posToVal(u.cursor.left, "x");
	const place = u.posToVal(u.cursor.top, "y");
	const reach = Math.abs(u.posToVal(8, "y") - u.posToVal(0, "y")) + .5;
	const far = job => Math.abs(job.place - place);
	return jobs.filter(job => s >= job.submit && s <= (job.end ?? Infinity) &&
			far(job) < reach)
		.reduce((best, job) => best && far(best) <= far(job) ? best : job, null);
}

function tellJob(job) {
	const lines = [`task ${job.name}`, `submitted at ${duration(job.submit)}`];
	if (job.start === null)
		return [...lines, "never started"].join("\n");
	lines.push(`waited ${duration(job.start - job.submit)}, ` +
		`ran ${duration(job.end - job.start)}`);
	if (job.node !== null)
		lines.push(`on ${job.node === "head" ? "the head" : `node ${job.node}`}`);
	return lines.join("\n");
}

function jobsSection({ total, rows }, endSeconds) {
	const jobs = rows.map(asJob);
	const tip = element("div", { class: "tip" });
	const sample = jobs.length < total ? ` ${number(jobs.length)} of ` +
		`${number(total)} are drawn, evenly chosen.` : "";
	const hover = u => {
		const job = u.cursor.left >= 0 ? jobAt(u, jobs) : null;
		tip.style.display = job ? "block" : "none";
		if (!job)
			return;
		tip.textContent = tellJob(job);
		tip.style.left = `${Math.min(u.cursor.left + 12, u.over.clientWidth - 180)}px`;
		tip.style.top = `${Math.min(u.cursor.top + 12, u.over.clientHeight - 90)}px`;
	};
	return plotSection("Jobs", "Each task in order of submission: a thin line " +
		"(orange) while it waits, a bar (blue) while it runs." + sample,
	() => [timePlot([{ points: { show: false } }], "place in the queue", {
		legend: { show: false },
		scales: { x: { time: false }, y: { dir: -1, range: () => [-.5, total - .5] } },
		hooks: {
			draw: [u => drawJobs(u, jobs, total)],
			setCursor: [hover],
			ready: [u => u.over.append(tip)],
		},
	}), [[0, endSeconds], [0, 0]]], 380).section;
}

// ---- figures

const tileNames = [["wait_s.p50", "median wait"], ["wait_s.p95", "95th percentile of waits"],
	["makespan_s", "makespan"], ["node_seconds.billed", "node-hours billed"],
	["cost", "cost"], ["peak_nodes", "most nodes at a time"], ["jobs.done", "tasks done"]];

function tiles(data) {
	const values = Object.fromEntries(data.measures.map((m, i) => [m.name, data.values[i]]));
	const known = tileNames.filter(([name]) => values[name] !== null &&
		(name !== "cost" || values[name] > 0));
	return element("div", { class: "tiles" }, ...known.map(([name, text]) => {
		const value = values[name];
		const shown = name === "node_seconds.billed" ? number(value / 3600, short)
			: name.includes("_s") ? duration(value) : number(value);
		return element("div", {}, element("b", {}, shown), element("span", {}, text));
	}));
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
			[{ name: "measure" }, { name: "value", number: true }, { name: "unit" },
				{ name: "what it is" }],
			rows.map(([m, value]) => [element("code", {}, m.name), number(value),
				m.unit, m.text])));
}

function showRun(data) {
	const { timeline, waits, jobs } = data;
	const sections = [tiles(data)];

	if (timeline.at_s.length && timeline.resources.length)
		sections.push(demandSection(timeline));
	if (timeline.nodes.up.some(Boolean))
		sections.push(element("div", { class: "pair" }, nodesSection(timeline),
			queueSection(timeline)));
	else if (timeline.at_s.length)
		sections.push(queueSection(timeline));
	if (timeline.groups.length > 1)
		sections.push(groupsSection(timeline));
	if (waits.s.length)
		sections.push(waitsSection(waits));
	if (jobs.rows.length)
		sections.push(jobsSection(jobs, timeline.at_s.at(-1) || 1));
	return [...sections, spreads(data), others(data)];
}
