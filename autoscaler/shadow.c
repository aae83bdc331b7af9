/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shadow.c - nobody does what a shadow wants, so it wants the same again in the
 * next round: what counts is how the number of nodes that it wants moves.
 */
#include "autoscaler/shadow.h"

#include <string.h>

#include "core/base/mem.h"

static struct shadow_group *find(struct shadow *s, const char *name,
				 int64_t now)
{
	for (uint32_t i = 0; i < s->len; i++)
		if (strcmp(s->at[i].name, name) == 0)
			return &s->at[i];
	RT_GROW(s->at, s->len, s->cap);
	s->at[s->len] = (struct shadow_group){ rt_strdup(name), now };
	return &s->at[s->len++];
}

/* Nodes of the group, before anything is decided. */
static int64_t target_now(const struct rt_decision *d, uint32_t group)
{
	int64_t target = rt_decision_target(d, group) - d->launch[group];
	for (uint32_t i = 0; i < d->removals_len; i++)
		target +=
			d->snapshot->nodes[d->removals[i].node].group == group;
	return target;
}

static void note_group(struct shadow *s, struct metrics *metrics,
		       const struct rt_decision *d, uint32_t group)
{
	const char *name = d->snapshot->groups[group].name;
	struct shadow_group *known = find(s, name, target_now(d, group));
	int64_t target = rt_decision_target(d, group);
	int64_t more = target - known->target;
	if (more > 0)
		metrics_add(metrics, METRIC_SHADOW_LAUNCHES, (double)more, name,
			    NULL);
	else if (more < 0)
		metrics_add(metrics, METRIC_SHADOW_REMOVALS, (double)-more,
			    name, NULL);
	known->target = target;
	metrics_append(metrics, METRIC_SHADOW_NODES, (double)target, name,
		       NULL);
}

void shadow_note(struct shadow *s, struct metrics *metrics,
		 const struct round *round)
{
	const struct rt_decision *d = round->shadow;
	if (d) {
		metrics_clear(metrics, METRIC_SHADOW_NODES);
		for (uint32_t g = 0; g < d->snapshot->groups_len; g++)
			note_group(s, metrics, d, g);
		s->last = rt_decision_differs(round->decision, d) ? "different"
								  : "same";
	} else if (round->shadow_failed) {
		s->last = "failed";
	}
	if (s->last)
		metrics_add(metrics, METRIC_SHADOW_ROUNDS, 1, s->last, NULL);
}

void shadow_clear(struct shadow *s)
{
	for (uint32_t i = 0; i < s->len; i++)
		rt_free(s->at[i].name);
	rt_free(s->at);
	*s = (struct shadow){ 0 };
}
