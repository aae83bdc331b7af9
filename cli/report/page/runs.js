// SPDX-License-Identifier: Apache-2.0
// The page of an experiment: what its runs cost against how long tasks waited,
// and its figures.  Runs that differ in the seed alone are one group.

const groupColours = ["blue", "orange", "green", "purple", "yellow", "grey"];

function parametersOf(group) {
	return Object.entries(group.parameters).map(([key, value]) => `${key}=${value}`);
}

// What tells the groups of a workload apart, for the legend.
function familyOf(group) {
	return [group.cluster, group.policy].filter(Boolean).join(", ");
}

function interval({ mean, low, high }) {
	if (mean === null)
		return "–";
	return number(mean) + (low === null ? "" : ` ± ${number(high - mean, short)}`);
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
		const [cx, cy] = [at(mx.mean, "x"), at(my.mean, "y")];
		ctx.fillStyle = ctx.strokeStyle =
			colour(groupColours[families.indexOf(familyOf(group)) % groupColours.length]);
		if (mx.low !== null)
			stroke(at(mx.low, "x"), cy, at(mx.high, "x"), cy);
		if (my.low !== null)
			stroke(cx, at(my.low, "y"), cx, at(my.high, "y"));
		ctx.beginPath();
		ctx.arc(cx, cy, 4.5 * px, 0, 2 * Math.PI);
		ctx.fill();
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

function legendOf(families) {
	return element("p", { class: "note families" }, ...families.flatMap((name, i) => {
		const swatch = element("span", { class: "swatch" });
		swatch.style.background = `var(--${groupColours[i % groupColours.length]})`;
		return [swatch, `${name} `];
	}));
}

function selectMeasure(label, names, chosen, then) {
	const select = element("select", { "aria-label": label }, ...names.map(name =>
		element("option", name === chosen ? { selected: "" } : {}, name)));
	select.addEventListener("change", () => then(select.value));
	return select;
}

function labelOf(data, name) {
	const { unit } = data.measures.find(m => m.name === name);
	return unit ? `${name} in ${unit}` : name;
}

function scatterSection(data) {
	const workloads = [...new Set(data.groups.map(group => group.workload))];
	const families = [...new Set(data.groups.map(familyOf))];
	const names = data.measures.map(m => m.name).filter(name =>
		data.groups.some(({ measures }) => measures[name] && measures[name].mean !== null));
	const matters = name => data.groups.some(({ measures }) => measures[name]?.mean > 0);
	const chosen = { workload: workloads[0], y: "wait_s.mean",
		x: ["cost", "node_seconds.billed", "cpu_hours.charged", "makespan_s"]
			.find(matters) || names[0] };
	const tip = element("div", { class: "tip" });
	const { section, choices, draw } = plotSection("Cost against wait",
		"A point for each group of runs that differ in the seed alone, with the " +
		`${number(data.confidence * 100)} % intervals of both means. Of waits and of ` +
		"cost less is better.", () => {
			const { x, y } = chosen;
			const groups = data.groups.filter(g => g.workload === chosen.workload);
			const hover = u => {
				const group = u.cursor.left >= 0 ? nearestGroup(u, groups, x, y) : null;
				tip.style.display = group ? "block" : "none";
				if (!group)
					return;
				tip.textContent = [familyOf(group), ...parametersOf(group),
					`${x}: ${interval(group.measures[x])}`,
					`${y}: ${interval(group.measures[y])}`].join("\n");
				tip.style.left = `${Math.min(u.cursor.left + 12, u.over.clientWidth - 260)}px`;
				tip.style.top = `${Math.min(u.cursor.top + 12, u.over.clientHeight - 90)}px`;
			};
			const [xs, ys] = [spanOf(groups, x), spanOf(groups, y)];
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
					ready: [u => u.over.append(tip)],
				},
			}, [xs, [null, null]]];
		}, 380);
	choose(choices, workloads, 0, i => {
		chosen.workload = workloads[i];
		draw();
	});
	choices.append(
		selectMeasure("measure upwards", names, chosen.y, name => {
			chosen.y = name;
			draw();
		}), "against", selectMeasure("measure to the right", names, chosen.x, name => {
			chosen.x = name;
			draw();
		}));
	section.insertBefore(legendOf(families), section.querySelector(".plot"));
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

function figuresSection(data) {
	const keys = Object.keys(data.groups[0].parameters);
	const heads = [...["workload", "cluster", "policy", ...keys].map(name => ({ name })),
		...data.show.map(name => ({ name, number: true })), { name: "runs" }];
	const rows = data.groups.map(group => [group.workload, group.cluster,
		group.policy || "–", ...keys.map(key => group.parameters[key]),
		...data.show.map(name => group.measures[name]
			? interval(group.measures[name]) : "–"),
		element("span", {}, ...group.runs.flatMap(({ seed, run }) =>
			[element("a", { href: `runs/${run}/report.html` }, `seed ${seed}`), " "]))]);
	return element("section", { "aria-label": "Groups" },
		element("div", { class: "head" }, element("h2", {}, "Groups")),
		element("p", { class: "note" }, "Means over the seeds. All measures are in " +
			"intervals.csv; each run has a page of its own."),
		sortable(table(heads, rows)));
}

function showRuns(data) {
	return [scatterSection(data), figuresSection(data)];
}
