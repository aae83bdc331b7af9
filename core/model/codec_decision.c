/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_decision.c - decisions as JSON.
 */
#include "core/model/codec_decision.h"

#include "core/base/mem.h"
#include "core/model/codec.h"
#include "core/model/why.h"

static bool has_any(const int64_t *counts, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (counts[i])
			return true;
	return false;
}

/* Positive counts by group. */
static cJSON *encode_counts(const struct rt_snapshot *s, const int64_t *counts)
{
	cJSON *map = cJSON_CreateObject();

	for (uint32_t g = 0; g < s->groups_len; g++)
		if (counts[g])
			cJSON_AddNumberToObject(map, s->groups[g].name,
						(double)counts[g]);
	return map;
}

static cJSON *encode_removal(const struct rt_snapshot *s,
			     const struct rt_removal *removal)
{
	const struct rt_node *node = &s->nodes[removal->node];
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "instance_id", node->instance_id);
	cJSON_AddStringToObject(json, "ray_node_id", node->ray_node_id);
	cJSON_AddStringToObject(json, "type", node->type);
	cJSON_AddStringToObject(json, "status",
				rt_node_status_name(node->status));
	cJSON_AddStringToObject(json, "cause", rt_cause_name(removal->cause));
	if (removal->cause == RT_CAUSE_IDLE)
		cJSON_AddNumberToObject(json, "idle_ms",
					(double)removal->idle_ms);
	return json;
}

/* The indices that are marked. */
static void add_marked(cJSON *json, const char *key, const bool *marked,
		       uint32_t len)
{
	cJSON *list = cJSON_AddArrayToObject(json, key);

	for (uint32_t i = 0; i < len; i++)
		if (marked[i])
			cJSON_AddItemToArray(list, cJSON_CreateNumber(i));
}

static cJSON *encode_infeasible(const struct rt_decision *d)
{
	const struct rt_demand *demand = &d->snapshot->demand;
	cJSON *json = cJSON_CreateObject();
	cJSON *tasks = cJSON_AddArrayToObject(json, "tasks");

	for (uint32_t i = 0; i < demand->tasks_len; i++) {
		if (!d->infeasible_tasks[i])
			continue;
		cJSON *task = cJSON_CreateObject();
		cJSON_AddNumberToObject(task, "index", i);
		cJSON_AddNumberToObject(task, "count",
					(double)d->infeasible_tasks[i]);
		cJSON_AddItemToArray(tasks, task);
	}
	add_marked(json, "gangs", d->infeasible_gangs, demand->gangs_len);
	add_marked(json, "constraints", d->infeasible_constraints,
		   demand->constraints_len);
	return json;
}

/* In byte order of the names: their numbers depend on what the table met
 * before. */
static cJSON *encode_totals(const struct rt_decision *d)
{
	const struct rt_name_table *names = &d->snapshot->names;
	uint32_t *by_rank = rt_calloc(d->totals_len, sizeof *by_rank);
	cJSON *map = cJSON_CreateObject();

	for (uint32_t i = 0; i < d->totals_len; i++)
		by_rank[names->rank[i]] = i;
	for (uint32_t i = 0; i < d->totals_len; i++) {
		uint32_t name = by_rank[i];
		if (d->totals[name] > 0)
			cJSON_AddNumberToObject(map, names->text[name],
						d->totals[name]);
	}
	rt_free(by_rank);
	return map;
}

static cJSON *encode_resizing(const struct rt_snapshot *s,
			      const struct rt_resizing *resizing)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "pod", s->nodes[resizing->node].pod);
	cJSON_AddStringToObject(json, "raylet_id", resizing->raylet_id);
	cJSON_AddItemToObject(json, "cpu", rt_json_from_units(resizing->cpu));
	cJSON_AddItemToObject(json, "memory",
			      rt_json_from_units(resizing->memory));
	return json;
}

static void add_resizes(cJSON *json, const struct rt_decision *d)
{
	if (!d->resizes_len)
		return;
	cJSON *list = cJSON_AddArrayToObject(json, "resize");
	for (uint32_t i = 0; i < d->resizes_len; i++)
		cJSON_AddItemToArray(
			list, encode_resizing(d->snapshot, &d->resizes[i]));
}

cJSON *rt_decision_encode(const struct rt_decision *d)
{
	const struct rt_snapshot *s = d->snapshot;
	cJSON *json = cJSON_CreateObject();

	cJSON_AddNumberToObject(json, "version", 1);
	if (s->id)
		cJSON_AddStringToObject(json, "id", s->id);
	cJSON_AddItemToObject(json, "launch", encode_counts(s, d->launch));
	cJSON *terminate = cJSON_AddArrayToObject(json, "terminate");
	for (uint32_t i = 0; i < d->removals_len; i++)
		cJSON_AddItemToArray(terminate,
				     encode_removal(s, &d->removals[i]));
	cJSON_AddItemToObject(json, "infeasible", encode_infeasible(d));
	if (s->pending_idle_timeout_ms != RT_NONE)
		cJSON_AddItemToObject(json, "state",
				      rt_encode_unneeded(s, d->unneeded));
	add_resizes(json, d);
	if (has_any(d->cancelled, s->groups_len))
		cJSON_AddItemToObject(json, "cancelled",
				      encode_counts(s, d->cancelled));
	cJSON_AddItemToObject(json, "cluster_resources", encode_totals(d));
	return json;
}
