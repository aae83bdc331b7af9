/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native.c - raytide's own format, as CSV with a header or as JSON lines with
 * the same keys (docs/formats/native-trace.md).  Both fill a row by the one
 * table of numbers; from there on they are the same.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/res.h"
#include "traces/field.h"
#include "traces/format.h"

#define AMOUNT_MAX ((double)(RT_AMOUNT_MAX / RT_UNITS))
#define RESOURCES "resources"
#define AMOUNTS_KEPT 16 /* room for so many before the arena is asked */

struct row {
	double submit_s, duration_s; /* NAN: not given */
	double cpus;                 /* NAN: not given */
	double gpus, memory;
	double count;
	const char *id;
	bool has_resources; /* all that it asks for is told by name */
	struct rt_res_builder custom;
};

static const struct number {
	const char *key;
	size_t offset;
	double max;
	const char *resource; /* the same amount among "resources" */
} numbers[] = {
	{ "submit_s", offsetof(struct row, submit_s), TRACE_SECONDS_MAX, NULL },
	{ "duration_s", offsetof(struct row, duration_s), TRACE_SECONDS_MAX,
	  NULL },
	{ "cpus", offsetof(struct row, cpus), AMOUNT_MAX, "CPU" },
	{ "gpus", offsetof(struct row, gpus), AMOUNT_MAX, "GPU" },
	{ "memory", offsetof(struct row, memory), AMOUNT_MAX, "memory" },
	{ "count", offsetof(struct row, count), TRACE_JOBS_MAX, NULL },
	{ 0 },
};

/* Known, for people and for what is not replayed yet. */
static const char *const notes[] = { "name", "kind", "gang", "label_selector",
				     NULL };

enum column_kind {
	COLUMN_IGNORED,
	COLUMN_NUMBER,
	COLUMN_ID,
	COLUMN_RESOURCE,
};

struct column {
	enum column_kind kind;
	const struct number *number;
	const char *name;
};

struct native {
	enum { UNKNOWN, CSV, JSONL } form;
	int columns_len;
	struct column columns[RT_CSV_FIELDS];
	struct rt_amount amounts[AMOUNTS_KEPT];
};

static const struct number *find_number(const char *key)
{
	for (const struct number *n = numbers; n->key; n++)
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

static const struct number *find_resource(const char *name)
{
	for (const struct number *n = numbers; n->key; n++)
		if (n->resource && strcmp(n->resource, name) == 0)
			return n;
	return NULL;
}

static bool is_note(const char *key)
{
	for (size_t i = 0; notes[i]; i++)
		if (strcmp(notes[i], key) == 0)
			return true;
	return false;
}

static double *field(struct row *row, const struct number *number)
{
	return (double *)((char *)row + number->offset);
}

static struct row new_row(struct native *native, struct trace_reader *reader)
{
	return (struct row){
		.submit_s = NAN,
		.duration_s = NAN,
		.cpus = NAN,
		.count = 1,
		.custom = { .arena = trace_scratch(reader),
			    .names = trace_facts(reader)->names,
			    .at = native->amounts,
			    .cap = AMOUNTS_KEPT },
	};
}

/* One of the amounts of "resources": CPU, GPU and memory have fields. */
static void set_resource(struct row *row, const char *name, double amount)
{
	const struct number *number = find_resource(name);

	if (number)
		*field(row, number) = amount;
	else if (rt_units(amount) > 0)
		rt_res_add(&row->custom, name, rt_units(amount));
}

static enum rt_status add_row(struct row *row, struct trace_reader *reader,
			      struct rt_error *err)
{
	if (isnan(row->submit_s) || isnan(row->duration_s))
		return rt_fail(
			err, RT_EINPUT, "%s is missing; each task needs it",
			isnan(row->submit_s) ? "submit_s" : "duration_s");
	if (row->count != floor(row->count))
		return rt_fail(err, RT_EINPUT,
			       "count: %g is not a whole number", row->count);
	if (isnan(row->cpus))
		row->cpus = row->has_resources ? 0 : 1;
	for (const struct number *n = numbers; n->key; n++) {
		int64_t units = rt_units(*field(row, n));
		if (n->resource && units > 0)
			rt_res_add(&row->custom, n->resource, units);
	}
	struct trace_shape shape = { .res = rt_res_build(&row->custom) };
	struct trace_ask ask = { .count = 1 };
	enum rt_status status = trace_shape(reader, &shape, &ask.shape, err);
	if (status)
		return status;
	struct trace_job job =
		trace_job_plain(row->submit_s, row->duration_s, &ask);
	job.id = row->id;
	return trace_emit(reader, &job, (uint64_t)row->count, err);
}

/* ---- CSV ---------------------------------------------------------------- */

static struct column read_column(char *name, struct trace_reader *reader)
{
	const size_t prefix = strlen(RESOURCES ".");
	const struct number *number = find_number(name);

	if (number)
		return (struct column){ COLUMN_NUMBER, number, number->key };
	if (strcmp(name, "id") == 0)
		return (struct column){ .kind = COLUMN_ID, .name = "id" };
	if (strncmp(name, RESOURCES ".", prefix) == 0 && name[prefix])
		return (struct column){
			.kind = COLUMN_RESOURCE,
			.name = rt_arena_strdup(trace_arena(reader),
						name + prefix),
		};
	if (!is_note(name))
		trace_ignore(reader, name);
	return (struct column){ .kind = COLUMN_IGNORED };
}

static bool has_column(const struct native *native, enum column_kind kind,
		       const char *name)
{
	for (int i = 0; i < native->columns_len; i++)
		if (native->columns[i].kind == kind &&
		    strcmp(native->columns[i].name, name) == 0)
			return true;
	return false;
}

static int split(char *line, char **fields, struct rt_error *err)
{
	int n = rt_csv_split(line, fields, RT_CSV_FIELDS);

	if (n < 0)
		rt_fail(err, RT_EINPUT,
			"a quote is not closed, or there are more than %d "
			"fields",
			RT_CSV_FIELDS);
	return n;
}

static enum rt_status take_header(struct native *native, char *line,
				  struct trace_reader *reader,
				  struct rt_error *err)
{
	char *fields[RT_CSV_FIELDS];
	int n = split(line, fields, err);

	native->form = CSV;
	if (n < 0)
		return err->status;
	for (int i = 0; i < n; i++) {
		struct column column = read_column(fields[i], reader);
		if (column.kind != COLUMN_IGNORED &&
		    has_column(native, column.kind, column.name))
			return rt_fail(err, RT_EINPUT,
				       "the column %s is there twice",
				       fields[i]);
		native->columns[native->columns_len++] = column;
	}
	for (int i = 0; i < 2; i++)
		if (!has_column(native, COLUMN_NUMBER, numbers[i].key))
			return rt_fail(err, RT_EINPUT,
				       "the header has no column %s; a minimal "
				       "one is submit_s,duration_s,cpus",
				       numbers[i].key);
	return RT_OK;
}

static enum rt_status take_field(const struct column *column, char *text,
				 struct row *row, struct rt_error *err)
{
	double amount = 0;
	enum rt_status status = RT_OK;

	if (!*text) /* as if the column were not there */
		return RT_OK;
	switch (column->kind) {
	case COLUMN_NUMBER:
		status = trace_number(text, column->name, column->number->max,
				      field(row, column->number), err);
		break;
	case COLUMN_RESOURCE:
		status = trace_number(text, column->name, AMOUNT_MAX, &amount,
				      err);
		if (!status)
			set_resource(row, column->name, amount);
		break;
	case COLUMN_ID:
		row->id = text;
		break;
	case COLUMN_IGNORED:
		break;
	}
	return status;
}

static enum rt_status take_csv(struct native *native, char *line,
			       struct trace_reader *reader,
			       struct rt_error *err)
{
	char *fields[RT_CSV_FIELDS];
	struct row row = new_row(native, reader);
	int n = split(line, fields, err);

	if (n < 0)
		return err->status;
	if (n != native->columns_len)
		return rt_fail(err, RT_EINPUT,
			       "%d fields where the header has %d", n,
			       native->columns_len);
	for (int i = 0; i < n; i++) {
		enum rt_status status =
			take_field(&native->columns[i], fields[i], &row, err);
		if (status)
			return status;
	}
	return add_row(&row, reader, err);
}

/* ---- JSON lines --------------------------------------------------------- */

static enum rt_status take_resources(const struct rt_json *object,
				     struct row *row, struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_map(object, err);

	if (status)
		return status;
	row->has_resources = true;
	for (bool more = rt_json_first(object, &item); more;
	     more = rt_json_next(&item)) {
		double amount;
		status = rt_json_f64(&item, 0, AMOUNT_MAX, &amount, err);
		if (status)
			return status;
		set_resource(row, item.key, amount);
	}
	return RT_OK;
}

/* Text or a number. */
static enum rt_status take_id(const struct rt_json *item, struct row *row,
			      struct trace_reader *reader, struct rt_error *err)
{
	if (!cJSON_IsNumber(item->node))
		return rt_json_str(item, &row->id, err);
	row->id = rt_arena_printf(trace_scratch(reader), "%.15g",
				  item->node->valuedouble);
	return RT_OK;
}

static enum rt_status take_member(const struct rt_json *item, struct row *row,
				  struct trace_reader *reader,
				  struct rt_error *err)
{
	const struct number *number = find_number(item->key);

	if (cJSON_IsNull(item->node) || is_note(item->key))
		return RT_OK;
	if (number)
		return rt_json_f64(item, 0, number->max, field(row, number),
				   err);
	if (strcmp(item->key, RESOURCES) == 0)
		return take_resources(item, row, err);
	if (strcmp(item->key, "id") == 0)
		return take_id(item, row, reader, err);
	trace_ignore(reader, item->key);
	return RT_OK;
}

static enum rt_status take_json(struct native *native, const char *line,
				struct trace_reader *reader,
				struct rt_error *err)
{
	cJSON *doc;
	struct row row = new_row(native, reader);
	struct rt_json item;
	enum rt_status status = rt_json_parse(line, strlen(line), &doc, err);

	if (status)
		return status;
	struct rt_json root = rt_json_root(doc);
	status = rt_json_is_object(&root, err);
	for (bool more = !status && rt_json_first(&root, &item); more;
	     more = !status && rt_json_next(&item))
		status = take_member(&item, &row, reader, err);
	if (!status)
		status = add_row(&row, reader, err);
	cJSON_Delete(doc);
	return status;
}

static bool is_json(const char *line)
{
	return line[strspn(line, " \t")] == '{';
}

static bool native_sniff(const char *line)
{
	return is_json(line) || strstr(line, "submit_s");
}

static enum rt_status native_take(void *state, char *line,
				  struct trace_reader *reader,
				  struct rt_error *err)
{
	struct native *native = state;

	if (native->form == UNKNOWN && is_json(line))
		native->form = JSONL;
	if (native->form == JSONL)
		return take_json(native, line, reader, err);
	if (native->form == UNKNOWN)
		return take_header(native, line, reader, err);
	return take_csv(native, line, reader, err);
}

const struct trace_format trace_format_native = {
	.name = "native",
	.summary = "raytide's own: CSV with a header, or JSON lines",
	.sniff = native_sniff,
	.state_size = sizeof(struct native),
	.take = native_take,
};
