/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.c - sets the cluster up from the manifest and moves it on.  One instant
 * goes in a fixed order: completions, nodes that become ready, arrivals in file
 * order, placement.
 */
#include <math.h>

#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/model/res.h"
#include "sim/faults.h"
#include "sim/leases.h"

static void happen(struct sim_world *w, struct sim_event event)
{
	switch (event.kind) {
	case SIM_TASK_DONE:
		sim_job_end(w, event.number);
		break;
	case SIM_NODE_READY:
		sim_node_ready(w, w->nodes[event.number]);
		break;
	case SIM_NODE_DRAINED:
		sim_node_drained(w, w->nodes[event.number]);
		break;
	case SIM_NODE_SPOT:
	case SIM_NODE_CRASH:
		sim_node_lost(w, w->nodes[event.number],
			      event.kind == SIM_NODE_CRASH);
		break;
	case SIM_LOSS:
		sim_losses_happen(w, event.number);
		break;
	case SIM_NODE_GONE:
		sim_node_gone(w, w->nodes[event.number]);
		break;
	case SIM_QUOTA_STEP:
		w->steps_left--;
		w->last_change_s = w->now_s;
		sim_nodes_unstick(w, event.number);
		break;
	case SIM_GANG_TICK:
		sim_gang_tick(w);
		break;
	case SIM_LEASE_ROUTE:
	case SIM_LEASE_ARRIVE:
	case SIM_LEASE_READY:
	case SIM_LEASE_RETURN:
	case SIM_LEASE_REAP:
	case SIM_LEASE_TICK:
		sim_leases_happen(w, event);
		break;
	case SIM_JOB_COMES:
		w->coming--;
		sim_job_come(w, event.number);
		break;
	}
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
			sim_job_arrive(w, w->arrived++);
		sim_placer_run(w);
	} while (sim_evq_next(&w->events) <= now_s);
}

/* ---- the start ---------------------------------------------------------- */

static enum rt_status add_cluster(struct sim_world *w, struct rt_error *err)
{
	struct rt_raycluster *c = &w->cluster;
	enum rt_status status = rt_raycluster_decode(
		w->conf->manifest, w->names, w->arena, c, err);

	if (status)
		return status;
	if (c->problems_len)
		return rt_fail(err, RT_EINPUT, "%s", c->problems[0]);
	w->cpu = rt_name_intern(w->names, "CPU");
	w->gpu = rt_name_intern(w->names, "GPU");
	w->memory = rt_name_intern(w->names, "memory");
	w->object_store = rt_name_intern(w->names, "object_store_memory");
	w->no_text = rt_name_intern(w->names, "");
	w->head_takes_tasks = rt_res_get(c->groups[0].res, w->cpu) > 0;
	w->group_nodes = RT_ARENA_ARRAY(w->arena, uint32_t, c->groups_len);
	w->leaving = RT_ARENA_ARRAY(w->arena, uint32_t, c->groups_len);
	w->stuck = RT_ARENA_ARRAY(w->arena, uint32_t, c->groups_len);
	return RT_OK;
}

static enum rt_status add_placement(struct sim_world *w, struct rt_error *err)
{
	const struct sim_scheduler *scheduler =
		sim_schedulers[w->conf->settings.placement];

	if (!scheduler->nodes)
		return rt_fail(err, RT_EINPUT,
			       "placement: %s: is for a pool of processors, "
			       "not for nodes",
			       scheduler->name);
	w->placement = scheduler->nodes;
	struct rt_rng rng =
		rt_rng_open(w->conf->seed, "placement group ticks", 0);
	w->gang_phase_s = rt_rng_unit(&rng);
	w->rng = rt_rng_open(w->conf->seed, "placement", 0);
	sim_rooms_init(&w->rooms, &w->cluster, w->placement->shuffled,
		       w->conf->seed);
	return RT_OK;
}

static void add_quota_steps(struct sim_world *w, uint32_t g)
{
	const struct sim_quota_step *steps = w->groups[g].quota_steps.at;

	for (uint32_t i = 0; i < w->groups[g].quota_steps.len; i++)
		sim_evq_push(
			&w->events,
			(struct sim_event){ steps[i].at_s, SIM_QUOTA_STEP, g });
	w->steps_left += w->groups[g].quota_steps.len;
}

/* Groups that do not scale, to compare with. */
static void fix_sizes(struct sim_world *w)
{
	struct rt_raycluster *c = &w->cluster;
	struct rt_group *groups = rt_arena_dup(w->arena, c->groups,
					       c->groups_len * sizeof *groups);
	struct rt_group_spec *specs =
		rt_arena_dup(w->arena, c->specs, c->groups_len * sizeof *specs);

	for (uint32_t g = 0; g < c->groups_len; g++) {
		int64_t replicas = (int64_t)w->groups[g].size;
		if (groups[g].is_head || replicas < 0)
			continue;
		specs[g].replicas = replicas;
		groups[g].min_nodes = replicas * groups[g].num_of_hosts;
		groups[g].max_nodes = groups[g].min_nodes;
	}
	c->groups = groups;
	c->specs = specs;
}

/* What is not set for a group is as for all of them; the head's is that, too.
 */
static void add_group_settings(struct sim_world *w)
{
	const struct sim_conf *conf = w->conf;

	w->groups = RT_ARENA_ARRAY(w->arena, struct sim_group_settings,
				   w->cluster.groups_len);
	for (uint32_t g = 0; g < w->cluster.groups_len; g++) {
		w->groups[g] = conf->all_groups;
		if (w->cluster.groups[g].is_head)
			continue;
		if (conf->groups)
			sim_group_settings_add(
				&w->groups[g],
				&conf->groups[w->cluster.specs[g].index]);
		add_quota_steps(w, g);
	}
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
			sim_node_begin(w, g);
	}
	w->peak_nodes = w->alive;
	return RT_OK;
}

static enum rt_status begin(struct sim_world *w, struct rt_error *err)
{
	const struct sim_conf *conf = w->conf;
	const struct sim_settings *set = &conf->settings;
	enum rt_status status;

	if ((status = add_cluster(w, err)) ||
	    (status = sim_conf_check(conf, &w->cluster, err)) ||
	    (status = add_placement(w, err)) ||
	    (status = sim_deps_init(&w->deps, conf->trace, set->closed_loop,
				    err)))
		return status;
	w->jobs_len = conf->trace->jobs_len;
	w->jobs = rt_calloc(w->jobs_len, sizeof *w->jobs);
	add_group_settings(w);
	fix_sizes(w);
	sim_losses_begin(w);
	w->longest_delay_s = set->provisioning_s;
	w->wish = SIM_NONE;
	w->meter = sim_meter_new(w->arena, &w->cluster, w->names,
				 w->head_takes_tasks, set->interval_s,
				 conf->watch);
	sim_shapes_init(w);
	if (w->placement->leases)
		w->leasing = sim_leases_new(w);
	return add_first_nodes(w, err);
}

enum rt_status sim_world_new(struct sim_world **out,
			     const struct sim_conf *conf,
			     struct rt_names *names, struct rt_error *err)
{
	struct sim_world *w = rt_calloc(1, sizeof *w);

	w->conf = conf;
	w->arena = rt_arena_new();
	w->pulled = rt_arena_new();
	w->names = names;
	enum rt_status status = begin(w, err);
	if (status)
		sim_world_free(&w);
	*out = w;
	return status;
}

static void free_jobs(struct sim_world *w)
{
	for (uint32_t i = 0; w->jobs && i < w->jobs_len; i++)
		rt_free(w->jobs[i].parts);
	rt_free(w->jobs);
}

void sim_world_free(struct sim_world **w)
{
	if (!*w)
		return;
	sim_evq_free(&(*w)->events);
	sim_queue_free(&(*w)->queue);
	sim_deps_free(&(*w)->deps);
	sim_rooms_free(&(*w)->rooms);
	free_jobs(*w);
	sim_leases_free(*w);
	rt_free((*w)->classes);
	rt_free((*w)->due);
	rt_free((*w)->broken);
	rt_free((*w)->plan.parts);
	rt_free((*w)->plan.nodes);
	rt_free((*w)->plan.order);
	rt_free((*w)->plan.left);
	rt_free((*w)->gained);
	rt_free((*w)->nodes);
	rt_free((*w)->free_addresses);
	rt_arena_free(&(*w)->pulled);
	rt_arena_free(&(*w)->arena);
	rt_free(*w);
	*w = NULL;
}
