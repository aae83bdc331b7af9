/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - a row must have as many fields as the header, or nothing says which
 * is which.
 */
#include "traces/table.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/utf8.h"

bool trace_begins(const char *line, const char *text)
{
	return strncmp(line, text, strlen(text)) == 0;
}

/* So many bytes from the start are UTF-8. */
static size_t utf8_bytes(const char *line)
{
	const char *at = line, *end = line + strlen(line);
	size_t step = 1;

	for (; at < end && step > 0; at += step)
		step = *at & 0x80 ? rt_utf8_len(at, (size_t)(end - at)) : 1;
	return (size_t)(at - line);
}

enum rt_status trace_split(char *line, char **fields, int *len,
			   struct rt_error *err)
{
	size_t good = utf8_bytes(line);

	if (line[good])
		return rt_fail(err, RT_EINPUT,
			       "byte %zu is not UTF-8; convert the file, with "
			       "iconv say",
			       good + 1);
	*len = rt_csv_split(line, fields, RT_CSV_FIELDS);
	if (*len < 0)
		return rt_fail(err, RT_EINPUT,
			       "a quote is not closed, or there are more than "
			       "%d fields",
			       RT_CSV_FIELDS);
	return RT_OK;
}

static int find(const struct trace_columns *columns, const char *name)
{
	int i = 0;

	while (columns->names[i] && strcmp(columns->names[i], name) != 0)
		i++;
	return columns->names[i] ? i : -1;
}

static enum rt_status take_header(struct trace_table *table,
				  const struct trace_columns *columns,
				  char **fields, int n,
				  struct trace_reader *reader,
				  struct rt_error *err)
{
	table->len = n;
	for (int i = 0; columns->names[i]; i++)
		table->place[i] = n;
	for (int i = 0; i < n; i++) {
		int column = find(columns, fields[i]);
		if (column < 0) {
			trace_ignore(reader, fields[i]);
			continue;
		}
		if (table->place[column] < n)
			return rt_fail(err, RT_EINPUT,
				       "the column %s is there twice",
				       fields[i]);
		table->place[column] = i;
	}
	for (int i = 0; i < columns->needed; i++)
		if (table->place[i] == n)
			return rt_fail(err, RT_EINPUT,
				       "the header has no column %s",
				       columns->names[i]);
	return RT_OK;
}

enum rt_status trace_table_take(struct trace_table *table,
				const struct trace_columns *columns, char *line,
				char *values[TRACE_COLUMNS_MAX], bool *row,
				struct trace_reader *reader,
				struct rt_error *err)
{
	static char none[1];
	char *fields[RT_CSV_FIELDS + 1];
	int n;
	enum rt_status status = trace_split(line, fields, &n, err);

	*row = table->len > 0;
	if (status)
		return status;
	if (!*row)
		return take_header(table, columns, fields, n, reader, err);
	if (n != table->len)
		return rt_fail(err, RT_EINPUT,
			       "%d fields where the header has %d", n,
			       table->len);
	fields[n] = none;
	for (int i = 0; columns->names[i]; i++)
		values[i] = fields[table->place[i]];
	table->rows++;
	return RT_OK;
}
