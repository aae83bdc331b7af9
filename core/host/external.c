/* SPDX-License-Identifier: Apache-2.0 */
/*
 * external.c - snapshot to line, line to edits of the plan.  Room that earlier
 * stages want beside the demand is shown as tasks behind the others.  An answer
 * that breaks off half-way leaves nothing: a round that is held takes all back.
 */
#include "core/host/external.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/mem.h"
#include "core/host/child.h"
#include "core/model/codec_snapshot.h"
#include "core/model/plan.h"
#include "core/model/why.h"

struct external_conf {
	const char *command;
	int64_t deadline_ms;
	struct external *external;
};

struct external {
	struct rt_child *child;
	uint64_t asked;
};

static const struct rt_param external_params[] = {
	{ .name = "command",
	  .type = RT_PARAM_TEXT,
	  .offset = offsetof(struct external_conf, command),
	  .unit = "",
	  .help = "run by sh; a line in, a line out",
	  .needed = true },
	{ .name = "deadline",
	  .type = RT_PARAM_SPAN,
	  .offset = offsetof(struct external_conf, deadline_ms),
	  .def = 5000,
	  .min = 10,
	  .max = 6e5,
	  .unit = "",
	  .help = "for an answer; its start is part of the first one's" },
	{ .name = NULL },
};

void *rt_external_open(void *conf)
{
	struct external_conf *c = conf;

	c->external = rt_calloc(1, sizeof *c->external);
	c->external->child = rt_child_new(c->command);
	return c->external;
}

void rt_external_close(void *external)
{
	struct external *e = external;

	rt_child_free(&e->child);
	rt_free(e);
}

/* ---- the question ---------------------------------------------------------
 */

static const struct rt_request *with_spares(const struct rt_demand *demand,
					    struct rt_arena *arena)
{
	struct rt_request *all =
		RT_ARENA_ARRAY(arena, struct rt_request,
			       demand->tasks_len + demand->spares_len);

	for (uint32_t i = 0; i < demand->tasks_len; i++)
		all[i] = demand->tasks[i];
	for (uint32_t i = 0; i < demand->spares_len; i++)
		all[demand->tasks_len + i] = demand->spares[i];
	return all;
}

static char *question(const struct rt_snapshot *given, const char *id,
		      struct rt_arena *arena)
{
	struct rt_snapshot shown = *given;

	shown.id = id;
	shown.demand.tasks = with_spares(&given->demand, arena);
	shown.demand.tasks_len += given->demand.spares_len;
	cJSON *doc = rt_snapshot_encode(&shown);
	char *line = rt_json_print(doc);
	cJSON_Delete(doc);
	return line;
}

/* ---- the answer -----------------------------------------------------------
 */

struct answer {
	const struct rt_ctx *ctx;
	struct rt_plan *plan;
	struct rt_map nodes; /* by instance id */
	struct rt_error *err;
};

static enum rt_status take_launch(struct answer *a, const struct rt_json *item)
{
	const struct rt_snapshot *s = a->plan->snapshot;
	int64_t count;
	enum rt_status status =
		rt_json_i64(item, 0, RT_NODES_MAX, &count, a->err);

	for (uint32_t g = 0; g < s->groups_len && !status; g++) {
		if (strcmp(s->groups[g].name, item->key) != 0)
			continue;
		if (count)
			rt_launch(a->ctx, a->plan, g, count, RT_WHY(EXTERNAL));
		return RT_OK;
	}
	return status ? status
		      : rt_json_fail(item, a->err, "no such type of nodes");
}

static enum rt_status take_cause(const struct rt_json *item,
				 enum rt_cause *cause, struct rt_error *err)
{
	const char *name = rt_cause_name(RT_CAUSE_IDLE);
	enum rt_status status = rt_json_get_str(item, "cause", &name, err);

	for (*cause = RT_CAUSE_IDLE; !status; ++*cause) {
		if (strcmp(rt_cause_name(*cause), name) == 0)
			return RT_OK;
		if (*cause == RT_CAUSE_CONSOLIDATE)
			return rt_json_fail(item, err, "%s: no such cause",
					    name);
	}
	return status;
}

static enum rt_status take_removal(struct answer *a, const struct rt_json *item)
{
	const struct rt_snapshot *s = a->plan->snapshot;
	struct rt_removal removal = { .idle_ms = 0 };
	const char *id = NULL;
	enum rt_status status;

	if ((status = rt_json_is_object(item, a->err)) ||
	    (status = rt_json_get_str(item, "instance_id", &id, a->err)) ||
	    (status = take_cause(item, &removal.cause, a->err)))
		return status;
	const struct rt_node *node = id ? rt_map_get(&a->nodes, id) : NULL;
	if (!node)
		return rt_json_fail(item, a->err, "%s: no such instance_id",
				    id ? id : "none");
	removal.node = (uint32_t)(node - s->nodes);
	removal.idle_ms = node->idle_ms;
	rt_remove(a->ctx, a->plan, removal, RT_WHY(EXTERNAL));
	return RT_OK;
}

/* Room beside the demand that found none is nobody's. */
static enum rt_status take_task(struct answer *a, const struct rt_json *item)
{
	uint32_t len = a->plan->snapshot->demand.tasks_len;
	int64_t index = RT_NONE, count = 1;
	enum rt_status status;

	if ((status = rt_json_is_object(item, a->err)) ||
	    (status = rt_json_get_i64(item, "index", 0, RT_REQUESTS_MAX, &index,
				      a->err)) ||
	    (status = rt_json_get_i64(item, "count", 0, RT_COUNT_MAX, &count,
				      a->err)))
		return status;
	if (index >= 0 && index < len)
		rt_infeasible_task(a->ctx, a->plan, (uint32_t)index, count,
				   RT_WHY(NO_ROOM, .n = count));
	return RT_OK;
}

static enum rt_status take_gang(struct answer *a, const struct rt_json *item)
{
	int64_t i, len = a->plan->snapshot->demand.gangs_len;
	enum rt_status status = rt_json_i64(item, 0, len - 1, &i, a->err);

	if (!status)
		rt_plan_infeasible_gang(a->plan, (uint32_t)i,
					RT_WHY(NO_ROOM_FOR_ALL));
	return status;
}

static enum rt_status take_constraint(struct answer *a,
				      const struct rt_json *item)
{
	int64_t i, len = a->plan->snapshot->demand.constraints_len;
	enum rt_status status = rt_json_i64(item, 0, len - 1, &i, a->err);

	if (!status)
		rt_plan_infeasible_constraint(a->plan, (uint32_t)i,
					      RT_WHY(NO_ROOM_FOR_ALL));
	return status;
}

/* Since when a type's pending nodes have been unneeded, for the next round. */
static enum rt_status take_times(struct answer *a, const struct rt_json *item)
{
	const struct rt_snapshot *s = a->plan->snapshot;
	struct rt_json time;
	enum rt_status status = rt_json_is_array(item, a->err);
	int64_t *at = RT_ARENA_ARRAY(a->ctx->arena, int64_t, rt_json_len(item));
	uint32_t len = 0;

	for (bool more = !status && rt_json_first(item, &time); more && !status;
	     more = rt_json_next(&time))
		status = rt_json_i64(&time, 0, RT_JSON_WHOLE_MAX, &at[len++],
				     a->err);
	for (uint32_t g = 0; g < s->groups_len && !status; g++)
		if (strcmp(s->groups[g].name, item->key) == 0)
			rt_plan_unneeded(a->plan, g,
					 (struct rt_times){ len, at });
	return status;
}

/* Each of a list, or of a map; absent is empty. */
static enum rt_status
take_all(struct answer *a, const struct rt_json *in, const char *key,
	 enum rt_status (*take)(struct answer *, const struct rt_json *))
{
	struct rt_json list, item;
	enum rt_status status = RT_OK;

	if (!rt_json_member(in, key, &list))
		return RT_OK;
	for (bool more = rt_json_first(&list, &item); more && !status;
	     more = rt_json_next(&item))
		status = take(a, &item);
	return status;
}

static enum rt_status take_answer(struct answer *a, const struct rt_json *root,
				  const char *id)
{
	struct rt_json part;
	const char *text = NULL;
	enum rt_status status = rt_json_is_object(root, a->err);

	if (!status)
		status = rt_json_get_str(root, "error", &text, a->err);
	if (!status && text)
		return rt_fail(a->err, RT_EREMOTE, "it says: %s", text);
	if (!status)
		status = rt_json_get_str(root, "id", &text, a->err);
	if (!status && (!text || strcmp(text, id) != 0))
		return rt_fail(a->err, RT_EREMOTE,
			       "it answers %s and was asked %s",
			       text ? text : "nothing", id);
	if (status || (status = take_all(a, root, "launch", take_launch)) ||
	    (status = take_all(a, root, "terminate", take_removal)))
		return status;
	if (rt_json_member(root, "infeasible", &part) &&
	    ((status = take_all(a, &part, "tasks", take_task)) ||
	     (status = take_all(a, &part, "gangs", take_gang)) ||
	     (status = take_all(a, &part, "constraints", take_constraint))))
		return status;
	if (rt_json_member(root, "state", &part))
		status = take_all(a, &part, "pending_unneeded_since_ms",
				  take_times);
	return status;
}

static enum rt_status read_answer(struct answer *a, const char *line,
				  const char *id)
{
	const struct rt_snapshot *s = a->plan->snapshot;
	cJSON *doc;
	enum rt_status status = rt_json_parse(line, strlen(line), &doc, a->err);

	if (status)
		return status;
	const struct rt_json root = rt_json_root(doc);
	a->nodes = rt_map_new(a->ctx->arena, s->nodes_len);
	for (uint32_t i = 0; i < s->nodes_len; i++)
		rt_map_put(&a->nodes, s->nodes[i].instance_id, &s->nodes[i]);
	status = take_answer(a, &root, id);
	cJSON_Delete(doc);
	return status;
}

static enum rt_status external_decide(const struct rt_ctx *ctx,
				      const struct rt_snapshot *s,
				      struct rt_plan *plan,
				      struct rt_error *err)
{
	const struct external_conf *conf = ctx->conf;
	struct external *e = conf->external;
	struct rt_error why;
	struct answer a = { .ctx = ctx, .plan = plan, .err = &why };
	const char *id = rt_arena_printf(ctx->arena, "%llu",
					 (unsigned long long)++e->asked);
	char *line = question(s, id, ctx->arena);
	const char *answer;
	char text[RT_ERROR_TEXT + 2];

	(void)err;
	enum rt_status status =
		rt_child_ask(e->child, line, conf->deadline_ms, &answer, &why);
	cJSON_free(line);
	if (!status && (status = read_answer(&a, answer, id)))
		rt_child_fail(e->child);
	if (!status)
		return RT_OK;
	rt_log(RT_WARN, "external_policy", "why=%s",
	       rt_log_quote(why.text, text, sizeof text));
	rt_plan_hold(plan, RT_WHY(EXTERNAL_HOLD));
	return RT_OK;
}

const struct rt_policy_ops rt_policy_external = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "external",
	.summary = "a process that is shown the snapshot as JSON, and decides",
	.about = "For policies in another language.  Each round waits for its "
		 "answer; without one the round is held.",
	.example = "{command: python3 policies/examples/greedy.py}",
	.flags = RT_PACKS,
	.params = external_params,
	.conf_size = sizeof(struct external_conf),
	.decide = external_decide,
};
