/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome_page.c - the page over all runs.  Its figures are in arrays, in the
 * order of the measures and with no more digits than are shown: there may be
 * thousands of groups.
 */
#include <inttypes.h>
#include <math.h>

#include "cli/experiment/outcome.h"
#include "cli/report/page.h"
#include "cli/report/run_page.h"
#include "cli/report/text.h"

static void add_array(const double *values, uint32_t len, FILE *to)
{
	if (isnan(values[0])) {
		fputs("null", to);
		return;
	}
	while (len > 1 && isnan(values[len - 1]))
		len--;
	for (uint32_t i = 0; i < len; i++) {
		putc(i > 0 ? ',' : '[', to);
		report_short_number(to, values[i]);
	}
	putc(']', to);
}

/* [mean, low, high] */
static void add_measure(const struct outcome *o, uint32_t group,
			const struct sim_measure *measure, FILE *to)
{
	struct interval i = outcome_interval(o, group, measure);

	add_array((double[]){ i.mean, i.low, i.high }, 3, to);
}

/* [base, mean, percent, percent_low, percent_high] */
static void add_comparison(const struct outcome *o, uint32_t group,
			   const struct sim_measure *measure, FILE *to)
{
	struct comparison c = outcome_compare(o, group, measure);

	add_array((double[]){ c.base, c.mean, c.percent.mean, c.percent.low,
			      c.percent.high },
		  5, to);
}

/* Those of a clock come last and are left out. */
static void add_measures(const struct outcome *o, uint32_t group,
			 void (*add)(const struct outcome *, uint32_t,
				     const struct sim_measure *, FILE *),
			 FILE *to)
{
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		if (sim_measures[i].clocked)
			break;
		putc(i > 0 ? ',' : '[', to);
		add(o, group, &sim_measures[i], to);
	}
	putc(']', to);
}

static void add_groups(const struct outcome *o, FILE *to)
{
	fputs("\"groups\":[", to);
	for (uint32_t g = 0; g < outcome_groups(o); g++) {
		fputs(g > 0 ? ",\n{" : "\n{", to);
		outcome_combination(o, outcome_group(o, g), to);
		putc(',', to);
		outcome_runs(o, g, to);
		fputs(",\"measures\":", to);
		add_measures(o, g, add_measure, to);
		if (outcome_is_compared(o, g)) {
			fputs(",\"compared\":", to);
			add_measures(o, g, add_comparison, to);
		}
		putc('}', to);
	}
	putc(']', to);
}

static void add_facts(const struct outcome *o, FILE *to)
{
	const struct experiment *e = o->experiment;

	fprintf(to,
		"\"facts\":[[\"runs\",\"%" PRIu32 "\"],"
		"[\"workloads\",\"%" PRIu32 "\"],"
		"[\"clusters\",\"%" PRIu32 "\"],"
		"[\"policies\",\"%" PRIu32 "\"],"
		"[\"seeds\",\"%" PRIu32 "\"]]",
		o->cells->len, e->workloads.len, e->clusters.len,
		e->policies.len, e->seeds.len);
}

static void add_shown(const struct outcome *o, FILE *to)
{
	const struct experiment_list *show = &o->experiment->show;

	fputs("\"show\":[", to);
	for (uint32_t i = 0; i < show->len; i++)
		fprintf(to, "%s\"%s\"", i > 0 ? "," : "", show->at[i].text);
	putc(']', to);
}

void outcome_page(const struct outcome *o, FILE *to)
{
	const struct experiment *e = o->experiment;

	fwrite(report_page_before, 1, report_page_before_len, to);
	fputs("{\"kind\":\"runs\",\"version\":\"" RAYTIDE_VERSION
	      "\",\n\"title\":",
	      to);
	report_json_text(to, e->title);
	fputs(",\n\"confidence\":", to);
	report_number(to, e->confidence);
	fputs(",\n", to);
	add_facts(o, to);
	fputs(",\n", to);
	outcome_base(o, to);
	fputs(",\n", to);
	add_shown(o, to);
	fputs(",\n", to);
	report_page_measures(to);
	fputs(",\n", to);
	add_groups(o, to);
	putc('}', to);
	fwrite(report_page_after, 1, report_page_after_len, to);
}
