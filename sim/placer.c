/* SPDX-License-Identifier: Apache-2.0 */
/*
 * placer.c - first fit, first come first served, on the nodes in order of
 * launch (the head is the oldest).  The result is that of trying every waiting
 * task on every node in order.  The cost is not, for two reasons: equal tasks
 * fit alike, so one try speaks for a whole shape; and between two moments at
 * which a node gains room the nodes only fill up, so each shape remembers the
 * first node that may still hold it (`from`) and never looks back.
 */
#include "core/base/mem.h"
#include "sim/world.h"

static bool fits(const struct sim_world *w, const struct sim_node *node,
		 struct rt_res res)
{
	uint32_t len = w->cluster.groups[node->group].res.len;

	if (node->state != SIM_UP || (node->order == 0 && !w->head_takes_tasks))
		return false;
	for (uint32_t i = 0; i < res.len; i++) {
		uint32_t k = 0;
		while (k < len && node->free[k].name != res.at[i].name)
			k++;
		if (k == len || node->free[k].units < res.at[i].units)
			return false;
	}
	return true;
}

/* Moves `from` to the first node that fits; false: none does. */
static bool find(const struct sim_world *w, struct sim_shape *shape)
{
	while (shape->from && !fits(w, shape->from, shape->res))
		shape->from = shape->from->newer;
	return shape->from;
}

/* The processes of a node are kept and used again; a task that finds none idle
 * waits for a new one. */
static double run_time(const struct sim_world *w, struct sim_node *node,
		       uint32_t task)
{
	const struct sim_settings *set = &w->conf->settings;
	double run = w->conf->trace->jobs[task]->run_s;

	run += set->task_overhead_s;
	if (node->tasks == node->workers) {
		node->workers++;
		run += set->worker_start_s;
	}
	return run;
}

static void start(struct sim_world *w, struct sim_shape *shape)
{
	struct sim_node *node = shape->from;
	uint32_t task = sim_queue_leave(&w->queue, shape);
	struct sim_job *job = &w->jobs[task];

	for (uint32_t i = 0; i < shape->res.len; i++) {
		uint32_t k = 0;
		while (node->free[k].name != shape->res.at[i].name)
			k++;
		node->free[k].units -= shape->res.at[i].units;
	}
	job->start_s = w->now_s;
	job->run_s = run_time(w, node, task);
	job->node = node->order - 1; /* the head's 0 wraps to SIM_HEAD */
	sim_tell_task(w, SIM_NEWS_STARTED, task);
	node->tasks++;
	w->running++;
	w->last_change_s = w->now_s;
	sim_evq_push(&w->events, (struct sim_event){ w->now_s + job->run_s,
						     SIM_TASK_DONE, task });
}

void sim_placer_room(struct sim_world *w, struct sim_node *node)
{
	for (uint32_t i = 0; i < w->queue.waiting_len; i++) {
		struct sim_shape *shape = &w->queue.shapes[w->queue.waiting[i]];
		if (!shape->from || node->order < shape->from->order)
			shape->from = node;
	}
}

void sim_placer_forget(struct sim_world *w, const struct sim_node *node)
{
	for (uint32_t i = 0; i < w->queue.waiting_len; i++) {
		struct sim_shape *shape = &w->queue.shapes[w->queue.waiting[i]];
		if (shape->from == node)
			shape->from = node->newer;
	}
}

static void place_strict(struct sim_world *w)
{
	struct sim_shape *shape;

	while ((shape = sim_queue_front(&w->queue)) && find(w, shape))
		start(w, shape);
}

/* Among the shapes that may fit, the one whose turn it is: its oldest task came
 * first. */
static uint32_t next_turn(const struct sim_world *w, const uint32_t *shapes,
			  uint32_t len)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < len; i++)
		if (w->queue.shapes[shapes[i]].first <
		    w->queue.shapes[shapes[best]].first)
			best = i;
	return best;
}

static void place(struct sim_world *w)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < w->queue.waiting_len; i++)
		if (find(w, &w->queue.shapes[w->queue.waiting[i]]))
			w->candidates[len++] = w->queue.waiting[i];
	while (len > 0) {
		uint32_t i = next_turn(w, w->candidates, len);
		struct sim_shape *shape = &w->queue.shapes[w->candidates[i]];
		if (find(w, shape))
			start(w, shape);
		if (shape->first == SIM_NONE || !shape->from)
			w->candidates[i] = w->candidates[--len];
	}
}

void sim_placer_run(struct sim_world *w)
{
	if (w->conf->settings.placement == SIM_FIRST_FIT_STRICT)
		place_strict(w);
	else
		place(w);
}
