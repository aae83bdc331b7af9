/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances_step.c - causes effects: what the decision asks for becomes
 * instances and actions, and the outcomes become states.
 */
#include <math.h>
#include <string.h>

#include "core/controller/life.h"

/* What one step works on. */
struct step {
	struct rt_instances *table;
	const struct rt_observation *obs;
	const struct rt_decision *decision;
	const struct rt_controller_settings *settings;
	struct rt_arena *arena;
	struct rt_actions *actions;
};

static uint32_t add_action(struct step *s, struct rt_action action)
{
	struct rt_actions *actions = s->actions;

	RT_ARENA_GROW(s->arena, actions->at, actions->len, actions->cap);
	actions->at[actions->len] = action;
	return actions->len++;
}

static struct rt_action action_on(const struct step *s,
				  enum rt_action_kind kind,
				  const struct rt_instance *instance,
				  struct rt_why why)
{
	uint32_t group = rt_raycluster_find(&s->obs->cluster, instance->group);

	return (struct rt_action){
		.kind = kind,
		.group = group,
		.group_name = rt_arena_strdup(s->arena, instance->group),
		.pod = instance->pod ? rt_arena_strdup(s->arena, instance->pod)
				     : NULL,
		.why = why,
		.after = RT_NO_ACTION,
	};
}

static void queue_launches(struct step *s)
{
	const struct rt_snapshot *snapshot = s->decision->snapshot;

	for (uint32_t g = 0; g < snapshot->groups_len; g++)
		for (int64_t n = s->decision->launch[g]; n > 0; n--)
			rt_instances_add(s->table, snapshot->groups[g].name,
					 RT_NODE_QUEUED, s->obs->now_ms);
}

static void start_removal(struct step *s, const struct rt_removal *removal)
{
	const struct rt_instance *instance = s->table->at[removal->node];
	struct rt_why why = removal->why;
	uint32_t after = RT_NO_ACTION;

	if (instance->status != RT_NODE_RAY_RUNNING &&
	    instance->status != RT_NODE_ALLOCATED)
		return; /* it is on its way */
	if (instance->ray) {
		struct rt_action drain =
			action_on(s, RT_ACTION_DRAIN, instance, why);
		drain.ray_node_id =
			rt_arena_strdup(s->arena, instance->ray_node_id);
		drain.cause = removal->cause;
		drain.idle_ms = removal->idle_ms;
		after = add_action(s, drain);
	}
	struct rt_action delete = action_on(s, RT_ACTION_DELETE, instance, why);
	delete.after = after;
	add_action(s, delete);
}

/* Pods that outlived what they were for. */
static void delete_leftover(struct step *s, const struct rt_instance *instance)
{
	int64_t now_ms = s->obs->now_ms;
	struct rt_why why;

	if (instance->status == RT_NODE_RAY_STOPPED)
		why = RT_WHY(RAY_STOPPED);
	else if (instance->status == RT_NODE_ALLOCATION_TIMEOUT)
		why = rt_life_failure(instance, s->settings, now_ms);
	else if (instance->status == RT_NODE_TERMINATING &&
		 now_ms > rt_life_due_ms(instance, s->settings))
		why = RT_WHY(DELETE_RETRY, .n = now_ms - instance->since_ms);
	else
		return;
	add_action(s, action_on(s, RT_ACTION_DELETE, instance, why));
}

/* A promise that nobody keeps. */
static void cancel(struct step *s, const struct rt_instance *instance)
{
	struct rt_action one = action_on(
		s, RT_ACTION_CANCEL, instance,
		rt_life_failure(instance, s->settings, s->obs->now_ms));
	struct rt_actions *actions = s->actions;

	for (uint32_t i = 0; i < actions->len; i++)
		if (actions->at[i].kind == RT_ACTION_CANCEL &&
		    actions->at[i].group == one.group) {
			actions->at[i].count++;
			return;
		}
	one.count = 1;
	add_action(s, one);
}

static void end_failures(struct step *s)
{
	for (uint32_t i = 0; i < s->table->len; i++) {
		const struct rt_instance *instance = s->table->at[i];
		if (instance->is_head ||
		    rt_raycluster_find(&s->obs->cluster, instance->group) ==
			    RT_NO_GROUP)
			continue;
		if (instance->status == RT_NODE_ALLOCATION_FAILED)
			cancel(s, instance);
		else
			delete_leftover(s, instance);
	}
}

static int64_t count_status(const struct rt_instances *table, const char *group,
			    enum rt_node_status status)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < table->len; i++)
		n += table->at[i]->status == status &&
		     (!group || strcmp(table->at[i]->group, group) == 0);
	return n;
}

/* Of one group this round, before the limit over all groups. */
static int64_t pace(const struct step *s, const char *group)
{
	double speed = s->decision->upscaling_speed;

	if (speed == 0)
		speed = s->obs->cluster.upscaling_speed;
	if (isinf(speed))
		return INT64_MAX;
	int64_t running = count_status(s->table, group, RT_NODE_RAY_RUNNING);
	double nodes = ceil(speed * (double)(running > 1 ? running : 1));
	return nodes < 1 ? 1 : nodes > 1e9 ? INT64_MAX : (int64_t)nodes;
}

/* Ray's pacing: oldest first, at most so many requests at once in all, and in
 * each group in proportion to what runs there. */
static void launch_queued(struct step *s)
{
	uint32_t groups = s->obs->cluster.groups_len;
	int64_t *left = RT_ARENA_ARRAY(s->arena, int64_t, groups);
	int64_t limit = s->settings->max_concurrent_launches;
	int64_t room = INT64_MAX;

	if (limit > 0)
		room = limit - count_status(s->table, NULL, RT_NODE_REQUESTED);
	for (uint32_t g = 0; g < groups; g++)
		left[g] = pace(s, s->obs->cluster.groups[g].name);
	struct rt_action *last = NULL;
	for (uint32_t i = 0; i < s->table->len && room > 0; i++) {
		const struct rt_instance *instance = s->table->at[i];
		if (instance->status != RT_NODE_QUEUED)
			continue;
		uint32_t g =
			rt_raycluster_find(&s->obs->cluster, instance->group);
		if (g == RT_NO_GROUP || left[g] <= 0)
			continue;
		left[g]--;
		room--;
		if (!last || last->group != g) {
			uint32_t at = add_action(
				s, action_on(s, RT_ACTION_LAUNCH, instance,
					     s->decision->launch_why[g]));
			last = &s->actions->at[at];
		}
		last->count++;
	}
}

struct rt_actions *
rt_instances_step(struct rt_instances *table, const struct rt_observation *obs,
		  const struct rt_decision *decision,
		  const struct rt_controller_settings *settings,
		  struct rt_arena *arena)
{
	struct step s = { table,    obs,
			  decision, settings,
			  arena,    RT_ARENA_NEW(arena, struct rt_actions) };

	for (uint32_t i = 0; i < decision->removals_len; i++)
		start_removal(&s, &decision->removals[i]);
	end_failures(&s);
	queue_launches(&s);
	launch_queued(&s);
	return s.actions;
}

/* So many of the group's are now what the outcome made them. */
static void note_count(struct rt_instances *table,
		       const struct rt_action *action, enum rt_node_status from,
		       enum rt_node_status to, int64_t now_ms)
{
	int64_t count = action->count;

	for (uint32_t i = 0; i < table->len && count > 0; i++) {
		struct rt_instance *instance = table->at[i];
		if (instance->status == from &&
		    strcmp(instance->group, action->group_name) == 0) {
			rt_instance_move(instance, to, now_ms);
			count--;
		}
	}
}

static void note_one(struct rt_instance *instance,
		     const struct rt_action *action, int64_t now_ms)
{
	bool done = action->outcome == RT_OUTCOME_DONE;

	if (action->kind == RT_ACTION_DELETE && done)
		rt_instance_move(instance, RT_NODE_TERMINATING, now_ms);
	else if (action->kind == RT_ACTION_DRAIN && done)
		rt_instance_move(instance, RT_NODE_RAY_STOPPED, now_ms);
	else if (action->kind == RT_ACTION_DRAIN &&
		 action->outcome == RT_OUTCOME_ACCEPTED)
		rt_instance_move(instance, RT_NODE_RAY_STOP_REQUESTED, now_ms);
}

void rt_instances_note(struct rt_instances *table,
		       const struct rt_actions *actions, int64_t now_ms)
{
	for (uint32_t i = 0; i < actions->len; i++) {
		const struct rt_action *action = &actions->at[i];
		bool done = action->outcome == RT_OUTCOME_DONE;
		if (action->kind == RT_ACTION_LAUNCH && done)
			note_count(table, action, RT_NODE_QUEUED,
				   RT_NODE_REQUESTED, now_ms);
		else if (action->kind == RT_ACTION_CANCEL && done)
			note_count(table, action, RT_NODE_ALLOCATION_FAILED,
				   RT_NODE_TERMINATED, now_ms);
		struct rt_instance *instance =
			action->pod ? rt_instances_find_pod(table, action->pod)
				    : NULL;
		if (instance)
			note_one(instance, action, now_ms);
	}
}
