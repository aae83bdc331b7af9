/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller.c - the round, in the order of its nouns: observation, snapshot,
 * plan, decision, actions.
 */
#include "core/controller/controller.h"

#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/controller/dump.h"
#include "core/controller/memory.h"
#include "core/controller/shadow.h"
#include "core/controller/steady.h"
#include "core/controller/view.h"
#include "core/model/plan.h"

/* Names that may be of the past before the table is started anew, beside as
 * many as a round uses. */
#define NAMES_SLACK 1024

struct rt_controller {
	struct rt_controller_settings settings;
	const struct rt_chain *chain;
	struct rt_names *names;
	uint32_t names_used; /* by the first round with them; 0: none yet */
	struct rt_instances instances;
	struct rt_backoff backoff;
	struct rt_carried carried;
	struct rt_memory *memory;
	struct rt_arena *arena; /* of the round */
	struct rt_arena *kept;  /* of the round that is kept, else unused */
	struct rt_steady steady;
	const struct rt_snapshot *snapshot; /* as it was built */
	struct rt_shadow *shadow;           /* NULL: none */
	uint64_t repeats;
	bool explain;
	struct rt_recall before; /* what was remembered; if explained */
};

struct rt_controller *
rt_controller_new(const struct rt_controller_settings *settings,
		  const struct rt_chain *chain)
{
	struct rt_controller *c = rt_calloc(1, sizeof *c);

	c->settings = *settings;
	c->chain = chain;
	c->names = rt_names_new();
	c->memory = rt_memory_new(chain);
	c->arena = rt_arena_new();
	c->kept = rt_arena_new();
	return c;
}

void rt_controller_free(struct rt_controller **c)
{
	if (!*c)
		return;
	rt_instances_free(&(*c)->instances);
	rt_backoff_free(&(*c)->backoff);
	rt_carried_free(&(*c)->carried);
	rt_memory_free(&(*c)->memory);
	rt_shadow_free(&(*c)->shadow);
	rt_names_free(&(*c)->names);
	rt_arena_free(&(*c)->arena);
	rt_arena_free(&(*c)->kept);
	rt_free(*c);
	*c = NULL;
}

struct rt_arena *rt_controller_begin(struct rt_controller *c)
{
	rt_arena_reset(c->arena);
	return c->arena;
}

void rt_controller_forget(struct rt_controller *c)
{
	c->steady.decision = NULL;
}

int64_t rt_controller_until(const struct rt_controller *c)
{
	return rt_steady_until(&c->steady);
}

void rt_controller_skip(struct rt_controller *c, uint64_t rounds,
			int64_t now_ms)
{
	c->repeats += rounds;
	c->instances.seen_ms = now_ms;
}

uint64_t rt_controller_repeats(const struct rt_controller *c)
{
	return c->repeats;
}

cJSON *rt_controller_save(const struct rt_controller *c)
{
	return rt_memory_save(c->memory, c->chain);
}

uint64_t rt_controller_save_hash(const struct rt_controller *c)
{
	return rt_memory_hash(c->memory);
}

enum rt_status rt_controller_restore(struct rt_controller *c,
				     const struct rt_json *saved,
				     struct rt_error *err)
{
	return rt_memory_restore(c->memory, c->chain, saved, err);
}

void rt_controller_set_shadow(struct rt_controller *c,
			      const struct rt_chain *chain)
{
	rt_shadow_free(&c->shadow);
	if (chain)
		c->shadow = rt_shadow_new(chain);
	rt_controller_forget(c);
}

enum rt_status rt_controller_shadow(struct rt_controller *c,
				    struct rt_decision **decision,
				    struct rt_error *err)
{
	int64_t until_ms;
	enum rt_status status =
		rt_shadow_decide(c->shadow, decision, &until_ms, err);

	if (until_ms < c->steady.until_ms)
		c->steady.until_ms = until_ms;
	return status;
}

void rt_controller_use(struct rt_controller *c,
		       const struct rt_controller_settings *settings,
		       const struct rt_chain *chain)
{
	struct rt_memory *memory = rt_memory_new(chain);

	rt_memory_take(memory, chain, c->memory, c->chain);
	rt_memory_free(&c->memory);
	c->memory = memory;
	c->chain = chain;
	c->settings = *settings;
	rt_controller_forget(c);
}

const struct rt_snapshot *rt_controller_snapshot(const struct rt_controller *c)
{
	return c->snapshot;
}

const struct rt_recall *rt_controller_recall(const struct rt_controller *c)
{
	return &c->before;
}

cJSON *rt_controller_dump(const struct rt_controller *c)
{
	cJSON *doc = cJSON_CreateObject();

	cJSON_AddItemToObject(doc, "instances",
			      rt_instances_dump(&c->instances));
	cJSON_AddItemToObject(doc, "backoff", rt_backoff_dump(&c->backoff));
	cJSON_AddItemToObject(doc, "unneeded", rt_carried_dump(&c->carried));
	cJSON_AddItemToObject(doc, "memory", rt_controller_save(c));
	return doc;
}

enum rt_status rt_controller_load(struct rt_controller *c,
				  const struct rt_json *doc,
				  struct rt_error *err)
{
	struct rt_json part;
	enum rt_status status = rt_json_is_object(doc, err);

	if (!status && rt_json_member(doc, "instances", &part))
		status = rt_instances_load(&c->instances, &part, err);
	if (!status && rt_json_member(doc, "backoff", &part))
		status = rt_backoff_load(&c->backoff, &part, err);
	if (!status && rt_json_member(doc, "unneeded", &part))
		status = rt_carried_load(&c->carried, &part, err);
	if (!status && rt_json_member(doc, "memory", &part))
		status = rt_controller_restore(c, &part, err);
	return status;
}

struct rt_names *rt_controller_names(struct rt_controller *c)
{
	return c->names;
}

void rt_controller_renew_names(struct rt_controller *c)
{
	if (!c->names_used ||
	    rt_names_len(c->names) <= 2 * c->names_used + NAMES_SLACK)
		return;
	rt_controller_forget(c);
	rt_names_free(&c->names);
	c->names = rt_names_new();
	c->names_used = 0;
}

const struct rt_instances *
rt_controller_instances(const struct rt_controller *c)
{
	return &c->instances;
}

void rt_controller_explain(struct rt_controller *c)
{
	c->explain = true;
}

/* The round goes on in its arena; the next one has the other. */
static void keep(struct rt_controller *c, const struct rt_observation *obs,
		 struct rt_decision *decision, int64_t until_ms)
{
	struct rt_arena *arena = c->arena;

	c->arena = c->kept;
	c->kept = arena;
	rt_steady_keep(&c->steady, obs, decision, until_ms, &c->instances,
		       &c->settings);
}

/* A group that backs off may be asked again after a while. */
static int64_t until_of(const struct rt_plan *plan)
{
	const struct rt_snapshot *s = plan->snapshot;
	int64_t until_ms = plan->until_ms;

	for (uint32_t g = 0; g < s->groups_len; g++)
		if (s->groups[g].backoff_until_ms &&
		    s->groups[g].backoff_until_ms < until_ms)
			until_ms = s->groups[g].backoff_until_ms;
	return until_ms;
}

static enum rt_status decide(struct rt_controller *c,
			     const struct rt_observation *obs,
			     struct rt_decision **decision,
			     struct rt_actions **actions, struct rt_error *err)
{
	enum rt_status status;

	rt_instances_sync(&c->instances, obs, &c->settings, &c->backoff,
			  c->arena);
	const struct rt_snapshot *snapshot =
		rt_snapshot_build(&c->instances, obs, &c->carried, &c->backoff,
				  &c->settings, c->names, c->arena);
	struct rt_plan *plan = rt_plan_new(c->arena, snapshot);
	c->snapshot = snapshot;
	if (c->shadow)
		rt_shadow_show(c->shadow, obs, snapshot, &c->instances,
			       c->arena);
	const struct rt_recall recall =
		rt_memory_recall(c->memory, snapshot, c->arena);
	if (c->explain) {
		c->before = rt_memory_recall(c->memory, snapshot, c->arena);
		rt_plan_explain(plan);
	}
	status = rt_chain_decide(c->chain, &recall, plan, err);
	if (status)
		return status;
	rt_guards_apply(&c->chain->guards, obs, &c->instances, &recall,
			rt_chain_layout(c->chain, c->chain->len), plan);
	rt_memory_keep(c->memory, snapshot, &recall);
	*decision = rt_decision_seal(plan, c->arena);
	rt_carried_keep(&c->carried, *decision);
	if (!plan->held)
		*actions = rt_instances_step(&c->instances, obs, *decision,
					     &c->settings, c->arena);
	if (plan->until_ms != RT_NONE && !plan->held && (*actions)->len == 0)
		keep(c, obs, *decision, until_of(plan));
	return RT_OK;
}

enum rt_status rt_controller_reconcile(struct rt_controller *c,
				       const struct rt_observation *obs,
				       struct rt_decision **decision,
				       struct rt_actions **actions,
				       struct rt_error *err)
{
	enum rt_status status = RT_OK;

	if (!c->names_used)
		c->names_used = rt_names_len(c->names);
	*actions = RT_ARENA_NEW(c->arena, struct rt_actions);
	if (rt_steady_holds(&c->steady, obs, rt_names_len(c->names))) {
		*decision = c->steady.decision;
		c->repeats++;
	} else {
		rt_controller_forget(c);
		status = decide(c, obs, decision, actions, err);
	}
	c->instances.seen_ms = obs->now_ms;
	return status;
}

void rt_controller_note(struct rt_controller *c,
			const struct rt_actions *actions)
{
	rt_instances_note(&c->instances, actions, c->instances.seen_ms);
}
