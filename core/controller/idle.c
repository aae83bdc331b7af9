/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idle.c - after such a moment no raylet claims to have been idle since before
 * it, and those that were idle claim it since then.  So it is where the oldest
 * claim begins, if another begins there too, and a node has died about then.  A
 * node that began anew at any other time had work.
 */
#include "core/controller/idle.h"

/* So far may claims be apart that began together, */
#define TOGETHER_MS 500
/* a claim move from round to round, */
#define DRIFT_MS 1000
/* and the other raylets notice an end before or after the GCS tells us. */
#define EARLY_MS 1000
#define LATE_MS 5000

void rt_idle_died(struct rt_instances *table, int64_t now_ms)
{
	table->died.from_ms = table->seen_ms - EARLY_MS;
	table->died.to_ms = now_ms + LATE_MS;
}

static bool is_idle(const struct rt_ray_node *node)
{
	return node->status != RT_RAY_DEAD && node->idle_ms > 0;
}

int64_t rt_idle_restart(const struct rt_instances *table,
			const struct rt_observation *obs)
{
	int64_t longest_ms = 0;
	uint32_t together = 0;

	for (uint32_t i = 0; i < obs->ray_nodes_len; i++)
		if (is_idle(&obs->ray_nodes[i]) &&
		    obs->ray_nodes[i].idle_ms > longest_ms)
			longest_ms = obs->ray_nodes[i].idle_ms;
	for (uint32_t i = 0; i < obs->ray_nodes_len; i++)
		together +=
			is_idle(&obs->ray_nodes[i]) &&
			obs->ray_nodes[i].idle_ms >= longest_ms - TOGETHER_MS;
	int64_t since_ms = obs->now_ms - longest_ms;
	bool died = since_ms >= table->died.from_ms &&
		    since_ms <= table->died.to_ms;
	return died && together > 1 ? since_ms : RT_NONE;
}

void rt_idle_mirror(struct rt_instance *instance, int64_t restart_ms,
		    int64_t now_ms)
{
	int64_t idle_ms = instance->ray->idle_ms;
	int64_t since_ms = now_ms - idle_ms,
		before_ms = instance->idle_since_ms;

	if (idle_ms <= 0 || before_ms == RT_NONE)
		instance->idle_more_ms = 0;
	else if (since_ms > before_ms + DRIFT_MS) /* anew */
		instance->idle_more_ms =
			restart_ms != RT_NONE &&
					since_ms <= restart_ms + TOGETHER_MS
				? instance->idle_more_ms + since_ms - before_ms
				: 0;
	instance->idle_since_ms = idle_ms > 0 ? since_ms : RT_NONE;
}

int64_t rt_idle_ms(const struct rt_instance *instance)
{
	return instance->ray->idle_ms + instance->idle_more_ms;
}
