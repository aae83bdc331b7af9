/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances_sync.c - mirrors the world: which pods are there, which Ray nodes
 * run on them, which pods the RayCluster's replicas still promise, and what
 * has taken too long.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/controller/instances.h"

/* Things by name, for bsearch. */
struct entry {
	const char *name;
	const void *thing;
};

struct index {
	size_t len;
	struct entry *at;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name,
		      ((const struct entry *)b)->name);
}

static const void *find(const struct index *index, const char *name)
{
	struct entry key = { .name = name };
	const struct entry *found = NULL;

	if (index->len)
		found = bsearch(&key, index->at, index->len, sizeof key,
				by_name);
	return found ? found->thing : NULL;
}

/* Pods that scaling counts. */
static struct index index_pods(const struct rt_observation *obs,
			       struct rt_arena *arena)
{
	struct index out = { 0 };

	out.at = RT_ARENA_ARRAY(arena, struct entry, obs->pods_len);
	for (uint32_t i = 0; i < obs->pods_len; i++)
		if (!obs->pods[i].deleting)
			out.at[out.len++] = (struct entry){ obs->pods[i].name,
							    &obs->pods[i] };
	qsort(out.at, out.len, sizeof *out.at, by_name);
	return out;
}

static struct index index_instances(const struct rt_instances *table,
				    struct rt_arena *arena)
{
	struct index out = { 0 };

	out.at = RT_ARENA_ARRAY(arena, struct entry, table->len);
	for (uint32_t i = 0; i < table->len; i++)
		if (table->at[i]->pod)
			out.at[out.len++] = (struct entry){ table->at[i]->pod,
							    table->at[i] };
	qsort(out.at, out.len, sizeof *out.at, by_name);
	return out;
}

/* By pod.  A pod whose container restarted has a dead Ray node too: the living
 * one counts. */
static struct index index_ray_nodes(const struct rt_observation *obs,
				    struct rt_arena *arena)
{
	struct index out = { 0 };
	size_t kept = 0;

	out.at = RT_ARENA_ARRAY(arena, struct entry, obs->ray_nodes_len);
	for (uint32_t i = 0; i < obs->ray_nodes_len; i++)
		if (obs->ray_nodes[i].instance_id[0])
			out.at[out.len++] = (struct entry){
				obs->ray_nodes[i].instance_id,
				&obs->ray_nodes[i],
			};
	qsort(out.at, out.len, sizeof *out.at, by_name);
	for (size_t i = 0; i < out.len; i++) {
		const struct rt_ray_node *node = out.at[i].thing;
		if (!kept || by_name(&out.at[kept - 1], &out.at[i]) != 0)
			out.at[kept++] = out.at[i];
		else if (node->status != RT_RAY_DEAD)
			out.at[kept - 1] = out.at[i];
	}
	out.len = kept;
	return out;
}

static bool pod_is_gone(const struct rt_instance *instance, void *pods)
{
	return instance->pod && !find(pods, instance->pod);
}

static struct rt_instance *oldest_requested(const struct rt_instances *table,
					    const char *group)
{
	for (uint32_t i = 0; i < table->len; i++)
		if (table->at[i]->status == RT_NODE_REQUESTED &&
		    strcmp(table->at[i]->group, group) == 0)
			return table->at[i];
	return NULL;
}

/* A new pod answers the oldest request of its group, or is somebody else's
 * doing and adopted. */
static void match_pods(struct rt_instances *table,
		       const struct rt_observation *obs, struct rt_arena *arena)
{
	struct index known = index_instances(table, arena);

	for (uint32_t i = 0; i < obs->pods_len; i++) {
		const struct rt_pod *pod = &obs->pods[i];
		if (pod->deleting || find(&known, pod->name))
			continue;
		struct rt_instance *instance =
			oldest_requested(table, pod->group);
		if (instance)
			rt_instance_move(instance, RT_NODE_ALLOCATED,
					 obs->now_ms);
		else
			instance = rt_instances_add(table, pod->group,
						    RT_NODE_ALLOCATED,
						    obs->now_ms);
		instance->pod = rt_strdup(pod->name);
		instance->is_head = pod->is_head;
	}
}

static void set_ray_node_id(struct rt_instance *instance, const char *id)
{
	if (instance->ray_node_id && strcmp(instance->ray_node_id, id) == 0)
		return;
	rt_free(instance->ray_node_id);
	instance->ray_node_id = rt_strdup(id);
}

static void mirror_ray(struct rt_instance *instance,
		       const struct rt_ray_node *ray, int64_t now_ms)
{
	bool alive = ray && ray->status != RT_RAY_DEAD;

	instance->ray = alive ? ray : NULL;
	if (!ray)
		return;
	switch (instance->status) {
	case RT_NODE_ALLOCATED:
	case RT_NODE_ALLOCATION_TIMEOUT:
	case RT_NODE_RAY_STOPPED: /* its container was started again */
		if (alive)
			rt_instance_move(instance, RT_NODE_RAY_RUNNING, now_ms);
		break;
	case RT_NODE_RAY_STOP_REQUESTED:
		if (ray->status == RT_RAY_DRAINING)
			rt_instance_move(instance, RT_NODE_RAY_STOPPING,
					 now_ms);
		/* fall through */
	case RT_NODE_RAY_RUNNING:
	case RT_NODE_RAY_STOPPING:
		if (!alive)
			rt_instance_move(instance, RT_NODE_RAY_STOPPED, now_ms);
		break;
	default:
		break;
	}
	if (alive)
		set_ray_node_id(instance, ray->ray_node_id);
}

static void time_out(struct rt_instance *instance,
		     const struct rt_controller_settings *settings,
		     int64_t now_ms)
{
	double age_s = (double)(now_ms - instance->since_ms) / 1000;

	if (instance->status == RT_NODE_ALLOCATED && !instance->is_head &&
	    age_s > settings->allocate_timeout_s)
		rt_instance_move(instance, RT_NODE_ALLOCATION_TIMEOUT, now_ms);
	if (instance->status == RT_NODE_RAY_STOP_REQUESTED &&
	    age_s > settings->stop_timeout_s)
		rt_instance_move(instance, RT_NODE_RAY_RUNNING, now_ms);
}

/* How many pods of a group the replicas promise beyond those that are there. */
static int64_t missing_pods(const struct rt_instances *table,
			    const struct rt_group *group,
			    const struct rt_group_spec *spec)
{
	int64_t promised = spec->replicas * group->num_of_hosts;

	if (promised > group->max_nodes)
		promised = group->max_nodes;
	for (uint32_t i = 0; i < table->len; i++)
		if (table->at[i]->pod &&
		    table->at[i]->status != RT_NODE_TERMINATING &&
		    strcmp(table->at[i]->group, group->name) == 0)
			promised--;
	return promised > 0 ? promised : 0;
}

/*
 * Replicas are a promise of pods: those promised and not yet there are
 * REQUESTED, also when a user or an earlier life of this process asked for
 * them.  A request that the replicas no longer promise is queued anew after a
 * while, a few times.
 */
static void match_promises(struct rt_instances *table,
			   const struct rt_group *group,
			   const struct rt_group_spec *spec,
			   const struct rt_controller_settings *settings,
			   int64_t now_ms)
{
	int64_t missing = missing_pods(table, group, spec);

	for (uint32_t i = 0; i < table->len; i++) {
		struct rt_instance *instance = table->at[i];
		if (instance->status != RT_NODE_REQUESTED ||
		    strcmp(instance->group, group->name) != 0 || missing-- > 0)
			continue;
		if ((double)(now_ms - instance->since_ms) / 1000 >
		    settings->request_timeout_s) {
			instance->retries++;
			rt_instance_move(instance, RT_NODE_QUEUED, now_ms);
		}
	}
	for (; missing > 0; missing--)
		rt_instances_add(table, group->name, RT_NODE_REQUESTED, now_ms);
}

struct given_up {
	const struct rt_observation *obs;
	int64_t retries;
};

static bool is_given_up(const struct rt_instance *instance, void *arg)
{
	const struct given_up *g = arg;

	if (instance->pod)
		return false;
	if (instance->retries > g->retries)
		return true;
	for (uint32_t i = 0; i < g->obs->cluster.groups_len; i++)
		if (strcmp(g->obs->cluster.groups[i].name, instance->group) ==
		    0)
			return false;
	return true; /* its group has left the manifest */
}

void rt_instances_sync(struct rt_instances *table,
		       const struct rt_observation *obs,
		       const struct rt_controller_settings *settings,
		       struct rt_arena *arena)
{
	const struct rt_raycluster *cluster = &obs->cluster;
	struct index pods = index_pods(obs, arena);
	struct index rays = index_ray_nodes(obs, arena);
	struct given_up given_up = { obs, settings->request_retries };

	rt_instances_drop(table, pod_is_gone, &pods);
	match_pods(table, obs, arena);
	for (uint32_t i = 0; i < table->len; i++) {
		struct rt_instance *instance = table->at[i];
		instance->ray = NULL;
		if (instance->pod)
			mirror_ray(instance, find(&rays, instance->pod),
				   obs->now_ms);
		time_out(instance, settings, obs->now_ms);
	}
	for (uint32_t i = 0; i < cluster->groups_len; i++)
		if (!cluster->groups[i].is_head)
			match_promises(table, &cluster->groups[i],
				       &cluster->specs[i], settings,
				       obs->now_ms);
	rt_instances_drop(table, is_given_up, &given_up);
}
