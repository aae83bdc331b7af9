/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen.c - kinds of requests, and those of them that wait: stretches that came
 * at one time, of which the oldest goes first.
 */
#include "traces/seen.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "traces/seen_state.h"

bool trace_is_recording(const char *line)
{
	line += strspn(line, " \t");
	return *line == '{' &&
	       strncmp(line + 1 + strspn(line + 1, " \t"), "\"recording\"",
		       strlen("\"recording\"")) == 0;
}

struct trace_seen *trace_seen_new(struct trace_reader *reader)
{
	struct trace_seen *s = rt_calloc(1, sizeof *s);

	s->reader = reader;
	s->arena = rt_arena_new();
	s->texts = rt_names_new();
	return s;
}

void trace_seen_free(struct trace_seen **seen)
{
	struct trace_seen *s = *seen;

	if (!s)
		return;
	rt_arena_free(&s->arena);
	rt_names_free(&s->texts);
	rt_free(s->kinds);
	rt_free(s->waiting);
	rt_free(s->runs);
	rt_free(s->nodes);
	rt_free(s->held);
	rt_free(s->used);
	rt_free(s);
	*seen = NULL;
}

/* ---- kinds -------------------------------------------------------------- */

static struct rt_res sum_of(struct trace_seen *s,
			    const struct trace_seen_kind *kind)
{
	const struct trace_facts *facts = trace_facts(s->reader);
	struct rt_res_builder sum = { .arena = s->arena,
				      .names = facts->names };

	for (uint32_t i = 0; i < kind->asks_len; i++) {
		struct rt_res res = facts->shapes[kind->asks[i].shape].res;
		for (uint32_t k = 0; k < res.len; k++) {
			uint32_t name = res.at[k].name;
			double all =
				(double)res.at[k].units * kind->asks[i].count;
			for (uint32_t n = 0; n < sum.len; n++)
				if (sum.at[n].name == name)
					all += (double)sum.at[n].units;
			rt_res_add(&sum, rt_name_text(facts->names, name),
				   (int64_t)fmin(all, (double)RT_AMOUNT_MAX));
		}
	}
	return rt_res_build(&sum);
}

uint32_t seen_kind(struct trace_seen *s, const struct trace_seen_kind *of,
		   bool unseen)
{
	uint32_t i = rt_name_intern(s->texts, of->text);

	if (i < s->kinds_len)
		return i;
	RT_GROW(s->kinds, s->kinds_len, s->kinds_cap);
	struct seen_kind *kind = &s->kinds[s->kinds_len++];
	*kind = (struct seen_kind){ .of = *of, .unseen = unseen };
	if (of->id)
		kind->of.id = rt_arena_strdup(s->arena, of->id);
	kind->of.asks = rt_arena_dup(s->arena, of->asks,
				     of->asks_len * sizeof *of->asks);
	kind->all = sum_of(s, of);
	return i;
}

/* ---- rounds ------------------------------------------------------------- */

static void come(struct trace_seen *s, struct seen_kind *kind, uint64_t count)
{
	struct seen_stretch *stretch =
		RT_ARENA_NEW(s->arena, struct seen_stretch);

	*stretch = (struct seen_stretch){ count, s->now_s, NULL };
	if (kind->last)
		kind->last->next = stretch;
	else
		kind->first = stretch;
	kind->last = stretch;
}

/* Those that waited longest. */
static enum rt_status go(struct trace_seen *s, uint32_t k, uint64_t count,
			 struct rt_error *err)
{
	enum rt_status status = RT_OK;

	while (count > 0 && !status) {
		struct seen_kind *kind = &s->kinds[k];
		struct seen_stretch *first = kind->first;
		uint64_t n = first->count < count ? first->count : count;
		double since_s = first->since_s;
		first->count -= n;
		count -= n;
		if (first->count == 0)
			kind->first = first->next;
		if (!kind->first)
			kind->last = NULL;
		status = seen_start(s, k, since_s, n, err);
	}
	return status;
}

void trace_seen_pass(struct trace_seen *s, double now_s)
{
	s->now_s = fmax(s->now_s, now_s);
}

void trace_seen_begin(struct trace_seen *s, double now_s)
{
	trace_seen_pass(s, now_s);
	for (uint32_t i = 0; i < s->waiting_len; i++)
		s->kinds[s->waiting[i]].now = 0;
}

void trace_seen_wait(struct trace_seen *s, const struct trace_seen_kind *of,
		     uint64_t count)
{
	uint32_t k = seen_kind(s, of, false);
	struct seen_kind *kind = &s->kinds[k];

	kind->now += count;
	if (kind->listed)
		return;
	kind->listed = true;
	RT_GROW(s->waiting, s->waiting_len, s->waiting_cap);
	s->waiting[s->waiting_len++] = k;
}

void trace_seen_still(struct trace_seen *s)
{
	for (uint32_t i = 0; i < s->waiting_len; i++) {
		struct seen_kind *kind = &s->kinds[s->waiting[i]];
		kind->now = kind->before;
	}
}

enum rt_status trace_seen_settle(struct trace_seen *s, struct rt_error *err)
{
	enum rt_status status = RT_OK;
	uint32_t len = 0;

	for (uint32_t i = 0; i < s->waiting_len && !status; i++) {
		uint32_t k = s->waiting[i];
		struct seen_kind *kind = &s->kinds[k];
		uint64_t now = kind->now, before = kind->before;
		kind->before = now;
		kind->listed = now > 0;
		if (kind->listed)
			s->waiting[len++] = k;
		if (now > before)
			come(s, kind, now - before);
		else
			status = go(s, k, before - now, err);
	}
	s->waiting_len = len;
	return status ? status : seen_settle(s, err);
}

enum rt_status trace_seen_end(struct trace_seen *s, struct rt_error *err)
{
	for (uint32_t i = 0; i < s->waiting_len; i++)
		trace_leave_out_all(s->reader, "still waited at the end",
				    s->kinds[s->waiting[i]].before);
	return seen_stop(s, err);
}
