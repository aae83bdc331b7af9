/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_row.c - the tables of what a row may have, and the rules by which it
 * becomes a job.
 */
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/param.h"
#include "traces/native.h"

#define OF(field) offsetof(struct native_row, field)

const struct native_number native_numbers[] = {
	{ "submit_s", OF(submit_s), 0, TRACE_SECONDS_MAX, NULL },
	{ "duration_s", OF(duration_s), 0, TRACE_SECONDS_MAX, NULL },
	{ "cpus", OF(cpus), 0, TRACE_AMOUNT_MAX, "CPU" },
	{ "gpus", OF(gpus), 0, TRACE_AMOUNT_MAX, "GPU" },
	{ "memory", OF(memory), 0, TRACE_AMOUNT_MAX, "memory" },
	{ "count", OF(count), 0, TRACE_JOBS_MAX, NULL },
	{ "bundles", OF(bundles), 0, RT_COUNT_MAX, NULL },
	{ "estimate_s", OF(estimate_s), 0, TRACE_SECONDS_MAX, NULL },
	{ "priority", OF(priority), -1e9, 1e9, NULL },
	{ "think_s", OF(think_s), 0, TRACE_SECONDS_MAX, NULL },
	{ 0 },
};

const struct native_text native_texts[] = {
	{ "id", OF(id) },
	{ "kind", OF(kind) },
	{ "strategy", OF(strategy) },
	{ "user", OF(user) },
	{ "preceding", OF(preceding) },
	{ 0 },
};

static const char *const notes[] = { "name", "gang", NULL };

const struct native_number *native_number_find(const char *key)
{
	for (const struct native_number *n = native_numbers; n->key; n++)
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

const struct native_text *native_text_find(const char *key)
{
	for (const struct native_text *t = native_texts; t->key; t++)
		if (strcmp(t->key, key) == 0)
			return t;
	return NULL;
}

bool native_is_note(const char *key)
{
	for (size_t i = 0; notes[i]; i++)
		if (strcmp(notes[i], key) == 0)
			return true;
	return false;
}

struct native_row native_row_new(struct trace_reader *reader,
				 struct rt_amount kept[TRACE_AMOUNTS_KEPT])
{
	return (struct native_row){
		.submit_s = NAN,
		.duration_s = NAN,
		.estimate_s = NAN,
		.think_s = NAN,
		.cpus = NAN,
		.bundles = NAN,
		.count = 1,
		.wish = trace_wish_new(reader, kept),
	};
}

void native_set_resource(struct native_row *row, const char *name,
			 double amount)
{
	for (const struct native_number *n = native_numbers; n->key; n++)
		if (n->resource && strcmp(n->resource, name) == 0) {
			*native_number_of(row, n) = amount;
			return;
		}
	trace_wish_amount(&row->wish, name, amount);
}

void native_add_after(struct native_row *row, const char *id)
{
	RT_ARENA_GROW(row->wish.res.arena, row->after, row->after_len,
		      row->after_cap);
	row->after[row->after_len++] = id;
}

enum rt_status native_add_bundles(struct native_row *row, uint32_t shape,
				  double count, struct rt_error *err)
{
	struct trace_ask *last =
		row->asks_len > 0 ? &row->asks[row->asks_len - 1] : NULL;
	bool same = last && last->shape == shape;
	double all = count + (same ? last->count : 0);

	if (count != floor(count) || count < 1 || all > RT_COUNT_MAX)
		return rt_fail(err, RT_EINPUT,
			       "%.15g bundles: not a whole number from 1 to %d",
			       all, RT_COUNT_MAX);
	if (same) {
		last->count = (uint32_t)all;
		return RT_OK;
	}
	if (row->asks_len == RT_ENTRIES_MAX)
		return rt_fail(err, RT_ELIMIT, "more than %d kinds of bundles",
			       RT_ENTRIES_MAX);
	RT_ARENA_GROW(row->wish.res.arena, row->asks, row->asks_len,
		      row->asks_cap);
	row->asks[row->asks_len++] =
		(struct trace_ask){ shape, (uint32_t)count };
	return RT_OK;
}

/* ---- the job ------------------------------------------------------------ */

static const char *const kinds[] = {
	[TRACE_TASK] = "task",
	[TRACE_ACTOR] = "actor",
	[TRACE_GANG] = "gang",
	[TRACE_REQUEST] = "request",
};

static const char *const strategies[] = {
	[TRACE_PACK] = "PACK",
	[TRACE_SPREAD] = "SPREAD",
	[TRACE_STRICT_PACK] = "STRICT_PACK",
	[TRACE_STRICT_SPREAD] = "STRICT_SPREAD",
};

static enum rt_status choose(const char *key, const char *text,
			     const char *const *names, size_t n, unsigned *out,
			     struct rt_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0) {
			*out = (unsigned)i;
			return RT_OK;
		}
	const char *near = rt_nearest(text, names, n);
	return rt_fail(err, RT_EINPUT, "%s: there is no \"%.40s\"; %s %s", key,
		       text, near ? "did you mean" : "there is",
		       near ? near : names[0]);
}

/* The recorder of before wrote "bundle" for what is a task here. */
static enum rt_status find_kind(const struct native_row *row,
				struct trace_job *job, struct rt_error *err)
{
	bool bundles = row->has_list || !isnan(row->bundles);
	unsigned kind = bundles ? TRACE_GANG : TRACE_TASK, strategy = 0;
	enum rt_status status = RT_OK;

	if (row->kind && strcmp(row->kind, "bundle") != 0)
		status = choose("kind", row->kind, kinds, 4, &kind, err);
	if (!status && row->strategy)
		status = choose("strategy", row->strategy, strategies, 4,
				&strategy, err);
	job->kind = kind;
	job->strategy = strategy;
	if (!status && bundles && kind != TRACE_GANG && kind != TRACE_REQUEST)
		status =
			rt_fail(err, RT_EINPUT,
				"bundles: of kind %s; only a gang or a request "
				"has them",
				kinds[kind]);
	if (!status && row->strategy && kind != TRACE_GANG)
		status = rt_fail(err, RT_EINPUT,
				 "strategy: of kind %s; only a gang has one",
				 kinds[kind]);
	return status;
}

/* What the row itself asks for, unless it has a list. */
static enum rt_status ask(struct native_row *row, struct trace_reader *reader,
			  struct rt_error *err)
{
	uint32_t shape;

	if (row->has_list || row->bundles == 0)
		return RT_OK;
	if (isnan(row->cpus))
		row->cpus = row->has_resources ? 0 : 1;
	for (const struct native_number *n = native_numbers; n->key; n++)
		if (n->resource)
			trace_wish_amount(&row->wish, n->resource,
					  *native_number_of(row, n));
	enum rt_status status =
		trace_wish_shape(&row->wish, reader, &shape, err);
	if (status)
		return status;
	return native_add_bundles(row, shape,
				  isnan(row->bundles) ? 1 : row->bundles, err);
}

static double or_none(double value)
{
	return isnan(value) ? -1 : value;
}

static enum rt_status check(const struct native_row *row,
			    const struct trace_job *job, struct rt_error *err)
{
	if (isnan(row->submit_s))
		return rt_fail(err, RT_EINPUT,
			       "submit_s is missing; each row needs it");
	if (isnan(row->duration_s) && job->kind != TRACE_REQUEST)
		return rt_fail(err, RT_EINPUT,
			       "duration_s is missing; each %s needs it",
			       kinds[job->kind]);
	if (row->count != floor(row->count))
		return rt_fail(err, RT_EINPUT,
			       "count: %g is not a whole number", row->count);
	if (row->priority != floor(row->priority))
		return rt_fail(err, RT_EINPUT,
			       "priority: %g is not a whole number",
			       row->priority);
	if (job->kind == TRACE_GANG && row->asks_len == 0)
		return rt_fail(err, RT_EINPUT, "a gang without bundles");
	return RT_OK;
}

enum rt_status native_emit(struct native_row *row, struct trace_reader *reader,
			   struct rt_error *err)
{
	struct trace_job job = {
		.submit_s = row->submit_s,
		.run_s = or_none(row->duration_s),
		.estimate_s = or_none(row->estimate_s),
		.think_s = or_none(row->think_s),
		.id = row->id,
		.user = row->user,
		.preceding = row->preceding,
		.priority = (int64_t)row->priority,
		.after_len = row->after_len,
		.after = row->after,
	};
	enum rt_status status;

	if ((status = find_kind(row, &job, err)) ||
	    (status = ask(row, reader, err)) ||
	    (status = check(row, &job, err)))
		return status;
	job.asks_len = row->asks_len;
	job.asks = row->asks;
	return trace_emit(reader, &job, (uint64_t)row->count, err);
}

const char *native_kind_name(enum trace_kind kind)
{
	return kinds[kind];
}

const char *native_strategy_name(enum trace_strategy strategy)
{
	return strategies[strategy];
}
