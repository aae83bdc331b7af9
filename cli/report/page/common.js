// SPDX-License-Identifier: Apache-2.0
// What both pages are made of: elements, numbers as people read them, plots
// that are drawn anew when the scheme or the width changes.

const plots = []; // { box, draw, plot }

function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

function colour(name) {
	return getComputedStyle(document.documentElement)
		.getPropertyValue(`--${name}`).trim();
}

// A colour that lets what lies behind it through.
function faint(name, percent) {
	return colour(name) + Math.round(percent * 2.55).toString(16).padStart(2, "0");
}

// ---- numbers

const grouped = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

function number(value, format = grouped) {
	return value === null || value === undefined ? "–" : format.format(value);
}

// With two digits of the half of its interval, as many as of the mean.
function withError(mean, half, sign = "auto") {
	const digits = half > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(half))))
		: 0;
	const fixed = new Intl.NumberFormat("en", half > 0
		? { minimumFractionDigits: digits, maximumFractionDigits: digits,
			signDisplay: sign }
		: { maximumSignificantDigits: 6, signDisplay: sign });
	return half === null ? fixed.format(mean) : `${fixed.format(mean)} ± ` +
		(half > 0 ? half.toFixed(digits) : "0");
}

// 93784 is "1 d 2 h", 75.25 is "1 min 15 s": two units are enough, unless what
// is told apart is finer than a second.
function duration(s, fine = false) {
	if (s === null || s === undefined)
		return "–";
	const units = [["d", 86400], ["h", 3600], ["min", 60]];
	for (const [i, [name, length]] of units.entries()) {
		if (Math.abs(s) < length)
			continue;
		const [next, part] = units[i + 1] || ["s", 1];
		const whole = Math.trunc(s / length);
		const rest = Math.abs(s - whole * length) / part;
		if (fine)
			return `${grouped.format(s)} s`;
		return `${whole} ${name}` + (rest >= 1 ? ` ${Math.floor(rest)} ${next}` : "");
	}
	return `${short.format(s)} s`;
}

// Where the lines of an axis of time may stand.
const timeSteps = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10,
	15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
	...[1, 2, 5, 7, 10, 14, 30, 60, 90, 180, 365, 730, 1825, 3650]
		.map(days => days * 86400)];

// ---- plots

function axis(label, more = {}) {
	return {
		label,
		labelSize: 22,
		labelFont: "13px system-ui, sans-serif",
		font: "12px system-ui, sans-serif",
		stroke: colour("faint"),
		grid: { stroke: colour("grid"), width: 1 },
		ticks: { stroke: colour("grid"), width: 1, size: 5 },
		...more,
	};
}

function timeAxis(label) {
	return axis(label, {
		incrs: timeSteps,
		space: 90,
		size: 34,
		values: (u, ticks, i, space, step) =>
			ticks.map(s => s === null ? "" : duration(s, step < 1)),
	});
}

function numberAxis(label, more = {}) {
	return axis(label, {
		size: 62,
		values: (u, ticks) => ticks.map(v => v === null ? "" : number(v, short)),
		...more,
	});
}

// Of things that are counted.
const wholes = { incrs: [...Array(12).keys()]
	.flatMap(power => [1, 2, 5].map(v => v * 10 ** power)) };

// A section with a plot: `make(width)` gives uPlot's options and data.
function plotSection(title, note, make, height = 260) {
	const box = element("div", { class: "plot" });
	const choices = element("div", { class: "choices" });
	const section = element("section", { "aria-label": title },
		element("div", { class: "head" }, element("h2", {}, title), choices),
		element("p", { class: "note" }, note), box);
	const entry = { box, plot: null };
	const save = element("button", { type: "button", class: "save",
		title: "save this plot as an image" }, "PNG");

	if (uPlot)
		choices.append(save);
	save.addEventListener("click", () => savePlot(entry.plot, title));

	entry.draw = () => {
		if (!uPlot) {
			box.textContent = "There is no plot: this raytide was built without uPlot.";
			return;
		}
		const [options, data] = make();
		const old = entry.plot;
		entry.plot = new uPlot({
			width: box.clientWidth || 600, height, ms: 1,
			padding: [12, 28, 0, 0], // room for the last label
			...options,
		}, data, box);
		if (old)
			old.destroy();
	};
	plots.push(entry);
	return { section, choices, draw: entry.draw };
}

// What the legend of an image tells: of plots that draw themselves, `told`.
function legendEntries({ series, told }) {
	return told || series.slice(1).filter(s => s.label)
		.map(s => [s.label, typeof s.stroke === "function" ? s.stroke() : s.stroke]);
}

// The plot with its title and its legend, as it is on the page.
function imageOf(plot, title) {
	const { canvas } = plot.ctx;
	const px = devicePixelRatio;
	const image = document.createElement("canvas");
	const to = image.getContext("2d");
	const entries = legendEntries(plot);

	image.width = canvas.width + 32 * px;
	image.height = canvas.height + (entries.length ? 84 : 60) * px;
	to.fillStyle = colour("panel");
	to.fillRect(0, 0, image.width, image.height);
	to.fillStyle = colour("ink");
	to.font = `600 ${15 * px}px system-ui, sans-serif`;
	to.fillText(`${document.getElementById("title").textContent}: ${title}`,
		16 * px, 28 * px);
	to.drawImage(canvas, 16 * px, 44 * px);
	to.font = `${13 * px}px system-ui, sans-serif`;
	let x = 32 * px;
	for (const [label, stroke] of entries) {
		to.fillStyle = stroke;
		to.fillRect(x, canvas.height + 58 * px, 11 * px, 11 * px);
		to.fillStyle = colour("ink");
		to.fillText(label, x + 17 * px, canvas.height + 68 * px);
		x += to.measureText(label).width + 38 * px;
	}
	return image;
}

function savePlot(plot, title) {
	element("a", { href: imageOf(plot, title).toDataURL("image/png"),
		download: `${title.toLowerCase().replaceAll(" ", "-")}.png` }).click();
}

function selectOne(label, names, chosen, then) {
	const select = element("select", { "aria-label": label }, ...names.map(name =>
		element("option", name === chosen ? { selected: "" } : {}, name)));
	select.addEventListener("change", () => then(select.value));
	return select;
}

const buttonsMax = 5;

// Buttons of which one is pressed, or a list.
function choose(box, names, choice, then) {
	if (names.length > buttonsMax) {
		box.prepend(selectOne("what is shown", names, names[choice],
			name => then(names.indexOf(name))));
		return;
	}
	const buttons = names.map((name, i) => {
		const button = element("button", {
			type: "button", "aria-pressed": i === choice,
		}, name);
		button.addEventListener("click", () => {
			for (const other of buttons)
				other.setAttribute("aria-pressed", other === button);
			then(i);
		});
		return button;
	});
	if (names.length > 1)
		box.prepend(...buttons);
}

// What is under the cursor; nothing hides it.
function showTip(u, tip, text) {
	tip.style.display = text ? "block" : "none";
	if (!text)
		return;
	tip.textContent = text;
	const { left, top } = u.cursor;
	const { clientWidth, clientHeight } = u.over;
	tip.style.left = `${Math.max(0, Math.min(left + 12, clientWidth - tip.offsetWidth))}px`;
	tip.style.top = `${top + 12 + tip.offsetHeight > clientHeight
		? Math.max(0, top - 12 - tip.offsetHeight) : top + 12}px`;
}

// ---- tables

function table(heads, rows) {
	const cell = (name, value, { number, kind }) => element(name,
		number ? { class: "number" } : kind ? { class: kind } : {}, value);
	return element("div", { class: "scroll" },
		element("table", { class: "figures" },
			element("thead", {}, element("tr", {},
				...heads.map(head => cell("th", head.name, head)))),
			element("tbody", {}, ...rows.map(row => element("tr", {},
				...row.map((value, i) => cell("td", value, heads[i])))))));
}

// ---- the scheme

function setScheme(scheme) {
	document.documentElement.dataset.scheme = scheme;
	const button = document.getElementById("scheme");
	button.textContent = scheme === "dark" ? "light scheme" : "dark scheme";
	for (const entry of plots)
		entry.draw();
}

function startScheme() {
	const system = matchMedia("(prefers-color-scheme: dark)");
	const named = location.hash.slice(1); // report.html#dark
	setScheme(named === "dark" || named === "light" ? named
		: system.matches ? "dark" : "light");
	system.addEventListener("change", () =>
		setScheme(system.matches ? "dark" : "light"));
	document.getElementById("scheme").addEventListener("click", () =>
		setScheme(document.documentElement.dataset.scheme === "dark"
			? "light" : "dark"));
	let width = innerWidth;
	addEventListener("resize", () => {
		if (innerWidth === width)
			return;
		width = innerWidth;
		for (const entry of plots)
			entry.plot?.setSize({
				width: entry.box.clientWidth, height: entry.plot.height,
			});
	});
}

function show(data) {
	document.title = `${data.title} – raytide sim`;
	document.getElementById("title").textContent = data.title;
	document.getElementById("facts").append(...data.facts.map(([name, value]) =>
		element("div", {}, element("dt", {}, name), element("dd", {}, value))));
	document.getElementById("footer").textContent =
		`raytide ${data.version}. Drag over a plot to zoom, double-click to go back.`;
	document.getElementById("main").append(
		...(data.kind === "runs" ? showRuns(data) : showRun(data)));
	startScheme();
}
