/* SPDX-License-Identifier: Apache-2.0 */
/*
 * questions.c - names are looked up in the snapshot, each question is put; of
 * much that nobody asked about only the first is told.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/explain/ask.h"
#include "cli/explain/questions.h"
#include "core/base/error.h"

#define TOLD 20 /* of each kind, when nothing was asked about */

/* ---- what is asked about ------------------------------------------------- */

static enum rt_status find_group(const struct rt_snapshot *s, const char *name,
				 uint32_t *group, struct rt_error *err)
{
	for (*group = 0; *group < s->groups_len; ++*group)
		if (strcmp(s->groups[*group].name, name) == 0)
			return RT_OK;
	return rt_fail(err, RT_EINPUT, "--group: %s: no such group", name);
}

static bool is_called(const struct rt_node *node, const char *name)
{
	return strcmp(node->instance_id, name) == 0 ||
	       strcmp(node->ray_node_id, name) == 0 ||
	       (node->pod && strcmp(node->pod, name) == 0);
}

static enum rt_status find_node(const struct rt_snapshot *s, const char *name,
				uint32_t *node, struct rt_error *err)
{
	for (*node = 0; *node < s->nodes_len; ++*node)
		if (is_called(&s->nodes[*node], name))
			return RT_OK;
	return rt_fail(err, RT_EINPUT, "--node: %s: no such node", name);
}

/* "3", "tasks[3]", "gangs[0]" or "constraints[0]". */
static enum rt_status find_demand(const struct rt_snapshot *s, const char *text,
				  struct rt_entry *entry, struct rt_error *err)
{
	const struct rt_demand *d = &s->demand;
	const struct {
		const char *before;
		enum rt_entry_kind kind;
		uint32_t len;
	} kinds[] = {
		{ "", RT_ENTRY_TASK, d->tasks_len },
		{ "tasks[", RT_ENTRY_TASK, d->tasks_len },
		{ "gangs[", RT_ENTRY_GANG, d->gangs_len },
		{ "constraints[", RT_ENTRY_CONSTRAINT, d->constraints_len },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t before = strlen(kinds[i].before);
		const char *digits = text + before;
		if (strncmp(text, kinds[i].before, before) != 0 ||
		    !isdigit((unsigned char)*digits))
			continue;
		char *end;
		unsigned long long index = strtoull(digits, &end, 10);
		if (strcmp(end, before ? "]" : "") != 0)
			break;
		if (index >= kinds[i].len)
			return rt_fail(err, RT_EINPUT,
				       "--demand: %s: there are %" PRIu32
				       " of them",
				       text, kinds[i].len);
		*entry = (struct rt_entry){ kinds[i].kind, (uint32_t)index };
		return RT_OK;
	}
	return rt_fail(err, RT_EINPUT,
		       "--demand: %s: not a number, gangs[N] or "
		       "constraints[N]",
		       text);
}

static enum rt_status ask(const struct questions *q, const struct scene *scene,
			  cJSON *answers, struct rt_error *err)
{
	const struct rt_snapshot *s = scene->snapshot;
	enum rt_status status = RT_OK;
	struct rt_entry entry;
	uint32_t at;

	if (q->group && !(status = find_group(s, q->group, &at, err)))
		status = ask_group(scene, at, answers, err);
	if (!status && q->node && !(status = find_node(s, q->node, &at, err)))
		status = ask_node(scene, at, answers, err);
	if (!status && q->demand &&
	    !(status = find_demand(s, q->demand, &entry, err)))
		status = ask_demand(scene, entry, answers, err);
	return status;
}

/* ---- all of it ----------------------------------------------------------- */

static bool is_noted(const struct rt_decision *d, uint32_t node)
{
	for (uint32_t i = 0; i < d->notes_len; i++)
		if (d->notes[i].node == node)
			return true;
	return false;
}

static enum rt_status ask_nodes(const struct scene *scene, cJSON *answers,
				struct rt_error *err)
{
	const struct rt_decision *d = scene->decision;
	enum rt_status status = RT_OK;
	uint32_t told = 0;

	for (uint32_t i = 0; i < scene->snapshot->nodes_len && !status; i++)
		if (is_noted(d, i) && told++ < TOLD)
			status = ask_node(scene, i, answers, err);
	return status;
}

static enum rt_status ask_demands(const struct scene *scene, cJSON *answers,
				  struct rt_error *err)
{
	const struct rt_decision *d = scene->decision;
	const struct rt_demand *demand = &d->snapshot->demand;
	enum rt_status status = RT_OK;
	uint32_t told = 0;

	for (uint32_t i = 0; i < demand->tasks_len && !status; i++)
		if (d->infeasible_tasks[i] && told++ < TOLD)
			status = ask_demand(
				scene, (struct rt_entry){ RT_ENTRY_TASK, i },
				answers, err);
	for (uint32_t i = 0; i < demand->gangs_len && !status; i++)
		if (d->infeasible_gangs[i] && told++ < TOLD)
			status = ask_demand(
				scene, (struct rt_entry){ RT_ENTRY_GANG, i },
				answers, err);
	for (uint32_t i = 0; i < demand->constraints_len && !status; i++)
		if (d->infeasible_constraints[i] && told++ < TOLD)
			status = ask_demand(
				scene,
				(struct rt_entry){ RT_ENTRY_CONSTRAINT, i },
				answers, err);
	return status;
}

static enum rt_status ask_all(const struct scene *scene, cJSON *answers,
			      struct rt_error *err)
{
	const struct rt_snapshot *s = scene->snapshot;
	enum rt_status status = RT_OK;

	for (uint32_t g = 0; g < s->groups_len && g < TOLD && !status; g++)
		if (!s->groups[g].is_head || scene->decision->launch[g])
			status = ask_group(scene, g, answers, err);
	if (!status)
		status = ask_nodes(scene, answers, err);
	return status ? status : ask_demands(scene, answers, err);
}

enum rt_status questions_ask(const struct questions *q,
			     const struct scene *scene, cJSON *answers,
			     struct rt_error *err)
{
	return q->group || q->node || q->demand ? ask(q, scene, answers, err)
						: ask_all(scene, answers, err);
}
