/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome_table.c - columns as wide as what is in them.
 */
#include <math.h>
#include <string.h>

#include "cli/experiment/outcome.h"
#include "core/base/mem.h"

#define CELL_MAX 48

struct text_table {
	uint32_t columns, rows, numbers_from;
	char (*at)[CELL_MAX]; /* row by row */
	int *widths;
};

static char *place(const struct text_table *t, uint32_t row, uint32_t column)
{
	return t->at[(size_t)row * t->columns + column];
}

static const struct sim_measure *measure(const char *name)
{
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++)
		if (strcmp(sim_measures[i].name, name) == 0)
			return &sim_measures[i];
	RT_BUG("a measure that is not in the table");
}

static void put(const struct text_table *t, uint32_t row, uint32_t column,
		const char *text)
{
	snprintf(place(t, row, column), CELL_MAX, "%s", text);
}

/* As many decimals as give the half of an interval two digits. */
static int decimals(double half)
{
	int n = 1 - (int)floor(log10(half));

	return n < 0 ? 0 : n > 6 ? 6 : n;
}

static void put_interval(const struct text_table *t, uint32_t row,
			 uint32_t column, const struct interval *i)
{
	char *to = place(t, row, column);

	if (isnan(i->mean))
		snprintf(to, CELL_MAX, "-");
	else if (isnan(i->low))
		snprintf(to, CELL_MAX, "%.6g", i->mean);
	else if (i->high > i->mean)
		snprintf(to, CELL_MAX, "%.*f ±%.*f",
			 decimals(i->high - i->mean), i->mean,
			 decimals(i->high - i->mean), i->high - i->mean);
	else
		snprintf(to, CELL_MAX, "%.6g ±0", i->mean);
}

static void put_percent(const struct text_table *t, uint32_t row,
			uint32_t column, const struct interval *i)
{
	char *to = place(t, row, column);

	if (isnan(i->mean))
		snprintf(to, CELL_MAX, "-");
	else if (isnan(i->low))
		snprintf(to, CELL_MAX, "%+.3g %%", i->mean);
	else if (i->high > i->mean)
		snprintf(to, CELL_MAX, "%+.*f ±%.*f %%",
			 decimals(i->high - i->mean), i->mean,
			 decimals(i->high - i->mean), i->high - i->mean);
	else
		snprintf(to, CELL_MAX, "%+.6g ±0 %%", i->mean);
}

static void fill_heads(const struct outcome *o, const struct text_table *t)
{
	const struct experiment *e = o->experiment;
	static const char *const heads[] = { "workload", "cluster", "policy" };

	for (uint32_t c = 0; c < 3; c++)
		put(t, 0, c, heads[c]);
	for (uint32_t p = 0; p < e->parameters.len; p++)
		put(t, 0, 3 + p, e->parameters.at[p].key);
	for (uint32_t i = 0; i < e->show.len; i++)
		put(t, 0, t->numbers_from + i, e->show.at[i].text);
}

static void fill_row(const struct outcome *o, const struct text_table *t,
		     uint32_t row, uint32_t group, bool compared)
{
	const struct experiment *e = o->experiment;
	const struct cell *cell = outcome_group(o, group);

	put(t, row, 0, cell->workload->name);
	put(t, row, 1, cell->cluster->name);
	put(t, row, 2, cell->policy ? cell->policy->name : "-");
	for (uint32_t p = 0; p < e->parameters.len; p++)
		put(t, row, 3 + p, cell->values[p].text);
	for (uint32_t i = 0; i < e->show.len; i++) {
		const struct sim_measure *m = measure(e->show.at[i].text);
		uint32_t column = t->numbers_from + i;
		if (compared) {
			struct comparison c = outcome_compare(o, group, m);
			put_percent(t, row, column, &c.percent);
		} else {
			struct interval interval =
				outcome_interval(o, group, m);
			put_interval(t, row, column, &interval);
		}
	}
}

/* Characters, not bytes: the sign of an interval has two. */
static int width(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void print(const struct text_table *t, FILE *to)
{
	for (uint32_t row = 0; row < t->rows; row++) {
		for (uint32_t c = 0; c < t->columns; c++) {
			const char *text = place(t, row, c);
			int pad = t->widths[c] - width(text);
			if (c > 0)
				fputs("  ", to);
			if (c >= t->numbers_from)
				fprintf(to, "%*s%s", pad, "", text);
			else
				fprintf(to, "%s%*s", text, pad, "");
		}
		putc('\n', to);
	}
}

/* Of all groups, or of those that are compared. */
static void table(const struct outcome *o, bool compared, FILE *to)
{
	uint32_t groups = outcome_groups(o), row = 1;
	struct text_table t = {
		.numbers_from = 3 + o->experiment->parameters.len,
		.rows = 1,
	};

	t.columns = t.numbers_from + o->experiment->show.len;
	for (uint32_t g = 0; g < groups; g++)
		t.rows += !compared || outcome_is_compared(o, g);
	t.at = rt_calloc((size_t)t.rows * t.columns, sizeof *t.at);
	t.widths = rt_calloc(t.columns, sizeof *t.widths);
	fill_heads(o, &t);
	for (uint32_t g = 0; g < groups; g++)
		if (!compared || outcome_is_compared(o, g))
			fill_row(o, &t, row++, g, compared);
	for (row = 0; row < t.rows; row++)
		for (uint32_t c = 0; c < t.columns; c++)
			if (width(place(&t, row, c)) > t.widths[c])
				t.widths[c] = width(place(&t, row, c));
	print(&t, to);
	rt_free(t.at);
	rt_free(t.widths);
}

void outcome_table(const struct outcome *o, FILE *to)
{
	const struct experiment_policy *base = o->experiment->base_policy;

	table(o, false, to);
	if (!base)
		return;
	fprintf(to, "\nmore (+) or less (-) than under %s, seed by seed:\n",
		base->name);
	table(o, true, to);
}
