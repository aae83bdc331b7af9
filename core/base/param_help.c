/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param_help.c - rows for people: a line of help each, or all that is known.
 */
#include "core/base/param.h"

#include <math.h>
#include <string.h>

static const char *const type_names[] = {
	[RT_PARAM_BOOL] = "true or false",
	[RT_PARAM_INT] = "whole number",
	[RT_PARAM_DOUBLE] = "number",
	[RT_PARAM_CHOICE] = "one of",
	[RT_PARAM_TEXT] = "text",
	[RT_PARAM_SPAN] = "time, as 90s, 5m or 10h",
	[RT_PARAM_CRON] = "cron, as \"0 8 * * 1-5\"",
	[RT_PARAM_ZONE] = "time zone, as Europe/Berlin",
	[RT_PARAM_PAIRS] = "{name: number, ...}",
	[RT_PARAM_LIST] = "list of {...}",
};

static void print_default(const struct rt_param *row, FILE *to)
{
	switch (row->type) {
	case RT_PARAM_BOOL:
		fputs(row->def != 0 ? "true" : "false", to);
		break;
	case RT_PARAM_INT:
	case RT_PARAM_DOUBLE:
		fprintf(to, "%.10g", row->def);
		break;
	case RT_PARAM_SPAN:
		fprintf(to, "%.10gs", row->def / 1000);
		break;
	case RT_PARAM_CHOICE:
		fputs(row->choices[(int)row->def], to);
		break;
	case RT_PARAM_ZONE:
		fputs("UTC", to);
		break;
	default:
		fputs("none", to);
		break;
	}
}

static void print_choices(const struct rt_param *row, FILE *to)
{
	for (size_t i = 0; row->type == RT_PARAM_CHOICE && row->choices[i]; i++)
		fprintf(to, "%s%s", i ? ", " : ": ", row->choices[i]);
}

static void print_value(const struct rt_param *row, FILE *to)
{
	if (row->needed) {
		fputs("needed", to);
		return;
	}
	fputs("default ", to);
	print_default(row, to);
	fprintf(to, "%s%s", *row->unit ? " " : "", row->unit);
}

void rt_params_help(const struct rt_param *rows, const char *prefix, FILE *to)
{
	for (const struct rt_param *row = rows; row->name; row++) {
		int width = 30 - (int)strlen(prefix);
		fprintf(to, "  %s%-*s %s", prefix, width > 0 ? width : 0,
			row->name, row->help);
		print_choices(row, to);
		fputs(" (", to);
		print_value(row, to);
		fputs(")\n", to);
	}
}

static void print_range(const struct rt_param *row, FILE *to)
{
	double scale = row->type == RT_PARAM_SPAN ? 1000 : 1;
	const char *unit = row->type == RT_PARAM_SPAN ? "s" : "";
	if (row->type != RT_PARAM_INT && row->type != RT_PARAM_DOUBLE &&
	    row->type != RT_PARAM_SPAN && row->type != RT_PARAM_PAIRS)
		return;
	fprintf(to, ", from %.10g%s", row->min / scale, unit);
	if (!isinf(row->max))
		fprintf(to, " to %.10g%s", row->max / scale, unit);
}

void rt_params_show(const struct rt_param *rows, int indent, FILE *to)
{
	for (const struct rt_param *row = rows; row->name; row++) {
		fprintf(to, "%*s%s: %s", indent, "", row->name,
			type_names[row->type]);
		print_choices(row, to);
		print_range(row, to);
		fputs("; ", to);
		print_value(row, to);
		fprintf(to, "\n%*s%s\n", indent + 4, "", row->help);
		if (row->type == RT_PARAM_LIST)
			rt_params_show(row->rows, indent + 4, to);
	}
}
