/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask_group.c - the reasons that were given, then the round again: with a node
 * fewer, and with higher maxima.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/explain/ask.h"

#define HIGHER 100000 /* more than anybody has */
#define WAITING_TOLD 10

static enum rt_status with_one_fewer(const struct scene *scene, uint32_t g,
				     cJSON *answer, struct rt_error *err)
{
	struct rt_group *groups;
	struct rt_node *nodes;
	struct rt_snapshot *copy = scene_copy(scene, &groups, &nodes);
	const struct rt_decision *other;
	int64_t most = scene_count(scene, g) + scene->free->launch[g] - 1;

	groups[g].max_nodes = most;
	if (groups[g].min_nodes > most)
		groups[g].min_nodes = most;
	enum rt_status status = scene_again(scene, copy, &other, err);
	if (!status)
		tell_if(answer, scene->free, "with one node of it fewer",
			other);
	return status;
}

/* With no maximum of this group, of the cluster, or of anything. */
static enum rt_status with_more(const struct scene *scene, uint32_t g,
				cJSON *answer, struct rt_error *err)
{
	static const char *const had[] = {
		"were its maximum higher",
		"were the maximum of the cluster higher",
		"were all maxima higher",
	};
	enum { OWN, CLUSTER, ALL, WAYS };
	enum rt_status status = RT_OK;
	bool differs = false;

	for (int way = OWN; way < WAYS && !status && !differs; way++) {
		struct rt_group *groups;
		struct rt_node *nodes;
		struct rt_snapshot *copy = scene_copy(scene, &groups, &nodes);
		const struct rt_decision *other;
		for (uint32_t i = 0; i < copy->groups_len; i++)
			if (!groups[i].is_head && way != CLUSTER &&
			    (way == ALL || i == g)) {
				groups[i].max_nodes += HIGHER;
				groups[i].backoff_until_ms = 0;
			}
		if (way != OWN)
			copy->max_workers = RT_NONE;
		status = scene_again(scene, copy, &other, err);
		if (!status)
			differs = tell_if(answer, scene->free, had[way], other);
	}
	if (!status && !differs)
		tell(answer, "no-maximum-binds",
		     "no higher maximum would change anything");
	return status;
}

/* How it stands to the tasks that found no place. */
static void tell_waiting(const struct scene *scene, uint32_t g, cJSON *answer)
{
	const struct rt_decision *d = scene->decision;
	const struct rt_demand *demand = &d->snapshot->demand;
	uint32_t told = 0;

	for (uint32_t i = 0; i < demand->tasks_len && told < WAITING_TOLD; i++)
		if (d->infeasible_tasks[i]) {
			char name[32];
			snprintf(name, sizeof name, "tasks[%" PRIu32 "]", i);
			tell_why(answer, d->snapshot, name, RT_NONE,
				 rt_miss_in(scene->misses, &demand->tasks[i],
					    g));
			told++;
		}
}

enum rt_status ask_group(const struct scene *scene, uint32_t g, cJSON *answers,
			 struct rt_error *err)
{
	const struct rt_decision *d = scene->decision;
	const struct rt_group *group = &scene->snapshot->groups[g];
	enum rt_status status = RT_OK;

	cJSON *answer =
		tell_about(answers, "group", group->name,
			   "group %s: %" PRId64 " nodes are launched, %" PRId64
			   " are there or on their way; its minimum is %" PRId64
			   ", its maximum %" PRId64,
			   group->name, d->launch[g], scene_count(scene, g),
			   group->min_nodes, group->max_nodes);
	for (uint32_t i = 0; i < d->notes_len; i++)
		if (d->notes[i].node == UINT32_MAX && d->notes[i].group == g)
			tell_why(answer, d->snapshot, d->notes[i].stage,
				 d->notes[i].count, d->notes[i].why);
	if (group->is_head)
		return RT_OK;
	tell_waiting(scene, g, answer);
	tell_if(answer, d, "were there no guards", scene->free);
	if (scene->free->launch[g] > 0)
		status = with_one_fewer(scene, g, answer, err);
	return status ? status : with_more(scene, g, answer, err);
}
