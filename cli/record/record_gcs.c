/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_gcs.c - field by field.  Ids are bytes there and hex here.
 */
#include "cli/record/record_gcs.h"

#define NS_PER_MS 1000000
#define NS_PER_US 1000
#define NS_MAX (INT64_MAX / 2) /* so that two can be added */

/* 0 for what cannot be a time. */
static int64_t to_ns(int64_t count, int64_t unit)
{
	return count > 0 && count <= NS_MAX / unit ? count * unit : 0;
}

/* "" for Ray's way to say "none": every bit is set, or no byte is there. */
static const char *hex(const struct recording *rec, ProtobufCBinaryData id)
{
	static const char digits[] = "0123456789abcdef";
	char *text = rt_arena_alloc(rec->arena, 2 * id.len + 1);
	bool none = true;

	for (size_t i = 0; i < id.len; i++) {
		none = none && id.data[i] == 0xff;
		text[2 * i] = digits[id.data[i] >> 4];
		text[2 * i + 1] = digits[id.data[i] & 15];
	}
	return none ? "" : text;
}

static const char *copy(const struct recording *rec, const char *text)
{
	return rt_arena_strdup(rec->arena, text);
}

static struct rt_res take_res(const struct recording *rec, size_t n,
			      Gcs__Amount *const *amounts)
{
	struct rt_res_builder res = { .arena = rec->arena,
				      .names = rec->names };

	for (size_t i = 0; i < n; i++)
		rt_res_add(&res, amounts[i]->name,
			   rt_units(amounts[i]->amount));
	return rt_res_build(&res);
}

static struct rt_labels take_labels(const struct recording *rec, size_t n,
				    Gcs__Label *const *labels)
{
	struct rt_labels_builder all = { .arena = rec->arena,
					 .names = rec->names };

	for (size_t i = 0; i < n; i++)
		rt_labels_add(&all, labels[i]->key, labels[i]->value);
	return rt_labels_build(&all);
}

/* ---- tasks -------------------------------------------------------------- */

static enum record_kind take_kind(Gcs__TaskInfoEntry__Type type)
{
	switch (type) {
	case GCS__TASK_INFO_ENTRY__TYPE__ACTOR_CREATION_TASK:
		return RECORD_ACTOR;
	case GCS__TASK_INFO_ENTRY__TYPE__ACTOR_TASK:
		return RECORD_CALL;
	case GCS__TASK_INFO_ENTRY__TYPE__DRIVER_TASK:
		return RECORD_DRIVER;
	default:
		return RECORD_TASK;
	}
}

static void take_times(const Gcs__TaskStateUpdate *updates,
		       struct record_task *task)
{
	int64_t created_ns = 0;

	for (size_t i = 0; i < updates->n_state_ts_ns; i++) {
		int64_t at = to_ns(updates->state_ts_ns[i]->at_ns, 1);
		switch (updates->state_ts_ns[i]->status) {
		case GCS__TASK_STATUS__TASK_PENDING_ARGS_AVAIL:
			created_ns = at;
			break;
		case GCS__TASK_STATUS__TASK_PENDING_NODE_ASSIGNMENT:
			task->demand_ns = at;
			break;
		case GCS__TASK_STATUS__TASK_RUNNING:
			task->start_ns = at;
			break;
		case GCS__TASK_STATUS__TASK_FAILED:
			task->failed = true;
			task->end_ns = at;
			break;
		case GCS__TASK_STATUS__TASK_FINISHED:
			task->end_ns = at;
			break;
		default:
			break;
		}
	}
	if (!task->demand_ns)
		task->demand_ns = created_ns ? created_ns : task->start_ns;
}

static void take_task(const Gcs__TaskEvents *events, struct recording *rec)
{
	const Gcs__TaskInfoEntry *info = events->task_info;

	if (!info || !events->state_updates) {
		rec->lost++;
		return;
	}
	struct record_task task = {
		.kind = take_kind(info->type),
		.id = hex(rec, events->task_id),
		.attempt = events->attempt_number,
		.job = hex(rec, events->job_id),
		.actor = hex(rec, info->actor_id),
		.group = hex(rec, info->placement_group_id),
		.res = take_res(rec, info->n_required_resources,
				info->required_resources),
		.labels = take_labels(rec, info->n_label_selector,
				      info->label_selector),
	};
	/* The name of a creation has the actor's own name in it. */
	task.name = copy(rec, task.kind == RECORD_ACTOR || !*info->name
				      ? info->func_or_class_name
				      : info->name);
	take_times(events->state_updates, &task);
	RT_ARENA_GROW(rec->arena, rec->tasks, rec->tasks_len, rec->tasks_cap);
	rec->tasks[rec->tasks_len++] = task;
}

/* ---- the other tables --------------------------------------------------- */

static void take_actor(const Gcs__ActorTableData *actor, struct recording *rec)
{
	RT_ARENA_GROW(rec->arena, rec->actors, rec->actors_len,
		      rec->actors_cap);
	rec->actors[rec->actors_len++] = (struct record_actor){
		.id = hex(rec, actor->actor_id),
		.name = copy(rec, actor->class_name),
		.job = hex(rec, actor->job_id),
		.group = hex(rec, actor->placement_group_id),
		.res = take_res(rec, actor->n_required_resources,
				actor->required_resources),
		.labels = take_labels(rec, actor->n_label_selector,
				      actor->label_selector),
		.alive_ns = to_ns((int64_t)actor->start_time, NS_PER_MS),
		.end_ns = to_ns((int64_t)actor->end_time, NS_PER_MS),
	};
}

static const char *strategy_name(Gcs__PlacementStrategy strategy)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
		&gcs__placement_strategy__descriptor, (int)strategy);

	return value ? value->name : "PACK"; /* Ray's default */
}

static void take_group(const Gcs__PlacementGroupTableData *group,
		       struct recording *rec)
{
	const Gcs__PlacementGroupStats *stats = group->stats;
	const char *id = hex(rec, group->placement_group_id);
	const char *strategy = strategy_name(group->strategy);
	const char *gang = rt_arena_printf(rec->arena, "%s:%s", id, strategy);
	int64_t demand = 0, took = 0;

	if (stats) {
		demand = to_ns(stats->creation_request_received_ns, 1);
		took = to_ns(stats->end_to_end_creation_latency_us, NS_PER_US);
	}
	for (size_t i = 0; i < group->n_bundles; i++) {
		const Gcs__Bundle *bundle = group->bundles[i];
		RT_ARENA_GROW(rec->arena, rec->bundles, rec->bundles_len,
			      rec->bundles_cap);
		rec->bundles[rec->bundles_len++] = (struct record_bundle){
			.group = id,
			.index = (int64_t)i,
			.gang = gang,
			.strategy = strategy,
			.name = copy(rec, group->name),
			.job = hex(rec, group->creator_job_id),
			.res = take_res(rec, bundle->n_unit_resources,
					bundle->unit_resources),
			.labels = take_labels(rec, bundle->n_label_selector,
					      bundle->label_selector),
			.demand_ns = demand,
			/* No latency: it was never placed. */
			.start_ns = took ? demand + took : 0,
		};
	}
}

static void take_job(const Gcs__JobTableData *job, struct recording *rec)
{
	RT_ARENA_GROW(rec->arena, rec->jobs, rec->jobs_len, rec->jobs_cap);
	rec->jobs[rec->jobs_len++] = (struct record_job){
		.id = hex(rec, job->job_id),
		.end_ns = job->is_dead
				  ? to_ns((int64_t)job->end_time, NS_PER_MS)
				  : 0,
	};
}

void record_gcs(const struct gcs_history *history, struct recording *rec)
{
	const Gcs__GetTaskEventsReply *tasks = history->tasks;

	if (tasks->num_status_task_events_dropped > 0)
		rec->lost += (uint64_t)tasks->num_status_task_events_dropped;
	for (size_t i = 0; i < tasks->n_events_by_task; i++)
		take_task(tasks->events_by_task[i], rec);
	for (size_t i = 0;
	     history->actors && i < history->actors->n_actor_table_data; i++)
		take_actor(history->actors->actor_table_data[i], rec);
	for (size_t i = 0; history->groups &&
			   i < history->groups->n_placement_group_table_data;
	     i++)
		take_group(history->groups->placement_group_table_data[i], rec);
	for (size_t i = 0; history->jobs && i < history->jobs->n_job_info_list;
	     i++)
		take_job(history->jobs->job_info_list[i], rec);
}
