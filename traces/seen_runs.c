/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen_runs.c - those that run, held against what is in use.  Sums are doubles,
 * so what differs by less than a billionth is equal.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "traces/seen_state.h"

#define NEAR 1e-9

/* ---- amounts ------------------------------------------------------------ */

static void make_sums(struct trace_seen *s)
{
	uint32_t len = rt_names_len(trace_facts(s->reader)->names);

	if (len <= s->sums_len)
		return;
	s->held = rt_realloc(s->held, len * sizeof *s->held);
	s->used = rt_realloc(s->used, len * sizeof *s->used);
	memset(s->held + s->sums_len, 0, (len - s->sums_len) * sizeof *s->held);
	memset(s->used + s->sums_len, 0, (len - s->sums_len) * sizeof *s->used);
	s->sums_len = len;
}

/* By how much more is held than used; 0: no more. */
static double excess(const struct trace_seen *s, uint32_t name)
{
	double more = s->held[name] - s->used[name];

	return more > s->held[name] * NEAR + 0.5 ? more : 0;
}

/* The other way round, in units. */
static int64_t lack(const struct trace_seen *s, uint32_t name)
{
	double more = s->used[name] - s->held[name];

	return more > s->used[name] * NEAR + 0.5
		       ? (int64_t)fmin(more + 0.5, (double)RT_AMOUNT_MAX)
		       : 0;
}

static void hold(struct trace_seen *s, struct rt_res res, double times)
{
	make_sums(s);
	for (uint32_t i = 0; i < res.len; i++)
		s->held[res.at[i].name] += (double)res.at[i].units * times;
}

/* ---- those that run ----------------------------------------------------- */

static enum rt_status emit(struct trace_seen *s, const struct seen_run *run,
			   uint64_t count, struct rt_error *err)
{
	const struct trace_seen_kind *of = &s->kinds[run->kind].of;
	struct trace_job job = trace_job_plain(
		run->submit_s, s->now_s - run->start_s, of->asks);

	job.kind = of->kind;
	job.strategy = of->strategy;
	job.id = of->id;
	job.asks_len = of->asks_len;
	if (s->kinds[run->kind].unseen)
		trace_mend_all(s->reader, "had not waited when found in use",
			       count);
	return trace_emit(s->reader, &job, count, err);
}

static void add_run(struct trace_seen *s, struct seen_run run)
{
	RT_GROW(s->runs, s->runs_len, s->runs_cap);
	s->runs[s->runs_len++] = run;
}

/* A task that asks for just this, of which no more is known. */
static uint32_t unseen_kind(struct trace_seen *s, struct rt_res res,
			    enum rt_status *status, struct rt_error *err)
{
	const struct trace_shape shape = { .res = res };
	struct trace_ask ask = { .count = 1 };
	struct trace_seen_kind kind = { .asks_len = 1, .asks = &ask };
	char text[32];

	if (!*status)
		*status = trace_shape(s->reader, &shape, &ask.shape, err);
	snprintf(text, sizeof text, "unseen %u", ask.shape);
	kind.text = text;
	return seen_kind(s, &kind, true);
}

/* How many of the smaller are in the larger. */
static uint64_t times_in(struct rt_res small, struct rt_res large,
			 uint64_t most)
{
	for (uint32_t i = 0; i < small.len && most > 0; i++) {
		int64_t has = rt_res_get(large, small.at[i].name);
		uint64_t times = (uint64_t)(has / small.at[i].units);
		if (times < most)
			most = times;
	}
	return most;
}

/* What is left of the larger. */
static struct rt_res without(struct trace_seen *s, struct rt_res large,
			     struct rt_res small, uint64_t times)
{
	struct rt_res_builder rest = {
		.arena = trace_scratch(s->reader),
		.names = trace_facts(s->reader)->names,
	};

	for (uint32_t i = 0; i < large.len; i++) {
		int64_t units =
			large.at[i].units -
			rt_res_get(small, large.at[i].name) * (int64_t)times;
		if (units > 0)
			rt_res_add(&rest,
				   rt_name_text(rest.names, large.at[i].name),
				   units);
	}
	return rt_res_build(&rest);
}

/* What was found in use since they waited was them, as far as it goes.
 * Returns how many are left. */
static uint64_t claim(struct trace_seen *s, uint32_t k, double since_s,
		      uint64_t count, enum rt_status *status,
		      struct rt_error *err)
{
	for (uint32_t i = s->runs_len; i-- > 0 && count > 0 && !*status;) {
		struct seen_run *run = &s->runs[i];
		struct rt_res all = s->kinds[run->kind].all;
		if (!s->kinds[run->kind].unseen || run->start_s < since_s)
			continue;
		uint64_t n = times_in(s->kinds[k].all, all, count);
		if (n == 0)
			continue;
		double start_s = run->start_s;
		struct rt_res rest = without(s, all, s->kinds[k].all, n);
		if (rest.len > 0)
			run->kind = unseen_kind(s, rest, status, err);
		else
			run->count = 0;
		add_run(s, (struct seen_run){ k, n, since_s, start_s });
		count -= n;
	}
	return count;
}

enum rt_status seen_start(struct trace_seen *s, uint32_t k, double since_s,
			  uint64_t count, struct rt_error *err)
{
	struct rt_res all = s->kinds[k].all;
	struct seen_run run = { k, count, since_s, s->now_s };
	enum rt_status status = RT_OK;

	if (all.len == 0) {
		trace_mend_all(s->reader,
			       "asked for nothing and got no run time", count);
		return emit(s, &run, count, err);
	}
	run.count = claim(s, k, since_s, count, &status, err);
	if (run.count > 0) {
		add_run(s, run);
		hold(s, all, (double)run.count);
	}
	return status;
}

/* ---- what is in use ----------------------------------------------------- */

void trace_seen_clear_use(struct trace_seen *s)
{
	s->nodes_len = 0;
	for (uint32_t i = 0; i < s->sums_len; i++)
		s->used[i] = 0;
}

void trace_seen_use(struct trace_seen *s, struct rt_res used)
{
	make_sums(s);
	RT_GROW(s->nodes, s->nodes_len, s->nodes_cap);
	s->nodes[s->nodes_len++] = used;
	for (uint32_t i = 0; i < used.len; i++)
		s->used[used.at[i].name] += (double)used.at[i].units;
}

static enum rt_status end(struct trace_seen *s, struct seen_run *run,
			  uint64_t count, struct rt_error *err)
{
	hold(s, s->kinds[run->kind].all, -(double)count);
	run->count -= count;
	return emit(s, run, count, err);
}

/* How many of a run ask for no more than is held too much. */
static uint64_t fitting(const struct trace_seen *s, const struct seen_run *run)
{
	struct rt_res all = s->kinds[run->kind].all;
	double n = (double)run->count;

	for (uint32_t i = 0; i < all.len; i++)
		n = fmin(n, floor((excess(s, all.at[i].name) + 0.5) /
				  (double)all.at[i].units));
	return (uint64_t)n;
}

/* How many of a run it takes that nothing it asks for is held too much. */
static uint64_t needed(const struct trace_seen *s, const struct seen_run *run)
{
	struct rt_res all = s->kinds[run->kind].all;
	double n = 0;

	for (uint32_t i = 0; i < all.len; i++)
		n = fmax(n, ceil((excess(s, all.at[i].name) - 0.5) /
				 (double)all.at[i].units));
	return (uint64_t)fmin(n, (double)run->count);
}

static bool any_excess(const struct trace_seen *s)
{
	for (uint32_t i = 0; i < s->sums_len; i++)
		if (excess(s, i) > 0)
			return true;
	return false;
}

/* Those end that fit into what is gone, the oldest first; where that does not
 * do, those of which it is not known what they were, and then any. */
static enum rt_status end_some(struct trace_seen *s, struct rt_error *err)
{
	enum rt_status status = RT_OK;
	uint32_t len = 0;

	for (int pass = 0; pass < 3 && any_excess(s); pass++)
		for (uint32_t i = 0; i < s->runs_len && !status; i++) {
			struct seen_run *run = &s->runs[i];
			if (pass == 1 && !s->kinds[run->kind].unseen)
				continue;
			uint64_t n =
				pass == 0 ? fitting(s, run) : needed(s, run);
			if (n > 0)
				status = end(s, run, n, err);
		}
	for (uint32_t i = 0; i < s->runs_len; i++)
		if (s->runs[i].count > 0)
			s->runs[len++] = s->runs[i];
	s->runs_len = len;
	return status;
}

static bool any_lack(const struct trace_seen *s)
{
	for (uint32_t i = 0; i < s->sums_len; i++)
		if (lack(s, i) > 0)
			return true;
	return false;
}

/* Of what no job explains the part that is in use of a node, in the scratch;
 * empty where `whole` is asked for and it has not all of it. */
static struct rt_res unseen_of(const struct trace_seen *s, struct rt_res node,
			       bool whole)
{
	struct rt_names *names = trace_facts(s->reader)->names;
	struct rt_res_builder part = { .arena = trace_scratch(s->reader),
				       .names = names };

	for (uint32_t i = 0; i < s->sums_len; i++) {
		int64_t wanted = lack(s, i);
		int64_t has = wanted > 0 ? rt_res_get(node, i) : 0;
		if (whole && has < wanted)
			return (struct rt_res){ 0 };
		int64_t units = has < wanted ? has : wanted;
		if (units > 0)
			rt_res_add(&part, rt_name_text(names, i), units);
	}
	return rt_res_build(&part);
}

/* That is a job of its own: on a node that has all of it, else on each that has
 * some. */
static enum rt_status add_unseen(struct trace_seen *s, struct rt_error *err)
{
	enum rt_status status = RT_OK;

	for (uint32_t i = 0; i < 2 * s->nodes_len; i++) {
		if (status || !any_lack(s))
			return status;
		bool whole = i < s->nodes_len;
		struct rt_res res =
			unseen_of(s, s->nodes[i % s->nodes_len], whole);
		if (res.len == 0)
			continue;
		uint32_t k = unseen_kind(s, res, &status, err);
		add_run(s, (struct seen_run){ k, 1, s->now_s, s->now_s });
		hold(s, res, 1);
	}
	return status;
}

enum rt_status seen_settle(struct trace_seen *s, struct rt_error *err)
{
	make_sums(s);
	enum rt_status status = end_some(s, err);
	return status ? status : add_unseen(s, err);
}

enum rt_status seen_stop(struct trace_seen *s, struct rt_error *err)
{
	enum rt_status status = RT_OK;

	for (uint32_t i = 0; i < s->runs_len && !status; i++) {
		trace_mend_all(s->reader, "had no end before the recording's",
			       s->runs[i].count);
		status = emit(s, &s->runs[i], s->runs[i].count, err);
	}
	return status;
}
