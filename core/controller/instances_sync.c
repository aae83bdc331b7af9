/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances_sync.c - mirrors the world: which pods are there, which Ray nodes
 * run on them, which pods the RayCluster's replicas still promise, and what
 * has taken too long.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/controller/life.h"
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

/* A pod that goes before Ray came, and not on our behalf, is made anew as long
 * as the replicas promise it: the launch goes on. */
static void lose_pods(struct rt_instances *table, const struct index *pods,
		      int64_t now_ms)
{
	for (uint32_t i = 0; i < table->len; i++) {
		struct rt_instance *instance = table->at[i];
		if (instance->is_head ||
		    instance->status != RT_NODE_ALLOCATED ||
		    find(pods, instance->pod))
			continue;
		rt_free(instance->pod);
		rt_free(instance->replica);
		instance->pod = instance->replica = NULL;
		instance->stuck = true;
		rt_instance_move(instance, RT_NODE_REQUESTED, now_ms);
	}
}

static struct rt_instance *oldest_requested(const struct rt_instances *table,
					    const char *group)
{
	for (uint32_t i = 0; i < table->len; i++) {
		struct rt_instance *instance = table->at[i];
		if ((instance->status == RT_NODE_REQUESTED ||
		     instance->status == RT_NODE_ALLOCATION_FAILED) &&
		    strcmp(instance->group, group) == 0)
			return instance;
	}
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
		instance->replica = rt_strdup(pod->replica);
		instance->is_head = pod->is_head;
	}
}

static bool is_named(const struct rt_group_spec *spec, const char *pod)
{
	for (uint32_t i = 0; i < spec->to_delete_len; i++)
		if (strcmp(spec->to_delete[i], pod) == 0)
			return true;
	return false;
}

/* A pod that is named in workersToDelete goes, whoever named it. */
static void mirror_pod(struct rt_instance *instance, const struct rt_pod *pod,
		       const struct rt_observation *obs)
{
	uint32_t g = rt_raycluster_find(&obs->cluster, instance->group);

	if (pod->stuck)
		instance->stuck = true;
	if (g != RT_NO_GROUP && instance->status != RT_NODE_TERMINATING &&
	    is_named(&obs->cluster.specs[g], pod->name))
		rt_instance_move(instance, RT_NODE_TERMINATING, obs->now_ms);
}

static void set_ray_node_id(struct rt_instance *instance, const char *id)
{
	if (instance->ray_node_id && strcmp(instance->ray_node_id, id) == 0)
		return;
	rt_free(instance->ray_node_id);
	instance->ray_node_id = rt_strdup(id);
}

/* A node that was busy was so in the rounds that were not decided anew, too. */
static void mirror_work(struct rt_instance *instance,
			const struct rt_ray_node *ray, int64_t before_ms,
			int64_t now_ms)
{
	if (instance->busy)
		instance->busy_ms = before_ms;
	instance->busy = ray->idle_ms <= 0;
	if (instance->busy)
		instance->busy_ms = now_ms;
}

static void start_running(struct rt_instance *instance,
			  struct rt_backoff *backoff, int64_t now_ms)
{
	rt_instance_move(instance, RT_NODE_RAY_RUNNING, now_ms);
	instance->stuck = false;
	rt_backoff_clear(backoff, instance->group);
}

static void mirror_ray(struct rt_instance *instance,
		       const struct rt_ray_node *ray,
		       struct rt_backoff *backoff, int64_t now_ms)
{
	bool alive = ray && ray->status != RT_RAY_DEAD;

	instance->ray = alive ? ray : NULL;
	if (!ray)
		return;
	switch (instance->status) {
	case RT_NODE_ALLOCATED: /* a dead one: of before we were started */
	case RT_NODE_ALLOCATION_TIMEOUT:
		if (alive)
			start_running(instance, backoff, now_ms);
		else
			rt_instance_move(instance, RT_NODE_RAY_STOPPED, now_ms);
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
	if (g == RT_NO_GROUP || (instance->status != RT_NODE_REQUESTED &&
				 instance->status != RT_NODE_ALLOCATION_FAILED))
		return true;
	return p->missing[g]-- <= 0;
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
		       struct rt_backoff *backoff, struct rt_arena *arena)
{
	struct index pods = index_pods(obs, arena);
	struct index rays = index_ray_nodes(obs, arena);

	lose_pods(table, &pods, obs->now_ms);
	rt_instances_drop(table, pod_is_gone, &pods);
	match_pods(table, obs, arena);
	for (uint32_t i = 0; i < table->len; i++) {
		struct rt_instance *instance = table->at[i];
		instance->ray = NULL;
		if (instance->pod) {
			const struct rt_ray_node *ray =
				find(&rays, instance->pod);
			mirror_ray(instance, ray, backoff, obs->now_ms);
			mirror_pod(instance, find(&pods, instance->pod), obs);
			if (instance->ray)
				mirror_work(instance, ray, table->seen_ms,
					    obs->now_ms);
		}
		rt_life_time_out(instance, settings, backoff, obs->now_ms);
	}
	match_promises(table, obs, arena);
}
