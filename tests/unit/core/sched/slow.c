/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow.c - the stages: minima, maxima, the constraint, the gangs, the tasks,
 * pending nodes that nobody needs, idle nodes.
 */
#include "tests/unit/core/sched/slow.h"

#include "core/model/plan.h"
#include "tests/unit/core/sched/slow_fit.h"

static void add_minima(struct slow *s)
{
	struct slow_list list = { 0 };

	for (uint32_t g = 0; g < s->snapshot->groups_len; g++) {
		struct slow_node node = slow_new_node(s->snapshot, g);
		int64_t have = 0;
		node.for_minimum = true;
		for (uint32_t i = 0; i < s->list.len; i++)
			have += s->list.at[i].group == g;
		for (; have < s->snapshot->groups[g].min_nodes; have++)
			slow_add(s, &list, &node);
	}
	for (uint32_t i = 0; i < s->list.len; i++)
		slow_add(s, &list, &s->list.at[i]);
	s->list = list;
}

/* When a node launched for a minimum is ended, so are all of its group. */
static void cancel_others(struct slow_list *list, const struct slow_node *ended)
{
	for (uint32_t i = 0; i < list->len; i++) {
		struct slow_node *node = &list->at[i];
		if (node->for_minimum && node->group == ended->group) {
			node->fate = SLOW_TERMINATE;
			node->cause = ended->cause;
		}
	}
}

/* Ends `excess` of the nodes: they go to `ended`, the others to `rest`. */
static void end_some(struct slow *s, struct slow_list nodes, int64_t excess,
		     enum rt_cause cause, struct slow_list *ended,
		     struct slow_list *rest)
{
	struct slow_list head = { 0 }, kept = { 0 };

	slow_sort_for_termination(nodes.at, nodes.len);
	for (uint32_t i = 0; i < nodes.len; i++) {
		struct slow_node node = nodes.at[i];
		if (node.is_head && !head.len) {
			slow_add(s, &head, &node);
		} else if (excess > 0) {
			node.fate = SLOW_TERMINATE;
			node.cause = (int)cause;
			slow_add(s, ended, &node);
			excess--;
		} else {
			slow_add(s, &kept, &node);
		}
	}
	if (head.len)
		slow_add(s, &kept, &head.at[0]);
	for (uint32_t i = 0; i < ended->len; i++)
		if (ended->at[i].for_minimum)
			cancel_others(&kept, &ended->at[i]);
	for (uint32_t i = 0; i < kept.len; i++)
		slow_add(s, rest, &kept.at[i]);
}

static bool has_group(const struct slow_list *list, uint32_t len,
		      uint32_t group)
{
	for (uint32_t i = 0; i < len; i++)
		if (list->at[i].group == group)
			return true;
	return false;
}

static void end_beyond_group_maxima(struct slow *s)
{
	struct slow_list ended = { 0 }, rest = { 0 };

	for (uint32_t i = 0; i < s->list.len; i++) {
		uint32_t g = s->list.at[i].group;
		const struct rt_group *group = &s->snapshot->groups[g];
		struct slow_list nodes = { 0 };
		if (has_group(&s->list, i, g))
			continue;
		for (uint32_t k = i; k < s->list.len; k++)
			if (s->list.at[k].group == g)
				slow_add(s, &nodes, &s->list.at[k]);
		int64_t max = group->max_nodes + group->is_head;
		if (nodes.len > max)
			end_some(s, nodes, nodes.len - max,
				 RT_CAUSE_MAX_NUM_NODE_PER_TYPE, &ended, &rest);
		else
			for (uint32_t k = 0; k < nodes.len; k++)
				slow_add(s, &rest, &nodes.at[k]);
	}
	for (uint32_t i = 0; i < rest.len; i++)
		slow_add(s, &ended, &rest.at[i]);
	s->list = ended;
}

static void end_beyond_cluster_maximum(struct slow *s)
{
	struct slow_list ended = { 0 }, alive = { 0 }, rest = { 0 };
	int64_t max = s->snapshot->max_workers;

	for (uint32_t i = 0; i < s->list.len; i++)
		slow_add(s,
			 s->list.at[i].fate == SLOW_TERMINATE ? &ended : &alive,
			 &s->list.at[i]);
	if (max == RT_NONE || alive.len <= max + 1)
		return;
	end_some(s, alive, alive.len - (max + 1), RT_CAUSE_MAX_NUM_NODES,
		 &ended, &rest);
	for (uint32_t i = 0; i < rest.len; i++)
		slow_add(s, &ended, &rest.at[i]);
	s->list = ended;
}

static void want_all(struct slow *s, struct slow_wants *wants,
		     const struct rt_request *requests, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		slow_want(s, wants, &requests[i], requests[i].count, i);
}

static void pack_constraint(struct slow *s)
{
	const struct rt_demand *demand = &s->snapshot->demand;
	struct slow_wants wants = { 0 };

	if (!demand->constraints_len)
		return;
	want_all(s, &wants, demand->constraints[0].requests,
		 demand->constraints[0].len);
	struct slow_list list = slow_fit(s, &wants, SLOW_CONSTRAINT);
	if (wants.len)
		rt_plan_infeasible_constraint(s->plan, 0, RT_WHY(NO_ROOM));
	else
		s->list = list;
	for (uint32_t i = 1; i < demand->constraints_len; i++)
		rt_plan_infeasible_constraint(s->plan, i, RT_WHY(BAD_INPUT));
}

static bool same_values(struct rt_label_rule a, struct rt_label_rule b)
{
	for (uint32_t i = 0; i < a.len; i++) {
		uint32_t in_a = 0, in_b = 0;
		for (uint32_t k = 0; k < a.len; k++) {
			in_a += a.values[k] == a.values[i];
			in_b += b.values[k] == a.values[i];
		}
		if (in_a != in_b)
			return false;
	}
	return true;
}

static bool same_selector(struct rt_selector a, struct rt_selector b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (a.rules[i].key != b.rules[i].key ||
		    a.rules[i].op != b.rules[i].op ||
		    a.rules[i].len != b.rules[i].len ||
		    !same_values(a.rules[i], b.rules[i]))
			return false;
	return true;
}

/* Must the two be on one node? */
static bool is_together(const struct rt_request *a, const struct rt_request *b)
{
	if (a->selectors_len != b->selectors_len ||
	    a->placements[0].label != b->placements[0].label ||
	    a->placements[0].value != b->placements[0].value)
		return false;
	for (uint32_t i = 0; i < a->selectors_len; i++)
		if (!same_selector(a->selectors[i], b->selectors[i]))
			return false;
	return true;
}

static bool has_affinity(const struct rt_request *bundle)
{
	return bundle->placements_len &&
	       bundle->placements[0].kind == RT_AFFINITY;
}

/* The amounts of all bundles of the gang that belong to bundle `b`. */
static struct rt_res sum_of(struct slow *s, const struct rt_gang *gang,
			    uint32_t b)
{
	const struct rt_name_table *names = &s->snapshot->names;
	struct rt_amount *at =
		RT_ARENA_ARRAY(s->arena, struct rt_amount, names->len);
	uint32_t len = 0;

	for (uint32_t rank = 0; rank < names->len; rank++) {
		bool found = false;
		for (uint32_t i = b; i < gang->len; i++) {
			const struct rt_request *other = &gang->bundles[i];
			if (!has_affinity(other) ||
			    !is_together(&gang->bundles[b], other))
				continue;
			for (uint32_t r = 0; r < other->res.len; r++) {
				struct rt_amount amount = other->res.at[r];
				if (names->rank[amount.name] != rank)
					continue;
				at[len].name = amount.name;
				at[len].units += amount.units * other->count;
				found = true;
			}
		}
		len += found;
	}
	return (struct rt_res){ len, at };
}

static void want_merged(struct slow *s, struct slow_wants *wants,
			const struct rt_gang *gang)
{
	for (uint32_t b = 0; b < gang->len; b++) {
		bool first = has_affinity(&gang->bundles[b]);
		for (uint32_t i = 0; i < b && first; i++)
			first = !has_affinity(&gang->bundles[i]) ||
				!is_together(&gang->bundles[i],
					     &gang->bundles[b]);
		if (!first)
			continue;
		struct rt_request *merged = rt_arena_dup(
			s->arena, &gang->bundles[b], sizeof gang->bundles[b]);
		merged->res = sum_of(s, gang, b);
		slow_want(s, wants, merged, 1, 0);
	}
}

static void pack_gang(struct slow *s, uint32_t g)
{
	const struct rt_gang *gang = &s->snapshot->demand.gangs[g];
	struct slow_wants wants = { 0 };
	bool sane = true;

	for (uint32_t b = 0; b < gang->len; b++) {
		sane &= gang->bundles[b].placements_len < 2;
		if (!has_affinity(&gang->bundles[b]))
			slow_want(s, &wants, &gang->bundles[b],
				  gang->bundles[b].count, 0);
	}
	want_merged(s, &wants, gang);
	struct slow_list list = slow_fit(s, &wants, SLOW_DEMAND);
	if (wants.len || !sane) /* Ray raises on one that is not sane */
		rt_plan_infeasible_gang(s->plan, g, RT_WHY(NO_ROOM));
	else
		s->list = list;
}

static int64_t placements_of(const struct rt_gang *gang)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < gang->len; i++)
		n += gang->bundles[i].count * gang->bundles[i].placements_len;
	return n;
}

static bool goes_before(const struct rt_gang *a, const struct rt_gang *b)
{
	int64_t of_a = placements_of(a), of_b = placements_of(b);

	return of_a != of_b ? of_a > of_b : rt_gang_size(a) > rt_gang_size(b);
}

static void pack_gangs(struct slow *s)
{
	const struct rt_demand *demand = &s->snapshot->demand;
	bool *done = RT_ARENA_ARRAY(s->arena, bool, demand->gangs_len);

	for (uint32_t n = 0; n < demand->gangs_len; n++) {
		uint32_t next = demand->gangs_len;
		for (uint32_t g = 0; g < demand->gangs_len; g++)
			if (!done[g] && (next == demand->gangs_len ||
					 goes_before(&demand->gangs[g],
						     &demand->gangs[next])))
				next = g;
		done[next] = true;
		pack_gang(s, next);
	}
}

static void pack_tasks(struct slow *s)
{
	const struct rt_demand *demand = &s->snapshot->demand;
	struct slow_wants wants = { 0 };

	want_all(s, &wants, demand->tasks, demand->tasks_len);
	s->list = slow_fit(s, &wants, SLOW_DEMAND);
	for (uint32_t i = 0; i < wants.len; i++)
		rt_plan_infeasible_task(s->plan, wants.at[i].entry, 1,
					RT_WHY(NO_ROOM));
}

static bool is_waiting(const struct slow_node *node)
{
	return node->status == RT_NODE_QUEUED ||
	       node->status == RT_NODE_ALLOCATED ||
	       node->status == RT_NODE_RAY_INSTALLING;
}

static bool is_unneeded(const struct slow_node *node)
{
	return node->fate == SLOW_KEEP && !node->is_head &&
	       !node->held[SLOW_DEMAND] && !node->held[SLOW_CONSTRAINT];
}

static void age_waiting(struct slow *s)
{
	static const enum rt_node_status order[] = {
		RT_NODE_QUEUED,
		RT_NODE_ALLOCATED,
		RT_NODE_RAY_INSTALLING,
	};
	const struct rt_snapshot *snap = s->snapshot;

	for (uint32_t g = 0; g < snap->groups_len; g++) {
		struct rt_times before = { 0 };
		int64_t *since =
			RT_ARENA_ARRAY(s->arena, int64_t, s->list.len + 1);
		uint32_t n = 0;
		if (snap->unneeded)
			before = snap->unneeded[g];
		for (uint32_t o = 0; o < 3; o++) {
			for (uint32_t i = 0; i < s->list.len; i++) {
				struct slow_node *node = &s->list.at[i];
				if (node->group != g || !is_unneeded(node) ||
				    node->status != order[o])
					continue;
				since[n] = n < before.len ? before.at[n]
							  : snap->now_ms;
				node->idle_ms = snap->now_ms - since[n++];
			}
		}
		rt_plan_unneeded(s->plan, g, (struct rt_times){ n, since });
	}
}

static int64_t timeout_of(const struct rt_snapshot *s,
			  const struct slow_node *node)
{
	int64_t own = s->groups[node->group].idle_timeout_ms;

	if (is_waiting(node))
		return s->pending_idle_timeout_ms;
	return own != RT_NONE ? own : s->idle_timeout_ms;
}

static void end_idle(struct slow *s)
{
	slow_sort_for_termination(s->list.at, s->list.len);
	for (uint32_t i = 0; i < s->list.len; i++) {
		struct slow_node *node = &s->list.at[i];
		int64_t timeout = timeout_of(s->snapshot, node), have = 0;
		for (uint32_t k = 0; k < s->list.len; k++)
			have += s->list.at[k].group == node->group &&
				s->list.at[k].fate != SLOW_TERMINATE;
		if (!is_unneeded(node) || timeout == RT_NONE ||
		    node->idle_ms <= timeout ||
		    have <= s->snapshot->groups[node->group].min_nodes)
			continue;
		node->fate = SLOW_TERMINATE;
		node->cause = RT_CAUSE_IDLE;
		if (!is_waiting(node))
			continue;
		struct rt_times times = s->plan->unneeded[node->group];
		rt_plan_unneeded(
			s->plan, node->group,
			(struct rt_times){ times.len - 1, times.at + 1 });
	}
}

static void resize_nodes(struct slow *s)
{
	for (uint32_t i = 0; i < s->list.len; i++) {
		const struct slow_node *node = &s->list.at[i];
		struct rt_resizing resizing = {
			.node = node->index,
			.raylet_id = node->resize.raylet_id,
			.cpu = node->resize.desired_cpu,
			.memory = node->resize.desired_memory,
		};

		if (node->resizable && resizing.raylet_id &&
		    node->resize.status == RT_RESIZE_NEW)
			rt_plan_resize(s->plan, resizing, RT_WHY(RESIZE));
	}
}

static void launch_and_end_nodes(struct slow *s)
{
	for (uint32_t i = 0; i < s->list.len; i++) {
		const struct slow_node *node = &s->list.at[i];
		struct rt_removal removal = {
			.node = node->index,
			.cause = (enum rt_cause)node->cause,
			.idle_ms = node->idle_ms,
		};

		if (node->fate == SLOW_LAUNCH)
			rt_plan_launch(s->plan, node->group, 1, RT_WHY(DEMAND));
		else if (node->fate == SLOW_TERMINATE &&
			 node->index == SLOW_NEW)
			rt_plan_cancel(s->plan, node->group, 1,
				       RT_WHY(CANCELLED));
		else if (node->fate == SLOW_TERMINATE)
			rt_plan_remove(s->plan, removal, RT_WHY(IDLE));
	}
}

void slow_pack(const struct rt_snapshot *snapshot, struct rt_plan *plan)
{
	struct slow s = {
		.snapshot = snapshot,
		.plan = plan,
		.arena = plan->arena,
	};

	slow_take_in(&s);
	add_minima(&s);
	end_beyond_group_maxima(&s);
	end_beyond_cluster_maximum(&s);
	pack_constraint(&s);
	pack_gangs(&s);
	pack_tasks(&s);
	resize_nodes(&s);
	if (snapshot->pending_idle_timeout_ms != RT_NONE)
		age_waiting(&s);
	end_idle(&s);
	launch_and_end_nodes(&s);
}
