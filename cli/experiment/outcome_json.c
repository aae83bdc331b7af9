/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome_json.c - summary.json.
 */
#include <inttypes.h>

#include "cli/experiment/outcome.h"
#include "cli/report/text.h"

void outcome_parameters(const struct experiment *e, const struct cell *cell,
			FILE *to)
{
	fputs("\"parameters\":{", to);
	for (uint32_t p = 0; p < e->parameters.len; p++) {
		if (p > 0)
			putc(',', to);
		report_json_text(to, e->parameters.at[p].key);
		putc(':', to);
		report_json_text(to, cell->values[p].text);
	}
	putc('}', to);
}

void outcome_combination(const struct outcome *o, const struct cell *cell,
			 FILE *to)
{
	fprintf(to, "\"workload\":\"%s\",\"cluster\":\"%s\",\"policy\":",
		cell->workload->name, cell->cluster->name);
	if (cell->policy)
		fprintf(to, "\"%s\"", cell->policy->name);
	else
		fputs("null", to);
	putc(',', to);
	outcome_parameters(o->experiment, cell, to);
}

static void add_number(const char *name, double value, FILE *to)
{
	fprintf(to, ",\"%s\":", name);
	report_number(to, value);
}

static void add_interval(const struct interval *interval, FILE *to)
{
	fprintf(to, "{\"n\":%" PRIu32, interval->n);
	add_number("mean", interval->mean, to);
	add_number("low", interval->low, to);
	add_number("high", interval->high, to);
	putc('}', to);
}

static void add_comparison(const struct comparison *c, FILE *to)
{
	fprintf(to, "{\"n\":%" PRIu32, c->difference.n);
	add_number("base", c->base, to);
	add_number("mean", c->mean, to);
	add_number("difference", c->difference.mean, to);
	add_number("low", c->difference.low, to);
	add_number("high", c->difference.high, to);
	add_number("percent", c->percent.mean, to);
	add_number("percent_low", c->percent.low, to);
	add_number("percent_high", c->percent.high, to);
	putc('}', to);
}

static void add_measures(const struct outcome *o, uint32_t group, FILE *to)
{
	const char *before = ",\"measures\":{";

	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		if (sim_measures[i].clocked)
			continue;
		struct interval interval =
			outcome_interval(o, group, &sim_measures[i]);
		fprintf(to, "%s\"%s\":", before, sim_measures[i].name);
		add_interval(&interval, to);
		before = ",";
	}
	putc('}', to);
}

static void add_comparisons(const struct outcome *o, uint32_t group, FILE *to)
{
	const char *before = ",\"compared\":{";

	if (!outcome_is_compared(o, group))
		return;
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		if (sim_measures[i].clocked)
			continue;
		struct comparison c =
			outcome_compare(o, group, &sim_measures[i]);
		fprintf(to, "%s\"%s\":", before, sim_measures[i].name);
		add_comparison(&c, to);
		before = ",";
	}
	putc('}', to);
}

void outcome_runs(const struct outcome *o, uint32_t group, FILE *to)
{
	const struct cell *cells = outcome_group(o, group);

	fputs("\"runs\":[", to);
	for (uint32_t s = 0; s < o->experiment->seeds.len; s++)
		fprintf(to, "%s{\"seed\":%" PRIu64 ",\"run\":\"%s\"}",
			s > 0 ? "," : "", cells[s].seed, cells[s].id);
	putc(']', to);
}

void outcome_base(const struct outcome *o, FILE *to)
{
	const struct experiment_policy *base = o->experiment->base_policy;

	if (base)
		fprintf(to, "\"base\":\"%s\"", base->name);
	else
		fputs("\"base\":null", to);
}

static void add_groups(const struct outcome *o, FILE *to)
{
	fputs("\"groups\":[", to);
	for (uint32_t g = 0; g < outcome_groups(o); g++) {
		fputs(g > 0 ? ",\n{" : "\n{", to);
		outcome_combination(o, outcome_group(o, g), to);
		putc(',', to);
		outcome_runs(o, g, to);
		add_measures(o, g, to);
		add_comparisons(o, g, to);
		putc('}', to);
	}
	fputs("]", to);
}

void outcome_summary_json(const struct outcome *o, FILE *to)
{
	fputs("{\"title\":", to);
	report_json_text(to, o->experiment->title);
	fputs(",\"confidence\":", to);
	report_number(to, o->experiment->confidence);
	putc(',', to);
	outcome_base(o, to);
	putc(',', to);
	add_groups(o, to);
	fputs("}\n", to);
}
