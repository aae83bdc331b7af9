/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_csv.c - the header says which column is what; a field that is empty is
 * as if its column were not there.
 */
#include <string.h>

#include "core/base/error.h"
#include "traces/field.h"
#include "traces/native.h"
#include "traces/table.h"

#define LABEL "label_selector."
#define RESOURCE "resources."

/* What follows the prefix, NULL when the name has another. */
static const char *behind(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) == 0 && name[len] ? name + len : NULL;
}

static struct native_column read_column(const char *name,
					struct trace_reader *reader)
{
	struct native_column column = { .kind = NATIVE_NUMBER };
	const char *part;

	if ((column.number = native_number_find(name))) {
		column.name = column.number->key;
	} else if ((column.text = native_text_find(name))) {
		column.kind = NATIVE_TEXT;
		column.name = column.text->key;
	} else if (strcmp(name, "after") == 0) {
		column.kind = NATIVE_AFTER;
		column.name = "after";
	} else if ((part = behind(name, RESOURCE))) {
		column.kind = NATIVE_RESOURCE;
		column.name = rt_arena_strdup(trace_arena(reader), part);
	} else if ((part = behind(name, LABEL))) {
		column.kind = NATIVE_LABEL;
		column.name = rt_arena_strdup(trace_arena(reader), part);
	} else {
		column.kind = NATIVE_IGNORED;
		if (!native_is_note(name))
			trace_ignore(reader, name);
	}
	return column;
}

static bool has_column(const struct native_columns *columns,
		       enum native_column_kind kind, const char *name)
{
	for (int i = 0; i < columns->len; i++)
		if (columns->at[i].kind == kind &&
		    strcmp(columns->at[i].name, name) == 0)
			return true;
	return false;
}

enum rt_status native_csv_header(struct native_columns *columns, char *line,
				 struct trace_reader *reader,
				 struct rt_error *err)
{
	static const char *const needed[] = { "submit_s", "duration_s" };
	char *fields[RT_CSV_FIELDS];
	int n;
	enum rt_status status = trace_split(line, fields, &n, err);

	if (status)
		return status;
	for (int i = 0; i < n; i++) {
		struct native_column column = read_column(fields[i], reader);
		if (column.kind != NATIVE_IGNORED &&
		    strlen(column.name) > RT_NAME_MAX)
			return rt_fail(err, RT_ELIMIT,
				       "%.40s...: a name of more than %d bytes",
				       column.name, RT_NAME_MAX);
		if (column.kind != NATIVE_IGNORED &&
		    has_column(columns, column.kind, column.name))
			return rt_fail(err, RT_EINPUT,
				       "the column %s is there twice",
				       fields[i]);
		columns->at[columns->len++] = column;
	}
	for (int i = 0; i < 2; i++)
		if (!has_column(columns, NATIVE_NUMBER, needed[i]))
			return rt_fail(err, RT_EINPUT,
				       "the header has no column %s; a minimal "
				       "one is submit_s,duration_s,cpus",
				       needed[i]);
	return RT_OK;
}

static void take_after(char *text, struct native_row *row)
{
	for (char *save, *id = strtok_r(text, ";", &save); id;
	     id = strtok_r(NULL, ";", &save))
		native_add_after(row, id);
}

static enum rt_status take_field(const struct native_column *column, char *text,
				 struct native_row *row, struct rt_error *err)
{
	const struct native_number *number = column->number;
	double amount = 0;
	enum rt_status status = RT_OK;

	if (!*text)
		return RT_OK;
	switch (column->kind) {
	case NATIVE_NUMBER:
		return trace_number(text, column->name, number->min,
				    number->max, native_number_of(row, number),
				    err);
	case NATIVE_TEXT:
		*native_text_of(row, column->text) = text;
		break;
	case NATIVE_AFTER:
		take_after(text, row);
		break;
	case NATIVE_RESOURCE:
		status = trace_number(text, column->name, 0, TRACE_AMOUNT_MAX,
				      &amount, err);
		if (!status)
			native_set_resource(row, column->name, amount);
		break;
	case NATIVE_LABEL:
		return trace_wish_label(&row->wish, column->name, text, err);
	case NATIVE_IGNORED:
		break;
	}
	return status;
}

enum rt_status native_csv_row(const struct native_columns *columns, char *line,
			      struct trace_reader *reader, struct rt_error *err)
{
	char *fields[RT_CSV_FIELDS];
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct native_row row = native_row_new(reader, kept);
	int n;
	enum rt_status status = trace_split(line, fields, &n, err);

	if (status)
		return status;
	if (n != columns->len)
		return rt_fail(err, RT_EINPUT,
			       "%d fields where the header has %d", n,
			       columns->len);
	for (int i = 0; i < n && !status; i++)
		status = take_field(&columns->at[i], fields[i], &row, err);
	return status ? status : native_emit(&row, reader, err);
}
