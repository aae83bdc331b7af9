/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - changes are told by group and reason, as they were carried out;
 * demand that can never be met by its shape, so that a growing count is no
 * news.
 */
#include "autoscaler/events.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/why.h"
#include "core/sched/miss.h"

#define NEWS_MAX 10 /* shapes of demand told of in a round */
#define TEXT 1024
#define DEMAND_TEXT (64u << 10)
#define HOPELESS_TEXT (1u << 20)

struct teller {
	const struct session *session;
	const struct round *round;
	struct health *health;
	bool failed; /* then nothing more is tried */
};

static void tell(struct teller *t, enum session_severity severity,
		 const char *message)
{
	struct rt_error err;
	if (t->failed)
		return;
	enum rt_status status =
		session_tell(t->session, severity, message, &err);
	t->failed = !health_note(t->health, status, &err);
}

/* ---- changes ------------------------------------------------------- */

/* Nodes of a group that come or go for the same reason. */
struct change {
	const char *group;
	const char *reason; /* NULL: they come */
	int64_t count;
};

struct changes {
	uint32_t len, cap;
	struct change *at;
};

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void add_change(struct changes *changes, struct rt_arena *arena,
		       struct change change)
{
	for (uint32_t i = 0; i < changes->len; i++) {
		struct change *known = &changes->at[i];
		if (same_text(known->group, change.group) &&
		    same_text(known->reason, change.reason)) {
			known->count += change.count;
			return;
		}
	}
	RT_ARENA_GROW(arena, changes->at, changes->len, changes->cap);
	changes->at[changes->len++] = change;
}

/* Ray's words where it has some. */
static const char *reason_of(const struct round *round,
			     const struct rt_action *action)
{
	char text[TEXT];
	switch (action->why.code) {
	case RT_WHY_IDLE:
	case RT_WHY_UNNEEDED:
		return "idle";
	case RT_WHY_MAX_GROUP:
		return "max number of worker nodes per type reached";
	case RT_WHY_MAX_CLUSTER:
		return "max number of worker nodes reached";
	default:
		rt_why_text(round->decision->snapshot, action->why, text,
			    sizeof text);
		return rt_arena_strdup(round->arena, text);
	}
}

/* A node that was drained is told of then, and not when its pod goes. */
static bool is_going(const struct rt_action *action)
{
	bool done = action->outcome == RT_OUTCOME_DONE;
	switch (action->kind) {
	case RT_ACTION_CANCEL:
		return done;
	case RT_ACTION_DRAIN:
		return done || action->outcome == RT_OUTCOME_ACCEPTED;
	case RT_ACTION_DELETE:
		return done && action->after == RT_NO_ACTION &&
		       action->why.code != RT_WHY_RAY_STOPPED &&
		       action->why.code != RT_WHY_DELETE_RETRY;
	default:
		return false;
	}
}

static struct changes find_changes(const struct round *round)
{
	struct changes changes = { 0 };
	for (uint32_t i = 0; i < round->actions->len; i++) {
		const struct rt_action *action = &round->actions->at[i];
		struct change change = { .group = action->group_name,
					 .count = action->pod ? 1
							      : action->count };
		bool comes = action->kind == RT_ACTION_LAUNCH &&
			     action->outcome == RT_OUTCOME_DONE;
		if (is_going(action))
			change.reason = reason_of(round, action);
		if (comes || change.reason)
			add_change(&changes, round->arena, change);
	}
	return changes;
}

/* What the cluster comes to have, in whole ones. */
static void tell_size(struct teller *t)
{
	static const char *const names[] = { "CPU", "GPU", "TPU" };
	const struct rt_decision *d = t->round->decision;
	struct rt_buf text = RT_BUF(TEXT);
	rt_buf_addf(&text, "Resized to");
	for (size_t i = 0; i < 3; i++) {
		double total = 0;
		for (uint32_t id = 0; id < d->totals_len; id++)
			if (same_text(d->snapshot->names.text[id], names[i]))
				total = d->totals[id];
		if (total > 0 || i == 0)
			rt_buf_addf(&text, "%s %lld %ss", i ? "," : "",
				    (long long)total, names[i]);
	}
	rt_buf_addf(&text, ".");
	tell(t, SESSION_INFO, text.data);
	rt_buf_free(&text);
}

static const char *change_text(const struct change *c, struct rt_arena *arena)
{
	if (!c->reason)
		return rt_arena_printf(arena, "Adding %lld node(s) of type %s.",
				       (long long)c->count, c->group);
	return rt_arena_printf(arena, "Removing %lld nodes of type %s (%s).",
			       (long long)c->count, c->group, c->reason);
}

static void tell_changes(struct teller *t)
{
	struct rt_arena *arena = t->round->arena;
	struct changes changes = find_changes(t->round);
	for (uint32_t i = 0; i < changes.len; i++)
		tell(t, SESSION_INFO, change_text(&changes.at[i], arena));
	if (changes.len)
		tell_size(t);
}

/* ---- demand that can never be met ---------------------------------- */

/* {'CPU': 4.0, 'GPU': 0.5}, as Ray writes it. */
static void put_resources(struct rt_buf *to, struct rt_res res,
			  const struct round *round)
{
	const struct rt_name_table *names = &round->decision->snapshot->names;
	char number[RT_F64_TEXT];
	rt_buf_addf(to, "{");
	for (uint32_t i = 0; i < res.len; i++) {
		int64_t units = res.at[i].units;
		rt_json_f64_text((double)units / RT_UNITS, number);
		rt_buf_addf(to, "%s'%s': %s%s", i ? ", " : "",
			    names->text[res.at[i].name], number,
			    units % RT_UNITS ? "" : ".0");
	}
	rt_buf_addf(to, "}");
}

static const char *take_text(struct rt_buf *text, const struct round *round)
{
	const char *copy =
		rt_arena_strndup(round->arena, text->data, text->len);
	rt_buf_free(text);
	return copy;
}

static const char *resources_text(const struct round *round, struct rt_res res)
{
	struct rt_buf text = RT_BUF(DEMAND_TEXT);
	put_resources(&text, res, round);
	return take_text(&text, round);
}

static bool same_res(struct rt_res a, struct rt_res b)
{
	for (uint32_t i = 0; i < a.len && i < b.len; i++)
		if (a.at[i].name != b.at[i].name ||
		    a.at[i].units != b.at[i].units)
			return false;
	return a.len == b.len;
}

/* {'CPU': 4.0}*3, {'GPU': 1.0}*1: equal ones that follow one another are told
 * as one. */
static const char *requests_text(const struct round *round, uint32_t len,
				 const struct rt_request *requests)
{
	struct rt_buf text = RT_BUF(DEMAND_TEXT);
	for (uint32_t i = 0, next; i < len; i = next) {
		int64_t count = 0;
		for (next = i; next < len &&
			       same_res(requests[i].res, requests[next].res);
		     next++)
			count += requests[next].count;
		if (i)
			rt_buf_addf(&text, ", ");
		put_resources(&text, requests[i].res, round);
		rt_buf_addf(&text, "*%lld", (long long)count);
	}
	return take_text(&text, round);
}

struct hopeless {
	struct teller *teller;
	const struct rt_misses *misses;
	const char *before; /* with a line end before each line, too */
	struct rt_buf now;
	int news;
};

/* `what` was asked for; `key` is the same as long as it is the same demand. */
static void tell_one(struct hopeless *h, struct rt_entry entry,
		     const char *what, const char *key)
{
	const struct round *round = h->teller->round;
	struct rt_miss miss = rt_miss_of(h->misses, entry);
	char why[TEXT];
	if (miss.verdict != RT_VERDICT_NEVER)
		return;
	const char *line = rt_arena_printf(round->arena, "\n%s\n", key);
	bool known = strstr(h->before, line);
	if (!known && h->news++ >= NEWS_MAX)
		return; /* in the next round */
	rt_buf_addf(&h->now, "%s\n", key);
	if (known)
		return;
	rt_why_text(round->decision->snapshot, miss.why, why, sizeof why);
	tell(h->teller, SESSION_WARNING,
	     rt_arena_printf(round->arena,
			     "No available node types can fulfill %s (%s). "
			     "Add suitable node types to this cluster to "
			     "resolve this issue.",
			     what, why));
}

static void tell_tasks(struct hopeless *h)
{
	const struct round *round = h->teller->round;
	const struct rt_demand *demand = &round->decision->snapshot->demand;
	for (uint32_t i = 0; i < demand->tasks_len; i++) {
		const struct rt_request *task = &demand->tasks[i];
		if (!round->decision->infeasible_tasks[i])
			continue;
		const char *shape = resources_text(round, task->res);
		tell_one(h, (struct rt_entry){ RT_ENTRY_TASK, i },
			 rt_arena_printf(round->arena,
					 "resource requests %s*%lld", shape,
					 (long long)task->count),
			 shape);
	}
}

static void tell_gangs(struct hopeless *h)
{
	const struct round *round = h->teller->round;
	const struct rt_demand *demand = &round->decision->snapshot->demand;
	for (uint32_t i = 0; i < demand->gangs_len; i++) {
		const struct rt_gang *gang = &demand->gangs[i];
		if (!round->decision->infeasible_gangs[i])
			continue;
		tell_one(
			h, (struct rt_entry){ RT_ENTRY_GANG, i },
			rt_arena_printf(
				round->arena,
				"placement group requests (detail=%s): %s",
				gang->details,
				requests_text(round, gang->len, gang->bundles)),
			gang->details);
	}
}

static void tell_constraints(struct hopeless *h)
{
	const struct round *round = h->teller->round;
	const struct rt_demand *demand = &round->decision->snapshot->demand;
	for (uint32_t i = 0; i < demand->constraints_len; i++) {
		const struct rt_constraint *one = &demand->constraints[i];
		if (!round->decision->infeasible_constraints[i])
			continue;
		const char *text =
			requests_text(round, one->len, one->requests);
		tell_one(h, (struct rt_entry){ RT_ENTRY_CONSTRAINT, i },
			 rt_arena_printf(round->arena, "cluster constraint: %s",
					 text),
			 text);
	}
}

/* A group that is not understood might hold anything. */
static void tell_hopeless(struct events *events, struct teller *t)
{
	const struct round *round = t->round;
	struct hopeless h = { .teller = t,
			      .before =
				      events->hopeless ? events->hopeless : "",
			      .now = RT_BUF(HOPELESS_TEXT) };
	if (round->seen.cluster.problems_len || round->decision->held)
		return;
	h.misses = rt_misses_open(round->decision, round->arena);
	rt_buf_addf(&h.now, "\n");
	tell_tasks(&h);
	tell_gangs(&h);
	tell_constraints(&h);
	rt_free(events->hopeless);
	events->hopeless = h.now.data;
	events->more = h.news > NEWS_MAX;
}

void events_tell(struct events *events, const struct session *session,
		 const struct round *round, struct health *health)
{
	struct teller t = { session, round, health, false };
	if (!session->folder || !round->decision)
		return;
	tell_changes(&t);
	if (!round->repeated || events->more)
		tell_hopeless(events, &t);
}

void events_clear(struct events *events)
{
	rt_free(events->hopeless);
	*events = (struct events){ 0 };
}
