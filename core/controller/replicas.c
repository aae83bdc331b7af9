/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replicas.c - instances sorted by group and replica: each run of equals is
 * one.
 */
#include "core/controller/replicas.h"

#include <stdlib.h>
#include <string.h>

struct host {
	uint32_t group;
	uint32_t index;
	const char *replica;
};

static int same_replica(const struct host *a, const struct host *b)
{
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return strcmp(a->replica, b->replica);
}

static int by_replica(const void *x, const void *y)
{
	const struct host *a = x, *b = y;
	int order = same_replica(a, b);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

static struct host *find_hosts(const struct rt_instances *table,
			       const struct rt_raycluster *cluster,
			       struct rt_arena *arena, uint32_t *len)
{
	struct host *hosts = RT_ARENA_ARRAY(arena, struct host, table->len);

	*len = 0;
	for (uint32_t i = 0; i < table->len; i++) {
		const struct rt_instance *instance = table->at[i];
		uint32_t g = instance->group_index;
		if (g != RT_NO_GROUP && cluster->groups[g].num_of_hosts > 1 &&
		    instance->pod)
			hosts[(*len)++] =
				(struct host){ g, i, instance->replica };
	}
	qsort(hosts, *len, sizeof *hosts, by_replica);
	return hosts;
}

static bool has_several_hosts(const struct rt_raycluster *cluster)
{
	for (uint32_t g = 0; g < cluster->groups_len; g++)
		if (cluster->groups[g].num_of_hosts > 1)
			return true;
	return false;
}

struct rt_replicas rt_replicas_find(const struct rt_instances *table,
				    const struct rt_raycluster *cluster,
				    struct rt_arena *arena)
{
	struct rt_replicas out = { 0 };
	uint32_t len;

	if (!has_several_hosts(cluster))
		return out;
	const struct host *hosts = find_hosts(table, cluster, arena, &len);
	struct rt_replica *at = RT_ARENA_ARRAY(arena, struct rt_replica, len);
	uint32_t *indices = RT_ARENA_ARRAY(arena, uint32_t, len);
	for (uint32_t i = 0; i < len; i++) {
		indices[i] = hosts[i].index;
		if (i == 0 || same_replica(&hosts[i - 1], &hosts[i]) != 0)
			at[out.len++].at = &indices[i];
		at[out.len - 1].len++;
	}
	out.at = at;
	return out;
}
