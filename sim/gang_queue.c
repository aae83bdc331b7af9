/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gang_queue.c - placement groups that wait.  Ray's GCS looks at them when one
 * comes, bundles are given back or a node joins, and once a second; one that
 * found no room is put off, for longer each time.  Of all this only those times
 * are events at which something can have changed: tries that must fail are
 * counted when it is next looked at.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "sim/world.h"

#define TICK_S 1      /* the GCS looks at them at least so often */
#define BACKOFF_S 0.1 /* after the first try */
#define BACKOFF_GROWTH 1.5
#define BACKOFF_MOST_S 1
#define FAILURES_MOST 16 /* more make no difference */

/* ---- gangs that lost a node --------------------------------------------- */

uint32_t sim_gang_missing(const struct sim_world *w, uint32_t job, uint32_t ask)
{
	const struct sim_job *it = &w->jobs[job];
	uint32_t missing = w->conf->trace->jobs[job]->asks[ask].count;

	for (uint32_t i = 0; i < it->parts_len; i++)
		if (it->parts[i].ask == ask)
			missing -= it->parts[i].count;
	return missing;
}

static void drop_broken(struct sim_world *w, uint32_t job)
{
	uint32_t i = 0;

	while (i < w->broken_len && w->broken[i] != job)
		i++;
	if (i < w->broken_len)
		w->broken[i] = w->broken[--w->broken_len];
}

void sim_gang_break(struct sim_world *w, uint32_t job)
{
	drop_broken(w, job);
	if (w->jobs[job].parts_len == 0)
		return;
	RT_GROW(w->broken, w->broken_len, w->broken_cap);
	w->broken[w->broken_len++] = job;
}

/* ---- when they have their turn ------------------------------------------ */

/* The first tick that is not before. */
static double tick_from(const struct sim_world *w, double at_s)
{
	return ceil((at_s - w->gang_phase_s) / TICK_S) * TICK_S +
	       w->gang_phase_s;
}

static void want_tick(struct sim_world *w)
{
	double at_s = tick_from(w, w->now_s);

	if (w->gangs_tick)
		return;
	w->gangs_tick = true;
	if (at_s <= w->now_s)
		at_s += TICK_S;
	sim_evq_push(&w->events, (struct sim_event){ at_s, SIM_GANG_TICK, 0 });
}

void sim_gang_tick(struct sim_world *w)
{
	w->gangs_tick = false;
	w->gangs_turn = true;
	w->seen++;
}

static void put_off(struct sim_gang *gang, double now_s, double tries)
{
	double failures = fmin(gang->failures + tries, FAILURES_MOST);

	gang->failures = (uint32_t)failures;
	gang->next_s =
		now_s + fmin(BACKOFF_S * pow(BACKOFF_GROWTH, failures - 1),
			     BACKOFF_MOST_S);
}

/* Tries at ticks since, none of which can have found room. */
static void catch_up(const struct sim_world *w, struct sim_gang *gang)
{
	double first_s = tick_from(w, gang->next_s);
	double last_s = tick_from(w, w->now_s) - TICK_S;

	if (gang->failures && first_s <= last_s)
		put_off(gang, last_s, (last_s - first_s) / TICK_S + 1);
}

/* Some bundle fits on no node that is there, even on an empty one: then it
 * waits for a node to join. */
static bool is_infeasible(struct sim_world *w, const struct sim_gang *gang)
{
	const struct trace_job *it = w->conf->trace->jobs[gang->job];
	uint32_t bundles = 0;

	for (uint32_t i = 0; i < it->asks_len; i++) {
		const struct sim_shape *shape = sim_job_shape(w, gang->job, i);
		uint32_t g = 0;
		while (g < w->cluster.groups_len &&
		       !(shape->holds[g] && sim_rooms_has(&w->rooms, g)))
			g++;
		if (g == w->cluster.groups_len)
			return true;
		bundles += it->asks[i].count;
	}
	if (it->strategy == TRACE_STRICT_PACK)
		return !sim_gang_one_node(w, gang->job, true);
	return it->strategy == TRACE_STRICT_SPREAD && bundles > w->up;
}

void sim_gang_failed(struct sim_world *w, struct sim_gang *gang)
{
	gang->tried = w->gains;
	if (!w->placement->backs_off)
		return;
	put_off(gang, w->now_s, 1);
	gang->infeasible = is_infeasible(w, gang);
}

/* Something has changed since it was last tried. */
static bool is_hopeful(const struct sim_world *w, struct sim_gang *gang)
{
	if (!gang->infeasible)
		return gang->tried != w->gains;
	if (!w->joined)
		return false;
	gang->infeasible = false;
	gang->failures = 0;
	gang->next_s = w->now_s;
	return true;
}

static int by_turn(const void *a, const void *b)
{
	const struct sim_gang *x = *(struct sim_gang *const *)a;
	const struct sim_gang *y = *(struct sim_gang *const *)b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	if (x->next_s != y->next_s)
		return x->next_s < y->next_s ? -1 : 1;
	return (x->ticket > y->ticket) - (x->ticket < y->ticket);
}

static void add_due(struct sim_world *w, struct sim_gang *gang)
{
	RT_GROW(w->due, w->due_len, w->due_cap);
	w->due[w->due_len++] = gang;
}

static void find_due(struct sim_world *w)
{
	bool put_off = false;

	for (struct sim_gang *g = w->first_gang; g; g = g->after) {
		if (!is_hopeful(w, g))
			continue;
		if (w->placement->backs_off)
			catch_up(w, g);
		if (g->next_s <= w->now_s || !w->placement->backs_off)
			add_due(w, g);
		else
			put_off = true;
	}
	if (put_off)
		want_tick(w);
	if (w->placement->backs_off && w->due_len)
		qsort(w->due, w->due_len, sizeof(struct sim_gang *), by_turn);
}

void sim_gangs_due(struct sim_world *w)
{
	bool gained = w->gained_len > 0;

	w->due_len = 0;
	w->gains += gained;
	if (w->gangs_turn || (gained && !w->placement->backs_off))
		find_due(w);
	else if (gained && w->gangs_len)
		want_tick(w);
	w->gangs_turn = w->joined = false;
}

/* ---- the list ------------------------------------------------------------ */

/* Ray's label has the group's id; here those of gangs that started are used
 * again. */
static void put_label(struct sim_world *w, struct sim_gang *gang)
{
	char name[32];

	snprintf(name, sizeof name, "_PG_%u", w->labels++);
	gang->label = rt_name_intern(w->names, name);
}

/* Behind those that come first. */
static void join(struct sim_world *w, struct sim_gang *gang)
{
	struct sim_gang *before = w->last_gang;

	while (before && (before->priority < gang->priority ||
			  (before->priority == gang->priority &&
			   before->ticket > gang->ticket)))
		before = before->before;
	gang->before = before;
	gang->after = before ? before->after : w->first_gang;
	if (gang->after)
		gang->after->before = gang;
	else
		w->last_gang = gang;
	if (before)
		before->after = gang;
	else
		w->first_gang = gang;
	w->gangs_len++;
}

void sim_gang_leave(struct sim_world *w, struct sim_gang *gang)
{
	if (gang->before)
		gang->before->after = gang->after;
	else
		w->first_gang = gang->after;
	if (gang->after)
		gang->after->before = gang->before;
	else
		w->last_gang = gang->before;
	drop_broken(w, gang->job);
	gang->after = w->spare_gang;
	w->spare_gang = gang;
	w->gangs_len--;
}

void sim_gang_wait(struct sim_world *w, uint32_t job)
{
	struct sim_gang *gang = w->spare_gang;

	if (gang) {
		w->spare_gang = gang->after;
	} else {
		gang = RT_ARENA_NEW(w->arena, struct sim_gang);
		put_label(w, gang);
	}
	*gang = (struct sim_gang){
		.job = job,
		.label = gang->label,
		.ticket = w->jobs[job].ticket,
		.priority = sim_job_priority(w, job),
		.tried = UINT64_MAX,
		.next_s = w->jobs[job].retries ? -INFINITY : w->now_s,
	};
	join(w, gang);
	w->gangs_turn = true;
}

/* ---- what the GCS tells of them ------------------------------------------ */

static const struct rt_placement *placement_of(const struct sim_world *w,
					       const struct sim_gang *gang,
					       struct rt_arena *arena,
					       uint32_t *len)
{
	enum trace_strategy strategy =
		w->conf->trace->jobs[gang->job]->strategy;
	struct rt_placement placement = { .label = gang->label,
					  .value = w->no_text };

	placement.kind =
		strategy == TRACE_STRICT_PACK ? RT_AFFINITY : RT_ANTI_AFFINITY;
	*len = strategy == TRACE_STRICT_PACK || strategy == TRACE_STRICT_SPREAD;
	return *len ? rt_arena_dup(arena, &placement, sizeof placement) : NULL;
}

/* What it misses. */
static struct rt_gang show_gang(const struct sim_world *w,
				const struct sim_gang *gang,
				struct rt_arena *arena)
{
	const struct trace_job *it = w->conf->trace->jobs[gang->job];
	struct rt_request *bundles =
		RT_ARENA_ARRAY(arena, struct rt_request, it->asks_len);
	uint32_t placements_len, len = 0;
	const struct rt_placement *placements =
		placement_of(w, gang, arena, &placements_len);

	for (uint32_t i = 0; i < it->asks_len; i++) {
		uint32_t missing = sim_gang_missing(w, gang->job, i);
		if (missing == 0)
			continue;
		bundles[len] = sim_queue_request(
			&w->queue, sim_job_shape(w, gang->job, i), missing);
		bundles[len].placements_len = placements_len;
		bundles[len++].placements = placements;
	}
	return (struct rt_gang){ "", len, bundles };
}

const struct rt_gang *sim_gang_requests(struct sim_world *w,
					struct rt_arena *arena, uint32_t *len)
{
	struct rt_gang *out =
		RT_ARENA_ARRAY(arena, struct rt_gang, w->gangs_len);

	*len = 0;
	for (const struct sim_gang *g = w->first_gang; g; g = g->after)
		out[(*len)++] = show_gang(w, g, arena);
	return out;
}
