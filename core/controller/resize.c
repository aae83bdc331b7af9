/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resize.c - from what is seen on a pod to what is to become of it.
 */
#include "core/controller/resize.h"

#include "core/model/res.h"

/* The resize is to be sent, unless it was. */
static void want(struct rt_resize *r, int64_t cpu, int64_t memory)
{
	if (cpu == r->desired_cpu && memory == r->desired_memory)
		return;
	r->desired_cpu = cpu;
	r->desired_memory = memory;
	r->resizing_at_s = RT_NONE;
	r->status = RT_RESIZE_NEW;
}

/* ---- what its machine has room for -------------------------------------- */

/* The room is for requests of all containers of the pod; what may be used
 * beyond a request comes on top. */
static int64_t most(const struct rt_measure *m)
{
	int64_t units = m->room + rt_measure_has(m) - m->request - m->beside;

	return units > 0 ? units : 0;
}

static void fit(struct rt_resizable *out, const struct rt_pod_size *size)
{
	struct rt_resize *r = &out->resize;

	if (size->cpu.room != RT_NONE) {
		out->note.max_cpu = r->max_cpu = most(&size->cpu);
		want(r, r->max_cpu, r->desired_memory);
	}
	if (size->memory.room != RT_NONE) {
		out->note.max_memory = r->max_memory = most(&size->memory);
		want(r, r->desired_cpu, r->max_memory);
	}
}

/* ---- its end ------------------------------------------------------------ */

/* A note can be lost: with the answer to a patch, or with who was to write it.
 * Then Ray has what the pod began with, and the pod has not. */
static bool is_untold(const struct rt_instance *instance,
		      const struct rt_group *group,
		      const struct rt_group_spec *spec,
		      const struct rt_resize *r)
{
	if (!instance->ray)
		return false;
	struct rt_res total = instance->ray->total;
	int64_t cpu = rt_res_get(total, spec->cpu_name);
	int64_t memory = rt_res_get(total, spec->memory_name);
	return cpu == rt_res_get(group->res, spec->cpu_name) &&
	       memory == rt_res_get(group->res, spec->memory_name) &&
	       (r->current_cpu != spec->start_cpu ||
		r->current_memory != spec->start_memory) &&
	       (r->current_cpu != cpu || r->current_memory != memory);
}

static bool is_over(const struct rt_resize *r)
{
	return r->raylet_id && r->status == RT_RESIZE_NONE &&
	       r->desired_cpu == r->current_cpu &&
	       r->desired_memory == r->current_memory;
}

static int64_t due_ms(const struct rt_resizable *out,
		      const struct rt_group_spec *spec)
{
	if (out->resize.resizing_at_s == RT_NONE || is_over(&out->resize))
		return INT64_MAX;
	return (out->resize.resizing_at_s + spec->resize_timeout_s) * 1000;
}

/* For good: the first failure stays. */
static void give_up(struct rt_resizable *out, const struct rt_pod_size *size,
		    int64_t now_ms)
{
	struct rt_resize *r = &out->resize;
	const char *why = "Pod resize timed out";

	if (r->status == RT_RESIZE_ERROR)
		why = size->error[0] ? size->error : "Pod resize failed";
	if (r->failed_at_s == RT_NONE) {
		out->note.failed_at_s = r->failed_at_s = now_ms / 1000;
		out->note.failed_why = why;
	}
	want(r, r->current_cpu, r->current_memory);
}

/* ---- all of it ---------------------------------------------------------- */

static struct rt_resize read(const struct rt_instance *instance,
			     const struct rt_pod_size *size)
{
	const struct rt_resize_note *note = &size->note;

	return (struct rt_resize){
		.current_cpu = rt_measure_has(&size->cpu),
		.current_memory = rt_measure_has(&size->memory),
		.desired_cpu = rt_measure_asked(&size->cpu),
		.desired_memory = rt_measure_asked(&size->memory),
		.max_cpu = note->max_cpu,
		.max_memory = note->max_memory,
		.resizing_at_s = note->resizing_at_s,
		.failed_at_s = note->failed_at_s,
		.status = size->status,
		.raylet_id = instance->ray ? instance->ray->ray_node_id
					   : note->raylet_id,
	};
}

const struct rt_resizable *rt_resizable_find(
	const struct rt_instances *table, const struct rt_instance *instance,
	const struct rt_observation *obs,
	const struct rt_controller_settings *settings, struct rt_arena *arena)
{
	uint32_t g = instance->group_index;
	const struct rt_pod_size *size =
		instance->seen ? instance->seen->size : NULL;

	if (!size || g == RT_NO_GROUP || !obs->cluster.groups[g].resize ||
	    rt_resizes_held(&table->resizes, instance->group, settings,
			    obs->now_ms))
		return NULL;
	const struct rt_group *group = &obs->cluster.groups[g];
	const struct rt_group_spec *spec = &obs->cluster.specs[g];
	struct rt_resizable *out = RT_ARENA_NEW(arena, struct rt_resizable);
	*out = (struct rt_resizable){
		.resize = read(instance, size),
		.note = size->note,
	};
	fit(out, size);
	if (out->resize.status == RT_RESIZE_ERROR ||
	    due_ms(out, spec) < obs->now_ms)
		give_up(out, size, obs->now_ms);
	out->done = is_over(&out->resize) &&
		    (out->resize.resizing_at_s != RT_NONE ||
		     is_untold(instance, group, spec, &out->resize));
	out->due_ms = due_ms(out, spec);
	return out;
}

/* ---- calls that fail ---------------------------------------------------- */

bool rt_resizes_held(const struct rt_backoff *resizes, const char *group,
		     const struct rt_controller_settings *settings,
		     int64_t now_ms)
{
	const struct rt_failing *failing = rt_backoff_find(resizes, group);

	return failing && now_ms < rt_failing_until(failing, settings);
}

/* What went well before a failure of the same round proves nothing. */
void rt_resizes_note(struct rt_backoff *resizes, const struct rt_action *action,
		     int64_t now_ms)
{
	const struct rt_failing *failing =
		rt_backoff_find(resizes, action->group_name);

	if (action->outcome == RT_OUTCOME_FAILED)
		rt_backoff_fail(resizes, action->group_name, now_ms, now_ms);
	else if (action->outcome == RT_OUTCOME_DONE && failing &&
		 failing->failed_ms != now_ms)
		rt_backoff_clear(resizes, action->group_name);
}

int64_t rt_resizes_due_ms(const struct rt_instances *table,
			  const struct rt_controller_settings *settings,
			  int64_t now_ms)
{
	int64_t until_ms = INT64_MAX;

	for (uint32_t i = 0; i < table->len; i++) {
		const struct rt_resizable *r = table->at[i]->resizable;
		if (r && r->due_ms >= now_ms && r->due_ms < until_ms)
			until_ms = r->due_ms;
	}
	for (uint32_t i = 0; i < table->resizes.len; i++) {
		int64_t end_ms =
			rt_failing_until(&table->resizes.at[i], settings);
		if (end_ms > now_ms && end_ms < until_ms)
			until_ms = end_ms;
	}
	return until_ms;
}
