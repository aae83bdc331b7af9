// SPDX-License-Identifier: Apache-2.0
// The page of an experiment: what its runs cost against how long tasks waited,
// and its figures.  Runs that differ in the seed alone are one group.

const groupColours = ["blue", "orange", "green", "purple", "yellow", "grey"];

function parametersOf(group) {
	return Object.entries(group.parameters).map(([key, value]) => `${key}=${value}`);
}

// What tells the groups of a workload apart, for the legend.
function familyOf(group, data) {
	const several = data.groups.some(other => other.cluster !== group.cluster);
	return [several || !group.policy ? group.cluster : null, group.policy]
		.filter(Boolean).join(", ");
}

function interval({ mean, low, high }) {
	if (mean === null)
		return "–";
	return low === null ? number(mean) : withError(mean, high - mean);
}

// How it differs from the base: "+5.2 ± 1.1 %".
function change(compared) {
	if (!compared || compared.percent === null)
		return "";
	const { percent, percent_high: high } = compared;
	return `${withError(percent, high === null ? null : high - percent, "exceptZero")} %`;
}

// A colour and a shape for each family.
const shapes = [
	(to, x, y, r) => to.arc(x, y, r, 0, 2 * Math.PI),
	(to, x, y, r) => to.rect(x - r * .9, y - r * .9, r * 1.8, r * 1.8),
	(to, x, y, r) => polygon(to, [[x, y - r * 1.25], [x + r * 1.15, y + r * .8],
		[x - r * 1.15, y + r * .8]]),
	(to, x, y, r) => polygon(to, [[x, y - r * 1.3], [x + r * 1.3, y], [x, y + r * 1.3],
		[x - r * 1.3, y]]),
];

function polygon(to, [[x, y], ...more]) {
	to.moveTo(x, y);
	for (const [nextX, nextY] of more)
		to.lineTo(nextX, nextY);
	to.closePath();
}

function drawPoint(to, family, x, y, r) {
	to.beginPath();
	shapes[family % shapes.length](to, x, y, r);
	to.fill();
}

// ---- cost against wait

// From below the least to above the most, intervals included.
function spanOf(groups, measure) {
	const values = groups.flatMap(({ measures: { [measure]: m } }) =>
		[m.low ?? m.mean, m.high ?? m.mean]).filter(v => v !== null);
	if (!values.length)
		return [0, 1];
	const [least, most] = [Math.min(...values), Math.max(...values)];
	const room = (most - least || Math.abs(most) || 1) * .08;
	return [least >= 0 ? Math.max(0, least - room) : least - room, most + room];
}

function familyColour(family) {
	return colour(groupColours[family % groupColours.length]);
}

function drawGroups(u, groups, families, x, y) {
	const { ctx } = u;
	const px = devicePixelRatio;
	const at = (value, scale) => u.valToPos(value, scale, true);
	const stroke = (x0, y0, x1, y1) => {
		ctx.beginPath();
		ctx.moveTo(x0, y0);
		ctx.lineTo(x1, y1);
		ctx.stroke();
	};

	ctx.save();
	ctx.lineWidth = 1.2 * px;
	for (const group of groups) {
		const [mx, my] = [group.measures[x], group.measures[y]];
		if (mx.mean === null || my.mean === null)
			continue;
		const family = families.indexOf(group.family);
		const [cx, cy] = [at(mx.mean, "x"), at(my.mean, "y")];
		ctx.fillStyle = ctx.strokeStyle = familyColour(family);
		if (mx.low !== null)
			stroke(at(mx.low, "x"), cy, at(mx.high, "x"), cy);
		if (my.low !== null)
			stroke(cx, at(my.low, "y"), cx, at(my.high, "y"));
		drawPoint(ctx, family, cx, cy, 4.5 * px);
	}
	ctx.restore();
}

function nearestGroup(u, groups, x, y) {
	const far = group => Math.hypot(
		u.valToPos(group.measures[x].mean, "x") - u.cursor.left,
		u.valToPos(group.measures[y].mean, "y") - u.cursor.top);
	return groups.filter(group => group.measures[x].mean !== null &&
			group.measures[y].mean !== null && far(group) < 24)
		.reduce((best, group) => best && far(best) <= far(group) ? best : group, null);
}

function markerOf(family) {
	const canvas = element("canvas", { width: 28, height: 28, class: "marker" });
	const to = canvas.getContext("2d");
	to.fillStyle = familyColour(family);
	drawPoint(to, family, 14, 14, 9);
	return canvas;
}

// Drawn anew with the plot, for the scheme's colours.
function fillLegend(legend, families) {
	legend.replaceChildren(...families.map((name, i) =>
		element("span", {}, markerOf(i), name)));
}

function labelOf(data, name) {
	const { unit } = data.measures.find(m => m.name === name);
	return unit ? `${name} in ${unit}` : name;
}

function scatterSection(data) {
	const workloads = [...new Set(data.groups.map(group => group.workload))];
	const families = [...new Set(data.groups.map(group => group.family))];
	const names = data.measures.map(m => m.name).filter(name =>
		data.groups.some(({ measures }) => measures[name] && measures[name].mean !== null));
	const matters = name => data.groups.some(({ measures }) => measures[name]?.mean > 0);
	const chosen = { workload: workloads[0], y: "wait_s.mean",
		x: ["cost", "node_seconds.billed", "cpu_hours.charged", "makespan_s"]
			.find(matters) || names[0] };
	const tip = element("div", { class: "tip" });
	const legend = element("p", { class: "note families" });
	const { section, choices, draw } = plotSection("Cost against wait",
		"A point for each group of runs that differ in the seed alone" +
		(data.seeds > 1 ? `, with the ${number(data.confidence * 100)} % intervals of ` +
			"both means" : "") + ". Of waits and of cost less is better.", () => {
			const { x, y } = chosen;
			const groups = data.groups.filter(g => g.workload === chosen.workload);
			const hover = u => {
				const group = u.cursor.left >= 0 ? nearestGroup(u, groups, x, y) : null;
				showTip(u, tip, group && [group.family, ...parametersOf(group),
					`${x}: ${interval(group.measures[x])}`,
					`${y}: ${interval(group.measures[y])}`].join("\n"));
			};
			const [xs, ys] = [spanOf(groups, x), spanOf(groups, y)];
			fillLegend(legend, families);
			return [{
				legend: { show: false },
				scales: { x: { time: false }, y: { range: ys } },
				axes: [numberAxis(labelOf(data, x), { size: 34 }),
					numberAxis(labelOf(data, y))],
				cursor: { drag: { x: true, y: false } },
				series: [{}, { points: { show: false } }],
				hooks: {
					draw: [u => drawGroups(u, groups, families, x, y)],
					setCursor: [hover],
					ready: [u => {
						u.over.append(tip);
						u.told = families.map((name, i) => [name, familyColour(i)]);
					}],
				},
			}, [xs, [null, null]]];
		}, 380);
	choices.prepend(selectOne("measure upwards", names, chosen.y, name => {
		chosen.y = name;
		draw();
	}), "against", selectOne("measure to the right", names, chosen.x, name => {
		chosen.x = name;
		draw();
	}));
	choose(choices, workloads, 0, i => {
		chosen.workload = workloads[i];
		draw();
	});
	section.insertBefore(legend, section.querySelector(".plot"));
	return section;
}

// ---- beside the base

// Is less of it better, or more?  Whether the policy is, when that is certain.
function verdict(compared, better) {
	const { percent, percent_low: low, percent_high: high } = compared;
	if (low === null ? percent === 0 : low <= 0 && high >= 0)
		return "same";
	return !better ? "other" : (percent < 0) === (better === "less") ? "better" : "worse";
}

const verdictColours = { same: "grey", other: "purple", better: "blue", worse: "orange" };

function drawChanges(u, rows) {
	const { ctx } = u;
	const { left, top, width, height } = u.bbox;
	const px = devicePixelRatio;
	const x = value => u.valToPos(value, "x", true);

	ctx.save();
	ctx.beginPath();
	ctx.rect(left, top, width, height);
	ctx.clip();
	ctx.fillStyle = colour("faint");
	ctx.fillRect(x(0) - px / 2, top, px, height);
	for (const [i, { compared, verdict: told }] of rows.entries()) {
		const y = u.valToPos(i, "y", true);
		ctx.fillStyle = ctx.strokeStyle = colour(verdictColours[told]);
		if (compared.percent_low !== null)
			ctx.fillRect(x(compared.percent_low), y - 1.2 * px,
				x(compared.percent_high) - x(compared.percent_low), 2.4 * px);
		ctx.beginPath();
		ctx.arc(x(compared.percent), y, 4.5 * px, 0, 2 * Math.PI);
		if (told === "same") {
			ctx.fillStyle = colour("panel");
			ctx.lineWidth = 1.6 * px;
			ctx.fill();
			ctx.stroke();
		} else {
			ctx.fill();
		}
	}
	ctx.restore();
}

// From below the least to above the most, zero included.
function changeSpan(rows) {
	const values = [0, ...rows.flatMap(({ compared: c }) =>
		[c.percent_low ?? c.percent, c.percent_high ?? c.percent])];
	const [least, most] = [Math.min(...values), Math.max(...values)];
	const room = (most - least || 1) * .06;
	return [least - room, most + room];
}

// Where something is compared: a workload on a cluster.
function placeOf(group) {
	return `${group.workload} on ${group.cluster}`;
}

function changesOf(data, place, name) {
	const { better } = data.measures.find(m => m.name === name);
	return data.groups.filter(g => placeOf(g) === place && g.compared &&
			g.compared[name].percent !== null)
		.map(group => ({ label: [group.policy, ...parametersOf(group)].join(", "),
			compared: group.compared[name],
			verdict: verdict(group.compared[name], better) }));
}

const rowsDrawn = 40;

// The largest, in the order in which they were.
function largest(rows) {
	const size = row => Math.abs(row.compared.percent);
	const kept = new Set([...rows].sort((a, b) => size(b) - size(a)).slice(0, rowsDrawn));
	return rows.filter(row => kept.has(row));
}

const labelMax = 42;

function labelAxis(rows) {
	const cut = text => text.length > labelMax
		? `${text.slice(0, labelMax / 2)}…${text.slice(1 - labelMax / 2)}` : text;
	const longest = Math.max(0, ...rows.map(({ label }) => cut(label).length));
	return axis(null, {
		size: 24 + longest * 6.6,
		splits: () => rows.map((_, i) => i),
		values: (u, places) => places.map(i => rows[i] ? cut(rows[i].label) : ""),
		grid: { show: false },
		ticks: { show: false },
	});
}

function changesSection(data) {
	const places = [...new Set(data.groups.filter(group => group.compared).map(placeOf))];
	const names = data.measures.map(m => m.name).filter(name =>
		data.groups.some(({ compared }) => compared?.[name].percent));
	const chosen = { place: places[0],
		name: [...data.show, ...names].find(name => names.includes(name)) };
	if (!chosen.name)
		return null;
	const tip = element("div", { class: "tip" });
	const { section, choices, draw } = plotSection(`More or less than under ${data.base}`,
		"Seed by seed, so that both had the same luck: the mean of the differences" +
		(data.seeds > 1 ? ` with its ${number(data.confidence * 100)} % interval` : "") +
		". Blue is better, orange is worse; hollow and grey, as far as these runs tell " +
		`there is no difference. At most ${rowsDrawn} are drawn, the largest.`, () => {
			const rows = largest(changesOf(data, chosen.place, chosen.name));
			const { better, text } = data.measures.find(m => m.name === chosen.name);
			const hover = u => {
				const row = u.cursor.left >= 0
					? rows[Math.round(u.posToVal(u.cursor.top, "y"))] : null;
				showTip(u, tip, row && [row.label, `${chosen.name}: ${text}`,
					`${number(row.compared.mean)} instead of ${number(row.compared.base)}: ` +
					change(row.compared)].join("\n"));
			};
			return [{
				height: 96 + 26 * Math.max(1, rows.length),
				legend: { show: false },
				scales: { x: { time: false }, y: { dir: -1,
					range: [-.7, Math.max(1, rows.length) - .3] } },
				axes: [numberAxis(`${chosen.name}, difference in %` +
					(better ? ` (${better} is better)` : ""), { size: 34 }),
				labelAxis(rows)],
				cursor: { drag: { x: true, y: false } },
				series: [{}, { points: { show: false } }],
				hooks: {
					draw: [u => drawChanges(u, rows)],
					setCursor: [hover],
					ready: [u => {
						u.over.append(tip);
						u.told = Object.entries(verdictColours)
							.filter(([name]) => rows.some(row => row.verdict === name))
							.map(([name, hue]) => [name, colour(hue)]);
					}],
				},
			}, [changeSpan(rows), [null, null]]];
		});
	choices.prepend(selectOne("measure that is compared", names, chosen.name, name => {
		chosen.name = name;
		draw();
	}));
	choose(choices, places, 0, i => {
		chosen.place = places[i];
		draw();
	});
	return section;
}

// ---- figures

// A click on the head of a column sorts by it.
function sortable(box) {
	const body = box.querySelector("tbody");
	box.querySelectorAll("th").forEach((head, column) => {
		const button = element("button", { type: "button" }, head.textContent);
		const key = row => {
			const text = row.cells[column].textContent;
			const value = parseFloat(text.replaceAll(",", ""));
			return text === "–" ? -Infinity : Number.isNaN(value) ? text : value;
		};
		let up = false;
		button.addEventListener("click", () => {
			up = !up;
			const order = (a, b) => key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
			body.append(...[...body.rows].sort((a, b) => up ? order(a, b) : order(b, a)));
		});
		head.replaceChildren(button);
	});
	return box;
}

function figureCell(group, name) {
	if (!group.measures[name])
		return "–";
	const told = change(group.compared?.[name]);
	return element("span", {}, interval(group.measures[name]),
		...told ? [element("span", { class: "change" }, told)] : []);
}

function figuresSection(data) {
	const keys = Object.keys(data.groups[0].parameters);
	const heads = [...["workload", "cluster", "policy", ...keys, "seeds"]
		.map(name => ({ name })), ...data.show.map(name => ({ name, number: true }))];
	const rows = data.groups.map(group => [group.workload, group.cluster,
		group.policy || "–", ...keys.map(key => group.parameters[key]),
		element("span", { class: "runs" }, ...group.runs.map(({ seed, run }) =>
			element("a", { href: `runs/${run}/report.html` }, `${seed}`))),
		...data.show.map(name => figureCell(group, name))]);
	return element("section", { "aria-label": "Groups" },
		element("div", { class: "head" }, element("h2", {}, "Groups")),
		element("p", { class: "note" }, "Means over the seeds" +
			(data.base ? `, and how they differ from those under ${data.base}` : "") +
			". All measures are in intervals.csv; the run of each seed has a page."),
		sortable(table(heads, rows)));
}

// Figures by the names of their measures.
function byName(data, names, arrays) {
	const entry = i => Object.fromEntries(names.map((name, k) =>
		[name, arrays[i]?.[k] ?? null]));
	return arrays && Object.fromEntries(data.measures.map((m, i) => [m.name, entry(i)]));
}

function showRuns(data) {
	data.seeds = data.groups[0].runs.length;
	for (const group of data.groups) {
		group.family = familyOf(group, data);
		group.measures = byName(data, ["mean", "low", "high"], group.measures);
		group.compared = byName(data, ["base", "mean", "percent", "percent_low",
			"percent_high"], group.compared);
	}
	return [scatterSection(data), ...data.base ? [changesSection(data)].filter(Boolean) : [],
		figuresSection(data)];
}
