/* SPDX-License-Identifier: Apache-2.0 */
/*
 * losses.c - nodes that go at times that are given.  Which ones is drawn,
 * unless that is given too, among those of the group that are up; each loss has
 * a stream of its own, so that one more in the list moves none of the others'.
 */
#include "core/base/mem.h"
#include "sim/faults.h"

static const struct sim_loss *loss_at(const struct sim_world *w, uint32_t i)
{
	return (const struct sim_loss *)w->conf->settings.losses.at + i;
}

void sim_losses_begin(struct sim_world *w)
{
	for (uint32_t i = 0; i < w->conf->settings.losses.len; i++)
		sim_evq_push(
			&w->events,
			(struct sim_event){ loss_at(w, i)->at_s, SIM_LOSS, i });
}

static bool is_meant(const struct sim_world *w, const struct sim_loss *loss,
		     const struct sim_node *node)
{
	if (node->order == 0 ||
	    (node->state != SIM_UP && node->state != SIM_DRAINING))
		return false;
	if (loss->node >= 0 && node->order != (uint64_t)loss->node + 1)
		return false;
	return !loss->group ||
	       rt_raycluster_find(&w->cluster, loss->group) == node->group;
}

void sim_losses_happen(struct sim_world *w, uint32_t i)
{
	const struct sim_loss *loss = loss_at(w, i);
	struct rt_rng rng = rt_rng_open(w->conf->seed, "given losses", i);
	struct sim_node **nodes = rt_calloc(w->alive + 1, sizeof *nodes);
	uint32_t len = 0;

	for (struct sim_node *n = w->oldest; n; n = n->newer)
		if (is_meant(w, loss, n))
			nodes[len++] = n;
	for (int64_t left = loss->count; left > 0 && len > 0; left--) {
		uint32_t k = (uint32_t)((uint64_t)rt_rng_u32(&rng) * len >> 32);
		sim_node_lost(w, nodes[k], loss->cause == SIM_CRASH);
		nodes[k] = nodes[--len];
	}
	w->seen++;
	rt_free(nodes);
}
