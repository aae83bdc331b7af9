/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_takes.c - takes are numbered, since their array grows; those that are
 * dropped are used again.
 */
#include "core/sched/pack_takes.h"

void rt_takes_open(struct rt_takes *takes, struct rt_arena *arena,
		   uint32_t asks)
{
	if (asks > takes->asks_len) {
		takes->asks = RT_ARENA_ARRAY(arena, struct rt_taken, asks);
		takes->asks_len = asks;
	}
	for (uint32_t i = 0; i < asks; i++)
		takes->asks[i] = (struct rt_taken){ .first = RT_NO_TAKE };
	takes->len = 0;
	takes->free = RT_NO_TAKE;
}

static uint32_t new_take(struct rt_takes *takes, struct rt_arena *arena)
{
	uint32_t i = takes->free;

	if (i != RT_NO_TAKE) {
		takes->free = takes->at[i].next;
		return i;
	}
	RT_ARENA_GROW(arena, takes->at, takes->len, takes->cap);
	return takes->len++;
}

void rt_takes_add(struct rt_takes *takes, struct rt_arena *arena,
		  uint32_t *list, uint32_t who, uint32_t ask, int64_t count)
{
	struct rt_taken *taken = &takes->asks[ask];
	uint32_t i = new_take(takes, arena);

	takes->at[i] = (struct rt_take){
		.ask = ask,
		.who = who,
		.count = count,
		.next = *list,
		.before = RT_NO_TAKE,
		.after = taken->first,
	};
	if (taken->first != RT_NO_TAKE)
		takes->at[taken->first].before = i;
	taken->first = *list = i;
	if (count > taken->most)
		taken->most = count;
}

void rt_takes_drop(struct rt_takes *takes, uint32_t *list)
{
	while (*list != RT_NO_TAKE) {
		uint32_t i = *list;
		struct rt_take *take = &takes->at[i];
		if (take->after != RT_NO_TAKE)
			takes->at[take->after].before = take->before;
		if (take->before != RT_NO_TAKE)
			takes->at[take->before].after = take->after;
		else
			takes->asks[take->ask].first = take->after;
		*list = take->next;
		take->next = takes->free;
		takes->free = i;
	}
}
