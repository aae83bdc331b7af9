/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - the blocks of all stages one behind the other, and the guards'
 * last; where each begins is told by the chain (rt_chain_layout()).
 */
#include "core/controller/memory_parts.h"

#include <string.h>

#include "core/base/map.h"
#include "core/base/mem.h"

struct rt_memory *rt_memory_new(const struct rt_chain *chain)
{
	struct rt_memory *m = rt_calloc(1, sizeof *m);
	struct rt_layout end = rt_chain_layout(chain, RT_LAYOUT_END);

	m->cluster_size = end.cluster;
	m->group_size = end.group;
	m->cluster = rt_calloc(1, m->cluster_size);
	return m;
}

void rt_memory_forget_groups(struct rt_memory *m)
{
	for (uint32_t i = 0; i < m->len; i++) {
		rt_free(m->at[i].group);
		rt_free(m->at[i].bytes);
	}
	rt_free(m->at);
	m->at = NULL;
	m->len = 0;
}

void rt_memory_free(struct rt_memory **m)
{
	if (!*m)
		return;
	rt_memory_forget_groups(*m);
	rt_free((*m)->cluster);
	rt_free(*m);
	*m = NULL;
}

struct rt_recall rt_memory_recall(const struct rt_memory *m,
				  const struct rt_snapshot *s,
				  struct rt_arena *arena)
{
	struct rt_recall recall = {
		.cluster = rt_arena_dup(arena, m->cluster, m->cluster_size),
		.groups = rt_arena_alloc(arena, s->groups_len * m->group_size),
		.step = m->group_size,
	};
	struct rt_map known = rt_map_new(arena, m->len);

	for (uint32_t i = 0; i < m->len; i++)
		rt_map_put(&known, m->at[i].group, m->at[i].bytes);
	for (uint32_t g = 0; g < s->groups_len && m->len; g++) {
		const void *bytes = rt_map_get(&known, s->groups[g].name);
		if (bytes)
			memcpy(recall.groups + g * recall.step, bytes,
			       m->group_size);
	}
	return recall;
}

struct rt_recall rt_recall_nothing(const struct rt_chain *chain,
				   const struct rt_snapshot *s,
				   struct rt_arena *arena)
{
	struct rt_layout end = rt_chain_layout(chain, RT_LAYOUT_END);

	return (struct rt_recall){
		.cluster = rt_arena_alloc(arena, end.cluster),
		.groups = rt_arena_alloc(arena, s->groups_len * end.group),
		.step = end.group,
	};
}

void rt_memory_keep(struct rt_memory *m, const struct rt_snapshot *s,
		    const struct rt_recall *recall)
{
	memcpy(m->cluster, recall->cluster, m->cluster_size);
	if (!m->group_size)
		return;
	rt_memory_forget_groups(m);
	m->at = rt_calloc(s->groups_len + 1, sizeof *m->at);
	for (uint32_t g = 0; g < s->groups_len; g++) {
		struct rt_kept *kept = &m->at[m->len++];
		kept->group = rt_strdup(s->groups[g].name);
		kept->bytes = rt_calloc(1, m->group_size);
		memcpy(kept->bytes, recall->groups + g * recall->step,
		       m->group_size);
	}
}

/* FNV-1a. */
static uint64_t hash(uint64_t h, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	return h;
}

uint64_t rt_memory_hash(const struct rt_memory *m)
{
	const uint64_t start = 0xcbf29ce484222325u;
	uint64_t sum = hash(start, m->cluster, m->cluster_size);

	for (uint32_t i = 0; i < m->len; i++)
		sum += hash(hash(start, m->at[i].group, strlen(m->at[i].group)),
			    m->at[i].bytes, m->group_size);
	return sum;
}
