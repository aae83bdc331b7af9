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
#include "core/model/codec_snapshot.h"

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
	case RT_NODE_ALLOCATED: /* a dead one: of before we were started */
	case RT_NODE_ALLOCATION_TIMEOUT:
		rt_instance_move(instance,
				 alive ? RT_NODE_RAY_RUNNING
				       : RT_NODE_RAY_STOPPED,
				 now_ms);
		break;
	case RT_NODE_RAY_STOPPED:
		if (alive) /* its container restarted */
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
	if (now_ms <= rt_instance_due_ms(instance, settings))
		return;
	if (instance->status == RT_NODE_ALLOCATED)
		rt_instance_move(instance, RT_NODE_ALLOCATION_TIMEOUT, now_ms);
	else if (instance->status == RT_NODE_RAY_STOP_REQUESTED)
		rt_instance_move(instance, RT_NODE_RAY_RUNNING, now_ms);
}

/* For each group, how many pods the replicas promise beyond those that are
 * there; below 0 where there are more. */
static int64_t *missing_pods(const struct rt_instances *table,
			     const struct rt_raycluster *cluster,
			     struct rt_arena *arena)
{
	int64_t *missing = RT_ARENA_ARRAY(arena, int64_t, cluster->groups_len);

	for (uint32_t g = 0; g < cluster->groups_len; g++) {
		const struct rt_group *group = &cluster->groups[g];
		int64_t max = group->max_nodes < RT_NODES_MAX ? group->max_nodes
							      : RT_NODES_MAX;
		int64_t promised =
			cluster->specs[g].replicas * group->num_of_hosts;
		missing[g] = promised < max ? promised : max;
	}
	for (uint32_t i = 0; i < table->len; i++) {
		uint32_t g = rt_raycluster_find(cluster, table->at[i]->group);
		if (g != RT_NO_GROUP && table->at[i]->pod &&
		    table->at[i]->status != RT_NODE_TERMINATING)
			missing[g]--;
	}
	return missing;
}

struct promises {
	const struct rt_raycluster *cluster;
	int64_t *missing;
};

/* Of what has no pod: the wishes of the last round, requests that the replicas
 * do not promise (any more), and all of a group that has left the manifest. */
static bool is_void(const struct rt_instance *instance, void *arg)
{
	const struct promises *p = arg;
	uint32_t g = rt_raycluster_find(p->cluster, instance->group);

	if (instance->pod)
		return false;
	return g == RT_NO_GROUP || instance->status != RT_NODE_REQUESTED ||
	       p->missing[g]-- <= 0;
}

/*
 * Replicas are a promise of pods: those promised and not yet there are
 * REQUESTED, also when a user or an earlier life of this process asked for
 * them.  What they do not promise is void, and the policy decides anew: the
 * demand may have gone meanwhile, or the launch been carried out although its
 * answer was lost.
 */
static void match_promises(struct rt_instances *table,
			   const struct rt_observation *obs,
			   struct rt_arena *arena)
{
	const struct rt_raycluster *cluster = &obs->cluster;
	struct promises p = { cluster, missing_pods(table, cluster, arena) };

	rt_instances_drop(table, is_void, &p);
	for (uint32_t g = 0; g < cluster->groups_len; g++)
		for (; p.missing[g] > 0; p.missing[g]--)
			rt_instances_add(table, cluster->groups[g].name,
					 RT_NODE_REQUESTED, obs->now_ms);
}

void rt_instances_sync(struct rt_instances *table,
		       const struct rt_observation *obs,
		       const struct rt_controller_settings *settings,
		       struct rt_arena *arena)
{
	struct index pods = index_pods(obs, arena);
	struct index rays = index_ray_nodes(obs, arena);

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
	match_promises(table, obs, arena);
}
