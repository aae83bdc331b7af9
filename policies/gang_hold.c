/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gang_hold.c - a placement group that fits nowhere as a whole holds nothing,
 * so the idle nodes that it will need go one by one while it waits for busy
 * ones.  This keeps them: each of its bundles takes the first node with room
 * among those that are to go.  It is the reservation of gang schedulers, as in
 * D. G. Feitelson and L. Rudolph, "Gang scheduling performance benefits for
 * fine-grain synchronization" (1992), bounded in time.
 */
#include <raytide/policy.h>

struct gang_hold_conf {
	int64_t for_ms;
};

static const struct rt_param gang_hold_params[] = {
	{ .name = "for",
	  .type = RT_PARAM_SPAN,
	  .offset = offsetof(struct gang_hold_conf, for_ms),
	  .def = 600000,
	  .max = 864e5,
	  .unit = "",
	  .help = "no node is held that has been idle for longer" },
	{ .name = NULL },
};

/* A node that is to go, and what it has free. */
struct seat {
	uint32_t node;
	int64_t idle_ms;
	bool kept, taken; /* taken: by a bundle that wants it for itself */
	uint32_t len;
	struct rt_amount *free;
};

struct seats {
	uint32_t len;
	struct seat *at;
};

static struct seats open_seats(const struct rt_ctx *ctx,
			       const struct rt_plan *plan)
{
	const struct gang_hold_conf *conf = ctx->conf;
	struct seats seats = {
		.at = rt_alloc(ctx, plan->removals_len * sizeof *seats.at),
	};

	for (uint32_t i = 0; i < plan->removals_len; i++) {
		const struct rt_removal *removal = &plan->removals[i];
		const struct rt_node *node =
			&plan->snapshot->nodes[removal->node];
		if (removal->cause != RT_CAUSE_IDLE || !node->known ||
		    removal->idle_ms >= conf->for_ms)
			continue;
		struct seat *seat = &seats.at[seats.len++];
		seat->node = removal->node;
		seat->idle_ms = removal->idle_ms;
		seat->len = node->available.len;
		seat->free = rt_alloc(ctx, seat->len * sizeof *seat->free);
		for (uint32_t k = 0; k < seat->len; k++)
			seat->free[k] = node->available.at[k];
	}
	return seats;
}

static bool has_value(const struct rt_label_rule *rule, uint32_t value)
{
	for (uint32_t i = 0; i < rule->len; i++)
		if (rule->values[i] == value)
			return true;
	return false;
}

static bool holds(const struct rt_selector *selector, struct rt_labels labels)
{
	for (uint32_t i = 0; i < selector->len; i++) {
		const struct rt_label_rule *rule = &selector->rules[i];
		bool in = false;
		for (uint32_t k = 0; k < labels.len; k++)
			in |= labels.at[k].key == rule->key &&
			      has_value(rule, labels.at[k].value);
		if (in != (rule->op == RT_LABEL_IN))
			return false;
	}
	return true;
}

static bool suits(const struct rt_request *bundle, struct rt_labels labels)
{
	for (uint32_t i = 0; i < bundle->selectors_len; i++)
		if (holds(&bundle->selectors[i], labels))
			return true;
	return bundle->selectors_len == 0;
}

static struct rt_amount *amount_of(struct seat *seat, uint32_t name)
{
	for (uint32_t i = 0; i < seat->len; i++)
		if (seat->free[i].name == name)
			return &seat->free[i];
	return NULL;
}

static bool has_room(struct seat *seat, struct rt_res res)
{
	for (uint32_t i = 0; i < res.len; i++) {
		const struct rt_amount *have = amount_of(seat, res.at[i].name);
		if (res.at[i].units > 0 &&
		    (!have || have->units < res.at[i].units))
			return false;
	}
	return true;
}

static bool wants_its_own(const struct rt_request *bundle)
{
	for (uint32_t i = 0; i < bundle->placements_len; i++)
		if (bundle->placements[i].kind == RT_ANTI_AFFINITY)
			return true;
	return false;
}

static bool sit(const struct rt_snapshot *s, struct seat *seat,
		const struct rt_request *bundle)
{
	if (seat->taken || !has_room(seat, bundle->res) ||
	    !suits(bundle, s->nodes[seat->node].labels))
		return false;
	for (uint32_t i = 0; i < bundle->res.len; i++) {
		struct rt_amount *have =
			amount_of(seat, bundle->res.at[i].name);
		if (have)
			have->units -= bundle->res.at[i].units;
	}
	seat->taken = wants_its_own(bundle);
	return true;
}

/* Where one of them finds no room none of the next does, either. */
static void hold_for(const struct rt_ctx *ctx, struct rt_plan *plan,
		     struct seats seats, uint32_t gang,
		     const struct rt_request *bundles)
{
	const struct rt_snapshot *s = plan->snapshot;
	const struct rt_entry entry = { RT_ENTRY_GANG, gang };
	int64_t left = bundles->count;

	for (uint32_t i = 0; i < seats.len && left > 0; i++) {
		struct seat *seat = &seats.at[i];
		int64_t before = left;
		while (left > 0 && sit(s, seat, bundles))
			left--;
		if (left < before && !seat->kept) {
			rt_keep(ctx, plan, seat->node,
				RT_WHY(GANG_HOLD, .n = seat->idle_ms,
				       .entry = entry));
			seat->kept = true;
		}
	}
}

static enum rt_status gang_hold_decide(const struct rt_ctx *ctx,
				       const struct rt_snapshot *s,
				       struct rt_plan *plan,
				       struct rt_error *err)
{
	const struct gang_hold_conf *conf = ctx->conf;
	struct seats seats = open_seats(ctx, plan);

	(void)err;
	for (uint32_t i = 0; i < s->demand.gangs_len; i++) {
		const struct rt_gang *gang = &s->demand.gangs[i];
		for (uint32_t b = 0; plan->infeasible_gangs[i] && b < gang->len;
		     b++)
			hold_for(ctx, plan, seats, i, &gang->bundles[b]);
	}
	rt_until(ctx, plan, INT64_MAX);
	for (uint32_t i = 0; i < seats.len; i++)
		if (seats.at[i].kept)
			rt_until(ctx, plan,
				 s->now_ms + conf->for_ms -
					 seats.at[i].idle_ms);
	return RT_OK;
}

const struct rt_policy_ops rt_policy_gang_hold = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "gang-hold",
	.summary = "keeps idle nodes that a waiting placement group will need",
	.about = "For clusters at their maximum where placement groups wait "
		 "for each other's nodes.  Without it those that are idle "
		 "already go, and are launched again.",
	.example = "{for: 10m}",
	.flags = RT_TRIMS,
	.params = gang_hold_params,
	.conf_size = sizeof(struct gang_hold_conf),
	.decide = gang_hold_decide,
};
