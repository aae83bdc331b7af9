/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act.c - launches first, then drains and deletions, so that the peak of a
 * round is what was there before anything went.
 */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

/* The order of launch stands at the end of a worker's name. */
static struct sim_node *find(const struct sim_world *w, const char *pod)
{
	const char *dash = strrchr(pod, '-');
	uint64_t order = dash ? strtoull(dash + 1, NULL, 10) + 1 : 0;
	struct sim_node *node = order < w->nodes_len ? w->nodes[order] : NULL;

	return node && node->state != SIM_GONE && strcmp(node->pod, pod) == 0
		       ? node
		       : NULL;
}

static enum rt_outcome launch(struct sim_world *w,
			      const struct rt_action *action)
{
	if (action->count > SIM_NODES_MAX - (int64_t)w->alive)
		return RT_OUTCOME_FAILED;
	for (int64_t i = 0; i < action->count; i++)
		sim_node_launch(w, action->group);
	return RT_OUTCOME_DONE;
}

/* As Ray does: a node with work is not drained for being idle; for any other
 * cause it takes no new work and goes when the last of it has ended.  Work that
 * is to move ends at once, and is tried again. */
static enum rt_outcome drain(struct sim_world *w,
			     const struct rt_action *action)
{
	struct sim_node *node = find(w, action->pod);

	if (!node || node->state != SIM_UP)
		return RT_OUTCOME_FAILED;
	if (node->tasks && action->cause == RT_CAUSE_IDLE)
		return RT_OUTCOME_REFUSED;
	sim_node_drain(w, node);
	if (action->cause == RT_CAUSE_CONSOLIDATE)
		sim_jobs_lose(w, node, 0);
	return node->state == SIM_STOPPED ? RT_OUTCOME_DONE
					  : RT_OUTCOME_ACCEPTED;
}

/* No pod goes from under its tasks here: such a deletion fails. */
static enum rt_outcome end(struct sim_world *w,
			   const struct rt_actions *actions,
			   const struct rt_action *action)
{
	struct sim_node *node = find(w, action->pod);

	if (action->after != RT_NO_ACTION &&
	    actions->at[action->after].outcome != RT_OUTCOME_DONE)
		return RT_OUTCOME_SKIPPED;
	if (!node || node->tasks || node->order == 0)
		return RT_OUTCOME_FAILED;
	if (node->leaving)
		return RT_OUTCOME_DONE;
	sim_node_delete(w, node);
	return RT_OUTCOME_DONE;
}

void sim_act(struct sim_world *w, struct rt_actions *actions)
{
	for (uint32_t i = 0; i < actions->len; i++)
		if (actions->at[i].kind == RT_ACTION_LAUNCH)
			actions->at[i].outcome = launch(w, &actions->at[i]);
	if (w->alive > w->peak_nodes)
		w->peak_nodes = w->alive;
	for (uint32_t i = 0; i < actions->len; i++) {
		struct rt_action *action = &actions->at[i];
		if (action->kind == RT_ACTION_DRAIN)
			action->outcome = drain(w, action);
		else if (action->kind == RT_ACTION_CANCEL)
			action->outcome = RT_OUTCOME_DONE; /* nobody waits */
		else if (action->kind == RT_ACTION_DELETE)
			action->outcome = end(w, actions, action);
	}
}
