/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act_resize.c - Ray must never believe in more than there is: what becomes
 * smaller is told to Ray first, what becomes larger when Kubernetes has made it
 * so (TELL).
 */
#include "autoscaler/act_resize.h"

#include "autoscaler/gcs/gcs.h"
#include "autoscaler/kube/kube_pod_size.h"

#define RESIZES_MS 1000 /* after that, the others wait for the next round */

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static enum rt_status finish(struct kube_call *call, cJSON *patch,
			     struct rt_error *err)
{
	cJSON_Delete(patch);
	return kube_finish(&call, NULL, err);
}

static enum rt_status note(const struct world *world,
			   const struct rt_action *action, struct rt_error *err)
{
	cJSON *patch = kube_note_patch(&action->size->note);
	return finish(kube_patch_pod(world->kube, action->pod, patch), patch,
		      err);
}

/* Ray may keep more than it was asked to, as far as it is in use. */
static enum rt_status shrink(const struct world *world, struct rt_arena *arena,
			     const struct rt_action *action, int64_t *cpu,
			     int64_t *memory, struct rt_error *err)
{
	int64_t cpu_now = rt_measure_has(&action->size->now->cpu);
	int64_t memory_now = rt_measure_has(&action->size->now->memory);
	int64_t new_cpu = smaller(*cpu, cpu_now);
	int64_t new_memory = smaller(*memory, memory_now);
	if (new_cpu == cpu_now && new_memory == memory_now)
		return RT_OK;
	enum rt_status status =
		gcs_resize(&world->gcs, arena, action->ray_node_id, &new_cpu,
			   &new_memory, err);
	if (status)
		return status;
	if (*cpu < cpu_now)
		*cpu = new_cpu;
	if (*memory < memory_now)
		*memory = new_memory;
	return RT_OK;
}

static enum rt_status resize(const struct world *world, struct rt_arena *arena,
			     const struct rt_action *action,
			     struct rt_error *err)
{
	int64_t cpu = action->size->cpu, memory = action->size->memory;
	enum rt_status status =
		shrink(world, arena, action, &cpu, &memory, err);
	if (status)
		return status;
	cJSON *patch = kube_resize_patch(action->size->now, cpu, memory);
	status = finish(kube_resize_pod(world->kube, action->pod, patch), patch,
			err);
	return status ? status : note(world, action, err);
}

static enum rt_status tell(const struct world *world, struct rt_arena *arena,
			   const struct rt_action *action, struct rt_error *err)
{
	int64_t cpu = action->size->cpu, memory = action->size->memory;
	enum rt_status status = gcs_resize(
		&world->gcs, arena, action->ray_node_id, &cpu, &memory, err);
	return status ? status : note(world, action, err);
}

/* True: go on with the next one. */
static bool carry_out(const struct world *world, struct round *round,
		      struct rt_action *action, struct health *health)
{
	struct rt_error err;
	enum rt_status status =
		action->kind == RT_ACTION_RESIZE
			? resize(world, round->arena, action, &err)
			: tell(world, round->arena, action, &err);
	action->outcome = status ? RT_OUTCOME_FAILED : RT_OUTCOME_DONE;
	return health_note(health, status, &err);
}

void act_resize(const struct world *world, struct round *round,
		struct health *health)
{
	int64_t end_ms = http_clock_ms() + RESIZES_MS;
	for (uint32_t i = 0; i < round->actions->len && !world->dry_run; i++) {
		struct rt_action *action = &round->actions->at[i];
		if (action->size && (!carry_out(world, round, action, health) ||
				     http_clock_ms() > end_ms))
			return;
	}
}
