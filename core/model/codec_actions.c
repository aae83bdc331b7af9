/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_actions.c - actions and outcomes by their words.
 */
#include "core/model/codec_actions.h"

#include <string.h>

#include "core/base/error.h"
#include "core/model/why.h"

#define WHY_TEXT 1024

static const char *const kinds[] = {
	[RT_ACTION_LAUNCH] = "launch", [RT_ACTION_CANCEL] = "cancel",
	[RT_ACTION_DRAIN] = "drain",   [RT_ACTION_DELETE] = "delete",
	[RT_ACTION_RESIZE] = "resize", [RT_ACTION_TELL] = "tell",
};

static const char *const outcomes[] = {
	[RT_OUTCOME_SKIPPED] = "skipped",   [RT_OUTCOME_DONE] = "done",
	[RT_OUTCOME_ACCEPTED] = "accepted", [RT_OUTCOME_REFUSED] = "refused",
	[RT_OUTCOME_FAILED] = "failed",
};
#define OUTCOMES (sizeof outcomes / sizeof *outcomes)

static cJSON *encode_action(const struct rt_action *a,
			    const struct rt_snapshot *snapshot)
{
	char why[WHY_TEXT];
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "action", kinds[a->kind]);
	cJSON_AddStringToObject(json, "group", a->group_name);
	if (a->kind == RT_ACTION_LAUNCH || a->kind == RT_ACTION_CANCEL)
		cJSON_AddNumberToObject(json, "count", (double)a->count);
	if (a->pod)
		cJSON_AddStringToObject(json, "pod", a->pod);
	if (a->ray_node_id)
		cJSON_AddStringToObject(json, "ray_node_id", a->ray_node_id);
	if (a->kind == RT_ACTION_DRAIN) {
		cJSON_AddStringToObject(json, "cause", rt_cause_name(a->cause));
		cJSON_AddNumberToObject(json, "idle_ms", (double)a->idle_ms);
	}
	if (a->size) {
		cJSON_AddItemToObject(json, "cpu",
				      rt_json_from_units(a->size->cpu));
		cJSON_AddItemToObject(json, "memory",
				      rt_json_from_units(a->size->memory));
	}
	if (a->kind == RT_ACTION_DELETE && a->after != RT_NO_ACTION)
		cJSON_AddNumberToObject(json, "after", a->after);
	rt_why_text(snapshot, a->why, why, sizeof why);
	cJSON_AddStringToObject(json, "why", why);
	cJSON_AddStringToObject(json, "outcome", outcomes[a->outcome]);
	return json;
}

cJSON *rt_actions_encode(const struct rt_actions *actions,
			 const struct rt_snapshot *snapshot)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < actions->len; i++)
		cJSON_AddItemToArray(list,
				     encode_action(&actions->at[i], snapshot));
	return list;
}

static enum rt_status decode_outcome(const struct rt_json *json,
				     enum rt_outcome *out, struct rt_error *err)
{
	const char *word = "";
	enum rt_status status;

	if ((status = rt_json_is_object(json, err)) ||
	    (status = rt_json_get_str(json, "outcome", &word, err)))
		return status;
	for (size_t i = 0; i < OUTCOMES; i++)
		if (strcmp(word, outcomes[i]) == 0) {
			*out = (enum rt_outcome)i;
			return RT_OK;
		}
	return rt_json_fail(json, err, "\"%.40s\" is no outcome", word);
}

enum rt_status rt_outcomes_decode(const cJSON *doc, struct rt_actions *actions,
				  struct rt_error *err)
{
	const struct rt_json list = rt_json_root(doc);
	struct rt_json item;
	enum rt_status status = rt_json_is_array(&list, err);

	if (!status && rt_json_len(&list) != actions->len)
		status = rt_fail(err, RT_EINPUT, "%zu actions, not %u",
				 rt_json_len(&list), actions->len);
	for (bool more = !status && rt_json_first(&list, &item);
	     more && !status; more = rt_json_next(&item))
		status = decode_outcome(&item, &actions->at[item.index].outcome,
					err);
	return status;
}
