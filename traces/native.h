/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native.h - a row of the native format, however it is written, and the job
 * that it is (docs/formats/native-trace.md).
 */
#ifndef TRACES_NATIVE_H
#define TRACES_NATIVE_H

#include "core/base/buf.h"
#include "core/base/csv.h"
#include "traces/ask.h"

/* Numbers are NAN and texts NULL where they are not given. */
struct native_row {
	double submit_s, duration_s, estimate_s, think_s;
	double cpus, gpus, memory;
	double count, bundles, priority;
	const char *id, *kind, *strategy, *user, *preceding;
	bool has_resources; /* all that it asks for is told by name */
	struct trace_wish wish;
	bool has_list; /* of bundles, each with its own wish */
	uint32_t asks_len, asks_cap;
	struct trace_ask *asks;
	uint32_t after_len, after_cap;
	const char **after;
};

struct native_number {
	const char *key;
	size_t offset;
	double min, max;
	const char *resource; /* the same amount among "resources" */
};

struct native_text {
	const char *key;
	size_t offset;
};

/* End with a row without a key. */
extern const struct native_number native_numbers[];
extern const struct native_text native_texts[];

/* NULL when there is none of the name. */
const struct native_number *native_number_find(const char *key);
const struct native_text *native_text_find(const char *key);
/* Keys that are known and mean nothing to a replay. */
bool native_is_note(const char *key);

static inline double *native_number_of(struct native_row *row,
				       const struct native_number *number)
{
	return (double *)((char *)row + number->offset);
}

static inline const char **native_text_of(struct native_row *row,
					  const struct native_text *text)
{
	return (const char **)((char *)row + text->offset);
}

struct native_row native_row_new(struct trace_reader *,
				 struct rt_amount kept[TRACE_AMOUNTS_KEPT]);
/* One of the amounts of "resources": CPU, GPU and memory have fields. */
void native_set_resource(struct native_row *, const char *name, double amount);
void native_add_after(struct native_row *, const char *id);
/* So many bundles more that ask for this. */
enum rt_status native_add_bundles(struct native_row *, uint32_t shape,
				  double count, struct rt_error *err);
enum rt_status native_emit(struct native_row *, struct trace_reader *,
			   struct rt_error *err);

const char *native_kind_name(enum trace_kind);
const char *native_strategy_name(enum trace_strategy);

/* ---- the two forms ------------------------------------------------------ */

enum native_column_kind {
	NATIVE_IGNORED,
	NATIVE_NUMBER,
	NATIVE_TEXT,
	NATIVE_AFTER,
	NATIVE_RESOURCE,
	NATIVE_LABEL,
};

struct native_column {
	enum native_column_kind kind;
	const char *name; /* of the resource or label, or the column's own */
	const struct native_number *number;
	const struct native_text *text;
};

struct native_columns {
	int len;
	struct native_column at[RT_CSV_FIELDS];
};

enum rt_status native_csv_header(struct native_columns *, char *line,
				 struct trace_reader *, struct rt_error *err);
enum rt_status native_csv_row(const struct native_columns *, char *line,
			      struct trace_reader *, struct rt_error *err);
enum rt_status native_json_row(const char *line, struct trace_reader *,
			       struct rt_error *err);

/* A job as a JSON line, with its end. */
void native_write(const struct trace_facts *, const struct trace_job *,
		  struct rt_buf *);

#endif
