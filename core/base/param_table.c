/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param_table.c - a list that is long, or measured, stands in a CSV file: the
 * header names the fields, and a field that is empty has its default.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/param.h"

#define COLUMNS_MAX 32

struct table {
	const struct rt_param *rows;
	struct rt_lines *lines;
	struct rt_arena *arena;
	int columns_len;
	const struct rt_param *columns[COLUMNS_MAX];
};

static enum rt_status unknown(const struct rt_param *rows, const char *name,
			      struct rt_error *err)
{
	const char *names[COLUMNS_MAX];
	size_t len = 0;

	for (; rows[len].name && len < COLUMNS_MAX; len++)
		names[len] = rows[len].name;
	const char *near = rt_nearest(name, names, len);
	return rt_fail(err, RT_EINPUT, "%.40s: no such column; %s %s", name,
		       near ? "did you mean" : "as in", near ? near : names[0]);
}

static enum rt_status read_header(struct table *t, char *line,
				  struct rt_error *err)
{
	char *fields[COLUMNS_MAX];

	t->columns_len = line ? rt_csv_split(line, fields, COLUMNS_MAX) : 0;
	if (t->columns_len <= 0)
		return rt_fail(err, RT_EINPUT, "no header; as in %s",
			       t->rows[0].name);
	for (int i = 0; i < t->columns_len; i++) {
		t->columns[i] = rt_param_find(t->rows, fields[i]);
		if (!t->columns[i])
			return unknown(t->rows, fields[i], err);
		if (!rt_param_is_plain(t->columns[i]) &&
		    t->columns[i]->type != RT_PARAM_TEXT)
			return rt_fail(err, RT_EINPUT,
				       "%s: does not fit into a column",
				       fields[i]);
		for (int k = 0; k < i; k++)
			if (t->columns[k] == t->columns[i])
				return rt_fail(err, RT_EINPUT,
					       "%s: twice in the header",
					       fields[i]);
	}
	return RT_OK;
}

static enum rt_status set_field(struct table *t, const struct rt_param *column,
				void *conf, const char *value,
				struct rt_error *err)
{
	if (column->type != RT_PARAM_TEXT)
		return rt_param_set(column, conf, value, err);
	const char **at = (const char **)((char *)conf + column->offset);
	*at = rt_arena_strdup(t->arena, value);
	return RT_OK;
}

static enum rt_status read_record(struct table *t, char *line, void *conf,
				  struct rt_error *err)
{
	char *fields[COLUMNS_MAX];
	int len = rt_csv_split(line, fields, COLUMNS_MAX);
	enum rt_status status = RT_OK;

	if (len != t->columns_len)
		return rt_fail(err, RT_EINPUT,
			       "not as many fields as the header has: %d",
			       t->columns_len);
	rt_params_default(t->rows, conf);
	for (const struct rt_param *row = t->rows; row->name; row++) {
		int i = 0;
		while (i < len && t->columns[i] != row)
			i++;
		if (i < len && *fields[i])
			status = set_field(t, row, conf, fields[i], err);
		else if (row->needed)
			status = rt_fail(err, RT_EINPUT, "%s is missing",
					 row->name);
		if (status)
			return status;
	}
	return RT_OK;
}

static enum rt_status read_rows(struct table *t, size_t row_size,
				struct rt_list *out, struct rt_error *err)
{
	size_t cap = 0;
	char *at = NULL, *line;
	enum rt_status status = rt_lines_next(t->lines, &line, err);

	if (status || (status = read_header(t, line, err)))
		return status;
	while (!(status = rt_lines_next(t->lines, &line, err)) && line) {
		if (!*line)
			continue;
		if (out->len == RT_ENTRIES_MAX)
			return rt_fail(err, RT_ELIMIT, "more than %d rows",
				       RT_ENTRIES_MAX);
		size_t len = out->len * row_size;
		if (len == cap) {
			cap = cap ? 2 * cap : 16 * row_size;
			at = rt_arena_regrow(t->arena, at, len, cap);
		}
		if ((status = read_record(t, line, at + len, err)))
			return status;
		out->len++;
	}
	out->at = at;
	return status;
}

enum rt_status rt_param_read_table(const struct rt_param *row,
				   struct rt_list *out, const char *path,
				   struct rt_arena *arena, struct rt_error *err)
{
	struct table t = { .rows = row->rows, .arena = arena };
	enum rt_status status = rt_lines_open(&t.lines, path, err);

	if (status)
		return status;
	*out = (struct rt_list){ 0 };
	status = read_rows(&t, row->row_size, out, err);
	if (status && !strstr(err->text, path))
		rt_wrap(err, "%s:%" PRIu64, path, rt_lines_number(t.lines));
	rt_lines_close(&t.lines);
	return status;
}
