/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.c - sets the cluster up from the manifest and moves it on.  One instant
 * goes in a fixed order: completions, nodes that become ready, arrivals in file
 * order, placement.
 */
#include "sim/world.h"

#include <inttypes.h>
#include <math.h>

#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/model/res.h"

/* ---- nodes -------------------------------------------------------------- */

static const char *pod_name(const struct sim_world *w, uint32_t group,
			    uint32_t order)
{
	const char *cluster =
		w->cluster.name[0] ? w->cluster.name : "raycluster";

	if (order == 0)
		return rt_arena_printf(w->arena, "%s-head", cluster);
	return rt_arena_printf(w->arena, "%s-%s-worker-%" PRIu32, cluster,
			       w->cluster.groups[group].name, order - 1);
}

static struct sim_node *add_node(struct sim_world *w, uint32_t group,
				 double ready_s, enum sim_node_state state)
{
	struct sim_node *node = RT_ARENA_NEW(w->arena, struct sim_node);
	struct rt_res res = w->cluster.groups[group].res;

	RT_GROW(w->nodes, w->nodes_len, w->nodes_cap);
	*node = (struct sim_node){
		.order = w->nodes_len,
		.group = group,
		.state = SIM_GONE, /* so far */
		.pod = pod_name(w, group, w->nodes_len),
		.ray_node_id = rt_arena_printf(w->arena, "%056" PRIx32,
					       w->nodes_len + 1),
		.launch_s = w->now_s,
		.ready_s = ready_s,
		.stop_s = INFINITY,
		.gone_s = INFINITY,
		.idle_since_s = ready_s,
		.free = rt_arena_dup(w->arena, res.at,
				     res.len * sizeof *res.at),
		.older = w->newest,
	};
	w->nodes[w->nodes_len++] = node;
	if (w->newest)
		w->newest->newer = node;
	else
		w->oldest = node;
	w->newest = node;
	w->group_nodes[group]++;
	if (!w->cluster.groups[group].is_head)
		w->alive++;
	sim_tell_node(w, node, state);
	return node;
}

void sim_world_launch(struct sim_world *w, uint32_t group)
{
	double delay = sim_delays_next(w->delays);
	struct sim_node *node =
		add_node(w, group, w->now_s + delay, SIM_STARTING);

	if (delay > w->longest_delay_s)
		w->longest_delay_s = delay;
	sim_evq_push(&w->events,
		     (struct sim_event){ node->ready_s, SIM_NODE_READY,
					 node->order });
	w->launches++;
}

static void stop_node(struct sim_world *w, struct sim_node *node)
{
	sim_tell_node(w, node, SIM_STOPPED);
	node->stop_s = w->now_s;
}

/* Drained at once, or after the delay that the settings ask for. */
static void let_stop(struct sim_world *w, struct sim_node *node)
{
	double delay = w->conf->settings.drain_s;

	if (delay > 0)
		sim_evq_push(&w->events, (struct sim_event){ w->now_s + delay,
							     SIM_NODE_DRAINED,
							     node->order });
	else
		stop_node(w, node);
}

void sim_world_drain(struct sim_world *w, struct sim_node *node)
{
	sim_tell_node(w, node, SIM_DRAINING);
	if (node->tasks == 0)
		let_stop(w, node);
}

void sim_world_delete(struct sim_world *w, struct sim_node *node)
{
	sim_placer_forget(w, node);
	if (node->older)
		node->older->newer = node->newer;
	else
		w->oldest = node->newer;
	if (node->newer)
		node->newer->older = node->older;
	else
		w->newest = node->older;
	if (isinf(node->stop_s))
		node->stop_s = w->now_s;
	sim_tell_node(w, node, SIM_GONE);
	node->gone_s = w->now_s;
	w->group_nodes[node->group]--;
	w->alive--;
	w->terminations++;
	w->seen++;
}

/* ---- what happens ------------------------------------------------------- */

static void give_back(struct sim_node *node, struct rt_res res)
{
	for (uint32_t i = 0; i < res.len; i++) {
		uint32_t k = 0;
		while (node->free[k].name != res.at[i].name)
			k++;
		node->free[k].units += res.at[i].units;
	}
}

static void end_task(struct sim_world *w, uint32_t task)
{
	struct sim_job *job = &w->jobs[task];
	struct sim_node *node = w->nodes[job->node + 1]; /* SIM_HEAD: [0] */
	uint32_t shape = w->conf->trace->jobs[task]->asks[0].shape;

	give_back(node, w->queue.shapes[shape].res);
	job->fate = SIM_DONE;
	sim_tell_task(w, SIM_NEWS_ENDED, task);
	w->running--;
	w->ended++;
	w->last_change_s = w->now_s;
	if (--node->tasks == 0)
		node->idle_since_s = w->now_s;
	if (node->state == SIM_UP)
		sim_placer_room(w, node);
	else if (node->tasks == 0)
		let_stop(w, node);
}

static void happen(struct sim_world *w, struct sim_event event)
{
	struct sim_node *node;

	switch (event.kind) {
	case SIM_TASK_DONE:
		end_task(w, event.number);
		break;
	case SIM_NODE_READY:
		node = w->nodes[event.number];
		if (node->state != SIM_STARTING)
			return; /* it was deleted before */
		sim_tell_node(w, node, SIM_UP);
		sim_placer_room(w, node);
		break;
	case SIM_NODE_DRAINED:
		node = w->nodes[event.number];
		if (node->state == SIM_DRAINING)
			stop_node(w, node);
		break;
	}
	w->seen++;
}

static void arrive(struct sim_world *w, uint32_t task)
{
	struct sim_shape *shape =
		&w->queue.shapes[w->conf->trace->jobs[task]->asks[0].shape];

	if (shape->first == SIM_NONE)
		shape->from = w->oldest;
	sim_tell_task(w,
		      shape->feasible ? SIM_NEWS_SUBMITTED : SIM_NEWS_REJECTED,
		      task);
	if (shape->feasible) {
		sim_queue_join(&w->queue, task, shape);
	} else {
		w->jobs[task].fate = SIM_REJECTED;
		w->ended++;
	}
	w->last_change_s = w->now_s;
	w->seen++;
}

double sim_world_next(const struct sim_world *w)
{
	double event = sim_evq_next(&w->events);

	if (w->arrived == w->jobs_len)
		return event;
	return fmin(event, w->conf->trace->jobs[w->arrived]->submit_s);
}

void sim_world_step(struct sim_world *w, double now_s)
{
	struct trace_job *const *jobs = w->conf->trace->jobs;

	w->now_s = now_s;
	do {
		while (sim_evq_next(&w->events) <= now_s)
			happen(w, sim_evq_pop(&w->events));
		while (w->arrived < w->jobs_len &&
		       jobs[w->arrived]->submit_s <= now_s)
			arrive(w, w->arrived++);
		sim_placer_run(w);
	} while (sim_evq_next(&w->events) <= now_s);
}

/* ---- the start ---------------------------------------------------------- */

static bool holds(struct rt_res node, struct rt_res task)
{
	for (uint32_t i = 0; i < task.len; i++)
		if (rt_res_get(node, task.at[i].name) < task.at[i].units)
			return false;
	return true;
}

/* Each job must be one request. */
static enum rt_status check_jobs(const struct trace *trace,
				 struct rt_error *err)
{
	for (uint32_t i = 0; i < trace->jobs_len; i++) {
		const struct trace_job *job = trace->jobs[i];
		if (job->kind == TRACE_GANG || job->kind == TRACE_REQUEST)
			return rt_fail(err, RT_EINPUT,
				       "row %" PRIu64 " of the trace is a %s, "
				       "which is not replayed",
				       job->row,
				       job->kind == TRACE_GANG ? "gang"
							       : "request");
	}
	return RT_OK;
}

/* The trace's shapes in the names of the controller. */
static void add_shapes(struct sim_world *w, struct rt_names *names)
{
	const struct trace_facts *facts = w->conf->trace->facts;
	struct sim_shape *shapes =
		RT_ARENA_ARRAY(w->arena, struct sim_shape, facts->shapes_len);

	for (uint32_t i = 0; i < facts->shapes_len; i++) {
		struct rt_res res = facts->shapes[i].res;
		struct rt_res_builder b = { .arena = w->arena, .names = names };
		for (uint32_t k = 0; k < res.len; k++)
			rt_res_add(&b,
				   rt_name_text(facts->names, res.at[k].name),
				   res.at[k].units);
		shapes[i].res = rt_res_build(&b);
		uint32_t g = w->head_takes_tasks ? 0 : 1;
		for (; g < w->cluster.groups_len; g++)
			shapes[i].feasible |=
				holds(w->cluster.groups[g].res, shapes[i].res);
	}
	sim_queue_init(&w->queue, shapes, facts->shapes_len,
		       w->conf->trace->jobs_len);
	w->candidates = RT_ARENA_ARRAY(w->arena, uint32_t, facts->shapes_len);
}

static enum rt_status add_cluster(struct sim_world *w, struct rt_names *names,
				  struct rt_error *err)
{
	struct rt_raycluster *c = &w->cluster;
	enum rt_status status = rt_raycluster_decode(w->conf->manifest, names,
						     w->arena, c, err);

	if (status)
		return status;
	if (c->problems_len)
		return rt_fail(err, RT_EINPUT, "%s", c->problems[0]);
	w->head_takes_tasks =
		rt_res_get(c->groups[0].res, rt_name_intern(names, "CPU")) > 0;
	w->group_nodes = RT_ARENA_ARRAY(w->arena, uint32_t, c->groups_len);
	return RT_OK;
}

/* As KubeRay makes them: the replicas of the manifest, within its bounds. */
static int64_t first_nodes(const struct sim_world *w, uint32_t g)
{
	const struct rt_group *group = &w->cluster.groups[g];
	int64_t n = w->cluster.specs[g].replicas * group->num_of_hosts;

	if (group->is_head)
		return 1;
	if (n < group->min_nodes)
		n = group->min_nodes;
	return n > group->max_nodes ? group->max_nodes : n;
}

/* The head, and the replicas that the manifest starts with. */
static enum rt_status add_first_nodes(struct sim_world *w, struct rt_error *err)
{
	for (uint32_t g = 0; g < w->cluster.groups_len; g++) {
		int64_t n = first_nodes(w, g);
		if (n > SIM_NODES_MAX - (int64_t)w->alive)
			return rt_fail(err, RT_ELIMIT,
				       "spec.workerGroupSpecs[%u].replicas: "
				       "more than %d nodes at the start",
				       w->cluster.specs[g].index,
				       SIM_NODES_MAX);
		for (; n > 0; n--)
			add_node(w, g, 0, SIM_UP);
	}
	w->peak_nodes = w->alive;
	return RT_OK;
}

enum rt_status sim_world_new(struct sim_world **out,
			     const struct sim_conf *conf,
			     struct rt_names *names, struct rt_error *err)
{
	struct sim_world *w = rt_calloc(1, sizeof *w);
	const struct sim_settings *set = &conf->settings;

	w->conf = conf;
	w->arena = rt_arena_new();
	enum rt_status status = check_jobs(conf->trace, err);
	if (!status)
		status = add_cluster(w, names, err);
	if (!status) {
		w->meter = sim_meter_new(w->arena, &w->cluster, names,
					 w->head_takes_tasks, set->interval_s,
					 conf->watch);
		status = add_first_nodes(w, err);
	}
	if (status) {
		sim_world_free(&w);
		return status;
	}
	w->delays = sim_delays_new(set->provisioning_s, set->provisioning_cv,
				   conf->seed);
	w->longest_delay_s = set->provisioning_s;
	w->jobs_len = conf->trace->jobs_len;
	w->jobs = rt_calloc(w->jobs_len, sizeof *w->jobs);
	add_shapes(w, names);
	*out = w;
	return RT_OK;
}

void sim_world_free(struct sim_world **w)
{
	if (!*w)
		return;
	sim_evq_free(&(*w)->events);
	sim_queue_free(&(*w)->queue);
	sim_delays_free(&(*w)->delays);
	rt_free((*w)->jobs);
	rt_free((*w)->nodes);
	rt_arena_free(&(*w)->arena);
	rt_free(*w);
	*w = NULL;
}
