# SPDX-License-Identifier: Apache-2.0
"""proof_page: what scripts/proof measured, as tables and plots.  Each table goes
into docs/policies.md between two comments that name its workload."""
import math
import pathlib
import re

ORDER = ["openb", "llm-code", "llm-conv", "photo-index", "philly"]
PAGE = pathlib.Path("docs/policies.md")
EXPERIMENTS = pathlib.Path("docs/experiments")
# Of the bound on cost: a resource, the group that has it at the best price, how
# much a node of it has.
CHEAPEST = {"philly": ("gpu", "group", 8), "openb": ("gpu", "group.t4x4", 4),
            "llm-code": ("gpu", "group", 1), "llm-conv": ("gpu", "group", 1),
            "photo-index": ("cpu", "group", 4)}
BETTER_WAIT, BETTER_COST = -20, -15  # percent: what is better than Ray's default


# ---- words -------------------------------------------------------------------

def number(value):
    if value is None:
        return ""
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def within(figure, text=number):
    """A mean, and how far its interval reaches to each side."""
    mean, low, high = figure
    if low is None or high == low:
        return text(mean)
    return f"{text(mean)} ± {text((high - low) / 2)}"


def percent(figure):
    if figure is None:
        return ""
    mean, low, high = figure
    if low is None or high - low < 0.1:
        return f"{mean:+.1f} %"
    return f"{mean:+.1f} ± {(high - low) / 2:.1f} %"


def price_of(name, key):
    text = (EXPERIMENTS / f"{name}.yaml").read_text()
    return float(re.search(rf"^  {key}\.price_per_h: ([\d.]+)", text,
                           re.MULTILINE).group(1))


def bound(name, found):
    """What the work costs on nodes that are always full, at the best price."""
    if name not in CHEAPEST:
        return None
    resource, group, amount = CHEAPEST[name]
    used = found["policies"]["ray"][f"{resource}_hours.used"][0]
    return used / amount * price_of(name, group)


def table(name, found):
    rows = ["| policy | cost, $ | against `ray` | p95 wait, s | against `ray` "
            "| p99 wait, s | rejected |", "|---|---|---|---|---|---|---|"]
    for policy, of in found["policies"].items():
        against = found["compared"].get(policy, {})
        shown = policy.replace("static-", "static, ")
        rows.append("| " + " | ".join([
            shown if shown != policy else f"`{policy}`", within(of["cost"]),
            percent(against.get("cost")), within(of["wait_s.p95"]),
            percent(against.get("wait_s.p95")), within(of["wait_s.p99"]),
            number(of["jobs.rejected"][0] + of["jobs.unfinished"][0])]) + " |")
    least = bound(name, found)
    if least:
        ray = found["policies"]["ray"]["cost"][0]
        rows.append(f"| *bound* | {number(least)} | "
                    f"{percent((100 * least / ray - 100, None, None))} "
                    "| 0 | | 0 | |")
    return "\n".join(rows)


def verdict_of(against):
    """Does it beat Ray's default, and how surely."""
    cost, wait = against.get("cost"), against.get("wait_s.p95")
    if not cost or not wait:
        return None
    if (cost[0] <= 0 and wait[0] <= BETTER_WAIT) or \
            (wait[0] <= 0 and cost[0] <= BETTER_COST):
        return "beats"
    if (cost[1] is not None and cost[1] <= 0 and wait[0] <= BETTER_WAIT) or \
            (wait[1] is not None and wait[1] <= 0 and cost[0] <= BETTER_COST):
        return "even"
    return None


def verdict(found):
    said = {"beats": [], "even": []}
    for policy, against in found["compared"].items():
        word = verdict_of(against)
        if word and policy in COLOURS:
            said[word].append(f"`{policy}`")
    parts = []
    if said["beats"]:
        parts.append("Better than Ray's default: " + ", ".join(said["beats"]))
    if said["even"]:
        parts.append("better in one and, within the interval, no worse in the "
                     "other: " + ", ".join(said["even"]))
    text = "; ".join(parts) or "No preset is better than Ray's default"
    return "**" + text[0].upper() + text[1:] + ".**"


def chosen(found):
    rows = ["| preset | tried | chosen | on the first part: cost, p95 wait of "
            "`ray`'s |", "|---|---|---|---|"]
    for preset, of in found["search"].items():
        values = ", ".join(f"`{key}={value}`"
                           for key, value in of["set"].items())
        wait = "" if of["wait"] is None else f", {of['wait'] * 100:.0f} %"
        rows.append(f"| `{preset}` | {of['tried']} | {values} | "
                    f"{of['cost'] * 100:.0f} %{wait} |")
    return "\n".join(rows)


# ---- a plot ------------------------------------------------------------------

WIDTH, HEIGHT, TOP, BOTTOM, PANEL = 860, 340, 32, 48, 320
COLOURS = {"ray": "#c0392b", "responsive": "#2471a3", "saver": "#1e8449",
           "slo": "#b9770e", "nightly": "#7d3c98"}
GREY = "#7f8c8d"


class Linear:
    def __init__(self, least, most):
        self.least, self.most = least, most

    def share(self, value):
        return (value - self.least) / (self.most - self.least)

    def ticks(self):
        """Round numbers, about five of them."""
        span = self.most - self.least
        step = 10.0 ** math.floor(math.log10(span))
        step *= min(part for part in (0.2, 0.5, 1, 2, 5)
                    if span / (step * part) <= 6)
        return [i * step for i in range(math.ceil(self.least / step),
                                        math.floor(self.most / step) + 1)]


class Logarithmic:
    """Of value + shift, so that 0 has a place where there is a shift."""

    def __init__(self, least, most, shift=0):
        self.least, self.most, self.shift = least, most, shift

    def share(self, value):
        low, high, at = (math.log10(v + self.shift)
                         for v in (self.least, self.most, value))
        return (at - low) / (high - low)

    def ticks(self):
        parts = (1,) if self.shift else (1, 2, 5)
        found = [part * 10.0 ** power for power in range(-2, 8)
                 for part in parts]
        return [0] * bool(self.shift) + \
            [v for v in found if self.least <= v <= self.most
             and (not self.shift or v >= 1)]


def words(value):
    return f"{value / 1e3:,.6g}k" if value >= 1e4 else f"{value:.4g}"


class Panel:
    """Cost to the right, waits upwards."""

    def __init__(self, left, title, across, up):
        self.left, self.across, self.up = left, across, up
        self.parts = []
        right, bottom = left + PANEL, HEIGHT - BOTTOM
        self.line(left, bottom, right, bottom, GREY)
        self.line(left, TOP, left, bottom, GREY)
        for value in across.ticks():
            self.line(self.x(value), bottom, self.x(value), bottom + 4, GREY)
            self.text(self.x(value), bottom + 18, words(value))
        for value in up.ticks():
            self.line(left - 4, self.y(value), left, self.y(value), GREY)
            self.text(left - 8, self.y(value) + 4, words(value), "end")
        self.text(left + PANEL / 2, HEIGHT - 8, f"cost, $ ({title})")
        self.text(left, TOP - 12, "wait, s")

    def x(self, value):
        return self.left + PANEL * self.across.share(value)

    def y(self, value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * self.up.share(value)

    def has(self, of):
        cost, wait = of["cost"][0], of["wait_s.p95"][0]
        return self.across.least <= cost <= self.across.most and \
            wait <= self.up.most

    def line(self, x1, y1, x2, y2, colour, more=""):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" '
                          f'y2="{y2:.1f}" stroke="{colour}"{more}/>')

    def text(self, x, y, text, anchor="middle"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{GREY}" '
                          f'text-anchor="{anchor}">{text}</text>')

    def dot(self, x, y, colour, hollow=False):
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" stroke="{colour}" '
            f'fill="{"none" if hollow else colour}"/>')

    def bound(self, least):
        x = self.x(least)
        self.line(x, TOP, x, HEIGHT - BOTTOM, GREY,
                  ' stroke-dasharray="2 4"')
        self.text(x + 4, TOP + 10, "bound", "start")

    def static(self, sizes):
        """The p95 of each size, joined."""
        at = [(self.x(of["cost"][0]), self.y(of["wait_s.p95"][0]), size)
              for size, of in sizes if self.has(of)]
        for (x1, y1, _), (x2, y2, _) in zip(at, at[1:]):
            self.line(x1, y1, x2, y2, GREY)
        for x, y, size in at:
            self.dot(x, y, GREY)
            self.text(x, y - 8, size)

    def point(self, of, colour):
        """p95 with the intervals of both, and p99 above it."""
        cost, wait, rare = of["cost"], of["wait_s.p95"], of["wait_s.p99"]
        x, y = self.x(cost[0]), self.y(wait[0])
        if cost[1] is not None:
            self.line(self.x(cost[1]), y, self.x(cost[2]), y, colour)
            self.line(x, self.y(max(wait[1], 0)), x, self.y(wait[2]), colour)
        self.line(x, y, x, self.y(rare[0]), colour,
                  ' stroke-dasharray="1 3"')
        self.dot(x, self.y(rare[0]), colour, True)
        self.dot(x, y, colour)


def legend(panel, names):
    x, y = WIDTH - 100, TOP + 8
    for name in names:
        panel.dot(x, y - 4, COLOURS.get(name, GREY))
        panel.text(x + 10, y, name, "start")
        y += 20
    for hollow, name in (False, "p95"), (True, "p99"):
        panel.dot(x, y + 12, GREY, hollow)
        panel.text(x + 10, y + 16, name, "start")
        y += 20


def plot(name, found):
    """All of it, and beside it what is near those that scale."""
    policies = found["policies"]
    static = [(key.split("-")[1], of) for key, of in policies.items()
              if key.startswith("static")]
    elastic = {key: of for key, of in policies.items()
               if not key.startswith("static")}
    least = bound(name, found)

    def span(of_whom):
        costs = [of["cost"][0] for of in of_whom] + [least] * bool(least)
        waits = [of[key][0] for of in of_whom
                 for key in ("wait_s.p95", "wait_s.p99")]
        return min(costs), max(costs), max(1, *waits)

    low, high, longest = span(policies.values())
    whole = Panel(56, "logarithmic", Logarithmic(low / 1.2, high * 1.2),
                  Logarithmic(0, longest * 1.5, shift=1))
    low, high, longest = span(elastic.values())
    near = Panel(56 + PANEL + 56, "the scaling ones", Linear(
        0 if low < high / 2 else low - 0.1 * (high - low),
        high + 0.1 * (high - low)), Linear(0, longest * 1.15))
    for panel in whole, near:
        if least:
            panel.bound(least)
        panel.static(static)
        for key, of in elastic.items():
            panel.point(of, COLOURS[key.split("-")[0]])
    legend(near, [*COLOURS, "static"])
    (EXPERIMENTS / f"{name}.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(whole.parts + near.parts) + "\n</svg>\n")


# ---- the page ----------------------------------------------------------------

def section(name, found):
    return (f"![Cost and p95 wait of {name}](experiments/{name}.svg)\n\n"
            f"{table(name, found)}\n\nMeans over {found['seeds']} seeds, and "
            f"95 % intervals.\n\n{verdict(found)}\n\n{chosen(found)}\n")


def write(figures):
    page = PAGE.read_text()
    for name, found in figures.items():
        plot(name, found)
        page = re.sub(rf"(<!-- {name}: .*? -->\n).*?(<!-- /{name} -->)",
                      lambda m, n=name, f=found:
                      m.group(1) + section(n, f) + m.group(2),
                      page, flags=re.DOTALL)
    PAGE.write_text(page)
