/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.c - a list of views, each with an arena that is used again.
 */
#include "sim/view.h"

#include "core/base/mem.h"

void sim_views_look(struct sim_views *views, struct sim_world *w,
		    uint64_t round, uint64_t seen)
{
	struct sim_view *view = views->spare;
	struct rt_arena *arena;

	if (view) {
		views->spare = view->after;
		arena = view->arena;
		rt_arena_reset(arena);
	} else {
		view = rt_calloc(1, sizeof *view);
		arena = rt_arena_new();
	}
	*view = sim_view_now(w, arena);
	view->arena = arena;
	view->round = round;
	view->seen = seen;
	if (views->last)
		views->last->after = view;
	else
		views->first = view;
	views->last = view;
}

/* ---- copies: what a round is shown must lie in its arena -------------------
 */

static const struct rt_request *copy_requests(const struct rt_request *from,
					      uint32_t len,
					      struct rt_arena *arena)
{
	struct rt_request *at = rt_arena_dup(arena, from, len * sizeof *at);

	for (uint32_t i = 0; i < len; i++)
		if (at[i].placements_len)
			at[i].placements =
				rt_arena_dup(arena, at[i].placements,
					     at[i].placements_len *
						     sizeof *at[i].placements);
	return at;
}

static struct rt_demand copy_demand(const struct rt_demand *from,
				    struct rt_arena *arena)
{
	struct rt_demand demand = *from;
	struct rt_gang *gangs = rt_arena_dup(arena, from->gangs,
					     from->gangs_len * sizeof *gangs);
	struct rt_constraint *wishes =
		rt_arena_dup(arena, from->constraints,
			     from->constraints_len * sizeof *wishes);

	demand.tasks = copy_requests(from->tasks, from->tasks_len, arena);
	for (uint32_t i = 0; i < from->gangs_len; i++)
		gangs[i].bundles =
			copy_requests(gangs[i].bundles, gangs[i].len, arena);
	for (uint32_t i = 0; i < from->constraints_len; i++)
		wishes[i].requests =
			copy_requests(wishes[i].requests, wishes[i].len, arena);
	demand.gangs = gangs;
	demand.constraints = wishes;
	return demand;
}

static struct sim_view copy(const struct sim_view *from, struct rt_arena *arena)
{
	struct sim_view view = *from;
	struct rt_ray_node *nodes = rt_arena_dup(
		arena, from->nodes, from->nodes_len * sizeof *nodes);

	for (uint32_t i = 0; i < from->nodes_len; i++) {
		struct rt_ray_node *n = &nodes[i];
		n->available.at = rt_arena_dup(arena, n->available.at,
					       n->available.len *
						       sizeof *n->available.at);
		n->labels.at =
			rt_arena_dup(arena, n->labels.at,
				     n->labels.len * sizeof *n->labels.at);
	}
	view.nodes = nodes;
	view.demand = copy_demand(&from->demand, arena);
	return view;
}

struct sim_view sim_views_take(struct sim_views *views, uint64_t round,
			       struct rt_arena *arena)
{
	struct sim_view *view;

	do {
		view = views->first;
		views->first = view->after;
		view->after = views->spare;
		views->spare = view;
	} while (view->round < round);
	if (!views->first)
		views->last = NULL;
	return copy(view, arena);
}

static void free_list(struct sim_view *view)
{
	while (view) {
		struct sim_view *after = view->after;
		rt_arena_free(&view->arena);
		rt_free(view);
		view = after;
	}
}

void sim_views_free(struct sim_views *views)
{
	free_list(views->first);
	free_list(views->spare);
}
