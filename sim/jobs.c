/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs.c - the life of a job: it comes, waits, starts, ends.  What is rejected
 * is what no cluster of these groups could ever run.
 */
#include <math.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "sim/leases.h"

/* ---- could it ever run? ------------------------------------------------- */

/* How many bundles one empty node of the group has room for. */
static int64_t room_of(const struct rt_group *group, struct rt_res res)
{
	int64_t room = INT64_MAX;

	for (uint32_t i = 0; i < res.len; i++)
		room = room < rt_res_get(group->res, res.at[i].name) /
					       res.at[i].units
			       ? room
			       : rt_res_get(group->res, res.at[i].name) /
					 res.at[i].units;
	return room;
}

/* All bundles of one kind, on all nodes that there may be. */
static bool is_enough(const struct sim_world *w, uint32_t job, uint32_t ask)
{
	const struct trace_job *it = w->conf->trace->jobs[job];
	const struct sim_shape *shape = sim_job_shape(w, job, ask);
	bool apart = it->strategy == TRACE_STRICT_SPREAD;
	double room = 0;

	for (uint32_t g = 0; g < w->cluster.groups_len; g++) {
		const struct rt_group *group = &w->cluster.groups[g];
		double nodes = group->is_head ? 1 : (double)group->max_nodes;
		if (!shape->holds[g])
			continue;
		room += nodes *
			(apart ? 1 : (double)room_of(group, shape->res));
	}
	return room >= it->asks[ask].count;
}

static bool could_run(struct sim_world *w, uint32_t job)
{
	const struct trace_job *it = w->conf->trace->jobs[job];

	if (it->kind != TRACE_GANG)
		return sim_job_shape(w, job, 0)->feasible;
	for (uint32_t i = 0; i < it->asks_len; i++)
		if (!is_enough(w, job, i))
			return false;
	return it->strategy != TRACE_STRICT_PACK ||
	       sim_gang_one_node(w, job, false);
}

/* ---- its life ----------------------------------------------------------- */

static bool is_gang(const struct sim_world *w, uint32_t job)
{
	return w->conf->trace->jobs[job]->kind == TRACE_GANG;
}

static void reject(struct sim_world *w, uint32_t job)
{
	sim_tell_task(w, SIM_NEWS_REJECTED, job);
	w->jobs[job].fate = SIM_REJECTED;
	w->ended++;
}

static void wait(struct sim_world *w, uint32_t job)
{
	struct sim_shape *shape = sim_job_shape(w, job, 0);

	sim_tell_task(w, SIM_NEWS_SUBMITTED, job);
	if (is_gang(w, job)) {
		sim_gang_wait(w, job);
		return;
	}
	if (shape->first == SIM_NONE)
		shape->tried = false;
	sim_queue_join(&w->queue, job, shape);
	if (w->leasing)
		sim_leases_came(w, shape);
}

void sim_job_come(struct sim_world *w, uint32_t job)
{
	struct sim_job *it = &w->jobs[job];

	if (it->retries == 0)
		it->submit_s = w->now_s;
	it->came = true;
	if (it->retries == 0 || !is_gang(w, job))
		it->ticket = w->tickets++;
	w->last_change_s = w->now_s;
	w->seen++;
	if (w->conf->trace->jobs[job]->kind == TRACE_REQUEST) {
		it->fate = SIM_ASKED;
		w->wish = job;
		w->ended++;
	} else if (could_run(w, job)) {
		wait(w, job);
	} else {
		reject(w, job);
	}
}

void sim_job_arrive(struct sim_world *w, uint32_t job)
{
	if (!w->jobs[job].came && !sim_deps_waits(&w->deps, job))
		sim_job_come(w, job);
}

void sim_job_start(struct sim_world *w, uint32_t job,
		   const struct sim_node *node, bool starts_worker)
{
	const struct sim_settings *set = &w->conf->settings;
	struct sim_job *it = &w->jobs[job];

	it->start_s = w->now_s;
	it->run_s = w->conf->trace->jobs[job]->run_s + set->task_overhead_s;
	if (starts_worker)
		it->run_s += set->worker_start_s;
	it->node = node->order - 1; /* the head's 0 wraps to SIM_HEAD */
	sim_tell_task(w, SIM_NEWS_STARTED, job);
	w->running++;
	w->last_change_s = w->now_s;
	sim_evq_push(&w->events, (struct sim_event){ w->now_s + it->run_s,
						     SIM_TASK_DONE, job });
}

/* A job that others had to end for: at once, or when its user has thought. One
 * whose hour in the trace is still to come waits for that. */
static void become_due(void *to, uint32_t job, double think_s)
{
	struct sim_world *w = to;

	if (think_s < 0 && job >= w->arrived)
		return;
	w->coming++;
	w->jobs[job].came = true;
	sim_evq_push(&w->events,
		     (struct sim_event){ w->now_s + fmax(0, think_s),
					 SIM_JOB_COMES, job });
}

bool sim_task_take(struct sim_world *w, struct sim_shape *shape,
		   struct sim_node *node)
{
	shape->running++;
	w->leases += rt_res_get(shape->res, w->cpu) > 0;
	return sim_node_take(w, node, shape, 1);
}

void sim_task_leave(struct sim_world *w, struct sim_shape *shape,
		    struct sim_node *node)
{
	shape->running--;
	w->leases -= rt_res_get(shape->res, w->cpu) > 0;
	sim_node_give(w, node, shape, 1);
}

static void leave_node(struct sim_world *w, uint32_t job)
{
	sim_task_leave(w, sim_job_shape(w, job, 0),
		       w->nodes[w->jobs[job].node + 1]);
}

/* Its bundles on the node, or on all. */
static void leave_parts(struct sim_world *w, uint32_t job,
			const struct sim_node *from)
{
	struct sim_job *it = &w->jobs[job];
	uint32_t kept = 0;

	for (uint32_t i = 0; i < it->parts_len; i++) {
		const struct sim_part part = it->parts[i];
		struct sim_node *node = w->nodes[part.node + 1];
		if (from && node != from)
			it->parts[kept++] = part;
		else
			sim_node_give(w, node, sim_job_shape(w, job, part.ask),
				      part.count);
	}
	if (from)
		it->parts_len = kept;
	w->gangs_turn = true;
}

void sim_job_end(struct sim_world *w, uint32_t job)
{
	w->jobs[job].fate = SIM_DONE;
	sim_tell_task(w, SIM_NEWS_ENDED, job);
	w->running--;
	w->ended++;
	w->seen++;
	w->last_change_s = w->now_s;
	if (is_gang(w, job))
		leave_parts(w, job, NULL);
	else if (w->leasing)
		sim_leases_ended(w, job);
	else
		leave_node(w, job);
	sim_deps_ended(&w->deps, job, become_due, w);
}

/* ---- lost nodes --------------------------------------------------------- */

struct loss {
	struct sim_world *w;
	uint32_t node;
	uint32_t jobs_len, jobs_cap;
	uint32_t *jobs;
};

bool sim_job_is_on(const struct sim_job *job, uint32_t node)
{
	for (uint32_t i = 0; i < job->parts_len; i++)
		if (job->parts[i].node == node)
			return true;
	return false;
}

/* Their ends will not come. */
static bool is_lost(void *to, const struct sim_event *event)
{
	struct loss *loss = to;

	const struct sim_job *job = &loss->w->jobs[event->number];

	if (event->kind != SIM_TASK_DONE ||
	    !(is_gang(loss->w, event->number) ? sim_job_is_on(job, loss->node)
					      : job->node == loss->node))
		return false;
	RT_GROW(loss->jobs, loss->jobs_len, loss->jobs_cap);
	loss->jobs[loss->jobs_len++] = event->number;
	return true;
}

/* What is left of a gang keeps its nodes until the rest has some, too. */
static void lose(struct sim_world *w, uint32_t job, const struct sim_node *node,
		 double after_s)
{
	struct sim_job *it = &w->jobs[job];
	bool for_good = w->conf->trace->jobs[job]->kind == TRACE_ACTOR ||
			it->retries >= w->conf->settings.max_retries;

	sim_tell_task(w, SIM_NEWS_LOST, job);
	w->running--;
	if (is_gang(w, job)) {
		leave_parts(w, job, for_good ? NULL : node);
		if (for_good)
			it->parts_len = 0;
		sim_gang_break(w, job);
	} else if (w->leasing) {
		sim_leases_lost(w, job);
	} else {
		leave_node(w, job);
	}
	if (for_good) {
		it->fate = SIM_LOST;
		w->ended++;
		return;
	}
	it->retries++;
	w->retries++;
	w->coming++;
	sim_evq_push(&w->events, (struct sim_event){ w->now_s + after_s,
						     SIM_JOB_COMES, job });
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void sim_jobs_lose(struct sim_world *w, const struct sim_node *node,
		   double after_s)
{
	struct loss loss = { .w = w, .node = node->order - 1 };

	if (node->tasks)
		sim_evq_drop(&w->events, is_lost, &loss);
	if (loss.jobs_len)
		qsort(loss.jobs, loss.jobs_len, sizeof *loss.jobs, by_number);
	for (uint32_t i = w->broken_len; i-- > 0;) {
		uint32_t job = w->broken[i];
		leave_parts(w, job, node);
		sim_gang_break(w, job);
	}
	for (uint32_t i = 0; i < loss.jobs_len; i++)
		lose(w, loss.jobs[i], node, after_s);
	rt_free(loss.jobs);
}
