/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turmoil_size.c - a resize is done after a while, or never.
 */
#include <stdio.h>

#include "tests/unit/core/controller/turmoil.h"

#define CPUS (4 * (int64_t)RT_UNITS) /* that a pod begins with */
#define MEMORY (8 * (int64_t)RT_UNITS)

static const struct rt_resize_caps caps = { 2 * CPUS, 2 * MEMORY };

void turmoil_size_open(struct turmoil *t)
{
	for (uint32_t g = 0; g < TURMOIL_GROUPS; g++) {
		t->groups[g].resize = &caps;
		t->specs[g].resize_timeout_s = 30;
		t->specs[g].start_cpu = CPUS;
		t->specs[g].start_memory = MEMORY;
	}
}

static struct rt_measure measure(int64_t units)
{
	return (struct rt_measure){
		.asked_request = units,
		.asked_limit = RT_NONE,
		.request = units,
		.limit = RT_NONE,
		.room = RT_NONE,
	};
}

void turmoil_size_begin(struct turmoil_size *size)
{
	*size = (struct turmoil_size){
		.pod = { .cpu = measure(CPUS),
			 .memory = measure(MEMORY),
			 .error = "",
			 .note = { NULL, RT_NONE, RT_NONE, RT_NONE, RT_NONE,
				   NULL } },
		.done_ms = INT64_MAX,
		.cpu = CPUS,
		.memory = MEMORY,
	};
}

static void calm(struct rt_pod_size *pod, enum rt_resize_status status)
{
	pod->status = status;
	pod->cpu.room = pod->memory.room = RT_NONE;
	pod->error = "";
}

void turmoil_size_step(struct turmoil *t)
{
	for (uint32_t i = 0; i < t->nodes_len; i++) {
		struct turmoil_size *size = &t->nodes[i].size;
		if (size->done_ms > t->now_ms)
			continue;
		size->pod.cpu.request = size->pod.cpu.asked_request;
		size->pod.memory.request = size->pod.memory.asked_request;
		size->done_ms = INT64_MAX;
		calm(&size->pod, RT_RESIZE_NONE);
	}
}

void turmoil_size_trouble(struct turmoil *t, struct turmoil_node *node)
{
	struct rt_pod_size *pod = &node->size.pod;

	switch (turmoil_draw(t, 7)) {
	case 0:
		calm(pod, RT_RESIZE_ERROR);
		pod->error = "no luck";
		break;
	case 1:
		calm(pod, RT_RESIZE_DEFERRED);
		break;
	case 2:
		calm(pod, RT_RESIZE_INFEASIBLE);
		pod->cpu.room = turmoil_draw(t, 8) * RT_UNITS;
		break;
	case 3: /* by somebody else */
		pod->cpu.asked_request = CPUS + turmoil_draw(t, 4) * RT_UNITS;
		node->size.done_ms = t->now_ms + turmoil_draw(t, 20000);
		break;
	case 4:
		turmoil_size_begin(&node->size);
		break;
	case 5:
		node->size.done_ms = t->now_ms;
		break;
	default:
		calm(pod, RT_RESIZE_NONE);
	}
}

static void keep_note(struct turmoil_size *size,
		      const struct rt_resize_note *note)
{
	size->pod.note = *note;
	snprintf(size->raylet_id, sizeof size->raylet_id, "%s",
		 note->raylet_id);
	if (note->failed_why)
		size->pod.note.failed_why = "it failed";
}

enum rt_outcome turmoil_size_act(struct turmoil *t, struct turmoil_node *node,
				 const struct rt_action *action)
{
	struct turmoil_size *size = &node->size;
	const struct rt_new_size *to = action->size;

	if (turmoil_draw(t, 10) == 0)
		return RT_OUTCOME_FAILED;
	if (action->kind == RT_ACTION_TELL) {
		size->cpu = to->cpu;
		size->memory = to->memory;
		keep_note(size, &to->note);
		return RT_OUTCOME_DONE;
	}
	size->pod.cpu.asked_request = to->cpu;
	size->pod.memory.asked_request = to->memory;
	calm(&size->pod, RT_RESIZE_INPROGRESS);
	size->done_ms = turmoil_draw(t, 5) == 0
				? INT64_MAX
				: t->now_ms + turmoil_draw(t, 40000);
	if (turmoil_draw(t, 10) == 0)
		return RT_OUTCOME_FAILED; /* the note was lost */
	keep_note(size, &to->note);
	return RT_OUTCOME_DONE;
}

const struct rt_pod_size *turmoil_size_see(const struct turmoil_node *node,
					   struct rt_arena *arena)
{
	struct rt_pod_size *pod =
		rt_arena_dup(arena, &node->size.pod, sizeof *pod);

	if (pod->note.raylet_id)
		pod->note.raylet_id =
			rt_arena_strdup(arena, node->size.raylet_id);
	return pod;
}
