/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe.c - the instant as Kubernetes and Ray's GCS would report it: pods and
 * nodes in order of launch, demand in order of the queue, no resource that is
 * used up.  With observe=gcs nodes also have the resources that Ray gives each,
 * and each request has a selector, if an empty one.
 */
#include "sim/world.h"

#include <math.h>
#include <stdio.h>

#include "core/model/res.h"

#define MS_MAX 0x1p53 /* some 285,000 years: there the clock stays */

/* Rounded down, so that a comparison with a whole number of ms has the outcome
 * that it has in seconds. */
int64_t sim_whole_ms(double s)
{
	if (s * 1000 >= MS_MAX)
		return (int64_t)MS_MAX;
	int64_t ms = (int64_t)(s * 1000);

	if ((double)ms / 1000 > s)
		ms--;
	else if ((double)(ms + 1) / 1000 <= s)
		ms++;
	return ms;
}

/* 0 means busy, so the first instant of idleness already counts as 1. */
static int64_t idle_ms(const struct sim_world *w, const struct sim_node *node)
{
	if (node->tasks)
		return 0;
	int64_t ms = sim_whole_ms(w->now_s - node->idle_since_s);
	return ms > 0 ? ms : 1;
}

/* The default of Ray: so much of a node's memory is for its object store. */
#define OBJECT_STORE_FRACTION 0.3

static void add_gcs_resources(struct sim_world *w, struct sim_node *node,
			      struct rt_res_builder *b)
{
	int64_t memory =
		rt_res_get(w->cluster.groups[node->group].res, w->memory);
	char name[48];

	node->address =
		w->free_len ? w->free_addresses[--w->free_len] : w->addresses++;
	snprintf(name, sizeof name, "node:10.%u.%u.%u",
		 node->address >> 16 & 255, node->address >> 8 & 255,
		 node->address & 255);
	rt_res_add(b, name, RT_UNITS);
	if (node->order == 0)
		rt_res_add(b, "node:__internal_head__", RT_UNITS);
	if (memory)
		rt_res_add(b, "object_store_memory",
			   (int64_t)((double)memory * OBJECT_STORE_FRACTION));
}

void sim_observe_new(struct sim_world *w, struct sim_node *node)
{
	struct rt_res res = w->cluster.groups[node->group].res;
	struct rt_res_builder b = { .arena = w->arena, .names = w->names };

	node->total = res;
	if (w->conf->settings.observe == SIM_OBSERVE_EXACT)
		return;
	add_gcs_resources(w, node, &b);
	for (uint32_t i = 0; i < res.len; i++)
		rt_res_add(&b, rt_name_text(w->names, res.at[i].name),
			   res.at[i].units);
	node->total = rt_res_build(&b);
}

/* What no task asks for is all there; what is used up is not mentioned. */
static struct rt_res available(const struct sim_world *w,
			       const struct sim_node *node,
			       struct rt_arena *arena)
{
	uint32_t len = w->cluster.groups[node->group].res.len, k = 0;
	struct rt_amount *at =
		RT_ARENA_ARRAY(arena, struct rt_amount, node->total.len);
	struct rt_res res = { .at = at };

	for (uint32_t i = 0; i < node->total.len; i++) {
		struct rt_amount amount = node->total.at[i];
		if (k < len && node->free[k].name == amount.name)
			amount = node->free[k++];
		if (amount.units)
			at[res.len++] = amount;
	}
	return res;
}

static enum rt_ray_status ray_status(const struct sim_node *node)
{
	if (node->state == SIM_STOPPED)
		return RT_RAY_DEAD;
	if (node->state == SIM_DRAINING)
		return RT_RAY_DRAINING;
	return node->tasks ? RT_RAY_RUNNING : RT_RAY_IDLE;
}

/* Bundles that a gang kept are told of by a label, lest the missing ones go
 * beside them where they must not. */
static struct rt_labels labels_of(const struct sim_world *w,
				  const struct sim_node *node,
				  struct rt_arena *arena)
{
	struct rt_labels own = w->cluster.groups[node->group].labels;
	struct rt_labels_builder b = { .arena = arena, .names = w->names };

	if (w->broken_len == 0)
		return own;
	for (uint32_t i = 0; i < own.len; i++)
		rt_labels_add(&b, rt_name_text(w->names, own.at[i].key),
			      rt_name_text(w->names, own.at[i].value));
	for (const struct sim_gang *g = w->first_gang; g; g = g->after)
		if (sim_job_is_on(&w->jobs[g->job], node->order - 1))
			rt_labels_add(&b, rt_name_text(w->names, g->label), "");
	return rt_labels_build(&b);
}

static struct rt_ray_node show_ray_node(const struct sim_world *w,
					const struct sim_node *node,
					struct rt_arena *arena)
{
	const struct rt_group *group = &w->cluster.groups[node->group];

	return (struct rt_ray_node){
		.ray_node_id = node->ray_node_id,
		.instance_id = node->pod,
		.group = group->name,
		.status = ray_status(node),
		.total = node->total,
		.available = available(w, node, arena),
		.labels = labels_of(w, node, arena),
		.idle_ms = idle_ms(w, node),
	};
}

static void show_ray_nodes(const struct sim_world *w, struct sim_view *view,
			   struct rt_arena *arena)
{
	struct rt_ray_node *nodes =
		RT_ARENA_ARRAY(arena, struct rt_ray_node, w->alive + 1);

	for (const struct sim_node *n = w->oldest; n; n = n->newer)
		if (n->state != SIM_STARTING)
			nodes[view->nodes_len++] = show_ray_node(w, n, arena);
	view->nodes = nodes;
}

static void show_pods(const struct sim_world *w, struct rt_observation *obs,
		      struct rt_arena *arena)
{
	struct rt_pod *pods =
		RT_ARENA_ARRAY(arena, struct rt_pod, w->alive + 1);

	for (const struct sim_node *n = w->oldest; n; n = n->newer) {
		const struct rt_group *group = &w->cluster.groups[n->group];
		pods[obs->pods_len++] = (struct rt_pod){
			.name = n->pod,
			.group = group->name,
			.replica = "",
			.is_head = group->is_head,
			.deleting = n->leaving,
			.stuck = n->stuck,
		};
	}
	obs->pods = pods;
}

static void show_cluster(const struct sim_world *w, struct rt_observation *obs,
			 struct rt_arena *arena)
{
	const struct rt_raycluster *c = &w->cluster;
	struct rt_group_spec *specs =
		rt_arena_dup(arena, c->specs, c->groups_len * sizeof *c->specs);

	for (uint32_t g = 0; g < c->groups_len; g++)
		specs[g].replicas =
			(int64_t)(w->group_nodes[g] - w->leaving[g]) /
			c->groups[g].num_of_hosts;
	obs->cluster = *c;
	obs->cluster.specs = specs;
}

/* What request_resources() asked for last; nothing takes it back. */
static void show_wish(const struct sim_world *w, struct rt_demand *demand,
		      struct rt_arena *arena)
{
	if (w->wish == SIM_NONE)
		return;
	const struct trace_job *it = w->conf->trace->jobs[w->wish];
	struct rt_constraint *wish = RT_ARENA_NEW(arena, struct rt_constraint);
	struct rt_request *requests =
		RT_ARENA_ARRAY(arena, struct rt_request, it->asks_len);

	for (uint32_t i = 0; i < it->asks_len; i++)
		requests[i] = sim_queue_request(&w->queue,
						sim_job_shape(w, w->wish, i),
						it->asks[i].count);
	*wish = (struct rt_constraint){ it->asks_len, requests };
	demand->constraints_len = it->asks_len > 0;
	demand->constraints = wish;
}

void sim_observe_demand(struct sim_world *w)
{
	bool exact = w->conf->settings.observe == SIM_OBSERVE_EXACT;

	rt_arena_reset(w->pulled);
	w->demand = (exact ? sim_queue_requests : sim_queue_counts)(
		&w->queue, w->pulled, &w->demand_len);
}

struct sim_view sim_view_now(struct sim_world *w, struct rt_arena *arena)
{
	struct sim_view view = { 0 };
	struct rt_demand *demand = &view.demand;

	show_ray_nodes(w, &view, arena);
	demand->tasks_len = w->demand_len;
	if (w->demand_len)
		demand->tasks = rt_arena_dup(arena, w->demand,
					     w->demand_len * sizeof *w->demand);
	demand->gangs = sim_gang_requests(w, arena, &demand->gangs_len);
	show_wish(w, demand, arena);
	return view;
}

struct rt_observation *sim_observe(struct sim_world *w,
				   const struct sim_view *view,
				   struct rt_arena *arena)
{
	struct rt_observation *obs = RT_ARENA_NEW(arena, struct rt_observation);

	obs->now_ms = sim_whole_ms(w->now_s);
	show_cluster(w, obs, arena);
	show_pods(w, obs, arena);
	obs->ray_nodes_len = view->nodes_len;
	obs->ray_nodes = view->nodes;
	obs->demand = view->demand;
	return obs;
}
