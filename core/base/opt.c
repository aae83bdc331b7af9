/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opt.c - takes the options out of argv and moves the operands together.
 */
#include "core/base/opt.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/param.h"

#define ROWS_MAX 64
#define HELP_COLUMN 30

static enum rt_status unknown(const struct rt_option *rows, const char *text,
			      size_t len, struct rt_error *err)
{
	const char *names[ROWS_MAX];
	size_t n = 0;
	while (n < ROWS_MAX && rows[n].name) {
		names[n] = rows[n].name;
		n++;
	}
	char name[ROWS_MAX];
	snprintf(name, sizeof name, "%.*s", (int)len, text);
	const char *near = rt_nearest(name, names, n);
	if (near)
		return rt_fail(err, RT_EINPUT,
			       "--%s: no such option; did you mean --%s?", name,
			       near);
	return rt_fail(err, RT_EINPUT, "--%s: no such option; see --help",
		       name);
}

/* Takes the option argv[*i], and its value. */
static enum rt_status take(const struct rt_option *rows, int argc, char **argv,
			   int *i, void *conf, struct rt_error *err)
{
	const char *text = argv[*i] + 2;
	size_t len = strcspn(text, "=");
	const char *value = text[len] ? text + len + 1 : NULL;
	const struct rt_option *row = rows;
	while (row->name &&
	       (strncmp(row->name, text, len) != 0 || strlen(row->name) != len))
		row++;
	if (!row->name)
		return unknown(rows, text, len, err);
	if (value && !row->arg)
		return rt_fail(err, RT_EINPUT, "--%s: takes no value",
			       row->name);
	if (row->arg && !value && *i + 1 < argc)
		value = argv[++*i];
	if (row->arg && !value)
		return rt_fail(err, RT_EINPUT, "--%s: needs a value: --%s %s",
			       row->name, row->name, row->arg);
	enum rt_status status = row->take(conf, value, err);
	return status ? rt_wrap(err, "--%s", row->name) : RT_OK;
}

enum rt_status rt_opt_parse(const struct rt_option *rows, int argc, char **argv,
			    void *conf, int *operands, struct rt_error *err)
{
	bool ended = false;
	*operands = 0;
	for (int i = 1; i < argc; i++) {
		if (ended || argv[i][0] != '-' || !argv[i][1]) {
			argv[++*operands] = argv[i];
		} else if (argv[i][1] != '-') {
			return rt_fail(err, RT_EINPUT,
				       "%s: no such option; options begin with "
				       "--, see --help",
				       argv[i]);
		} else if (!argv[i][2]) {
			ended = true;
		} else {
			enum rt_status status =
				take(rows, argc, argv, &i, conf, err);
			if (status)
				return status;
		}
	}
	return RT_OK;
}

/* Lines after the first are indented to stand below it. */
static void print_lines(const char *text, FILE *to)
{
	for (;;) {
		size_t len = strcspn(text, "\n");
		fprintf(to, "%.*s\n", (int)len, text);
		if (!text[len])
			return;
		text += len + 1;
		fprintf(to, "%*s", HELP_COLUMN, "");
	}
}

void rt_opt_help(const struct rt_option *rows, FILE *to)
{
	for (const struct rt_option *row = rows; row->name; row++) {
		int len =
			fprintf(to, "  --%s%s%s", row->name,
				row->arg ? " " : "", row->arg ? row->arg : "");
		if (len + 2 > HELP_COLUMN)
			len = fprintf(to, "\n") - 1;
		fprintf(to, "%*s", HELP_COLUMN - len, "");
		print_lines(row->help, to);
	}
}
