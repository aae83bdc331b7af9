/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.c - a lognormal's mean is exp(mu + sigma^2 / 2), its (deviation /
 * mean)^2 is exp(sigma^2) - 1; normal numbers are made by Box and Muller's
 * method.  What ends a node comes at a constant rate.
 */
#include "sim/faults.h"

#include <math.h>

#define TURN 6.283185307179586 /* of a circle */

static double normal(struct rt_rng *rng)
{
	double u = 1 - rt_rng_unit(rng), v = rt_rng_unit(rng);

	return sqrt(-2 * log(u)) * cos(TURN * v);
}

double sim_faults_delay(double mean_s, double cv, struct rt_rng *rng)
{
	double variance = log1p(cv * cv);

	if (mean_s <= 0 || cv <= 0)
		return fmax(mean_s, 0);
	return exp(log(mean_s) - variance / 2 + sqrt(variance) * normal(rng));
}

double sim_faults_draw(struct rt_list list, struct rt_rng *rng)
{
	const struct sim_time *times = list.at;
	double u = rt_rng_unit(rng);
	uint32_t i = 0;

	if (times[0].share < 0)
		return times[(uint32_t)(u * list.len)].seconds;
	while (i < list.len && times[i].share < u)
		i++;
	if (i == 0 || i == list.len)
		return times[i ? i - 1 : 0].seconds;
	const struct sim_time *a = &times[i - 1], *b = &times[i];
	return a->seconds + (b->seconds - a->seconds) * (u - a->share) /
				    (b->share - a->share);
}

/* A part of a start. */
static double part(struct rt_list times, double mean_s, double cv,
		   struct rt_rng rng)
{
	return times.len ? sim_faults_draw(times, &rng)
			 : sim_faults_delay(mean_s, cv, &rng);
}

static struct rt_rng stream(const struct sim_world *w, const char *purpose,
			    const struct sim_node *node)
{
	return rt_rng_open(w->conf->seed, purpose, node->order);
}

double sim_faults_start(const struct sim_world *w, const struct sim_node *node)
{
	const struct sim_settings *set = &w->conf->settings;
	const struct sim_group_settings *group = &w->groups[node->group];
	struct rt_rng failure = stream(w, "launch failures", node);
	bool own = group->pod_s >= 0;

	if (rt_rng_unit(&failure) < group->launch_failure)
		return INFINITY;
	return part(group->pod_times, own ? group->pod_s : set->provisioning_s,
		    own ? group->pod_cv : set->provisioning_cv,
		    stream(w, "pod start", node)) +
	       part(group->node_times, group->node_s, group->node_cv,
		    stream(w, "node scale-up", node)) +
	       part(group->image_times, group->image_s, group->image_cv,
		    stream(w, "image pull", node)) +
	       set->api_lag_s;
}

static double chance_s(double per_h, struct rt_rng rng)
{
	return per_h > 0 ? -log(1 - rt_rng_unit(&rng)) * 3600 / per_h
			 : INFINITY;
}

double sim_faults_life(const struct sim_world *w, const struct sim_node *node,
		       bool *crash)
{
	const struct sim_group_settings *group = &w->groups[node->group];
	double spot_s = chance_s(group->spot_per_h,
				 stream(w, "spot interruptions", node));
	double crash_s =
		chance_s(group->crash_per_h, stream(w, "node failures", node));

	*crash = crash_s < spot_s;
	return fmin(spot_s, crash_s);
}

double sim_faults_quota(const struct sim_world *w, uint32_t group)
{
	const struct sim_group_settings *set = &w->groups[group];
	const struct sim_quota_step *steps = set->quota_steps.at;
	uint32_t low = 0, high = set->quota_steps.len;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (steps[middle].at_s <= w->now_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? steps[low - 1].nodes : set->quota;
}
