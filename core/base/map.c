/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.c - open addressing, at most half full.
 */
#include "core/base/map.h"

#include <string.h>

static uint64_t mix(uint64_t hash, const char *bytes, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, bytes, len);
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

uint32_t rt_text_hash(const char *text)
{
	size_t len = strlen(text);
	uint64_t hash = len;

	for (; len > sizeof hash; len -= sizeof hash, text += sizeof hash)
		hash = mix(hash, text, sizeof hash);
	return (uint32_t)mix(hash, text, len);
}

struct rt_map rt_map_new(struct rt_arena *arena, uint32_t len)
{
	struct rt_map map = { .slots_len = 2 };

	while (map.slots_len / 2 < len)
		map.slots_len *= 2;
	map.slots = RT_ARENA_ARRAY(arena, struct rt_map_slot, map.slots_len);
	return map;
}

/* The slot that has the name, or the free one where it belongs. */
static struct rt_map_slot *find(const struct rt_map *map, const char *name)
{
	uint32_t i = rt_text_hash(name) & (map->slots_len - 1);

	while (map->slots[i].name && strcmp(map->slots[i].name, name) != 0)
		i = (i + 1) & (map->slots_len - 1);
	return &map->slots[i];
}

void rt_map_put(struct rt_map *map, const char *name, const void *thing)
{
	*find(map, name) = (struct rt_map_slot){ name, thing };
}

const void *rt_map_get(const struct rt_map *map, const char *name)
{
	return find(map, name)->thing;
}
