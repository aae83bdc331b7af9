/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.c - notes are threaded by what they are about, so that each subject
 * is told once, with all that was said of it.
 */
#include "core/controller/explain.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/model/codec_decision.h"
#include "core/model/why.h"
#include "core/sched/miss.h"

#define TEXT 1024

/* Subjects are numbered: groups, nodes, tasks, gangs, constraints, and one for
 * notes about none of them. */
struct subjects {
	uint32_t nodes, tasks, gangs, constraints, rest; /* the first of each */
	uint32_t *first; /* for each subject, its first note + 1; 0: none */
	uint32_t *next;  /* for each note, the next of its subject + 1 */
};

struct explaining {
	const struct rt_decision *decision;
	const struct rt_misses *misses;
	struct subjects subjects;
	cJSON *out;
};

static uint32_t subject_of(const struct explaining *e,
			   const struct rt_note *note)
{
	const struct subjects *s = &e->subjects;
	struct rt_entry entry = note->why.entry;

	if (note->node != UINT32_MAX)
		return s->nodes + note->node;
	if (note->group != RT_NO_GROUP)
		return note->group;
	switch (entry.kind) {
	case RT_ENTRY_TASK:
		return s->tasks + entry.index;
	case RT_ENTRY_GANG:
		return s->gangs + entry.index;
	case RT_ENTRY_CONSTRAINT:
		return s->constraints + entry.index;
	default:
		return s->rest;
	}
}

static void thread_notes(struct explaining *e, struct rt_arena *scratch)
{
	const struct rt_decision *d = e->decision;
	const struct rt_demand *demand = &d->snapshot->demand;
	struct subjects *s = &e->subjects;

	s->nodes = d->snapshot->groups_len;
	s->tasks = s->nodes + d->snapshot->nodes_len;
	s->gangs = s->tasks + demand->tasks_len;
	s->constraints = s->gangs + demand->gangs_len;
	s->rest = s->constraints + demand->constraints_len;
	s->first = RT_ARENA_ARRAY(scratch, uint32_t, (size_t)s->rest + 1);
	s->next = RT_ARENA_ARRAY(scratch, uint32_t, d->notes_len);
	for (uint32_t i = d->notes_len; i-- > 0;) {
		uint32_t *first = &s->first[subject_of(e, &d->notes[i])];
		s->next[i] = *first;
		*first = i + 1;
	}
}

/* ---- an entry ----------------------------------------------------------- */

static void add_why(cJSON *entry, const struct rt_snapshot *s,
		    const char *stage, const char *count, struct rt_why reason)
{
	char sentence[TEXT], line[TEXT + 128], code[RT_REASON_CODE];

	rt_why_text(s, reason, sentence, sizeof sentence);
	snprintf(line, sizeof line, "%s: %s%s", stage, count, sentence);
	rt_reason_code(reason.code, code);
	cJSON_AddItemToArray(cJSON_GetObjectItem(entry, "why"),
			     cJSON_CreateString(line));
	cJSON_AddItemToArray(cJSON_GetObjectItem(entry, "codes"),
			     cJSON_CreateString(code));
}

/* What was said of the subject, in order. */
static void add_reasons(const struct explaining *e, cJSON *entry,
			uint32_t subject)
{
	const struct rt_decision *d = e->decision;
	const struct subjects *s = &e->subjects;

	cJSON_AddArrayToObject(entry, "why");
	cJSON_AddArrayToObject(entry, "codes");
	for (uint32_t i = s->first[subject]; i; i = s->next[i - 1]) {
		const struct rt_note *note = &d->notes[i - 1];
		char count[32] = "";
		if (subject < s->nodes && note->count != RT_NONE)
			snprintf(count, sizeof count,
				 "%" PRId64 " nodes: ", note->count);
		add_why(entry, d->snapshot, note->stage, count, note->why);
	}
}

static cJSON *add_entry(const struct explaining *e, const char *what)
{
	cJSON *entry = cJSON_CreateObject();

	cJSON_AddStringToObject(entry, "what", what);
	cJSON_AddItemToArray(e->out, entry);
	return entry;
}

/* ---- the subjects ------------------------------------------------------- */

static void explain_groups(const struct explaining *e)
{
	const struct rt_decision *d = e->decision;

	for (uint32_t g = 0; g < d->snapshot->groups_len; g++) {
		if (!e->subjects.first[g])
			continue;
		cJSON *entry = add_entry(e, "launch");
		cJSON_AddStringToObject(entry, "type",
					d->snapshot->groups[g].name);
		cJSON_AddNumberToObject(entry, "count", (double)d->launch[g]);
		add_reasons(e, entry, g);
	}
}

static void explain_node(const struct explaining *e, const char *what,
			 uint32_t node)
{
	uint32_t subject = e->subjects.nodes + node;
	const struct rt_node *n = &e->decision->snapshot->nodes[node];
	cJSON *entry = add_entry(e, what);

	cJSON_AddStringToObject(entry, "instance_id", n->instance_id);
	if (n->pod)
		cJSON_AddStringToObject(entry, "pod", n->pod);
	add_reasons(e, entry, subject);
	e->subjects.first[subject] = 0; /* told */
}

static void explain_nodes(const struct explaining *e)
{
	const struct rt_decision *d = e->decision;

	for (uint32_t i = 0; i < d->removals_len; i++)
		explain_node(e, "terminate", d->removals[i].node);
	for (uint32_t i = 0; i < d->resizes_len; i++)
		if (e->subjects.first[e->subjects.nodes + d->resizes[i].node])
			explain_node(e, "resize", d->resizes[i].node);
	for (uint32_t i = 0; i < d->snapshot->nodes_len; i++)
		if (e->subjects.first[e->subjects.nodes + i])
			explain_node(e, "stay", i);
}

static void explain_demand(const struct explaining *e, uint32_t first,
			   enum rt_entry_kind kind, const char *key,
			   uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		if (!e->subjects.first[first + i])
			continue;
		struct rt_miss miss =
			rt_miss_of(e->misses, (struct rt_entry){ kind, i });
		cJSON *entry = add_entry(e, miss.verdict == RT_VERDICT_WAITS
						    ? "wait"
						    : "infeasible");
		cJSON_AddNumberToObject(entry, key, i);
		add_reasons(e, entry, first + i);
		add_why(entry, e->decision->snapshot, "because", "", miss.why);
	}
}

cJSON *rt_explain(const struct rt_decision *d, struct rt_arena *scratch)
{
	const struct rt_demand *demand = &d->snapshot->demand;
	struct explaining e = {
		.decision = d,
		.misses = rt_misses_open(d, scratch),
		.out = cJSON_CreateArray(),
	};

	thread_notes(&e, scratch);
	explain_groups(&e);
	explain_nodes(&e);
	explain_demand(&e, e.subjects.tasks, RT_ENTRY_TASK, "task",
		       demand->tasks_len);
	explain_demand(&e, e.subjects.gangs, RT_ENTRY_GANG, "gang",
		       demand->gangs_len);
	explain_demand(&e, e.subjects.constraints, RT_ENTRY_CONSTRAINT,
		       "constraint", demand->constraints_len);
	if (e.subjects.first[e.subjects.rest])
		add_reasons(&e, add_entry(&e, "note"), e.subjects.rest);
	return e.out;
}

cJSON *rt_explained(const struct rt_decision *d, struct rt_arena *scratch)
{
	cJSON *json = rt_decision_encode(d);

	if (d->held)
		cJSON_AddTrueToObject(json, "held");
	cJSON_AddItemToObject(json, "explain", rt_explain(d, scratch));
	return json;
}
