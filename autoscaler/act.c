/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act.c - an idle node ends at once when it accepts its drain, so after the
 * drains the GCS is asked again for a moment: most nodes leave in the round
 * that decided it, the others in one of the next.
 */
#include "autoscaler/act.h"

#include <stdio.h>
#include <string.h>

#include "autoscaler/gcs/gcs.h"
#include "autoscaler/kube/jsonpatch.h"
#include "core/base/log.h"
#include "core/model/why.h"

#define DRAINS_MS 1000     /* after that, the first failure ends them */
#define AWAIT_TRIES 10     /* looks for drained nodes to be gone */
#define AWAIT_PAUSE_MS 100 /* before each but the first */
#define WHY_TEXT 256

/* ---- drains -------------------------------------------------------- */

static enum rt_status drain(const struct world *world, struct rt_arena *arena,
			    struct rt_action *action, struct rt_error *err)
{
	bool accepted = true;
	enum rt_status status;
	if (action->cause == RT_CAUSE_IDLE)
		status = gcs_drain_idle(&world->gcs, arena, action->ray_node_id,
					action->idle_ms, &accepted, err);
	else
		status = gcs_stop(&world->gcs, arena, action->ray_node_id, err);
	action->outcome = status     ? RT_OUTCOME_FAILED
			  : accepted ? RT_OUTCOME_ACCEPTED
				     : RT_OUTCOME_REFUSED;
	return status;
}

/* What fails may be one node's, so the others are tried all the same; but not
 * if it took its time, as each of them might wait for its deadline. */
static enum rt_status drain_all(const struct world *world, struct round *round,
				struct rt_error *err)
{
	struct rt_actions *actions = round->actions;
	int64_t end_ms = http_clock_ms() + DRAINS_MS;
	enum rt_status failed = RT_OK;
	struct rt_error another;
	for (uint32_t i = 0; i < actions->len; i++) {
		if (actions->at[i].kind != RT_ACTION_DRAIN)
			continue;
		enum rt_status status =
			drain(world, round->arena, &actions->at[i],
			      failed ? &another : err);
		failed = failed ? failed : status;
		if (status && http_clock_ms() > end_ms)
			break;
	}
	return failed;
}

static bool is_dead(const struct gcs_state *state, const char *ray_node_id)
{
	for (uint32_t i = 0; i < state->nodes_len; i++)
		if (strcmp(state->nodes[i].ray_node_id, ray_node_id) == 0)
			return state->nodes[i].status == RT_RAY_DEAD;
	return false;
}

/* Marks the drains whose node is gone; returns how many are not. */
static uint32_t settle(struct rt_actions *actions,
		       const struct gcs_state *state)
{
	uint32_t left = 0;
	for (uint32_t i = 0; i < actions->len; i++) {
		struct rt_action *action = &actions->at[i];
		if (action->kind != RT_ACTION_DRAIN ||
		    action->outcome != RT_OUTCOME_ACCEPTED)
			continue;
		if (state && is_dead(state, action->ray_node_id))
			action->outcome = RT_OUTCOME_DONE;
		else
			left++;
	}
	return left;
}

/* The names of this look are not the controller's: its snapshot, which is in
 * use, must not see new ones. */
static void await_drained(const struct world *world, struct round *round)
{
	struct rt_names *names = rt_names_new();
	struct rt_error ignored; /* the next observation will tell */
	uint32_t left = settle(round->actions, NULL);
	for (int i = 0; left && i < AWAIT_TRIES; i++) {
		struct gcs_state state;
		if (i && !http_sleep(world->http, AWAIT_PAUSE_MS))
			break;
		struct grpc_call *call = gcs_state_start(&world->gcs);
		if (gcs_state_finish(&call, NULL, names, round->arena, &state,
				     &ignored))
			break;
		left = settle(round->actions, &state);
	}
	rt_names_free(&names);
}

/* ---- the patch ----------------------------------------------------- */

/* An answer may be lost where the patch was not: look before it is repeated.
 * What was refused was not lost, though another may have written the same. */
static bool was_applied(const struct world *world, const cJSON *ops)
{
	const cJSON *raycluster;
	struct rt_error ignored;
	return !kube_cluster_read(world->cluster, &raycluster, &ignored) &&
	       jsonpatch_holds(ops, raycluster);
}

static enum rt_status patch(const struct world *world, struct round *round,
			    struct rt_error *err)
{
	struct jsonpatch patch = jsonpatch_build(
		round->raycluster, &round->seen, round->actions, round->arena);
	if (!patch.ops)
		return RT_OK;
	enum rt_status status =
		kube_cluster_patch(world->cluster, patch.ops, err);
	if (status && status != RT_ECONFLICT && was_applied(world, patch.ops)) {
		rt_log(RT_WARN, "patched", "note=\"its answer was lost\"");
		status = RT_OK;
	}
	for (uint32_t i = 0; i < patch.len; i++)
		patch.actions[i]->outcome =
			status ? RT_OUTCOME_FAILED : RT_OUTCOME_DONE;
	for (uint32_t i = 0; i < patch.restored_len && !status; i++)
		rt_log(RT_INFO, "restore",
		       "group=%s from=%lld to=%lld why=\"replicas were lowered "
		       "below the living workers\"",
		       patch.restored[i].group,
		       (long long)patch.restored[i].from,
		       (long long)patch.restored[i].to);
	cJSON_Delete(patch.ops);
	return status;
}

/* ---- all of it ----------------------------------------------------- */

enum rt_status act_run(const struct world *world, struct round *round,
		       struct rt_error *err)
{
	struct rt_error of_patch;
	enum rt_status drained = RT_OK;
	if (round->decision->held || world->dry_run)
		return RT_OK;
	if (!round->patch_failed)
		drained = drain_all(world, round, err);
	await_drained(world, round);
	enum rt_status patched = patch(world, round, &of_patch);
	round->patch_failed = patched;
	if (drained || !patched)
		return drained;
	*err = of_patch;
	return patched;
}

/* ---- the log ------------------------------------------------------- */

static const char *const done_events[] = {
	[RT_ACTION_LAUNCH] = "launch", [RT_ACTION_CANCEL] = "cancel",
	[RT_ACTION_DRAIN] = "drained", [RT_ACTION_DELETE] = "delete",
	[RT_ACTION_RESIZE] = "resize", [RT_ACTION_TELL] = "resized",
};

/* NULL: nothing has changed. */
static const char *event_of(const struct rt_action *action)
{
	switch (action->outcome) {
	case RT_OUTCOME_DONE:
		return done_events[action->kind];
	case RT_OUTCOME_ACCEPTED:
		return "drain";
	case RT_OUTCOME_REFUSED:
		return "drain-refused";
	default:
		return NULL;
	}
}

static void log_action(const struct rt_snapshot *snapshot,
		       const struct rt_action *action, const char *event)
{
	char text[WHY_TEXT], why[WHY_TEXT], code[RT_REASON_CODE];
	if (!event)
		return;
	rt_log_quote(rt_why_text(snapshot, action->why, text, sizeof text), why,
		     sizeof why);
	rt_reason_code(action->why.code, code);
	if (action->size)
		rt_log(RT_INFO, event,
		       "group=%s pod=%s cpu=%g memory=%lld why=%s code=%s",
		       action->group_name, action->pod,
		       (double)action->size->cpu / RT_UNITS,
		       (long long)action->size->memory / RT_UNITS, why, code);
	else if (!action->pod)
		rt_log(RT_INFO, event, "group=%s count=%lld why=%s code=%s",
		       action->group_name, (long long)action->count, why, code);
	else
		rt_log(RT_INFO, event, "group=%s pod=%s why=%s code=%s",
		       action->group_name, action->pod, why, code);
}

void act_log(const struct round *round)
{
	const struct rt_actions *actions = round->actions;
	for (uint32_t i = 0; i < actions->len; i++)
		log_action(round->decision->snapshot, &actions->at[i],
			   event_of(&actions->at[i]));
}

/* FNV-1a, of what an action is about. */
static uint64_t hash_action(uint64_t h, const struct rt_action *action)
{
	char text[2 * RT_NAME_MAX];
	snprintf(text, sizeof text, "%d %s %s %lld;", (int)action->kind,
		 action->group_name, action->pod ? action->pod : "",
		 (long long)action->count);
	for (const char *c = text; *c; c++)
		h = (h ^ (unsigned char)*c) * 0x100000001b3u;
	return h;
}

void act_log_wishes(const struct round *round, uint64_t *told)
{
	static const char *const events[] = {
		[RT_ACTION_LAUNCH] = "would-launch",
		[RT_ACTION_CANCEL] = "would-cancel",
		[RT_ACTION_DRAIN] = "would-drain",
		[RT_ACTION_DELETE] = "would-delete",
		[RT_ACTION_RESIZE] = "would-resize",
		[RT_ACTION_TELL] = "would-tell",
	};
	const struct rt_actions *actions = round->actions;
	uint64_t hash = 0;
	for (uint32_t i = 0; i < actions->len; i++)
		hash = hash_action(hash, &actions->at[i]);
	for (uint32_t i = 0; i < actions->len && hash != *told; i++)
		log_action(round->decision->snapshot, &actions->at[i],
			   events[actions->at[i].kind]);
	*told = hash;
}
