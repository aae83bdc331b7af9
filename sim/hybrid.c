/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hybrid.c - the rule for nodes one by one, as a raylet has it; ray_hybrid.c
 * knows it for nodes that are alike.
 */
#include "sim/hybrid.h"

#include <math.h>

#include "core/model/res.h"

#define SPREAD_THRESHOLD 0.5 /* scheduler_spread_threshold */
#define TOP_K_FRACTION 5     /* 1 / scheduler_top_k_fraction */

double sim_hybrid_score(const struct sim_world *w, uint32_t group,
			const struct rt_amount *left)
{
	struct rt_res total = w->cluster.groups[group].res;
	double most = 0;

	for (uint32_t i = 0; i < total.len; i++) {
		uint32_t name = total.at[i].name;
		double all = (double)total.at[i].units;
		double used = all - (double)left[i].units;
		if ((name == w->cpu || name == w->memory ||
		     name == w->object_store) &&
		    all > 0 && used / all > most)
			most = used / all;
	}
	return most < SPREAD_THRESHOLD ? 0 : most;
}

uint32_t sim_hybrid_top(const struct sim_world *w)
{
	uint32_t view = w->up + !w->head_takes_tasks;

	return view < TOP_K_FRACTION ? 1 : view / TOP_K_FRACTION;
}

static bool has_gpus(const struct sim_world *w, const struct sim_node *node)
{
	return rt_res_get(w->cluster.groups[node->group].res, w->gpu) > 0;
}

/* What asks for no GPU goes to nodes without, where there are any. */
static uint32_t avoid_gpus(const struct sim_world *w,
			   struct sim_choice *choices, uint32_t len)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < len; i++)
		if (!has_gpus(w, choices[i].node)) {
			struct sim_choice choice = choices[i];
			choices[i] = choices[kept];
			choices[kept++] = choice;
		}
	return kept ? kept : len;
}

static bool is_better(const struct sim_choice *a, const struct sim_choice *b)
{
	if (a->score != b->score)
		return a->score < b->score;
	return a->node->position < b->node->position;
}

/* The n-th best, from 0: parts the choices by one of them, again and again. */
static struct sim_node *nth_best(struct sim_choice *choices, uint32_t len,
				 uint32_t n)
{
	while (len > 1) {
		const struct sim_choice pivot = choices[len / 2];
		uint32_t better = 0;
		choices[len / 2] = choices[len - 1];
		for (uint32_t i = 0; i + 1 < len; i++)
			if (is_better(&choices[i], &pivot)) {
				struct sim_choice choice = choices[i];
				choices[i] = choices[better];
				choices[better++] = choice;
			}
		if (n == better)
			return pivot.node;
		if (n < better) {
			len = better;
			continue;
		}
		n -= better + 1;
		len -= better + 1;
		choices += better;
	}
	return choices->node;
}

struct sim_node *sim_hybrid_choose(struct sim_world *w,
				   const struct sim_shape *shape,
				   struct sim_choice *choices, uint32_t len,
				   bool fits)
{
	uint32_t top = sim_hybrid_top(w), n = 0;
	double best = INFINITY, head = NAN;

	if (fits && !rt_res_get(shape->res, w->gpu))
		len = avoid_gpus(w, choices, len);
	if (len == 0)
		return NULL;
	for (uint32_t i = 0; i < len; i++) {
		best = fmin(best, choices[i].score);
		if (choices[i].node->order == 0)
			head = choices[i].score;
	}
	if (fits && head <= best)
		return w->nodes[0];
	if (top > len)
		top = len;
	if (top > 1)
		n = (uint32_t)((uint64_t)rt_rng_u32(&w->rng) * top >> 32);
	return nth_best(choices, len, n);
}

double sim_hybrid_worth(const struct rt_amount *left,
			const struct sim_shape *shape)
{
	double sum = 0;

	for (uint32_t i = 0; i < shape->res.len; i++) {
		while (left->name != shape->res.at[i].name)
			left++;
		sum += (double)(left->units - shape->res.at[i].units) /
		       (double)left->units;
	}
	return sum;
}
