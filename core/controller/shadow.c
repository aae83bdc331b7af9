/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shadow.c - a shadow may be slow, so it decides when the actions are done;
 * what the table was before them is kept for its guards.
 */
#include "core/controller/shadow.h"

#include "core/base/mem.h"
#include "core/controller/memory.h"
#include "core/model/plan.h"

/* One that wants something done wants it in the next rounds, too, as nobody
 * does it: it is asked again after a while only. */
#define ASK_MS 5000

struct rt_shadow {
	const struct rt_chain *chain;
	struct rt_memory *memory;
	const struct rt_observation *obs;
	const struct rt_snapshot *snapshot;
	struct rt_instances table;
	struct rt_arena *arena;
};

struct rt_shadow *rt_shadow_new(const struct rt_chain *chain)
{
	struct rt_shadow *s = rt_calloc(1, sizeof *s);

	s->chain = chain;
	s->memory = rt_memory_new(chain);
	return s;
}

void rt_shadow_free(struct rt_shadow **s)
{
	if (!*s)
		return;
	rt_memory_free(&(*s)->memory);
	rt_free(*s);
	*s = NULL;
}

static char *copy_text(struct rt_arena *arena, const char *text)
{
	return text ? rt_arena_strdup(arena, text) : NULL;
}

static struct rt_instance *copy_instance(const struct rt_instance *instance,
					 struct rt_arena *arena)
{
	struct rt_instance *copy =
		rt_arena_dup(arena, instance, sizeof *instance);

	copy->group = copy_text(arena, instance->group);
	copy->pod = copy_text(arena, instance->pod);
	copy->replica = copy_text(arena, instance->replica);
	copy->ray_node_id = copy_text(arena, instance->ray_node_id);
	return copy;
}

void rt_shadow_show(struct rt_shadow *s, const struct rt_observation *obs,
		    const struct rt_snapshot *snapshot,
		    const struct rt_instances *table, struct rt_arena *arena)
{
	s->obs = rt_arena_dup(arena, obs, sizeof *obs);
	s->snapshot = snapshot;
	s->arena = arena;
	s->table = *table;
	s->table.at = RT_ARENA_ARRAY(arena, struct rt_instance *, table->len);
	for (uint32_t i = 0; i < table->len; i++)
		s->table.at[i] = copy_instance(table->at[i], arena);
}

enum rt_status rt_shadow_decide(struct rt_shadow *s,
				struct rt_decision **decision,
				int64_t *until_ms, struct rt_error *err)
{
	struct rt_plan *plan = rt_plan_new(s->arena, s->snapshot);
	const struct rt_recall recall =
		rt_memory_recall(s->memory, s->snapshot, s->arena);
	enum rt_status status = rt_chain_decide(s->chain, &recall, plan, err);

	*until_ms = s->snapshot->now_ms + ASK_MS;
	if (status)
		return status;
	rt_guards_apply(&s->chain->guards, s->obs, &s->table, &recall,
			rt_chain_layout(s->chain, s->chain->len), plan);
	rt_memory_keep(s->memory, s->snapshot, &recall);
	*decision = rt_decision_seal(plan, s->arena);
	if (plan->until_ms != RT_NONE)
		*until_ms = plan->until_ms;
	return RT_OK;
}
