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

static void put_aside(struct sim_views *views, struct sim_view *view)
{
	view->after = views->spare;
	views->spare = view;
}

const struct sim_view *sim_views_take(struct sim_views *views, uint64_t round)
{
	struct sim_view *view;

	if (views->shown)
		put_aside(views, views->shown);
	while ((view = views->first)->round < round) {
		views->first = view->after;
		put_aside(views, view);
	}
	views->first = view->after;
	if (!views->first)
		views->last = NULL;
	views->shown = view;
	return view;
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
	if (views->shown)
		put_aside(views, views->shown);
	free_list(views->first);
	free_list(views->spare);
}
