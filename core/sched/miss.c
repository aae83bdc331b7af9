/* SPDX-License-Identifier: Apache-2.0 */
/*
 * miss.c - a request is held against the groups as they are when empty, then
 * against the nodes that are there.  A gang or a constraint misses what the
 * first of its requests misses that nobody could hold.
 */
#include "core/sched/miss.h"

#include <string.h>

#include "core/base/error.h"
#include "core/model/res.h"
#include "core/sched/pack_gang.h"
#include "core/sched/pack_trial.h"

struct rt_misses {
	const struct rt_snapshot *snapshot;
	struct rt_arena *arena;
	int64_t *room;    /* for each group, nodes up to its maximum */
	int64_t all_room; /* up to the cluster's */
	int64_t *most;    /* for each name, of any node that is there */
};

static bool counts(const struct rt_node *node)
{
	return node->group != RT_NO_GROUP && node->status >= RT_NODE_QUEUED &&
	       node->status <= RT_NODE_RAY_STOP_REQUESTED &&
	       (node->known || node->status != RT_NODE_RAY_RUNNING);
}

static void count_rooms(struct rt_misses *m, const int64_t *launch)
{
	const struct rt_snapshot *s = m->snapshot;

	m->all_room =
		s->max_workers == RT_NONE ? INT64_MAX : s->max_workers + 1;
	for (uint32_t g = 0; g < s->groups_len; g++) {
		m->room[g] = s->groups[g].max_nodes + s->groups[g].is_head -
			     launch[g];
		m->all_room -= launch[g];
	}
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		if (!counts(&s->nodes[i]))
			continue;
		m->room[s->nodes[i].group]--;
		m->all_room--;
	}
}

struct rt_misses *rt_misses_open(const struct rt_decision *d,
				 struct rt_arena *arena)
{
	const struct rt_snapshot *s = d->snapshot;
	struct rt_misses *m = RT_ARENA_NEW(arena, struct rt_misses);

	*m = (struct rt_misses){
		.snapshot = s,
		.arena = arena,
		.room = RT_ARENA_ARRAY(arena, int64_t, s->groups_len),
		.most = RT_ARENA_ARRAY(arena, int64_t, s->names.len),
	};
	count_rooms(m, d->launch);
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		struct rt_res total = s->nodes[i].total;
		for (uint32_t k = 0; k < total.len; k++)
			if (total.at[k].units > m->most[total.at[k].name])
				m->most[total.at[k].name] = total.at[k].units;
	}
	return m;
}

/* ---- what there is ------------------------------------------------------ */

/* Of one node: what its pod can be made larger to counts. */
static int64_t of_group(const struct rt_misses *m, uint32_t g, uint32_t name)
{
	const struct rt_group *group = &m->snapshot->groups[g];
	const char *text = m->snapshot->names.text[name];
	int64_t units = rt_res_get(group->res, name);
	int64_t cap = 0;

	if (strncmp(text, RT_IMPLICIT, strlen(RT_IMPLICIT)) == 0)
		cap = RT_UNITS;
	else if (group->resize && strcmp(text, "CPU") == 0)
		cap = group->resize->cpu;
	else if (group->resize && strcmp(text, "memory") == 0)
		cap = group->resize->memory;
	return cap > units ? cap : units;
}

/* The largest of any group, the head's apart: nobody launches another. */
static int64_t largest(const struct rt_misses *m, uint32_t name)
{
	int64_t most = 0;

	for (uint32_t g = 0; g < m->snapshot->groups_len; g++) {
		int64_t units = of_group(m, g, name);
		if (!m->snapshot->groups[g].is_head && units > most)
			most = units;
	}
	return most;
}

/* Resources of one node or placement group. */
static bool is_of_a_moment(const struct rt_misses *m, uint32_t name)
{
	const char *text = m->snapshot->names.text[name];

	return strncmp(text, "node:", 5) == 0 || strstr(text, "_group_");
}

static bool suits(const struct rt_request *r, struct rt_labels labels)
{
	return r->selectors_len == 0 ||
	       rt_selector_met(r, labels) < r->selectors_len;
}

static bool holds(struct rt_res total, struct rt_res wanted)
{
	for (uint32_t k = 0; k < wanted.len; k++)
		if (rt_res_get(total, wanted.at[k].name) < wanted.at[k].units)
			return false;
	return true;
}

static bool a_node_holds(const struct rt_misses *m, const struct rt_request *r)
{
	const struct rt_snapshot *s = m->snapshot;

	for (uint32_t k = 0; k < r->res.len; k++)
		if (r->res.at[k].units > m->most[r->res.at[k].name])
			return false;
	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (s->nodes[i].known && suits(r, s->nodes[i].labels) &&
		    holds(s->nodes[i].total, r->res))
			return true;
	return false;
}

/* ---- one request -------------------------------------------------------- */

/* How the groups stand to a request. */
struct standing {
	uint32_t suiting; /* groups that could hold it */
	uint32_t waiting; /* of these, those at their maximum */
	uint32_t waits;   /* the last of these */
	uint32_t open;    /* the last that is not */
	uint32_t unlike;  /* large enough, with other labels; RT_NO_GROUP */
	/* The group that lacks the fewest resources, so many, first this. */
	uint32_t nearest, lacks;
	struct rt_amount lacking;
};

static uint32_t count_lacking(const struct rt_misses *m, uint32_t g,
			      struct rt_res res, struct rt_amount *first)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < res.len; k++)
		if (of_group(m, g, res.at[k].name) < res.at[k].units &&
		    n++ == 0)
			*first = res.at[k];
	return n;
}

static void stand(const struct rt_misses *m, const struct rt_request *r,
		  uint32_t g, struct standing *st)
{
	struct rt_amount first = { 0 };
	uint32_t lacks = count_lacking(m, g, r->res, &first);

	if (lacks < st->lacks) {
		st->lacks = lacks;
		st->nearest = g;
		st->lacking = first;
	}
	if (lacks)
		return;
	if (!suits(r, m->snapshot->groups[g].labels)) {
		st->unlike = g;
		return;
	}
	st->suiting++;
	if (m->room[g] > 0) {
		st->open = g;
	} else {
		st->waiting++;
		st->waits = g;
	}
}

static struct rt_why maximum(const struct rt_misses *m,
			     const struct standing *st)
{
	const struct rt_group *group = &m->snapshot->groups[st->waits];

	int64_t now_ms = m->snapshot->now_ms;

	if (st->waiting == st->suiting && group->backoff_until_ms > now_ms)
		return RT_WHY(WAITS_BACKOFF,
			      .n = group->backoff_until_ms - now_ms,
			      .group = st->waits);
	if (st->waiting == 1 && st->suiting == 1)
		return RT_WHY(WAITS_GROUP, .limit = group->max_nodes,
			      .group = st->waits);
	if (st->waiting == st->suiting)
		return RT_WHY(WAITS_GROUPS, .n = st->suiting,
			      .limit = group->max_nodes, .group = st->waits);
	if (m->all_room <= 0)
		return RT_WHY(WAITS_CLUSTER, .limit = m->snapshot->max_workers);
	return RT_WHY(WAITS_ROOM, .group = st->open);
}

/* The key of the first rule of the first alternative that the group breaks. */
static uint32_t broken_label(const struct rt_request *r,
			     struct rt_labels labels)
{
	const struct rt_selector *selector = &r->selectors[0];
	uint32_t i = 0;

	for (; i + 1 < selector->len; i++) {
		const struct rt_selector one = { 1, &selector->rules[i] };
		const struct rt_request alone = { .selectors_len = 1,
						  .selectors = &one };
		if (!suits(&alone, labels))
			break;
	}
	return selector->rules[i].key;
}

/* The resource that is asked for the most times over what a group has tells the
 * most; when each is there in some group, what the nearest one lacks. */
static struct rt_why lack(const struct rt_misses *m, struct rt_res res,
			  const struct standing *st)
{
	struct rt_why why = { .code = RT_WHY_LACKS_GROUP };
	double worst = 1;

	if (st->lacks != UINT32_MAX)
		why = RT_WHY(LACKS_SUM, .n = st->lacking.units,
			     .limit =
				     of_group(m, st->nearest, st->lacking.name),
			     .name = st->lacking.name, .group = st->nearest);
	for (uint32_t k = 0; k < res.len; k++) {
		uint32_t name = res.at[k].name;
		int64_t units = res.at[k].units, most = largest(m, name);
		double times = (double)units / (double)most;
		if (times <= worst || units == 0)
			continue;
		worst = times;
		why = most ? RT_WHY(LACKS_AMOUNT, .n = units, .limit = most,
				    .name = name)
			   : RT_WHY(LACKS_NAME, .n = units, .name = name);
	}
	return why;
}

/* Whether a node could hold what it asks for of lasting resources: labels and
 * resources of a moment may yet come. */
static bool could_be_held(const struct rt_misses *m, struct rt_res res)
{
	struct rt_amount *at = RT_ARENA_ARRAY(m->arena, struct rt_amount,
					      res.len),
			 unused;
	struct rt_request lasting = { .res.at = at };

	for (uint32_t k = 0; k < res.len; k++)
		if (!is_of_a_moment(m, res.at[k].name))
			at[lasting.res.len++] = res.at[k];
	for (uint32_t g = 0; g < m->snapshot->groups_len; g++)
		if (count_lacking(m, g, lasting.res, &unused) == 0)
			return true;
	return a_node_holds(m, &lasting);
}

static struct rt_miss miss_of_request(const struct rt_misses *m,
				      const struct rt_request *r)
{
	const struct rt_snapshot *s = m->snapshot;
	struct standing st = { .unlike = RT_NO_GROUP, .lacks = UINT32_MAX };
	struct rt_why why;

	for (uint32_t g = 0; g < s->groups_len; g++)
		if (!s->groups[g].is_head) /* nobody launches another */
			stand(m, r, g, &st);
	if (st.suiting)
		return (struct rt_miss){ RT_VERDICT_WAITS, maximum(m, &st) };
	if (a_node_holds(m, r))
		return (struct rt_miss){ RT_VERDICT_WAITS, RT_WHY(WAITS_NODE) };
	if (st.unlike != RT_NO_GROUP) {
		why = RT_WHY(LACKS_LABEL, .group = st.unlike);
		why.name = broken_label(r, s->groups[st.unlike].labels);
		return (struct rt_miss){ RT_VERDICT_UNKNOWN, why };
	}
	why = lack(m, r->res, &st);
	if (could_be_held(m, r->res))
		return (struct rt_miss){ RT_VERDICT_UNKNOWN, why };
	return (struct rt_miss){ RT_VERDICT_NEVER, why };
}

struct rt_why rt_miss_in(const struct rt_misses *m, const struct rt_request *r,
			 uint32_t g)
{
	const struct rt_group *group = &m->snapshot->groups[g];
	struct rt_amount first = { 0 };
	int64_t wait_ms = group->backoff_until_ms - m->snapshot->now_ms;

	if (count_lacking(m, g, r->res, &first))
		return RT_WHY(GROUP_LACKS, .n = first.units,
			      .limit = of_group(m, g, first.name),
			      .name = first.name, .group = g);
	if (!suits(r, group->labels))
		return RT_WHY(GROUP_LABEL, .group = g,
			      .name = broken_label(r, group->labels));
	if (m->room[g] > 0)
		return RT_WHY(GROUP_HOLDS, .n = m->room[g], .group = g);
	if (wait_ms > 0)
		return RT_WHY(WAITS_BACKOFF, .n = wait_ms, .group = g);
	return RT_WHY(WAITS_GROUP, .limit = group->max_nodes, .group = g);
}

/* ---- several ------------------------------------------------------------ */

/* What nobody could hold stands before what waits, and a maximum that can be
 * named before the rest. */
static bool tells_more(const struct rt_miss *a, const struct rt_miss *b)
{
	bool a_room = a->why.code == RT_WHY_WAITS_ROOM;
	bool b_room = b->why.code == RT_WHY_WAITS_ROOM;

	if (a->verdict != b->verdict)
		return a->verdict < b->verdict;
	return !a_room && b_room;
}

static struct rt_miss miss_of_all(const struct rt_misses *m,
				  const struct rt_request *const *requests,
				  uint32_t len)
{
	struct rt_miss worst = { RT_VERDICT_WAITS, RT_WHY(WAITS_ROOM) };
	int64_t count = 0;

	for (uint32_t i = 0; i < len; i++) {
		struct rt_miss miss = miss_of_request(m, requests[i]);
		if (i == 0 || tells_more(&miss, &worst))
			worst = miss;
		count += requests[i]->count;
	}
	if (count > 1 && worst.why.code == RT_WHY_WAITS_ROOM)
		worst.why = RT_WHY(WAITS_WHOLE, .n = count);
	return worst;
}

static struct rt_miss miss_of_gang(const struct rt_misses *m,
				   const struct rt_gang *gang)
{
	uint32_t len;

	if (!rt_gang_is_sane(gang))
		return (struct rt_miss){ RT_VERDICT_UNKNOWN, RT_WHY(BAD_GANG) };
	const struct rt_request **requests =
		rt_gang_requests(m->snapshot, gang, m->arena, &len);
	return miss_of_all(m, requests, len);
}

static struct rt_miss miss_of_constraint(const struct rt_misses *m,
					 uint32_t index)
{
	const struct rt_constraint *c = &m->snapshot->demand.constraints[index];
	const struct rt_request **requests =
		RT_ARENA_ARRAY(m->arena, const struct rt_request *, c->len);

	if (index > 0)
		return (struct rt_miss){ RT_VERDICT_UNKNOWN,
					 RT_WHY(BAD_CONSTRAINT) };
	for (uint32_t i = 0; i < c->len; i++)
		requests[i] = &c->requests[i];
	return miss_of_all(m, requests, c->len);
}

struct rt_miss rt_miss_of(const struct rt_misses *m, struct rt_entry entry)
{
	const struct rt_demand *demand = &m->snapshot->demand;

	switch (entry.kind) {
	case RT_ENTRY_TASK:
		return miss_of_request(m, &demand->tasks[entry.index]);
	case RT_ENTRY_GANG:
		return miss_of_gang(m, &demand->gangs[entry.index]);
	case RT_ENTRY_CONSTRAINT:
		return miss_of_constraint(m, entry.index);
	default:
		RT_BUG("not an entry of the demand");
	}
}
