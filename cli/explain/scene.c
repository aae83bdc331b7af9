/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.c - decisions are compared by what they launch, end, and leave without
 * a place.
 */
#include "cli/explain/scene.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct rt_snapshot *scene_copy(const struct scene *scene,
			       struct rt_group **groups, struct rt_node **nodes)
{
	const struct rt_snapshot *s = scene->snapshot;

	rt_arena_reset(scene->scratch);
	struct rt_snapshot *copy = rt_arena_dup(scene->scratch, s, sizeof *s);

	*groups = rt_arena_dup(scene->scratch, s->groups,
			       s->groups_len * sizeof *s->groups);
	*nodes = rt_arena_dup(scene->scratch, s->nodes,
			      s->nodes_len * sizeof *s->nodes);
	copy->groups = *groups;
	copy->nodes = *nodes;
	return copy;
}

enum rt_status scene_again(const struct scene *scene,
			   const struct rt_snapshot *snapshot,
			   const struct rt_decision **other,
			   struct rt_error *err)
{
	struct rt_decision *decision;
	enum rt_status status =
		rt_chain_try(scene->chain, scene->recall, snapshot, true,
			     scene->scratch, &decision, err);

	*other = status ? NULL : decision;
	return status;
}

int64_t scene_count(const struct scene *scene, uint32_t group)
{
	const struct rt_snapshot *s = scene->snapshot;
	int64_t n = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		n += node->group == group && node->status >= RT_NODE_QUEUED &&
		     node->status <= RT_NODE_RAY_STOP_REQUESTED &&
		     (node->known || node->status != RT_NODE_RAY_RUNNING);
	}
	return n;
}

/* ---- differences --------------------------------------------------------- */

struct text {
	char *at;
	size_t size, len;
};

static void put(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list args;

	if (t->len && t->len + 2 < t->size)
		t->len += (size_t)snprintf(t->at + t->len, t->size - t->len,
					   "; ");
	va_start(args, fmt);
	int n = vsnprintf(t->at + t->len, t->size - t->len, fmt, args);
	va_end(args);
	t->len += n > 0 ? (size_t)n : 0;
	if (t->len >= t->size)
		t->len = t->size - 1;
}

static void compare_demand(const struct rt_decision *a,
			   const struct rt_decision *b, struct text *t)
{
	const struct rt_demand *demand = &a->snapshot->demand;

	for (uint32_t i = 0; i < demand->tasks_len; i++)
		if (a->infeasible_tasks[i] != b->infeasible_tasks[i])
			put(t,
			    "%" PRId64 " of tasks[%" PRIu32
			    "] without a place, not %" PRId64,
			    b->infeasible_tasks[i], i, a->infeasible_tasks[i]);
	for (uint32_t i = 0; i < demand->gangs_len; i++)
		if (a->infeasible_gangs[i] != b->infeasible_gangs[i])
			put(t, "gangs[%" PRIu32 "] %s a place", i,
			    b->infeasible_gangs[i] ? "without" : "with");
	for (uint32_t i = 0; i < demand->constraints_len; i++)
		if (a->infeasible_constraints[i] !=
		    b->infeasible_constraints[i])
			put(t, "constraints[%" PRIu32 "] %s a place", i,
			    b->infeasible_constraints[i] ? "without" : "with");
}

bool scene_compare(const struct rt_decision *a, const struct rt_decision *b,
		   char *text, size_t size)
{
	const struct rt_snapshot *s = a->snapshot;
	struct text t = { text, size, 0 };

	text[0] = '\0';
	for (uint32_t g = 0; g < s->groups_len; g++)
		if (a->launch[g] != b->launch[g])
			put(&t, "%s: %" PRId64 " nodes launched, not %" PRId64,
			    s->groups[g].name, b->launch[g], a->launch[g]);
	if (a->removals_len != b->removals_len)
		put(&t, "%" PRIu32 " nodes ended, not %" PRIu32,
		    b->removals_len, a->removals_len);
	compare_demand(a, b, &t);
	return t.len > 0;
}
