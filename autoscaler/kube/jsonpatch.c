/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonpatch.c - group by group, in the order of the manifest.
 */
#include "autoscaler/kube/jsonpatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define PATH_MAX_BYTES 128

/* What one group is to become. */
struct change {
	const struct rt_group *group;
	const struct rt_group_spec *spec;
	const cJSON *item; /* of spec.workerGroupSpecs, as read */
	int64_t launches;
	uint32_t deletes_len;
	const char **deletes; /* pods */
};

static cJSON *checked(cJSON *made)
{
	if (!made)
		rt_oom();
	return made;
}

static const cJSON *get_item(const cJSON *doc, uint32_t index)
{
	const cJSON *spec = cJSON_GetObjectItemCaseSensitive(doc, "spec");
	const cJSON *list =
		cJSON_GetObjectItemCaseSensitive(spec, "workerGroupSpecs");
	return cJSON_GetArrayItem(list, (int)index);
}

/* ---- what is there ------------------------------------------------- */

static bool is_to_delete(const struct rt_group_spec *spec, const char *pod)
{
	for (uint32_t i = 0; i < spec->to_delete_len; i++)
		if (strcmp(spec->to_delete[i], pod) == 0)
			return true;
	return false;
}

struct workers {
	int64_t staying;
	int64_t going; /* in workersToDelete and still there */
};

static struct workers count_workers(const struct rt_observation *obs,
				    const struct change *c)
{
	struct workers out = { 0 };
	for (uint32_t i = 0; i < obs->pods_len; i++) {
		const struct rt_pod *pod = &obs->pods[i];
		if (pod->is_head || pod->deleting ||
		    strcmp(pod->group, c->group->name) != 0)
			continue;
		if (is_to_delete(c->spec, pod->name))
			out.going++;
		else
			out.staying++;
	}
	return out;
}

static bool is_worker_of(const struct rt_observation *obs, const char *group,
			 const char *name)
{
	for (uint32_t i = 0; i < obs->pods_len; i++) {
		const struct rt_pod *pod = &obs->pods[i];
		if (strcmp(pod->name, name) == 0)
			return !pod->is_head && !pod->deleting &&
			       strcmp(pod->group, group) == 0;
	}
	return false;
}

/* ---- what is to be done -------------------------------------------- */

static bool may_go(const struct rt_actions *actions,
		   const struct rt_action *action)
{
	return action->after == RT_NO_ACTION ||
	       actions->at[action->after].outcome == RT_OUTCOME_DONE;
}

/* The group's part of the actions. */
static void take_actions(struct change *c, uint32_t group,
			 const struct rt_observation *obs,
			 struct rt_actions *actions, struct jsonpatch *patch)
{
	for (uint32_t i = 0; i < actions->len; i++) {
		struct rt_action *action = &actions->at[i];
		if (action->group != group)
			continue;
		if (action->kind == RT_ACTION_LAUNCH)
			c->launches += action->count;
		else if (action->kind == RT_ACTION_DELETE &&
			 may_go(actions, action) &&
			 is_worker_of(obs, c->group->name, action->pod))
			c->deletes[c->deletes_len++] = action->pod;
		else
			continue;
		patch->actions[patch->len++] = action;
	}
}

static int64_t new_replicas(const struct change *c, int64_t staying)
{
	int64_t hosts = c->group->num_of_hosts;
	int64_t nodes = c->spec->replicas * hosts;
	if (nodes < staying)
		nodes = staying;
	nodes += c->launches - c->deletes_len;
	int64_t replicas = nodes > 0 ? (nodes + hosts - 1) / hosts : 0;
	if (replicas < c->spec->min_replicas)
		replicas = c->spec->min_replicas;
	if (replicas > c->spec->max_replicas)
		replicas = c->spec->max_replicas;
	return replicas;
}

/* ---- operations ---------------------------------------------------- */

/* Takes `value` over. */
static void add_op(cJSON *ops, const char *op, const struct change *c,
		   const char *member, cJSON *value)
{
	char path[PATH_MAX_BYTES];
	cJSON *one = checked(cJSON_CreateObject());
	snprintf(path, sizeof path, "/spec/workerGroupSpecs/%u/%s",
		 c->spec->index, member);
	checked(cJSON_AddStringToObject(one, "op", op));
	checked(cJSON_AddStringToObject(one, "path", path));
	cJSON_AddItemToObject(one, "value", value);
	cJSON_AddItemToArray(ops, one);
}

/* The member is what was read, and becomes `value`.  A member that was not
 * there cannot be tested, and is added. */
static void set_member(cJSON *ops, const struct change *c, const char *member,
		       cJSON *value)
{
	const cJSON *old = cJSON_GetObjectItemCaseSensitive(c->item, member);
	if (old)
		add_op(ops, "test", c, member,
		       checked(cJSON_Duplicate(old, 1)));
	add_op(ops, old ? "replace" : "add", c, member, value);
}

static cJSON *scale_strategy(const struct change *c)
{
	cJSON *strategy = checked(cJSON_CreateObject());
	cJSON *list =
		checked(cJSON_AddArrayToObject(strategy, "workersToDelete"));
	for (uint32_t i = 0; i < c->deletes_len; i++)
		cJSON_AddItemToArray(
			list, checked(cJSON_CreateString(c->deletes[i])));
	return strategy;
}

static void add_change(cJSON *ops, const struct change *c, int64_t replicas)
{
	add_op(ops, "test", c, "groupName",
	       checked(cJSON_CreateString(c->group->name)));
	if (replicas != c->spec->replicas)
		set_member(ops, c, "replicas",
			   checked(cJSON_CreateNumber((double)replicas)));
	if (c->deletes_len || c->spec->to_delete_len)
		set_member(ops, c, "scaleStrategy", scale_strategy(c));
}

static void build_group(const cJSON *doc, uint32_t group,
			const struct rt_observation *obs,
			struct rt_actions *actions, struct rt_arena *arena,
			struct jsonpatch *patch)
{
	struct change c = {
		.group = &obs->cluster.groups[group],
		.spec = &obs->cluster.specs[group],
		.deletes = RT_ARENA_ARRAY(arena, const char *, actions->len),
	};
	struct workers workers = count_workers(obs, &c);
	c.item = get_item(doc, c.spec->index);
	if (c.group->is_head || c.spec->suspend || !c.item || workers.going)
		return;
	uint32_t before = patch->len;
	take_actions(&c, group, obs, actions, patch);
	int64_t replicas = patch->len > before
				   ? new_replicas(&c, workers.staying)
				   : c.spec->replicas;
	if (replicas != c.spec->replicas || c.deletes_len ||
	    c.spec->to_delete_len)
		add_change(patch->ops, &c, replicas);
	else
		patch->len = before; /* launches beyond the maximum */
}

struct jsonpatch jsonpatch_build(const cJSON *doc,
				 const struct rt_observation *obs,
				 struct rt_actions *actions,
				 struct rt_arena *arena)
{
	struct jsonpatch patch = {
		.ops = checked(cJSON_CreateArray()),
		.actions =
			RT_ARENA_ARRAY(arena, struct rt_action *, actions->len),
	};
	for (uint32_t i = 0; i < obs->cluster.groups_len; i++)
		build_group(doc, i, obs, actions, arena, &patch);
	if (cJSON_GetArraySize(patch.ops) == 0) {
		cJSON_Delete(patch.ops);
		patch.ops = NULL;
	}
	return patch;
}

/* ---- afterwards ---------------------------------------------------- */

static const char *text_of(const cJSON *op, const char *key)
{
	const char *text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(op, key));
	return text ? text : "";
}

/* Of one operation: does the document have its value?  Only a group's name is
 * still what it was tested to be. */
static bool op_holds(const cJSON *op, const cJSON *doc)
{
	const char *path =
		text_of(op, "path") + strlen("/spec/workerGroupSpecs/");
	char *member;
	uint32_t index = (uint32_t)strtoul(path, &member, 10);
	const cJSON *there = cJSON_GetObjectItemCaseSensitive(
		get_item(doc, index), member + 1);
	if (strcmp(text_of(op, "op"), "test") == 0 &&
	    strcmp(member, "/groupName") != 0)
		return true;
	return cJSON_Compare(there,
			     cJSON_GetObjectItemCaseSensitive(op, "value"), 1);
}

bool jsonpatch_holds(const cJSON *ops, const cJSON *doc)
{
	for (const cJSON *op = ops->child; op; op = op->next)
		if (!op_holds(op, doc))
			return false;
	return true;
}
