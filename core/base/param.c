/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param.c - one switch over the types each for defaults, parsing and help.
 */
#include "core/base/param.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"

/* The field that a row describes. */
static void *field(const struct rt_param *row, void *conf)
{
	return (char *)conf + row->offset;
}

void rt_params_default(const struct rt_param *rows, void *conf)
{
	for (const struct rt_param *row = rows; row->name; row++) {
		void *at = field(row, conf);
		switch (row->type) {
		case RT_PARAM_BOOL:
			*(bool *)at = row->def != 0;
			break;
		case RT_PARAM_INT:
			*(int64_t *)at = (int64_t)row->def;
			break;
		case RT_PARAM_DOUBLE:
			*(double *)at = row->def;
			break;
		case RT_PARAM_CHOICE:
			*(int *)at = (int)row->def;
			break;
		}
	}
}

const struct rt_param *rt_param_find(const struct rt_param *rows,
				     const char *name)
{
	for (const struct rt_param *row = rows; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static enum rt_status check_bounds(const struct rt_param *row, double number,
				   const char *value, struct rt_error *err)
{
	if (number >= row->min && number <= row->max)
		return RT_OK;
	if (isinf(row->max))
		return rt_fail(err, RT_EINPUT, "%s: %s: less than %g",
			       row->name, value, row->min);
	return rt_fail(err, RT_EINPUT, "%s: %s: not between %g and %g",
		       row->name, value, row->min, row->max);
}

static enum rt_status set_bool(const struct rt_param *row, bool *at,
			       const char *value, struct rt_error *err)
{
	bool yes = strcmp(value, "true") == 0;
	if (!yes && strcmp(value, "false") != 0)
		return rt_fail(err, RT_EINPUT,
			       "%s: %s: neither \"true\" nor \"false\"",
			       row->name, value);
	*at = yes;
	return RT_OK;
}

static enum rt_status set_int(const struct rt_param *row, int64_t *at,
			      const char *value, struct rt_error *err)
{
	char *end;
	errno = 0;
	long long number = strtoll(value, &end, 10);
	if (end == value || *end || errno || isspace((unsigned char)*value))
		return rt_fail(err, RT_EINPUT, "%s: %s: not a whole number",
			       row->name, value);
	enum rt_status status = check_bounds(row, (double)number, value, err);
	if (!status)
		*at = number;
	return status;
}

static enum rt_status set_double(const struct rt_param *row, double *at,
				 const char *value, struct rt_error *err)
{
	char *end;
	double number = strtod(value, &end);
	if (end == value || *end || isnan(number) ||
	    isspace((unsigned char)*value))
		return rt_fail(err, RT_EINPUT, "%s: %s: not a number",
			       row->name, value);
	enum rt_status status = check_bounds(row, number, value, err);
	if (!status)
		*at = number;
	return status;
}

static size_t count_choices(const struct rt_param *row)
{
	size_t n = 0;
	while (row->choices[n])
		n++;
	return n;
}

static enum rt_status set_choice(const struct rt_param *row, int *at,
				 const char *value, struct rt_error *err)
{
	size_t n = count_choices(row);
	for (size_t i = 0; i < n; i++)
		if (strcmp(row->choices[i], value) == 0) {
			*at = (int)i;
			return RT_OK;
		}
	const char *near = rt_nearest(value, row->choices, n);
	return rt_fail(err, RT_EINPUT, "%s: %s: no such choice; %s %s",
		       row->name, value, near ? "did you mean" : "try",
		       near ? near : row->choices[0]);
}

enum rt_status rt_param_set(const struct rt_param *row, void *conf,
			    const char *value, struct rt_error *err)
{
	void *at = field(row, conf);
	switch (row->type) {
	case RT_PARAM_BOOL:
		return set_bool(row, at, value, err);
	case RT_PARAM_INT:
		return set_int(row, at, value, err);
	case RT_PARAM_DOUBLE:
		return set_double(row, at, value, err);
	case RT_PARAM_CHOICE:
		return set_choice(row, at, value, err);
	}
	RT_BUG("a parameter of no type");
}

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
	case RT_PARAM_CHOICE:
		fputs(row->choices[(int)row->def], to);
		break;
	}
}

void rt_params_help(const struct rt_param *rows, const char *prefix, FILE *to)
{
	for (const struct rt_param *row = rows; row->name; row++) {
		int width = 30 - (int)strlen(prefix);
		fprintf(to, "  %s%-*s %s", prefix, width > 0 ? width : 0,
			row->name, row->help);
		if (row->type == RT_PARAM_CHOICE)
			for (size_t i = 0; row->choices[i]; i++)
				fprintf(to, "%s%s", i ? ", " : ": ",
					row->choices[i]);
		fputs(" (default ", to);
		print_default(row, to);
		fprintf(to, "%s%s)\n", *row->unit ? " " : "", row->unit);
	}
}
