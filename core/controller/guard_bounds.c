/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard_bounds.c - the guards that a policy file sets, and those of the
 * manifest's own bounds: each bounds launches or removals by what the round, or
 * what is remembered, has of them already.
 */
#include "core/controller/guard.h"

#include <math.h>

#include "core/base/cron.h"

#define MINUTE_MS 60000

static const char *const frozen[] = { "both", "launch", "remove", NULL };

static const struct rt_param freeze_rows[] = {
	RT_WINDOW_ROWS(struct rt_freeze, window),
	{ .name = "what",
	  .type = RT_PARAM_CHOICE,
	  .offset = offsetof(struct rt_freeze, what),
	  .unit = "",
	  .help = "what is frozen",
	  .choices = frozen },
	{ .name = NULL },
};

#define ROW(field, row_type, ...)                                              \
	{                                                                      \
		.name = #field, .type = (row_type),                            \
		.offset = offsetof(struct rt_guard_conf, field), __VA_ARGS__   \
	}

const struct rt_param rt_guard_params[] = {
	ROW(max_launch_per_minute, RT_PARAM_INT, .max = 1e9, .unit = "",
	    .help = "nodes asked for within a minute; 0: no limit"),
	ROW(max_removal_per_minute, RT_PARAM_INT, .max = 1e9, .unit = "",
	    .help = "nodes ended within a minute; 0: no limit"),
	ROW(scale_down_stabilization_s, RT_PARAM_DOUBLE, .max = 1e9,
	    .unit = "s",
	    .help = "no idle node goes that its group wanted within this time; "
		    "0: off"),
	ROW(max_hourly_cost, RT_PARAM_DOUBLE, .max = 1e12, .unit = "",
	    .help = "of all workers, by `prices`; 0: no limit"),
	ROW(max_surge, RT_PARAM_DOUBLE, .max = 1e9, .unit = "",
	    .help = "nodes on their way at a time, for each worker that runs, "
		    "but one at least; 0: no limit"),
	ROW(freeze, RT_PARAM_LIST, .unit = "",
	    .help = "windows in which nothing is launched or ended",
	    .rows = freeze_rows, .row_size = sizeof(struct rt_freeze)),
	{ .name = NULL },
};

/* ---- launches ------------------------------------------------------------ */

static int64_t launches(const struct rt_plan *plan)
{
	int64_t n = 0;

	for (uint32_t g = 0; g < plan->snapshot->groups_len; g++)
		n += plan->launch[g];
	return n;
}

/* The first groups get theirs. */
static void cut_to(struct rt_plan *plan, int64_t left, struct rt_why why)
{
	if (left < 0)
		left = 0;
	for (uint32_t g = 0; g < plan->snapshot->groups_len; g++) {
		if (plan->launch[g] > left)
			rt_plan_cut(plan, g, left, why);
		left -= plan->launch[g];
	}
}

/* As the packing counts. */
static bool counts(const struct rt_node *node)
{
	return node->status >= RT_NODE_QUEUED &&
	       node->status <= RT_NODE_RAY_STOP_REQUESTED;
}

void rt_guard_cluster(const struct rt_round *r)
{
	const struct rt_snapshot *s = r->plan->snapshot;
	int64_t wanted = launches(r->plan), room = s->max_workers;

	if (s->max_workers == RT_NONE || !wanted)
		return;
	for (uint32_t i = 0; i < s->nodes_len; i++)
		room -= !s->nodes[i].is_head && counts(&s->nodes[i]);
	if (wanted > room)
		cut_to(r->plan, room,
		       RT_WHY(GUARD_LIMIT, .n = wanted,
			      .limit = room > 0 ? room : 0));
}

void rt_guard_surge(const struct rt_round *r)
{
	const struct rt_snapshot *s = r->plan->snapshot;
	int64_t running = 0, coming = 0;

	if (r->conf->max_surge <= 0 || !launches(r->plan))
		return;
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		enum rt_node_status status = s->nodes[i].status;
		if (s->nodes[i].is_head)
			continue;
		running += status == RT_NODE_RAY_RUNNING;
		coming += status >= RT_NODE_QUEUED &&
			  status <= RT_NODE_RAY_INSTALLING;
	}
	int64_t max =
		(int64_t)fmin(ceil(r->conf->max_surge * (double)running), 1e15);
	if (max < 1)
		max = 1;
	int64_t wanted = coming + launches(r->plan);
	if (wanted > max)
		cut_to(r->plan, max - coming,
		       RT_WHY(GUARD_SURGE, .n = wanted, .limit = max));
}

/* Launches that pacing holds back are decided anew in each round: what counts
 * is what the table has asked for. */
void rt_guard_launch_rate(const struct rt_round *r)
{
	int64_t max = r->conf->max_launch_per_minute, asked = 0;

	if (max <= 0 || !launches(r->plan))
		return;
	for (uint32_t i = 0; i < r->table->len; i++) {
		const struct rt_instance *instance = r->table->at[i];
		asked += !instance->is_head &&
			 instance->status != RT_NODE_QUEUED &&
			 instance->asked_ms > r->obs->now_ms - MINUTE_MS;
	}
	int64_t wanted = asked + launches(r->plan);
	if (wanted > max)
		cut_to(r->plan, max - asked,
		       RT_WHY(GUARD_LAUNCH_RATE, .n = wanted, .limit = max));
}

/* Nodes on their way and on their way out are paid for too. */
void rt_guard_cost(const struct rt_round *r)
{
	const struct rt_snapshot *s = r->plan->snapshot;
	double left = r->conf->max_hourly_cost, wanted = 0;

	if (left <= 0 || !launches(r->plan))
		return;
	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (!s->nodes[i].is_head && s->nodes[i].group != RT_NO_GROUP)
			wanted += s->groups[s->nodes[i].group].price;
	left -= wanted;
	for (uint32_t g = 0; g < s->groups_len; g++)
		wanted += (double)r->plan->launch[g] * s->groups[g].price;
	for (uint32_t g = 0; g < s->groups_len; g++) {
		double price = s->groups[g].price;
		int64_t launch = r->plan->launch[g];
		if (!launch || price <= 0)
			continue;
		/* What is a rounding error over the limit is not over it. */
		double room = fmax(floor(left / price + 1e-9), 0);
		if ((double)launch > room)
			rt_plan_cut(r->plan, g, (int64_t)room,
				    RT_WHY(GUARD_COST, .n = rt_as_units(wanted),
					   .limit = rt_as_units(
						   r->conf->max_hourly_cost)));
		left -= (double)r->plan->launch[g] * price;
	}
}

/* ---- removals ------------------------------------------------------------ */

/* Nobody must go for it: only a maximum is more than a wish. */
static bool is_wish(const struct rt_removal *removal)
{
	return removal->cause == RT_CAUSE_IDLE ||
	       removal->cause == RT_CAUSE_CONSOLIDATE;
}

/* Keeps the last of the group that need not go: those that have been idle for
 * the shortest time. */
static void keep_last(struct rt_plan *plan, uint32_t group, int64_t count,
		      struct rt_why why)
{
	for (uint32_t i = plan->removals_len; i-- > 0 && count > 0;) {
		const struct rt_removal *removal = &plan->removals[i];
		if (!is_wish(removal) ||
		    (group != RT_NO_GROUP &&
		     plan->snapshot->nodes[removal->node].group != group))
			continue;
		rt_plan_keep(plan, removal->node, why);
		count--;
	}
}

static int64_t wished_removals(const struct rt_plan *plan, uint32_t group)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < plan->removals_len; i++)
		n += is_wish(&plan->removals[i]) &&
		     plan->snapshot->nodes[plan->removals[i].node].group ==
			     group;
	return n;
}

/* The manifest's; what floors of policies keep is the packing's to see to. */
void rt_guard_minima(const struct rt_round *r)
{
	const struct rt_snapshot *s = r->plan->snapshot;

	for (uint32_t g = 0; g < s->groups_len; g++) {
		int64_t min = r->obs->cluster.groups[g].min_nodes;
		int64_t have = 0, go = wished_removals(r->plan, g);
		for (uint32_t i = 0; go && i < s->nodes_len; i++)
			have += s->nodes[i].group == g && counts(&s->nodes[i]);
		if (go && have - go < min)
			keep_last(r->plan, g, min - (have - go),
				  RT_WHY(GUARD_MIN, .n = have, .limit = min));
	}
}

/* As the Kubernetes HPA does it: of what was wanted within the window, the
 * most counts (autoscaling/v2, behavior.scaleDown.stabilizationWindowSeconds).
 */
void rt_guard_stable(const struct rt_round *r)
{
	int64_t window_ms =
		(int64_t)(r->conf->scale_down_stabilization_s * 1000);
	const struct rt_snapshot *s = r->plan->snapshot;

	for (uint32_t g = 0; g < s->groups_len && window_ms > 0; g++) {
		struct rt_guard_group_state *state =
			(void *)(r->groups + g * r->step);
		int64_t have = 0, go = wished_removals(r->plan, g);
		for (uint32_t i = 0; i < s->nodes_len; i++)
			have += s->nodes[i].group == g &&
				s->nodes[i].status <= RT_NODE_RAY_RUNNING;
		int64_t most = (int64_t)rt_most_note(
			&state->wanted, s->now_ms, window_ms,
			(double)(have + r->plan->launch[g] - go), (double)have);
		if (have - go < most)
			keep_last(r->plan, g, most - (have - go),
				  RT_WHY(GUARD_STABLE, .n = window_ms,
					 .limit = most));
	}
}

/* Forgets the seconds that are more than a minute ago; the sum of the rest. */
static int64_t ended_within_a_minute(struct rt_guard_state *state,
				     int64_t second)
{
	int64_t sum = 0;

	if (second - state->second >= 60 || second < state->second)
		*state = (struct rt_guard_state){ .second = second };
	while (state->second < second)
		state->ended[++state->second % 60] = 0;
	for (uint32_t i = 0; i < 60; i++)
		sum += state->ended[i];
	return sum;
}

void rt_guard_removal_rate(const struct rt_round *r)
{
	int64_t max = r->conf->max_removal_per_minute;

	if (max <= 0 || !r->plan->removals_len)
		return;
	int64_t ended = ended_within_a_minute(r->state,
					      r->plan->snapshot->now_ms / 1000);
	int64_t wanted = ended + r->plan->removals_len;
	if (wanted > max)
		keep_last(
			r->plan, RT_NO_GROUP, wanted - max,
			RT_WHY(GUARD_REMOVAL_RATE, .n = wanted, .limit = max));
}

void rt_guard_note_removals(const struct rt_round *r)
{
	int64_t second = r->plan->snapshot->now_ms / 1000;

	if (r->conf->max_removal_per_minute <= 0 || !r->plan->removals_len)
		return;
	ended_within_a_minute(r->state, second);
	r->state->ended[second % 60] += r->plan->removals_len;
}

/* ---- both ---------------------------------------------------------------- */

void rt_guard_freeze(const struct rt_round *r)
{
	const struct rt_freeze *freeze = r->conf->freeze.at;
	int64_t ignored;

	for (uint32_t i = 0; i < r->conf->freeze.len; i++) {
		if (!rt_window_is_open(&freeze[i].window, r->obs->now_ms,
				       &ignored))
			continue;
		struct rt_why why = RT_WHY(GUARD_FREEZE, .n = i);
		if (freeze[i].what != RT_FROZEN_REMOVE)
			cut_to(r->plan, 0, why);
		if (freeze[i].what != RT_FROZEN_LAUNCH)
			keep_last(r->plan, RT_NO_GROUP, INT64_MAX, why);
	}
}
