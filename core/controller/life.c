/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life.c - the table of time-outs, and who obeys it.
 */
#include "core/controller/life.h"

#define SETTING(field) offsetof(struct rt_controller_settings, field)

/* The head, whose pod nobody here makes, has no time-outs. */
static const struct time_out {
	enum rt_node_status status;
	bool stuck;   /* only where the pod cannot start as it is */
	bool of_wish; /* counted from when the node was asked for: pods that
			 crash and are made anew do not start it again */
	size_t limit_s;
	enum rt_node_status then;
} time_outs[] = {
	/* The operator makes no pod.  Ray asks again, three times; here the
	 * promise is taken back (CANCEL), the group backs off, and the policy
	 * decides anew. */
	{ RT_NODE_REQUESTED, false, true, SETTING(request_timeout_s),
	  RT_NODE_ALLOCATION_FAILED },

	/* The pod can be scheduled nowhere, has no image, or crashes: it is
	 * deleted and the group backs off.  Ray does not look, and waits as
	 * long as for any other. */
	{ RT_NODE_ALLOCATED, true, true, SETTING(stuck_timeout_s),
	  RT_NODE_ALLOCATION_TIMEOUT },

	/* Ray does not start: the same. */
	{ RT_NODE_ALLOCATED, false, true, SETTING(allocate_timeout_s),
	  RT_NODE_ALLOCATION_TIMEOUT },

	/* The node took the drain and went on: it counts again. */
	{ RT_NODE_RAY_STOP_REQUESTED, false, false, SETTING(stop_timeout_s),
	  RT_NODE_RAY_RUNNING },

	/* The pod is still there: its deletion is asked for again. */
	{ RT_NODE_TERMINATING, false, false, SETTING(terminate_timeout_s),
	  RT_NODE_TERMINATING },
};

static const struct time_out *rule_of(const struct rt_instance *instance)
{
	for (size_t i = 0; i < sizeof time_outs / sizeof *time_outs; i++)
		if (time_outs[i].status == instance->status &&
		    (!time_outs[i].stuck || instance->stuck))
			return instance->is_head ? NULL : &time_outs[i];
	return NULL;
}

static int64_t limit_ms(const struct time_out *rule,
			const struct rt_controller_settings *settings)
{
	const char *base = (const char *)settings;

	return (int64_t)(*(const double *)(const void *)(base + rule->limit_s) *
			 1000);
}

int64_t rt_life_due_ms(const struct rt_instance *instance,
		       const struct rt_controller_settings *settings)
{
	const struct time_out *rule = rule_of(instance);

	if (!rule)
		return INT64_MAX;
	return (rule->of_wish ? instance->asked_ms : instance->since_ms) +
	       limit_ms(rule, settings);
}

void rt_life_time_out(struct rt_instance *instance,
		      const struct rt_controller_settings *settings,
		      struct rt_backoff *backoff, int64_t now_ms)
{
	const struct time_out *rule = rule_of(instance);

	if (!rule || rule->then == instance->status ||
	    now_ms <= rt_life_due_ms(instance, settings))
		return;
	if (rule->of_wish)
		rt_backoff_fail(backoff, instance->group, instance->asked_ms,
				now_ms);
	rt_instance_move(instance, rule->then, now_ms);
}

struct rt_why rt_life_failure(const struct rt_instance *instance,
			      const struct rt_controller_settings *settings,
			      int64_t now_ms)
{
	struct rt_why why =
		RT_WHY(START_TIMEOUT, .n = now_ms - instance->asked_ms);
	double limit_s = instance->stuck ? settings->stuck_timeout_s
					 : settings->allocate_timeout_s;

	if (instance->status == RT_NODE_ALLOCATION_FAILED) {
		why.code = RT_WHY_REQUEST_TIMEOUT;
		limit_s = settings->request_timeout_s;
	}
	why.limit = (int64_t)(limit_s * 1000);
	return why;
}
