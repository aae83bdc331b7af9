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

static struct rt_rng stream(const struct sim_world *w, const char *purpose,
			    const struct sim_node *node)
{
	return rt_rng_open(w->conf->seed, purpose, node->order);
}

double sim_faults_start(const struct sim_world *w, const struct sim_node *node)
{
	const struct sim_settings *set = &w->conf->settings;
	const struct sim_group_settings *group = &w->groups[node->group];
	struct rt_rng machine = stream(w, "node scale-up", node);
	struct rt_rng image = stream(w, "image pull", node);
	struct rt_rng pod = stream(w, "pod start", node);
	struct rt_rng failure = stream(w, "launch failures", node);
	bool own = group->pod_s >= 0;

	if (rt_rng_unit(&failure) < group->launch_failure)
		return INFINITY;
	return sim_faults_delay(own ? group->pod_s : set->provisioning_s,
				own ? group->pod_cv : set->provisioning_cv,
				&pod) +
	       sim_faults_delay(group->node_s, group->node_cv, &machine) +
	       sim_faults_delay(group->image_s, group->image_cv, &image) +
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

	return w->now_s < set->quota_until_s ? set->quota : -1;
}
