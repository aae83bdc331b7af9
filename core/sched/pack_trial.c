/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_trial.c - a request is placed when an alternative of its selectors
 * holds, no anti-affinity forbids it and the resources are there.  Equal
 * requests are placed in one step: what one leaves alone the next finds, and an
 * anti-affinity lets only the first in.
 */
#include "core/sched/pack_trial.h"

#include "core/sched/pack_twin.h"

static bool rule_holds(const struct rt_label_rule *rule,
		       struct rt_labels labels)
{
	bool in = false;

	for (uint32_t i = 0; i < labels.len; i++) {
		if (labels.at[i].key != rule->key)
			continue;
		for (uint32_t v = 0; v < rule->len && !in; v++)
			in = rule->values[v] == labels.at[i].value;
		break;
	}
	return in == (rule->op == RT_LABEL_IN);
}

uint32_t rt_selector_met(const struct rt_request *request,
			 struct rt_labels labels)
{
	uint32_t i = 0;

	for (; i < request->selectors_len; i++) {
		const struct rt_selector *selector = &request->selectors[i];
		uint32_t r = 0;
		while (r < selector->len &&
		       rule_holds(&selector->rules[r], labels))
			r++;
		if (r == selector->len)
			break;
	}
	return i;
}

int64_t rt_available(const struct rt_pack *p, struct rt_res available,
		     uint32_t name)
{
	for (uint32_t i = 0; i < available.len; i++)
		if (available.at[i].name == name)
			return available.at[i].units;
	return p->implicit[name] ? RT_UNITS : 0;
}

int64_t rt_room_for(const struct rt_pack *p, struct rt_res available,
		    struct rt_res request, int64_t count)
{
	for (uint32_t i = 0; i < request.len; i++) {
		int64_t want = request.at[i].units;
		if (want == 0)
			continue;
		int64_t have = rt_available(p, available, request.at[i].name);
		if (want > have)
			return 0;
		if (count > 1 && have / want < count)
			count = have / want;
	}
	return count;
}

void rt_trial_begin(struct rt_pack *p, const struct rt_bin *bin,
		    enum rt_source source)
{
	struct rt_trial *t = &p->trial;
	struct rt_res available = bin->available[source];

	t->bin = bin;
	t->source = source;
	t->placed_len = 0;
	t->available_len = 0;
	for (uint32_t i = 0; i < available.len; i++) {
		RT_ARENA_GROW(p->arena, t->available, t->available_len,
			      t->available_cap);
		t->available[t->available_len++] = available.at[i];
	}
	t->labels_len = 0;
	for (uint32_t i = 0; i < bin->labels.len; i++) {
		RT_ARENA_GROW(p->arena, t->labels, t->labels_len,
			      t->labels_cap);
		t->labels[t->labels_len++] = bin->labels.at[i];
	}
}

struct rt_res rt_trial_available(const struct rt_pack *p)
{
	return (struct rt_res){ p->trial.available_len, p->trial.available };
}

static struct rt_labels labels_now(const struct rt_trial *t)
{
	return (struct rt_labels){ t->labels_len, t->labels };
}

/* A node that has the label with another value cannot have this one too: Ray
 * gives the whole round up there, here the request goes elsewhere. */
static bool is_kept_apart(struct rt_trial *t, const struct rt_ask *ask)
{
	for (uint32_t i = 0; i < ask->request->placements_len; i++) {
		const struct rt_placement *apart = &ask->request->placements[i];
		if (apart->kind != RT_ANTI_AFFINITY)
			continue;
		for (uint32_t k = 0; k < t->labels_len; k++) {
			if (t->labels[k].key != apart->label)
				continue;
			if (t->labels[k].value != apart->value) {
				t->clash = t->bin;
				t->clash_why =
					RT_WHY(OTHER_LABEL, .entry = ask->entry,
					       .name = apart->label);
			}
			return true;
		}
	}
	return false;
}

static bool is_spread(const struct rt_request *request)
{
	for (uint32_t i = 0; i < request->placements_len; i++)
		if (request->placements[i].kind == RT_ANTI_AFFINITY)
			return true;
	return false;
}

/* An implicit resource that the node does not list yet. */
static void add_implicit(struct rt_pack *p, uint32_t name)
{
	struct rt_trial *t = &p->trial;
	const uint32_t *rank = p->snapshot->names.rank;

	RT_ARENA_GROW(p->arena, t->available, t->available_len,
		      t->available_cap);
	uint32_t i = t->available_len++;
	for (; i > 0 && rank[t->available[i - 1].name] > rank[name]; i--)
		t->available[i] = t->available[i - 1];
	t->available[i] = (struct rt_amount){ name, RT_UNITS };
}

static void take(struct rt_pack *p, struct rt_amount amount, int64_t count)
{
	struct rt_trial *t = &p->trial;
	uint32_t i = 0;

	if (amount.units == 0)
		return;
	while (i < t->available_len && t->available[i].name != amount.name)
		i++;
	if (i == t->available_len) {
		add_implicit(p, amount.name);
		i = 0;
		while (t->available[i].name != amount.name)
			i++;
	}
	t->available[i].units -= amount.units * count;
}

static void add_label(struct rt_pack *p, uint32_t key, uint32_t value)
{
	struct rt_trial *t = &p->trial;
	const uint32_t *rank = p->snapshot->names.rank;

	RT_ARENA_GROW(p->arena, t->labels, t->labels_len, t->labels_cap);
	uint32_t i = t->labels_len++;
	for (; i > 0 && rank[t->labels[i - 1].key] > rank[key]; i--)
		t->labels[i] = t->labels[i - 1];
	t->labels[i] = (struct rt_label){ key, value };
}

int64_t rt_trial_place(struct rt_pack *p, const struct rt_ask *ask)
{
	struct rt_trial *t = &p->trial;
	const struct rt_request *request = ask->request;
	int64_t count = is_spread(request) ? 1 : ask->left;

	count = rt_room_for(p, rt_trial_available(p), request->res, count);
	if (count == 0)
		return 0;
	if (request->selectors_len &&
	    rt_selector_met(request, labels_now(t)) == request->selectors_len)
		return 0;
	if (is_kept_apart(t, ask))
		return 0;

	for (uint32_t i = 0; i < request->res.len; i++)
		take(p, request->res.at[i], count);
	for (uint32_t i = 0; i < request->placements_len; i++)
		if (request->placements[i].kind == RT_ANTI_AFFINITY)
			add_label(p, request->placements[i].label,
				  request->placements[i].value);
	RT_ARENA_GROW(p->arena, t->placed, t->placed_len, t->placed_cap);
	t->placed[t->placed_len++] = ask;
	return count;
}

static const struct rt_held *hold(struct rt_pack *p)
{
	const struct rt_trial *t = &p->trial;
	const struct rt_held *held = t->bin->held[t->source];

	for (uint32_t i = 0; i < t->placed_len; i++) {
		const struct rt_ask *ask = t->placed[i];
		if (held && held->request == ask->request)
			continue;
		struct rt_held *link = RT_ARENA_NEW(p->draft, struct rt_held);
		*link = (struct rt_held){ ask->request, ask->entry, held };
		held = link;
	}
	return held;
}

struct rt_bin *rt_trial_keep(struct rt_pack *p)
{
	const struct rt_trial *t = &p->trial;
	struct rt_bin *bin =
		rt_arena_dup(p->draft, t->bin, sizeof(struct rt_bin));

	bin->available[t->source] = (struct rt_res){
		t->available_len,
		rt_arena_dup(p->draft, t->available,
			     t->available_len * sizeof(struct rt_amount)),
	};
	if (t->labels_len != t->bin->labels.len)
		bin->labels = (struct rt_labels){
			t->labels_len,
			rt_arena_dup(p->draft, t->labels,
				     t->labels_len * sizeof(struct rt_label)),
		};
	bin->held[t->source] = hold(p);
	rt_twin_forget(bin);
	return bin;
}
