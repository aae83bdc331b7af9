/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deps.c - edges are lists in one array.  A trace in which no job waits for
 * another costs nothing.
 */
#include "sim/deps.h"

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

static bool any_waits(const struct trace *trace, bool closed_loop)
{
	for (uint32_t i = 0; i < trace->jobs_len; i++)
		if (trace->jobs[i]->after_len ||
		    (closed_loop && thinks(trace->jobs[i])))
			return true;
	return false;
}

static void add(struct sim_deps *deps, uint32_t job, uint32_t on,
		double think_s)
{
	RT_GROW(deps->edges, deps->edges_len, deps->edges_cap);
	deps->edges[deps->edges_len] =
		(struct sim_edge){ job, deps->first[on], think_s };
	deps->first[on] = deps->edges_len++;
	deps->left[job]++;
}

static struct rt_map by_id(const struct trace *trace, struct rt_arena *arena)
{
	struct rt_map map = rt_map_new(arena, trace->jobs_len);

	for (uint32_t i = 0; i < trace->jobs_len; i++)
		if (trace->jobs[i]->id)
			rt_map_put(&map, trace->jobs[i]->id, &trace->jobs[i]);
	return map;
}

static enum rt_status add_edges(struct sim_deps *deps,
				const struct trace *trace, bool closed_loop,
				const struct rt_map *ids, struct rt_error *err)
{
	for (uint32_t i = 0; i < trace->jobs_len; i++) {
		const struct trace_job *job = trace->jobs[i];
		for (uint32_t k = 0; k < job->after_len; k++) {
			struct trace_job *const *on =
				rt_map_get(ids, job->after[k]);
			if (!on)
				return rt_fail(err, RT_EINPUT,
					       "row %llu of the trace waits "
					       "for %.40s, which is not there",
					       (unsigned long long)job->row,
					       job->after[k]);
			add(deps, i, (uint32_t)(on - trace->jobs), NO_THOUGHT);
		}
		struct trace_job *const *on =
			closed_loop && thinks(job)
				? rt_map_get(ids, job->preceding)
				: NULL;
		if (on)
			add(deps, i, (uint32_t)(on - trace->jobs),
			    job->think_s);
	}
	return RT_OK;
}

enum rt_status sim_deps_init(struct sim_deps *deps, const struct trace *trace,
			     bool closed_loop, struct rt_error *err)
{
	if (!any_waits(trace, closed_loop))
		return RT_OK;
	struct rt_arena *arena = rt_arena_new();
	const struct rt_map ids = by_id(trace, arena);
	deps->left = rt_calloc(trace->jobs_len, sizeof *deps->left);
	deps->first = rt_calloc(trace->jobs_len, sizeof *deps->first);
	for (uint32_t i = 0; i < trace->jobs_len; i++)
		deps->first[i] = NONE;
	enum rt_status status = add_edges(deps, trace, closed_loop, &ids, err);
	rt_arena_free(&arena);
	return status;
}

void sim_deps_free(struct sim_deps *deps)
{
	rt_free(deps->left);
	rt_free(deps->first);
	rt_free(deps->edges);
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
	for (uint32_t i = deps->first[job]; i != NONE;
	     i = deps->edges[i].next) {
		const struct sim_edge *edge = &deps->edges[i];
		if (--deps->left[edge->job] == 0)
			due(to, edge->job, edge->think_s);
	}
}
