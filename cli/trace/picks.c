/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picks.c - copies of a job have ids of their own, "ID~2" and so on.  An id
 * that several jobs share is kept as often as that of them which is kept most.
 */
#include "cli/trace/picks.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/mem.h"
#include "core/base/names.h"

#define UNSEEN UINT64_MAX

struct trace_pick {
	struct trace_job *job;
	uint64_t copies;
	uint32_t seen; /* of those that it waits for: the first so many */
};

void trace_picks_open(struct trace_picks *p, const struct trace_facts *facts,
		      struct trace_output *to)
{
	*p = (struct trace_picks){ .facts = facts,
				   .to = to,
				   .arena = rt_arena_new(),
				   .ids = rt_names_new() };
}

void trace_picks_close(struct trace_picks *p)
{
	for (uint32_t i = p->first; i < p->held_len; i++)
		trace_job_free(&p->held[i].job);
	rt_names_free(&p->ids);
	rt_arena_free(&p->arena);
	rt_free(p->held);
	rt_free(p->copies);
}

static uint64_t *copies_of(struct trace_picks *p, const char *id)
{
	uint32_t name = rt_name_intern(p->ids, id);

	while (p->copies_len <= name) {
		RT_GROW(p->copies, p->copies_len, p->copies_cap);
		p->copies[p->copies_len++] = UNSEEN;
	}
	return &p->copies[name];
}

/* ---- one copy ----------------------------------------------------------- */

static const char *id_of_copy(struct trace_picks *p, const char *id,
			      uint64_t copy)
{
	return copy == 1 ? id
			 : rt_arena_printf(p->arena, "%s~%" PRIu64, id, copy);
}

/* The same copy of another job, or its last one; NULL: it is not kept. */
static const char *other(struct trace_picks *p, const char *id, uint64_t copy)
{
	uint64_t copies = *copies_of(p, id);

	if (copies == 0 || copies == UNSEEN)
		return NULL;
	return id_of_copy(p, id, copy < copies ? copy : copies);
}

static enum rt_status write_copy(struct trace_picks *p,
				 const struct trace_pick *pick, uint64_t copy,
				 struct rt_error *err)
{
	struct trace_job job = *pick->job;

	rt_arena_reset(p->arena);
	const char **after =
		RT_ARENA_ARRAY(p->arena, const char *, pick->job->after_len);
	job.after = after;
	job.after_len = 0;
	for (uint32_t i = 0; i < pick->job->after_len; i++) {
		const char *id = other(p, pick->job->after[i], copy);
		if (id)
			after[job.after_len++] = id;
	}
	if (copy == 1)
		p->struck += pick->job->after_len - job.after_len;
	if (job.id)
		job.id = id_of_copy(p, job.id, copy);
	if (job.preceding)
		job.preceding = other(p, job.preceding, copy);
	if (!job.preceding)
		job.think_s = -1;
	return trace_output_job(p->to, p->facts, &job, err);
}

/* ---- those that are held back ------------------------------------------- */

static enum rt_status write_first(struct trace_picks *p, struct rt_error *err)
{
	struct trace_pick *pick = &p->held[p->first];
	enum rt_status status = RT_OK;

	for (uint64_t i = 1; i <= pick->copies && !status; i++)
		status = write_copy(p, pick, i, err);
	trace_job_free(&pick->job);
	if (++p->first == p->held_len)
		p->first = p->held_len = 0;
	return status;
}

/* Whether it is known of all that it waits for if they are kept. */
static bool is_known(struct trace_picks *p, struct trace_pick *pick)
{
	while (pick->seen < pick->job->after_len &&
	       *copies_of(p, pick->job->after[pick->seen]) != UNSEEN)
		pick->seen++;
	return pick->seen == pick->job->after_len;
}

static void note(struct trace_picks *p, const char *id, uint64_t copies)
{
	uint64_t *noted = copies_of(p, id);

	if (*noted == UNSEEN || *noted < copies)
		*noted = copies;
}

static void hold(struct trace_picks *p, struct trace_pick pick)
{
	if (p->first > p->held_len / 2) {
		p->held_len -= p->first;
		memmove(p->held, p->held + p->first,
			p->held_len * sizeof *p->held);
		p->first = 0;
	}
	RT_GROW(p->held, p->held_len, p->held_cap);
	p->held[p->held_len++] = pick;
}

enum rt_status trace_picks_add(struct trace_picks *p, struct trace_job *job,
			       uint64_t copies, struct rt_error *err)
{
	enum rt_status status = RT_OK;

	if (job->id)
		note(p, job->id, copies);
	if (copies > 0)
		hold(p, (struct trace_pick){ job, copies, 0 });
	else
		trace_job_free(&job);
	while (!status && p->first < p->held_len &&
	       is_known(p, &p->held[p->first]))
		status = write_first(p, err);
	return status;
}

enum rt_status trace_picks_end(struct trace_picks *p, struct rt_error *err)
{
	enum rt_status status = RT_OK;

	while (!status && p->first < p->held_len)
		status = write_first(p, err);
	return status;
}
