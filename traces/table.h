/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - CSV of others: the header says where the columns are that a format
 * knows; what else there is, is told and not read.
 */
#ifndef TRACES_TABLE_H
#define TRACES_TABLE_H

#include "core/base/csv.h"
#include "traces/format.h"

#define TRACE_COLUMNS_MAX 32

/* Zeroed: the header is still to come. */
struct trace_table {
	int len; /* fields in a row */
	/* Of each known column; beyond `len`: it is not there. */
	int place[TRACE_COLUMNS_MAX];
	uint64_t rows; /* so far, from 1 */
};

struct trace_columns {
	int needed;               /* so many of the first ones */
	const char *const *names; /* NULL-terminated */
};

/* The first line is the header (`*row` is then false); of the others the
 * text of each known column, "" where there is none. */
enum rt_status trace_table_take(struct trace_table *,
				const struct trace_columns *, char *line,
				char *values[TRACE_COLUMNS_MAX], bool *row,
				struct trace_reader *, struct rt_error *err);

/* A line of CSV in place, its `fields` at most RT_CSV_FIELDS. */
enum rt_status trace_split(char *line, char **fields, int *len,
			   struct rt_error *err);

/* Whether the line begins with this text. */
bool trace_begins(const char *line, const char *text);

#endif
