/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deps.c - edges are lists in one array, and lead from the first job of an id:
 * who waits for the id waits for all jobs that share it.  A trace in which no
 * job waits for another costs nothing.
 */
#include "sim/deps.h"

#include <inttypes.h>

#include "core/base/error.h"
#include "core/base/map.h"
#include "core/base/mem.h"

#define NONE UINT32_MAX
#define NO_THOUGHT (-1)

struct sim_edge {
	uint32_t job; /* that waits */
	uint32_t next;
	double think_s;
};

static bool thinks(const struct trace_job *job)
{
	return job->preceding && job->think_s >= 0;
}

bool sim_deps_any(const struct trace *trace, bool closed_loop)
{
	for (uint32_t i = 0; i < trace->jobs_len; i++)
		if (trace->jobs[i]->after_len ||
		    (closed_loop && thinks(trace->jobs[i])))
			return true;
	return false;
}

/* ---- edges -------------------------------------------------------------- */

static void add(struct sim_deps *deps, uint32_t job, uint32_t on,
		double think_s)
{
	RT_GROW(deps->edges, deps->edges_len, deps->edges_cap);
	deps->edges[deps->edges_len] =
		(struct sim_edge){ job, deps->of_id[on].edge, think_s };
	deps->of_id[on].edge = deps->edges_len++;
	deps->left[job]++;
}

/* The first job of each id. */
static struct rt_map by_id(struct sim_deps *deps, const struct trace *trace,
			   struct rt_arena *arena)
{
	struct rt_map map = rt_map_new(arena, trace->jobs_len);

	for (uint32_t i = 0; i < trace->jobs_len; i++) {
		struct trace_job **job = &trace->jobs[i];
		struct trace_job *const *first =
			(*job)->id ? rt_map_get(&map, (*job)->id) : NULL;
		if ((*job)->id && !first)
			rt_map_put(&map, (*job)->id, job);
		deps->of_id[i].first =
			first ? (uint32_t)(first - trace->jobs) : i;
		deps->of_id[i].edge = NONE;
		deps->of_id[deps->of_id[i].first].left++;
	}
	return map;
}

static enum rt_status wrong(const struct trace *trace, uint32_t job,
			    const char *what, const char *id,
			    struct rt_error *err)
{
	return rt_fail(err, RT_EINPUT, "%s:%" PRIu64 ": waits for %.40s, %s",
		       trace->facts->path, trace->jobs[job]->row, id, what);
}

static enum rt_status add_waits(struct sim_deps *deps,
				const struct trace *trace, uint32_t i,
				const struct rt_map *ids, struct rt_error *err)
{
	const struct trace_job *job = trace->jobs[i];

	for (uint32_t k = 0; k < job->after_len; k++) {
		struct trace_job *const *on = rt_map_get(ids, job->after[k]);
		if (!on)
			return wrong(trace, i, "which is not in the trace",
				     job->after[k], err);
		add(deps, i, (uint32_t)(on - trace->jobs), NO_THOUGHT);
	}
	return RT_OK;
}

/* One that an archive has lost, or the job itself, is no one to wait for. */
static void add_thought(struct sim_deps *deps, const struct trace *trace,
			uint32_t i, const struct rt_map *ids)
{
	const struct trace_job *job = trace->jobs[i];
	struct trace_job *const *on = rt_map_get(ids, job->preceding);
	uint32_t first = on ? (uint32_t)(on - trace->jobs) : NONE;

	if (on && first != deps->of_id[i].first)
		add(deps, i, first, job->think_s);
}

/* ---- no ring ------------------------------------------------------------ */

/* Lets all jobs end that can; the first one that cannot is in a ring, or waits
 * for one that is. */
static uint32_t find_stuck(struct sim_deps *deps, uint32_t len)
{
	uint32_t *left = rt_calloc(2 * (size_t)len, sizeof *left);
	uint32_t *of_id = left + len, i = 0;
	uint32_t *ready = rt_calloc(len, sizeof *ready), ready_len = 0;

	for (; i < len; i++) {
		left[i] = deps->left[i];
		of_id[i] = deps->of_id[i].left;
		if (left[i] == 0)
			ready[ready_len++] = i;
	}
	for (i = 0; i < ready_len; i++) {
		uint32_t id = deps->of_id[ready[i]].first;
		uint32_t edge = --of_id[id] ? NONE : deps->of_id[id].edge;
		for (; edge != NONE; edge = deps->edges[edge].next)
			if (--left[deps->edges[edge].job] == 0)
				ready[ready_len++] = deps->edges[edge].job;
	}
	for (i = 0; i < len && left[i] == 0; i++)
		;
	rt_free(left);
	rt_free(ready);
	return i;
}

static enum rt_status check(struct sim_deps *deps, const struct trace *trace,
			    struct rt_error *err)
{
	uint32_t i = find_stuck(deps, trace->jobs_len);

	if (i == trace->jobs_len)
		return RT_OK;
	const struct trace_job *job = trace->jobs[i];
	return wrong(trace, i, "and it, by way of others or not, for itself",
		     job->after_len ? job->after[0] : job->preceding, err);
}

/* ---- all of it ---------------------------------------------------------- */

enum rt_status sim_deps_init(struct sim_deps *deps, const struct trace *trace,
			     bool closed_loop, struct rt_error *err)
{
	if (!sim_deps_any(trace, closed_loop))
		return RT_OK;
	struct rt_arena *arena = rt_arena_new();
	deps->left = rt_calloc(trace->jobs_len, sizeof *deps->left);
	deps->of_id = rt_calloc(trace->jobs_len, sizeof *deps->of_id);
	const struct rt_map ids = by_id(deps, trace, arena);
	enum rt_status status = RT_OK;
	for (uint32_t i = 0; i < trace->jobs_len && !status; i++) {
		status = add_waits(deps, trace, i, &ids, err);
		if (closed_loop && thinks(trace->jobs[i]))
			add_thought(deps, trace, i, &ids);
	}
	if (!status)
		status = check(deps, trace, err);
	rt_arena_free(&arena);
	return status;
}

void sim_deps_free(struct sim_deps *deps)
{
	rt_free(deps->left);
	rt_free(deps->of_id);
	rt_free(deps->edges);
}

enum rt_status sim_check_waits(const struct trace *trace, bool closed_loop,
			       struct rt_error *err)
{
	struct sim_deps deps = { 0 };
	enum rt_status status = sim_deps_init(&deps, trace, closed_loop, err);

	sim_deps_free(&deps);
	return status;
}

bool sim_deps_waits(const struct sim_deps *deps, uint32_t job)
{
	return deps->left && deps->left[job] > 0;
}

void sim_deps_ended(struct sim_deps *deps, uint32_t job,
		    void (*due)(void *to, uint32_t job, double think_s),
		    void *to)
{
	if (!deps->left)
		return;
	struct sim_id *id = &deps->of_id[deps->of_id[job].first];
	if (--id->left > 0)
		return;
	for (uint32_t i = id->edge; i != NONE; i = deps->edges[i].next) {
		const struct sim_edge *edge = &deps->edges[i];
		if (--deps->left[edge->job] == 0)
			due(to, edge->job, edge->think_s);
	}
}
