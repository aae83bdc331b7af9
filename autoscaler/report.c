/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - the messages live in the round's arena, so that building them is
 * a matter of pointers.
 */
#include "autoscaler/report.h"

#include <string.h>

#include "autoscaler/gcs/gcs.h"
#include "core/base/mem.h"
#include "core/sched/miss.h"

/* What the messages are made of. */
struct maker {
	struct rt_arena *arena;
	const struct rt_names *names;
	const struct round *round;
};

/* protobuf-c's texts are `char *`; nobody writes to them. */
static char *text(const char *constant)
{
	return (char *)constant;
}

/* ---- instances ----------------------------------------------------- */

/* One entry for each instance: `ray status` counts entries. */
static void add_request(Gcs__AutoscalingState *state, struct maker *m,
			const struct rt_instance *instance)
{
	Gcs__PendingInstanceRequest *one =
		RT_ARENA_NEW(m->arena, Gcs__PendingInstanceRequest);
	gcs__pending_instance_request__init(one);
	one->instance_type_name = one->ray_node_type_name =
		text(instance->group);
	one->count = 1;
	one->request_ts = instance->since_ms / 1000;
	state->pending_instance_requests[state->n_pending_instance_requests++] =
		one;
}

static void add_instance(Gcs__AutoscalingState *state, struct maker *m,
			 const struct rt_instance *instance)
{
	Gcs__PendingInstance *one =
		RT_ARENA_NEW(m->arena, Gcs__PendingInstance);
	gcs__pending_instance__init(one);
	one->instance_type_name = one->ray_node_type_name =
		text(instance->group);
	one->instance_id = text(instance->pod);
	one->details = text("ALLOCATED");
	state->pending_instances[state->n_pending_instances++] = one;
}

static void add_instances(Gcs__AutoscalingState *state, struct maker *m,
			  const struct rt_instances *table)
{
	state->pending_instance_requests = RT_ARENA_ARRAY(
		m->arena, Gcs__PendingInstanceRequest *, table->len);
	state->pending_instances =
		RT_ARENA_ARRAY(m->arena, Gcs__PendingInstance *, table->len);
	for (uint32_t i = 0; i < table->len; i++) {
		const struct rt_instance *instance = table->at[i];
		if (instance->status == RT_NODE_QUEUED ||
		    instance->status == RT_NODE_REQUESTED)
			add_request(state, m, instance);
		else if (instance->status == RT_NODE_ALLOCATED &&
			 !instance->is_head)
			add_instance(state, m, instance);
	}
}

/* ---- what can never be --------------------------------------------- */

static Gcs__ResourceRequest *request(const struct maker *m,
				     const struct rt_request *r)
{
	Gcs__ResourceRequest *out =
		RT_ARENA_NEW(m->arena, Gcs__ResourceRequest);
	gcs__resource_request__init(out);
	out->resources_bundle =
		RT_ARENA_ARRAY(m->arena, Gcs__Amount *, r->res.len);
	for (uint32_t i = 0; i < r->res.len; i++) {
		Gcs__Amount *one = RT_ARENA_NEW(m->arena, Gcs__Amount);
		gcs__amount__init(one);
		one->name = text(rt_name_text(m->names, r->res.at[i].name));
		one->amount = (double)r->res.at[i].units / RT_UNITS;
		out->resources_bundle[out->n_resources_bundle++] = one;
	}
	return out;
}

/* A head may be told to cancel the tasks whose shapes are reported infeasible,
 * so only what no node could ever hold is; Ray calls infeasible what waits for
 * a maximum, too.  A group that was not understood might hold anything. */
static bool can_never_be(const struct rt_misses *misses,
			 enum rt_entry_kind kind, uint32_t index)
{
	const struct rt_entry entry = { kind, index };
	return rt_miss_of(misses, entry).verdict == RT_VERDICT_NEVER;
}

static void add_infeasible_tasks(Gcs__AutoscalingState *state, struct maker *m,
				 const struct rt_misses *misses)
{
	const struct rt_decision *d = m->round->decision;
	const struct rt_demand *demand = &d->snapshot->demand;
	state->infeasible_resource_requests = RT_ARENA_ARRAY(
		m->arena, Gcs__ResourceRequest *, demand->tasks_len);
	for (uint32_t i = 0; i < demand->tasks_len; i++)
		if (d->infeasible_tasks[i] &&
		    can_never_be(misses, RT_ENTRY_TASK, i))
			state->infeasible_resource_requests
				[state->n_infeasible_resource_requests++] =
				request(m, &demand->tasks[i]);
}

static Gcs__GangResourceRequest *gang_request(const struct maker *m,
					      const struct rt_gang *gang)
{
	Gcs__GangResourceRequest *out =
		RT_ARENA_NEW(m->arena, Gcs__GangResourceRequest);
	gcs__gang_resource_request__init(out);
	out->details = text(gang->details);
	out->requests = RT_ARENA_ARRAY(m->arena, Gcs__ResourceRequest *,
				       (size_t)rt_gang_size(gang));
	for (uint32_t i = 0; i < gang->len; i++)
		for (int64_t n = 0; n < gang->bundles[i].count; n++)
			out->requests[out->n_requests++] =
				request(m, &gang->bundles[i]);
	return out;
}

static void add_infeasible_gangs(Gcs__AutoscalingState *state, struct maker *m,
				 const struct rt_misses *misses)
{
	const struct rt_decision *d = m->round->decision;
	const struct rt_demand *demand = &d->snapshot->demand;
	state->infeasible_gang_resource_requests = RT_ARENA_ARRAY(
		m->arena, Gcs__GangResourceRequest *, demand->gangs_len);
	for (uint32_t i = 0; i < demand->gangs_len; i++)
		if (d->infeasible_gangs[i] &&
		    can_never_be(misses, RT_ENTRY_GANG, i))
			state->infeasible_gang_resource_requests
				[state->n_infeasible_gang_resource_requests++] =
				gang_request(m, &demand->gangs[i]);
}

/* A group that was left out might hold it, or one whose pods are not made
 * larger for a while. */
static bool knows_all_groups(const struct round *round)
{
	const struct rt_raycluster *cluster = &round->seen.cluster;
	const struct rt_snapshot *s = round->decision->snapshot;
	for (uint32_t g = 0; g < cluster->groups_len; g++)
		if (cluster->groups[g].resize && !s->groups[g].resize)
			return false;
	return cluster->problems_len == 0;
}

static void add_infeasible(Gcs__AutoscalingState *state, struct maker *m)
{
	if (!knows_all_groups(m->round))
		return;
	const struct rt_misses *misses =
		rt_misses_open(m->round->decision, m->arena);
	add_infeasible_tasks(state, m, misses);
	add_infeasible_gangs(state, m, misses);
}

static enum rt_status send_state(struct report *report,
				 const struct world *world, struct maker *m,
				 const struct rt_instances *instances,
				 struct rt_error *err)
{
	Gcs__AutoscalingState state = GCS__AUTOSCALING_STATE__INIT;
	enum rt_status status = RT_OK;
	if (!report->continued)
		status = gcs_report_version(&world->gcs, m->arena,
					    &report->version, err);
	if (status)
		return status;
	state.last_seen_cluster_resource_state_version =
		m->round->state_version;
	state.autoscaler_state_version = ++report->version;
	add_instances(&state, m, instances);
	add_infeasible(&state, m);
	status = gcs_report(&world->gcs, m->arena, &state, err);
	report->continued = !status;
	return status;
}

/* ---- how large the cluster may become ------------------------------ */

static Gcs__NodeGroupConfig *group_config(const struct maker *m,
					  const struct rt_group *group)
{
	Gcs__NodeGroupConfig *out =
		RT_ARENA_NEW(m->arena, Gcs__NodeGroupConfig);
	gcs__node_group_config__init(out);
	out->name = text(group->name);
	out->min_count = (uint32_t)group->min_nodes;
	out->max_count = group->max_nodes < INT32_MAX
				 ? (int32_t)group->max_nodes
				 : -1; /* no limit */
	out->resources =
		RT_ARENA_ARRAY(m->arena, Gcs__WholeAmount *, group->res.len);
	for (uint32_t i = 0; i < group->res.len; i++) {
		const struct rt_amount *amount = &group->res.at[i];
		Gcs__WholeAmount *one =
			RT_ARENA_NEW(m->arena, Gcs__WholeAmount);
		gcs__whole_amount__init(one);
		one->name = text(rt_name_text(m->names, amount->name));
		one->amount = (uint64_t)(amount->units / RT_UNITS);
		out->resources[out->n_resources++] = one;
	}
	return out;
}

/* Sent when it differs from what this head was sent last.  Ray 2.9 does not
 * know it. */
static enum rt_status send_config(struct report *report,
				  const struct world *world, struct maker *m,
				  struct rt_error *err)
{
	if (report->no_config)
		return RT_OK;
	const struct rt_raycluster *cluster = &m->round->seen.cluster;
	Gcs__ClusterConfig config = GCS__CLUSTER_CONFIG__INIT;
	config.node_group_configs = RT_ARENA_ARRAY(
		m->arena, Gcs__NodeGroupConfig *, cluster->groups_len);
	for (uint32_t i = 0; i < cluster->groups_len; i++)
		if (!cluster->groups[i].is_head)
			config.node_group_configs
				[config.n_node_group_configs++] =
				group_config(m, &cluster->groups[i]);
	size_t len = gcs__cluster_config__get_packed_size(&config);
	unsigned char *packed = rt_arena_alloc(m->arena, len);
	gcs__cluster_config__pack(&config, packed);
	if (report->config && len == report->config_len &&
	    memcmp(packed, report->config, len) == 0)
		return RT_OK;
	enum rt_status status =
		gcs_report_config(&world->gcs, m->arena, &config, err);
	report->no_config = status == RT_EUNSUPPORTED;
	if (report->no_config)
		return RT_OK;
	if (status)
		return status;
	report->config = rt_realloc(report->config, len + 1);
	memcpy(report->config, packed, len);
	report->config_len = len;
	return RT_OK;
}

enum rt_status report_send(struct report *report, const struct world *world,
			   const struct round *round,
			   const struct rt_instances *instances,
			   const struct rt_names *names, struct rt_error *err)
{
	struct maker m = { round->arena, names, round };
	if (report->life != world->head->life) {
		report_clear(report);
		report->life = world->head->life;
	}
	enum rt_status status = send_state(report, world, &m, instances, err);
	if (!status)
		status = send_config(report, world, &m, err);
	return status;
}

void report_clear(struct report *report)
{
	rt_free(report->config);
	*report = (struct report){ 0 };
}
