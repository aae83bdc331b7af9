/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steady.c - compares observations, all of them but the time, and for how long
 * nodes have been idle: that grows by itself.
 */
#include "core/controller/steady.h"

#include <string.h>

#include "core/controller/life.h"
#include "core/controller/resize.h"
#include "core/model/same.h"

/* Raylets report at their own pace, so that one may have been idle for longer
 * than the clock tells.  By that much a round is kept for a shorter time. */
#define SLACK_MS 1000

void rt_steady_keep(struct rt_steady *steady, const struct rt_observation *seen,
		    struct rt_decision *decision, int64_t plan_until_ms,
		    const struct rt_instances *table,
		    const struct rt_controller_settings *settings)
{
	int64_t until_ms = plan_until_ms, due_ms;

	for (uint32_t i = 0; i < table->len; i++) {
		due_ms = rt_life_due_ms(table->at[i], settings);
		if (due_ms < until_ms)
			until_ms = due_ms;
	}
	due_ms = rt_resizes_due_ms(table, settings, seen->now_ms);
	if (due_ms < until_ms)
		until_ms = due_ms;
	*steady = (struct rt_steady){ decision, *seen, until_ms };
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_measure(const struct rt_measure *a, const struct rt_measure *b)
{
	return a->asked_request == b->asked_request &&
	       a->asked_limit == b->asked_limit && a->request == b->request &&
	       a->limit == b->limit && a->beside == b->beside &&
	       a->room == b->room;
}

static bool same_size(const struct rt_pod_size *a, const struct rt_pod_size *b)
{
	if (!a || !b)
		return a == b;
	const struct rt_resize_note *x = &a->note, *y = &b->note;
	return same_measure(&a->cpu, &b->cpu) &&
	       same_measure(&a->memory, &b->memory) && a->status == b->status &&
	       same_text(a->error, b->error) &&
	       same_text(x->raylet_id, y->raylet_id) &&
	       x->resizing_at_s == y->resizing_at_s &&
	       x->max_cpu == y->max_cpu && x->max_memory == y->max_memory &&
	       x->failed_at_s == y->failed_at_s &&
	       same_text(x->failed_why, y->failed_why);
}

static bool same_pod(const struct rt_pod *a, const struct rt_pod *b)
{
	return a->is_head == b->is_head && a->deleting == b->deleting &&
	       a->stuck == b->stuck && a->orphan == b->orphan &&
	       strcmp(a->name, b->name) == 0 &&
	       strcmp(a->group, b->group) == 0 &&
	       strcmp(a->replica, b->replica) == 0 &&
	       same_size(a->size, b->size);
}

/* Busy nodes stay busy, and idle ones for as much longer as the clock tells:
 * one that began anew is another. */
static bool same_idle(int64_t before_ms, int64_t ms, int64_t passed_ms)
{
	int64_t off_ms = ms - before_ms - passed_ms;

	return before_ms > 0
		       ? ms > 0 && off_ms <= SLACK_MS && off_ms >= -SLACK_MS
		       : ms <= 0;
}

static bool same_ray_node(const struct rt_ray_node *a,
			  const struct rt_ray_node *b, int64_t passed_ms)
{
	return same_idle(a->idle_ms, b->idle_ms, passed_ms) &&
	       a->status == b->status &&
	       strcmp(a->ray_node_id, b->ray_node_id) == 0 &&
	       strcmp(a->instance_id, b->instance_id) == 0 &&
	       strcmp(a->group, b->group) == 0 &&
	       rt_same_res(a->available, b->available) &&
	       rt_same_res(a->total, b->total) &&
	       rt_same_labels(a->labels, b->labels);
}

static bool same_observation(const struct rt_observation *a,
			     const struct rt_observation *b, int64_t passed_ms)
{
	if (a->pods_len != b->pods_len ||
	    a->ray_nodes_len != b->ray_nodes_len ||
	    !same_text(a->own_head, b->own_head) ||
	    !rt_same_demand(&a->demand, &b->demand) ||
	    !rt_same_raycluster(&a->cluster, &b->cluster))
		return false;
	for (uint32_t i = 0; i < a->ray_nodes_len; i++)
		if (!same_ray_node(&a->ray_nodes[i], &b->ray_nodes[i],
				   passed_ms))
			return false;
	for (uint32_t i = 0; i < a->pods_len; i++)
		if (!same_pod(&a->pods[i], &b->pods[i]))
			return false;
	return true;
}

int64_t rt_steady_until(const struct rt_steady *steady)
{
	return steady->decision ? steady->until_ms - SLACK_MS : 0;
}

bool rt_steady_holds(const struct rt_steady *steady,
		     const struct rt_observation *seen, uint32_t names_len)
{
	if (!steady->decision)
		return false;
	int64_t passed_ms = seen->now_ms - steady->seen.now_ms;
	return passed_ms >= 0 && seen->now_ms < rt_steady_until(steady) &&
	       names_len == steady->decision->snapshot->names.len &&
	       same_observation(&steady->seen, seen, passed_ms);
}
