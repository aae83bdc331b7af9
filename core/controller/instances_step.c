/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances_step.c - causes effects: what the decision asks for becomes
 * instances and actions, and the outcomes become states.
 */
#include <math.h>

#include "core/controller/life.h"
#include "core/controller/resize.h"

/* What one step works on. */
struct step {
	struct rt_instances *table;
	const struct rt_observation *obs;
	const struct rt_decision *decision;
	const struct rt_controller_settings *settings;
	struct rt_arena *arena;
	struct rt_actions *actions;
	uint32_t *cancels; /* for each group, 1 + the index of its CANCEL */
	bool *owed;        /* for each group: see find_owed() */
};

static uint32_t add_action(struct step *s, struct rt_action action)
{
	struct rt_actions *actions = s->actions;

	RT_ARENA_GROW(s->arena, actions->at, actions->len, actions->cap);
	actions->at[actions->len] = action;
	return actions->len++;
}

static struct rt_action action_on(const struct step *s,
				  enum rt_action_kind kind, uint32_t index,
				  struct rt_why why)
{
	const struct rt_instance *instance = s->table->at[index];

	return (struct rt_action){
		.kind = kind,
		.node = index,
		.group = instance->group_index,
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
			rt_instances_add(s->table, snapshot->groups[g].name, g,
					 RT_NODE_QUEUED, s->obs->now_ms);
}

/* While the operator has not deleted whom a group names, nobody else can be
 * named.  Who is drained then would be dead, and still in the way. */
static void find_owed(struct step *s)
{
	for (uint32_t i = 0; i < s->table->len; i++) {
		const struct rt_instance *instance = s->table->at[i];
		if (instance->seen && instance->named &&
		    instance->group_index != RT_NO_GROUP)
			s->owed[instance->group_index] = true;
	}
}

static void start_removal(struct step *s, const struct rt_removal *removal)
{
	const struct rt_instance *instance = s->table->at[removal->node];
	struct rt_why why = removal->why;
	uint32_t after = RT_NO_ACTION;

	if (instance->status != RT_NODE_RAY_RUNNING &&
	    instance->status != RT_NODE_ALLOCATED)
		return; /* it is on its way */
	if (instance->group_index != RT_NO_GROUP &&
	    s->owed[instance->group_index])
		return;
	if (instance->ray) {
		struct rt_action drain =
			action_on(s, RT_ACTION_DRAIN, removal->node, why);
		drain.ray_node_id =
			rt_arena_strdup(s->arena, instance->ray_node_id);
		drain.cause = removal->cause;
		drain.idle_ms = removal->idle_ms;
		after = add_action(s, drain);
	}
	struct rt_action delete =
		action_on(s, RT_ACTION_DELETE, removal->node, why);
	delete.after = after;
	add_action(s, delete);
}

static bool may_resize(const struct rt_instance *instance)
{
	return instance->resizable && instance->ray &&
	       instance->status == RT_NODE_RAY_RUNNING;
}

static void add_size(struct step *s, enum rt_action_kind kind, uint32_t index,
		     int64_t cpu, int64_t memory, struct rt_why why)
{
	const struct rt_instance *instance = s->table->at[index];
	struct rt_new_size *size = RT_ARENA_NEW(s->arena, struct rt_new_size);
	struct rt_action action = action_on(s, kind, index, why);

	action.ray_node_id = rt_arena_strdup(s->arena, instance->ray_node_id);
	action.size = size;
	*size = (struct rt_new_size){
		.cpu = cpu,
		.memory = memory,
		.now = instance->seen->size,
		.note = instance->resizable->note,
	};
	size->note.raylet_id = action.ray_node_id;
	size->note.resizing_at_s =
		kind == RT_ACTION_RESIZE ? s->obs->now_ms / 1000 : RT_NONE;
	add_action(s, action);
}

/* Nodes that are going stay as they are. */
static void resize_pods(struct step *s)
{
	const struct rt_decision *d = s->decision;

	for (uint32_t i = 0; i < d->resizes_len; i++) {
		const struct rt_resizing *r = &d->resizes[i];
		if (may_resize(s->table->at[r->node]))
			add_size(s, RT_ACTION_RESIZE, r->node, r->cpu,
				 r->memory, r->why);
	}
	for (uint32_t i = 0; i < s->table->len; i++) {
		const struct rt_instance *instance = s->table->at[i];
		if (may_resize(instance) && instance->resizable->done)
			add_size(s, RT_ACTION_TELL, i,
				 instance->resizable->resize.current_cpu,
				 instance->resizable->resize.current_memory,
				 RT_WHY(RESIZED));
	}
}

/* Pods that outlived what they were for. */
static void delete_leftover(struct step *s, uint32_t index)
{
	const struct rt_instance *instance = s->table->at[index];
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
	add_action(s, action_on(s, RT_ACTION_DELETE, index, why));
}

/* A promise that nobody keeps; one action for all of a group. */
static void cancel(struct step *s, uint32_t index)
{
	const struct rt_instance *instance = s->table->at[index];
	struct rt_why why =
		rt_life_failure(instance, s->settings, s->obs->now_ms);
	uint32_t *at = &s->cancels[instance->group_index];

	if (!*at)
		*at = 1 +
		      add_action(s, action_on(s, RT_ACTION_CANCEL, index, why));
	s->actions->at[*at - 1].count++;
}

static void end_failures(struct step *s)
{
	for (uint32_t i = 0; i < s->table->len; i++) {
		const struct rt_instance *instance = s->table->at[i];
		if (instance->is_head || instance->group_index == RT_NO_GROUP)
			continue;
		if (instance->status == RT_NODE_ALLOCATION_FAILED)
			cancel(s, i);
		else
			delete_leftover(s, i);
	}
}

/* For each group, what may be launched of it in this round. */
static int64_t *pace(const struct step *s)
{
	const struct rt_raycluster *cluster = &s->obs->cluster;
	int64_t *left = RT_ARENA_ARRAY(s->arena, int64_t, cluster->groups_len);
	double speed = s->decision->upscaling_speed;

	if (speed == 0)
		speed = cluster->upscaling_speed;
	for (uint32_t i = 0; i < s->table->len; i++) {
		const struct rt_instance *instance = s->table->at[i];
		if (instance->status == RT_NODE_RAY_RUNNING &&
		    instance->group_index != RT_NO_GROUP)
			left[instance->group_index]++;
	}
	for (uint32_t g = 0; g < cluster->groups_len; g++) {
		double nodes = ceil(speed * (double)(left[g] ? left[g] : 1));
		left[g] = nodes < 1     ? 1
			  : nodes > 1e9 ? INT64_MAX
					: (int64_t)nodes;
	}
	return left;
}

/* What may be launched of all groups together. */
static int64_t room(const struct step *s)
{
	int64_t n = s->settings->max_concurrent_launches;

	if (n == 0)
		return INT64_MAX;
	for (uint32_t i = 0; i < s->table->len; i++)
		n -= s->table->at[i]->status == RT_NODE_REQUESTED;
	return n;
}

/* Ray's pacing: oldest first, at most so many requests at once in all, and in
 * each group in proportion to what runs there.  All that is QUEUED is of this
 * step. */
static void launch_queued(struct step *s)
{
	int64_t *left = pace(s), all = room(s);
	struct rt_action *last = NULL;

	for (uint32_t i = 0; i < s->table->len && all > 0; i++) {
		uint32_t g = s->table->at[i]->group_index;
		if (s->table->at[i]->status != RT_NODE_QUEUED || left[g] <= 0)
			continue;
		left[g]--;
		all--;
		if (!last || last->group != g) {
			uint32_t at = add_action(
				s, action_on(s, RT_ACTION_LAUNCH, i,
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
	struct step s = {
		.table = table,
		.obs = obs,
		.decision = decision,
		.settings = settings,
		.arena = arena,
		.actions = RT_ARENA_NEW(arena, struct rt_actions),
		.cancels = RT_ARENA_ARRAY(arena, uint32_t,
					  obs->cluster.groups_len),
		.owed = RT_ARENA_ARRAY(arena, bool, obs->cluster.groups_len),
	};

	find_owed(&s);
	for (uint32_t i = 0; i < decision->removals_len; i++)
		start_removal(&s, &decision->removals[i]);
	end_failures(&s);
	queue_launches(&s);
	launch_queued(&s);
	resize_pods(&s);
	return s.actions;
}

/* So many of the group's are now what the outcome made them. */
static void note_count(struct rt_instances *table,
		       const struct rt_action *action, enum rt_node_status from,
		       enum rt_node_status to, int64_t now_ms)
{
	int64_t count = action->count;

	for (uint32_t i = action->node; i < table->len && count > 0; i++) {
		struct rt_instance *instance = table->at[i];
		if (instance->status == from &&
		    instance->group_index == action->group) {
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
		else if (action->size)
			rt_resizes_note(&table->resizes, action, now_ms);
		else if (action->pod)
			note_one(table->at[action->node], action, now_ms);
	}
}
