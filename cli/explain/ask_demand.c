/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask_demand.c - what stands nearest in the way, how each group stands to it,
 * and the round again with higher maxima.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/explain/ask.h"
#include "core/model/why.h"

#define HIGHER 100000 /* more than anybody has */

static int64_t left_of(const struct rt_decision *d, struct rt_entry entry)
{
	switch (entry.kind) {
	case RT_ENTRY_TASK:
		return d->infeasible_tasks[entry.index];
	case RT_ENTRY_GANG:
		return d->infeasible_gangs[entry.index];
	default:
		return d->infeasible_constraints[entry.index];
	}
}

/* Tasks that a stage wants to wait. */
static bool is_put_off(const struct scene *scene, struct rt_entry entry)
{
	const struct rt_demand *now = &scene->decision->snapshot->demand;
	const struct rt_demand *given = &scene->snapshot->demand;

	return entry.kind == RT_ENTRY_TASK &&
	       now->tasks[entry.index].count < given->tasks[entry.index].count;
}

static bool is_of(const struct rt_entry a, const struct rt_entry b)
{
	return a.kind == b.kind && a.index == b.index;
}

static void tell_notes(const struct rt_decision *d, struct rt_entry entry,
		       cJSON *answer)
{
	for (uint32_t i = 0; i < d->notes_len; i++)
		if (d->notes[i].node == UINT32_MAX &&
		    d->notes[i].group == RT_NO_GROUP &&
		    is_of(d->notes[i].why.entry, entry))
			tell_why(answer, d->snapshot, d->notes[i].stage,
				 RT_NONE, d->notes[i].why);
}

/* Groups that are launched for it: for it first, and maybe for more. */
static void tell_launches(const struct rt_decision *d, struct rt_entry entry,
			  cJSON *answer)
{
	for (uint32_t i = 0; i < d->notes_len; i++) {
		const struct rt_note *note = &d->notes[i];
		if (note->group == RT_NO_GROUP || note->node != UINT32_MAX ||
		    !is_of(note->why.entry, entry))
			continue;
		tell(answer, "launched",
		     "%" PRId64 " nodes of %s are launched "
		     "for it",
		     note->count, d->snapshot->groups[note->group].name);
	}
}

static enum rt_status if_higher(const struct scene *scene, cJSON *answer,
				struct rt_error *err)
{
	struct rt_group *groups;
	struct rt_node *nodes;
	struct rt_snapshot *copy = scene_copy(scene, &groups, &nodes);
	const struct rt_decision *other;

	for (uint32_t g = 0; g < copy->groups_len; g++)
		if (!groups[g].is_head)
			groups[g].max_nodes += HIGHER;
	copy->max_workers = RT_NONE;
	enum rt_status status = scene_again(scene, copy, &other, err);
	if (!status &&
	    !tell_if(answer, scene->free, "were all maxima higher", other))
		tell(answer, "no-maximum-binds",
		     "no higher maximum would change anything");
	return status;
}

struct requests {
	const struct rt_request *at;
	uint32_t len;
};

static struct requests requests_of(const struct rt_demand *demand,
				   struct rt_entry entry)
{
	switch (entry.kind) {
	case RT_ENTRY_TASK:
		return (struct requests){ &demand->tasks[entry.index], 1 };
	case RT_ENTRY_GANG:
		return (struct requests){ demand->gangs[entry.index].bundles,
					  demand->gangs[entry.index].len };
	default:
		return (struct requests){
			demand->constraints[entry.index].requests,
			demand->constraints[entry.index].len
		};
	}
}

static bool cannot(struct rt_why why)
{
	return why.code == RT_WHY_GROUP_LACKS || why.code == RT_WHY_GROUP_LABEL;
}

/* Of what must lie on its nodes: that which never could, else the first. */
static struct rt_why worst_in(const struct scene *scene, struct requests all,
			      uint32_t g)
{
	struct rt_why first = rt_miss_in(scene->misses, &all.at[0], g);

	if (cannot(first))
		return first;
	for (uint32_t i = 1; i < all.len; i++) {
		struct rt_why why = rt_miss_in(scene->misses, &all.at[i], g);
		if (cannot(why))
			return why;
	}
	return first;
}

static void tell_groups(const struct scene *scene, struct rt_entry entry,
			cJSON *answer)
{
	const struct rt_snapshot *s = scene->decision->snapshot;
	struct requests all = requests_of(&s->demand, entry);

	for (uint32_t g = 0; all.len && g < s->groups_len; g++)
		if (!s->groups[g].is_head)
			tell_why(answer, s, NULL, RT_NONE,
				 worst_in(scene, all, g));
}

enum rt_status ask_demand(const struct scene *scene, struct rt_entry entry,
			  cJSON *answers, struct rt_error *err)
{
	static const char *const verdicts[] = {
		[RT_VERDICT_NEVER] = "finds no place, and never will",
		[RT_VERDICT_UNKNOWN] = "finds no place",
		[RT_VERDICT_WAITS] = "waits",
	};
	const struct rt_decision *d = scene->decision;
	int64_t left = left_of(d, entry);
	struct rt_miss miss = { 0 };
	char text[512], name[32];

	if (left)
		miss = rt_miss_of(scene->misses, entry);
	rt_entry_text(scene->snapshot, entry, text, sizeof text);
	snprintf(name, sizeof name, "%.*s", (int)strcspn(text, " "), text);
	cJSON *answer =
		tell_about(answers, "demand", name, "%s: %s", text,
			   left                       ? verdicts[miss.verdict]
			   : is_put_off(scene, entry) ? "is put off in part"
						      : "finds a place");
	tell_notes(d, entry, answer);
	tell_launches(d, entry, answer);
	if (!left)
		return RT_OK;
	tell_why(answer, d->snapshot, "because", RT_NONE, miss.why);
	tell_groups(scene, entry, answer);
	return miss.verdict == RT_VERDICT_NEVER ? RT_OK
						: if_higher(scene, answer, err);
}
