/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask_node.c - the reasons that were given, then the round again: without the
 * node, and with the node idle for its timeout.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/explain/ask.h"
#include "core/model/res.h"
#include "core/model/why.h"

static bool is_ended(const struct rt_decision *d, uint32_t node)
{
	for (uint32_t i = 0; i < d->removals_len; i++)
		if (d->removals[i].node == node)
			return true;
	return false;
}

static void tell_notes(const struct rt_decision *d, uint32_t node,
		       cJSON *answer)
{
	for (uint32_t i = 0; i < d->notes_len; i++)
		if (d->notes[i].node == node)
			tell_why(answer, d->snapshot, d->notes[i].stage,
				 RT_NONE, d->notes[i].why);
}

/* "CPU 3 of 4, GPU 1 of 1", of what it has. */
static void put_use(const struct rt_snapshot *s, const struct rt_node *node,
		    char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < node->total.len && len + 1 < size; i++) {
		const struct rt_amount *total = &node->total.at[i];
		int64_t free = rt_res_get(node->available, total->name);
		if (free >= total->units)
			continue;
		int n = snprintf(text + len, size - len, "%s%s %.15g of %.15g",
				 len ? ", " : "", s->names.text[total->name],
				 (double)(total->units - free) / RT_UNITS,
				 (double)total->units / RT_UNITS);
		len += n > 0 ? (size_t)n : 0;
	}
}

static int64_t timeout_of(const struct rt_snapshot *s, uint32_t node)
{
	uint32_t g = s->nodes[node].group;
	int64_t own = g == RT_NO_GROUP ? RT_NONE : s->groups[g].idle_timeout_ms;

	return own == RT_NONE ? s->idle_timeout_ms : own;
}

static enum rt_status if_idle(const struct scene *scene, uint32_t node,
			      cJSON *answer, struct rt_error *err)
{
	struct rt_group *groups;
	struct rt_node *nodes;
	struct rt_snapshot *copy = scene_copy(scene, &groups, &nodes);
	const struct rt_decision *other;

	int64_t timeout_ms = timeout_of(scene->snapshot, node);
	if (timeout_ms == RT_NONE) {
		tell(answer, "no-timeout", "no idle timeout is set for it");
		return RT_OK;
	}
	nodes[node].available = nodes[node].total;
	if (nodes[node].idle_ms <= timeout_ms)
		nodes[node].idle_ms = timeout_ms + 1;
	enum rt_status status = scene_again(scene, copy, &other, err);
	if (status)
		return status;
	bool ended = is_ended(other, node);
	tell(answer, "if",
	     "were it idle for more than %" PRId64 " ms: it would %s",
	     timeout_ms, ended ? "go" : "stay");
	if (!ended)
		tell_notes(other, node, answer);
	return RT_OK;
}

static enum rt_status if_gone(const struct scene *scene, uint32_t node,
			      cJSON *answer, struct rt_error *err)
{
	struct rt_group *groups;
	struct rt_node *nodes;
	struct rt_snapshot *copy = scene_copy(scene, &groups, &nodes);
	const struct rt_decision *other;

	copy->nodes_len--;
	memmove(&nodes[node], &nodes[node + 1],
		(copy->nodes_len - node) * sizeof *nodes);
	enum rt_status status = scene_again(scene, copy, &other, err);
	if (!status &&
	    !tell_if(answer, scene->free, "were it not there", other))
		tell(answer, "if",
		     "were it not there: nothing else would change");
	return status;
}

enum rt_status ask_node(const struct scene *scene, uint32_t node,
			cJSON *answers, struct rt_error *err)
{
	const struct rt_decision *d = scene->decision;
	const struct rt_snapshot *s = scene->snapshot;
	const struct rt_node *n = &s->nodes[node];
	bool runs = n->status == RT_NODE_RAY_RUNNING && n->known;
	enum rt_status status = RT_OK;
	char use[256];

	put_use(s, n, use, sizeof use);
	cJSON *answer = tell_about(
		answers, "node", n->instance_id, "node %s (%s) of %s: %s, %s",
		n->instance_id, n->pod ? n->pod : "no pod", n->type,
		rt_node_status_name(n->status),
		is_ended(d, node) ? "it is ended" : "it stays");
	tell_notes(d, node, answer);
	if (n->is_head)
		tell(answer, "head", "it is the head, which never goes");
	else if (!runs)
		tell(answer, "not-running", "Ray does not run on it");
	else if (n->idle_ms <= 0)
		tell(answer, "busy", "it has work: %s in use",
		     use[0] ? use : "no resource");
	if (n->is_head || is_ended(d, node))
		return RT_OK;
	if (runs)
		status = if_idle(scene, node, answer, err);
	return status ? status : if_gone(scene, node, answer, err);
}
