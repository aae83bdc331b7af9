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
#define GROUPS "/spec/workerGroupSpecs/"

/* What one group is to become. */
struct change {
	const struct rt_group *group;
	const struct rt_group_spec *spec;
	const cJSON *item;         /* of spec.workerGroupSpecs, as read */
	int64_t launches, cancels; /* nodes */
	uint32_t deletes_len;
	const struct rt_pod **deletes;
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

/* NULL: it is no living worker of the group. */
static const struct rt_pod *find_worker(const struct rt_observation *obs,
					const char *group, const char *name)
{
	for (uint32_t i = 0; i < obs->pods_len; i++) {
		const struct rt_pod *pod = &obs->pods[i];
		if (strcmp(pod->name, name) != 0)
			continue;
		bool living = !pod->is_head && !pod->deleting;
		return living && strcmp(pod->group, group) == 0 ? pod : NULL;
	}
	return NULL;
}

/* ---- what is to be done -------------------------------------------- */

static bool is_drained(const struct rt_actions *actions,
		       const struct rt_action *action)
{
	return action->after == RT_NO_ACTION ||
	       actions->at[action->after].outcome == RT_OUTCOME_DONE;
}

static bool same_replica(const struct rt_pod *a, const struct rt_pod *b)
{
	return strcmp(a->group, b->group) == 0 &&
	       strcmp(a->replica, b->replica) == 0;
}

static bool is_deleted(const struct change *c, const char *pod)
{
	for (uint32_t i = 0; i < c->deletes_len; i++)
		if (strcmp(c->deletes[i]->name, pod) == 0)
			return true;
	return false;
}

/* All living pods of its replica are to go.  Where the operator does not tell
 * replicas apart, all of the group's. */
static bool goes_whole(const struct change *c, const struct rt_observation *obs,
		       const struct rt_pod *pod)
{
	for (uint32_t i = 0; i < obs->pods_len; i++)
		if (!obs->pods[i].deleting &&
		    same_replica(&obs->pods[i], pod) &&
		    !is_deleted(c, obs->pods[i].name))
			return false;
	return true;
}

static void keep_whole_replicas(struct change *c,
				const struct rt_observation *obs,
				struct rt_arena *arena)
{
	const struct rt_pod **whole =
		RT_ARENA_ARRAY(arena, const struct rt_pod *, c->deletes_len);
	uint32_t len = 0;
	for (uint32_t i = 0; i < c->deletes_len; i++)
		if (goes_whole(c, obs, c->deletes[i]))
			whole[len++] = c->deletes[i];
	c->deletes = whole;
	c->deletes_len = len;
}

static bool is_part(const struct change *c, uint32_t group,
		    const struct rt_actions *actions,
		    const struct rt_action *action)
{
	if (action->group != group)
		return false;
	if (action->kind == RT_ACTION_DELETE)
		return is_drained(actions, action) &&
		       is_deleted(c, action->pod);
	return action->kind == RT_ACTION_LAUNCH ||
	       action->kind == RT_ACTION_CANCEL;
}

/* The group's part of the actions. */
static void take_actions(struct change *c, uint32_t group,
			 const struct rt_observation *obs,
			 struct rt_actions *actions, struct rt_arena *arena,
			 struct jsonpatch *patch)
{
	for (uint32_t i = 0; i < actions->len; i++) {
		const struct rt_action *action = &actions->at[i];
		const struct rt_pod *pod;
		if (action->group != group)
			continue;
		if (action->kind == RT_ACTION_LAUNCH)
			c->launches += action->count;
		else if (action->kind == RT_ACTION_CANCEL)
			c->cancels += action->count;
		else if (action->kind == RT_ACTION_DELETE &&
			 is_drained(actions, action) &&
			 (pod = find_worker(obs, c->group->name, action->pod)))
			c->deletes[c->deletes_len++] = pod;
	}
	if (c->group->num_of_hosts > 1)
		keep_whole_replicas(c, obs, arena);
	for (uint32_t i = 0; i < actions->len; i++)
		if (is_part(c, group, actions, &actions->at[i]))
			patch->actions[patch->len++] = &actions->at[i];
}

static int64_t replicas_for(const struct change *c, int64_t nodes)
{
	int64_t hosts = c->group->num_of_hosts;
	return (nodes + hosts - 1) / hosts;
}

/* How many replicas go with the deletions: of several hosts, each counts with
 * the first of its pods. */
static int64_t deleted_replicas(const struct change *c)
{
	int64_t n = 0;
	if (c->group->num_of_hosts == 1)
		return c->deletes_len;
	if (c->deletes_len && !c->deletes[0]->replica[0])
		return c->spec->replicas;
	for (uint32_t i = 0; i < c->deletes_len; i++) {
		uint32_t first = 0;
		while (!same_replica(c->deletes[first], c->deletes[i]))
			first++;
		n += first == i;
	}
	return n;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t new_replicas(const struct change *c, int64_t staying)
{
	int64_t living = replicas_for(c, staying) - deleted_replicas(c);
	int64_t replicas = larger(c->spec->replicas, replicas_for(c, staying)) -
			   deleted_replicas(c) -
			   c->cancels / c->group->num_of_hosts;
	replicas = larger(replicas, living) + replicas_for(c, c->launches);
	replicas = larger(replicas, c->spec->min_replicas);
	return replicas < c->spec->max_replicas ? replicas
						: c->spec->max_replicas;
}

/* ---- operations ---------------------------------------------------- */

/* Takes `value` over. */
static void add_op(cJSON *ops, const char *op, const struct change *c,
		   const char *member, cJSON *value)
{
	char path[PATH_MAX_BYTES];
	cJSON *one = checked(cJSON_CreateObject());
	snprintf(path, sizeof path, GROUPS "%u/%s", c->spec->index, member);
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
			list, checked(cJSON_CreateString(c->deletes[i]->name)));
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
		.deletes = RT_ARENA_ARRAY(arena, const struct rt_pod *,
					  actions->len),
	};
	struct workers workers = count_workers(obs, &c);
	c.item = get_item(doc, c.spec->index);
	if (c.group->is_head || c.spec->suspend || !c.item || workers.going)
		return;
	uint32_t before = patch->len;
	take_actions(&c, group, obs, actions, arena, patch);
	int64_t replicas = new_replicas(&c, workers.staying);
	bool idle = patch->len == before;
	/* Bounds alone are no reason: the operator keeps to them by itself. */
	if (idle && replicas_for(&c, workers.staying) <= c.spec->replicas)
		replicas = c.spec->replicas;
	if (replicas == c.spec->replicas && !c.deletes_len &&
	    !c.spec->to_delete_len) {
		patch->len = before; /* launches beyond the maximum */
		return;
	}
	if (idle && replicas != c.spec->replicas)
		patch->restored[patch->restored_len++] =
			(struct jsonpatch_restored){ c.group->name,
						     c.spec->replicas,
						     replicas };
	add_change(patch->ops, &c, replicas);
}

/* Any edit of the spec since it was read counts it up. */
static cJSON *test_generation(const cJSON *doc)
{
	const cJSON *meta = cJSON_GetObjectItemCaseSensitive(doc, "metadata");
	const cJSON *generation =
		cJSON_GetObjectItemCaseSensitive(meta, "generation");
	if (!generation)
		return NULL;
	cJSON *op = checked(cJSON_CreateObject());
	checked(cJSON_AddStringToObject(op, "op", "test"));
	checked(cJSON_AddStringToObject(op, "path", "/metadata/generation"));
	cJSON_AddItemToObject(op, "value",
			      checked(cJSON_Duplicate(generation, 1)));
	return op;
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
		.restored = RT_ARENA_ARRAY(arena, struct jsonpatch_restored,
					   obs->cluster.groups_len),
	};
	for (uint32_t i = 0; i < obs->cluster.groups_len; i++)
		build_group(doc, i, obs, actions, arena, &patch);
	if (cJSON_GetArraySize(patch.ops) == 0) {
		cJSON_Delete(patch.ops);
		patch.ops = NULL;
		return patch;
	}
	cJSON *generation = test_generation(doc);
	if (generation)
		cJSON_InsertItemInArray(patch.ops, 0, generation);
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
	const char *path = text_of(op, "path");
	char *member;
	if (strncmp(path, GROUPS, strlen(GROUPS)) != 0)
		return true; /* the generation has moved on */
	uint32_t index = (uint32_t)strtoul(path + strlen(GROUPS), &member, 10);
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
