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

/* ---- from one chain to another ------------------------------------------- */

struct part {
	struct rt_layout at;
	size_t cluster, group; /* sizes */
};

static struct part part_of(const struct rt_chain *chain, uint32_t stage)
{
	struct rt_layout at = rt_chain_layout(chain, stage);

	if (stage == chain->len)
		return (struct part){ at, sizeof(struct rt_guard_state),
				      sizeof(struct rt_guard_group_state) };
	const struct rt_policy_ops *ops = chain->stages[stage].ops;
	return (struct part){ at, ops->state_size, ops->group_state_size };
}

static void take_part(struct rt_memory *m, struct part to,
		      const struct rt_memory *from, struct part of)
{
	if (to.cluster != of.cluster || to.group != of.group)
		return;
	memcpy(m->cluster + to.at.cluster, from->cluster + of.at.cluster,
	       of.cluster);
	for (uint32_t i = 0; i < m->len; i++)
		memcpy(m->at[i].bytes + to.at.group,
		       from->at[i].bytes + of.at.group, of.group);
}

void rt_memory_take(struct rt_memory *m, const struct rt_chain *chain,
		    const struct rt_memory *from,
		    const struct rt_chain *from_chain)
{
	m->at = rt_calloc(from->len + 1, sizeof *m->at);
	m->len = from->len;
	for (uint32_t i = 0; i < from->len; i++) {
		m->at[i].group = rt_strdup(from->at[i].group);
		m->at[i].bytes = rt_calloc(1, m->group_size + 1);
	}
	for (uint32_t i = 0; i < chain->len; i++)
		for (uint32_t k = 0; k < from_chain->len; k++)
			if (strcmp(chain->stages[i].ops->name,
				   from_chain->stages[k].ops->name) == 0)
				take_part(m, part_of(chain, i), from,
					  part_of(from_chain, k));
	take_part(m, part_of(chain, chain->len), from,
		  part_of(from_chain, from_chain->len));
}
