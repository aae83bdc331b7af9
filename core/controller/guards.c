/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guards.c - one function per guard; the list at the end is their order.  Those
 * that bound numbers of nodes are in guard_bounds.c.
 */
#include "core/controller/guards.h"

#include <string.h>

#include "core/controller/guard.h"
#include "core/controller/replicas.h"

/* By so much may a node's own account of its idleness pass ours: raylets report
 * at their own pace. */
#define CLAIM_SLACK_MS 2000

/* Takes back the removals for which there is a reason to. */
static void keep_if(const struct rt_round *r,
		    bool (*reason)(const struct rt_round *,
				   const struct rt_removal *, struct rt_why *))
{
	for (uint32_t i = 0; i < r->plan->removals_len;) {
		struct rt_why why;
		uint32_t node = r->plan->removals[i].node;
		if (reason(r, &r->plan->removals[i], &why))
			rt_plan_keep(r->plan, node, why);
		else
			i++;
	}
}

/* ---- doubts about the whole picture -------------------------------------- */

/* Half an answer, or a head that is being replaced: an idle cluster looks the
 * same. */
static void guard_head(const struct rt_round *r)
{
	const struct rt_snapshot *s = r->plan->snapshot;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (s->nodes[i].is_head && s->nodes[i].known)
			return;
	rt_plan_hold(r->plan, RT_WHY(GUARD_HEAD));
}

/* The sidecar of a head that was replaced has nothing to say any more. */
static void guard_own_head(const struct rt_round *r)
{
	if (!r->obs->own_head)
		return;
	for (uint32_t i = 0; i < r->obs->pods_len; i++) {
		const struct rt_pod *pod = &r->obs->pods[i];
		if (pod->is_head && !pod->deleting &&
		    strcmp(pod->name, r->obs->own_head) == 0)
			return;
	}
	rt_plan_hold(r->plan, RT_WHY(GUARD_OWN_HEAD));
}

static bool is_listed(const struct rt_observation *obs, const char *pod)
{
	for (uint32_t i = 0; i < obs->pods_len; i++)
		if (strcmp(obs->pods[i].name, pod) == 0)
			return true;
	return false;
}

/* A list of pods that came back empty, but for the head. */
static void guard_pods(const struct rt_round *r)
{
	const struct rt_observation *obs = r->obs;
	int64_t living = 0;

	for (uint32_t i = 0; i < obs->pods_len; i++)
		if (!obs->pods[i].is_head)
			return;
	for (uint32_t i = 0; i < obs->ray_nodes_len; i++) {
		const struct rt_ray_node *node = &obs->ray_nodes[i];
		living += node->status != RT_RAY_DEAD && node->instance_id[0] &&
			  !is_listed(obs, node->instance_id);
	}
	if (living)
		rt_plan_hold(r->plan, RT_WHY(GUARD_PODS, .n = living));
}

/* ---- groups ------------------------------------------------------------- */

/* No group beyond its maximum, and never a second head.  A node has its place
 * in the replicas until its deletion is asked for: also while it drains, when
 * policies count it no more. */
static void guard_limits(const struct rt_round *r)
{
	const struct rt_snapshot *s = r->plan->snapshot;

	for (uint32_t g = 0; g < s->groups_len; g++) {
		int64_t launch = r->plan->launch[g];
		int64_t room =
			s->groups[g].is_head ? 0 : s->groups[g].max_nodes;
		for (uint32_t i = 0; launch && i < s->nodes_len && room > 0;
		     i++)
			room -= s->nodes[i].group == g &&
				s->nodes[i].status != RT_NODE_TERMINATING;
		if (launch > room)
			rt_plan_cut(r->plan, g, room,
				    RT_WHY(GUARD_LIMIT, .n = launch,
					   .limit = room));
	}
}

/* Where resizes in place fail they are left alone for a while. */
static void guard_resizes(const struct rt_round *r)
{
	const struct rt_snapshot *s = r->plan->snapshot;

	for (uint32_t g = 0; g < s->groups_len; g++) {
		if (!r->obs->cluster.groups[g].resize || s->groups[g].resize)
			continue;
		const struct rt_failing *failing =
			rt_backoff_find(&r->table->resizes, s->groups[g].name);
		rt_plan_note(r->plan, g, UINT32_MAX, 0,
			     RT_WHY(GUARD_RESIZE, .n = failing->failures));
	}
}

static bool is_suspended(const struct rt_round *r,
			 const struct rt_removal *removal, struct rt_why *why)
{
	uint32_t g = r->plan->snapshot->nodes[removal->node].group;

	*why = RT_WHY(GUARD_SUSPENDED);
	return g != RT_NO_GROUP && r->obs->cluster.specs[g].suspend;
}

static void guard_suspended(const struct rt_round *r)
{
	keep_if(r, is_suspended);
}

static bool goes(const struct rt_round *r, uint32_t node)
{
	return r->plan->removed[node] ||
	       r->table->at[node]->status > RT_NODE_RAY_RUNNING;
}

/* The operator takes all hosts of a replica with the one that is named, busy
 * ones too. */
static void guard_replicas(const struct rt_round *r)
{
	struct rt_replicas replicas =
		rt_replicas_find(r->table, &r->obs->cluster, r->plan->arena);

	for (uint32_t i = 0; i < replicas.len; i++) {
		const struct rt_replica *replica = &replicas.at[i];
		uint32_t going = 0;
		for (uint32_t k = 0; k < replica->len; k++)
			going += goes(r, replica->at[k]);
		for (uint32_t k = 0; going < replica->len && k < replica->len;
		     k++)
			rt_plan_keep(r->plan, replica->at[k],
				     RT_WHY(GUARD_REPLICA));
	}
}

/* ---- nodes -------------------------------------------------------------- */

/* No node with work goes for being idle, and the head never goes. */
static bool is_busy(const struct rt_round *r, const struct rt_removal *removal,
		    struct rt_why *why)
{
	const struct rt_node *node = &r->plan->snapshot->nodes[removal->node];
	bool busy = removal->cause == RT_CAUSE_IDLE && node->known &&
		    node->idle_ms <= 0;

	*why = RT_WHY(GUARD_BUSY);
	return busy || node->is_head;
}

static void guard_busy(const struct rt_round *r)
{
	keep_if(r, is_busy);
}

static int64_t idle_timeout_of(const struct rt_snapshot *s, uint32_t group)
{
	int64_t own = group == RT_NO_GROUP ? RT_NONE
					   : s->groups[group].idle_timeout_ms;

	return own != RT_NONE ? own : s->idle_timeout_ms;
}

/* A GCS that was restarted may call all nodes idle, and for long.  We believe
 * what we have seen: a claim that goes beyond it may also come from the
 * raylet's start, before the GCS knew of it, and is wrong by so much for ever.
 */
static bool claims_too_much(const struct rt_round *r,
			    const struct rt_removal *removal,
			    struct rt_why *why)
{
	const struct rt_instance *instance = r->table->at[removal->node];
	const struct rt_snapshot *s = r->plan->snapshot;
	int64_t ago_ms = s->now_ms - instance->busy_ms;

	*why = RT_WHY(GUARD_CLAIM, .n = removal->idle_ms, .limit = ago_ms);
	return removal->cause == RT_CAUSE_IDLE &&
	       instance->busy_ms != RT_NONE &&
	       removal->idle_ms > ago_ms + CLAIM_SLACK_MS &&
	       ago_ms < idle_timeout_of(s, s->nodes[removal->node].group);
}

static void guard_claims(const struct rt_round *r)
{
	keep_if(r, claims_too_much);
}

/* Replicas late: what others keep keeps the rest of its replica. */
const struct rt_guard rt_guards[] = {
	{ "head", "the head's pod and its Ray node must be seen", guard_head },
	{ "own-head", "the head pod of this process must be the cluster's",
	  guard_own_head },
	{ "pods", "a list of pods that came back empty is not believed",
	  guard_pods },
	{ "limits", "no group beyond its maximum", guard_limits },
	{ "cluster", "no more workers than the cluster's maximum",
	  rt_guard_cluster },
	{ "resizes", "where resizes in place fail there are none for a while",
	  guard_resizes },
	{ "freeze", "nothing is launched, or ended, while a window is open",
	  rt_guard_freeze },
	{ "surge", "bounds the nodes on their way at a time", rt_guard_surge },
	{ "launch-rate", "bounds launches by the minute",
	  rt_guard_launch_rate },
	{ "cost", "bounds what the workers cost by the hour", rt_guard_cost },
	{ "suspended", "nothing of a suspended group is ended",
	  guard_suspended },
	{ "busy", "no node with work goes for being idle, the head never",
	  guard_busy },
	{ "claims", "who was busy a moment ago was not idle for long",
	  guard_claims },
	{ "minima", "no group goes below its minimum for a wish",
	  rt_guard_minima },
	{ "stable", "a group keeps what it wanted a short while ago",
	  rt_guard_stable },
	{ "removal-rate", "bounds removals by the minute",
	  rt_guard_removal_rate },
	{ "replicas", "the hosts of a replica go together", guard_replicas },
	{ NULL, NULL, NULL },
};

void rt_guards_apply(const struct rt_guard_conf *conf,
		     const struct rt_observation *obs,
		     const struct rt_instances *table,
		     const struct rt_recall *recall, struct rt_layout at,
		     struct rt_plan *plan)
{
	const struct rt_round round = {
		.conf = conf,
		.obs = obs,
		.table = table,
		.plan = plan,
		.state = (void *)(recall->cluster + at.cluster),
		.groups = recall->groups + at.group,
		.step = recall->step,
	};

	rt_plan_enter(plan, "guards", 0);
	for (const struct rt_guard *guard = rt_guards; guard->name; guard++)
		guard->apply(&round);
	rt_guard_note_removals(&round);
}
