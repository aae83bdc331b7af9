/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller.c - the round, in the order of its nouns: observation, snapshot,
 * plan, decision, actions.
 */
#include "core/controller/controller.h"

#include "core/base/mem.h"
#include "core/controller/guards.h"
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
	struct rt_carried carried;
	int64_t now_ms; /* of the last observation */
};

struct rt_controller *
rt_controller_new(const struct rt_controller_settings *settings,
		  const struct rt_chain *chain)
{
	struct rt_controller *c = rt_calloc(1, sizeof *c);

	c->settings = *settings;
	c->chain = chain;
	c->names = rt_names_new();
	return c;
}

void rt_controller_free(struct rt_controller **c)
{
	if (!*c)
		return;
	rt_instances_free(&(*c)->instances);
	rt_carried_free(&(*c)->carried);
	rt_names_free(&(*c)->names);
	rt_free(*c);
	*c = NULL;
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
	rt_names_free(&c->names);
	c->names = rt_names_new();
	c->names_used = 0;
}

const struct rt_instances *
rt_controller_instances(const struct rt_controller *c)
{
	return &c->instances;
}

enum rt_status rt_controller_reconcile(struct rt_controller *c,
				       const struct rt_observation *obs,
				       struct rt_arena *arena,
				       struct rt_decision **decision,
				       struct rt_actions **actions,
				       struct rt_error *err)
{
	enum rt_status status;

	c->now_ms = obs->now_ms;
	if (!c->names_used)
		c->names_used = rt_names_len(c->names);
	rt_instances_sync(&c->instances, obs, &c->settings, arena);
	const struct rt_snapshot *snapshot = rt_snapshot_build(
		&c->instances, obs, &c->carried, &c->settings, c->names, arena);
	struct rt_plan *plan = rt_plan_new(arena, snapshot);
	status = rt_chain_decide(c->chain, plan, err);
	if (status)
		return status;
	rt_guards_apply(obs, plan);
	*decision = rt_decision_seal(plan, arena);
	rt_carried_keep(&c->carried, *decision);
	*actions = rt_guards_hold(snapshot)
			   ? RT_ARENA_NEW(arena, struct rt_actions)
			   : rt_instances_step(&c->instances, obs, *decision,
					       &c->settings, arena);
	return RT_OK;
}

void rt_controller_note(struct rt_controller *c,
			const struct rt_actions *actions)
{
	rt_instances_note(&c->instances, actions, c->now_ms);
}
