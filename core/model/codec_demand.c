/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_demand.c - requests, gangs and constraints of a snapshot, both ways.
 */
#include "core/base/error.h"
#include "core/model/codec.h"
#include "core/model/codec_snapshot.h"

/* Indexed by enum rt_label_op and enum rt_placement_kind. */
static const char *const ops[] = { "in", "not_in", NULL };
static const char *const kinds[] = { "affinity", "anti_affinity", NULL };

/* A required text; it may be empty. */
static enum rt_status decode_text(struct rt_codec *c,
				  const struct rt_json *object, const char *key,
				  uint32_t *out)
{
	struct rt_json member;
	const char *text;
	enum rt_status status;

	if ((status = rt_decode_required(c, object, key, &member)) ||
	    (status = rt_json_name(&member, &text, c->err)))
		return status;
	*out = rt_name_intern(c->names, text);
	return RT_OK;
}

static enum rt_status decode_rule(struct rt_codec *c,
				  const struct rt_json *json,
				  struct rt_label_rule *out)
{
	struct rt_json list, item;
	int op = RT_LABEL_IN;
	enum rt_status status;

	if ((status = rt_json_is_object(json, c->err)) ||
	    (status = decode_text(c, json, "key", &out->key)) ||
	    (status = rt_decode_word(c, json, "op", ops, &op)) ||
	    (status = rt_decode_required(c, json, "values", &list)) ||
	    (status = rt_decode_array(c, json, "values", RT_ENTRIES_MAX, &list,
				      &out->len)))
		return status;
	out->op = (enum rt_label_op)op;
	uint32_t *values = RT_ARENA_ARRAY(c->arena, uint32_t, out->len);
	out->values = values;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item)) {
		const char *text;
		if ((status = rt_json_name(&item, &text, c->err)))
			return status;
		*values++ = rt_name_intern(c->names, text);
	}
	return RT_OK;
}

static enum rt_status decode_selector(struct rt_codec *c,
				      const struct rt_json *json,
				      struct rt_selector *out)
{
	struct rt_json item;
	enum rt_status status;

	if ((status = rt_json_is_array(json, c->err)) ||
	    (status = rt_decode_len(c, json, RT_ENTRIES_MAX, &out->len)))
		return status;
	struct rt_label_rule *rules =
		RT_ARENA_ARRAY(c->arena, struct rt_label_rule, out->len);
	out->rules = rules;
	for (bool more = rt_json_first(json, &item); more;
	     more = rt_json_next(&item))
		if ((status = decode_rule(c, &item, rules++)))
			return status;
	return RT_OK;
}

static enum rt_status decode_selectors(struct rt_codec *c,
				       const struct rt_json *json,
				       struct rt_request *out)
{
	struct rt_json list, item;
	enum rt_status status =
		rt_decode_array(c, json, "label_selectors", RT_ENTRIES_MAX,
				&list, &out->selectors_len);

	if (status || !out->selectors_len)
		return status;
	struct rt_selector *selectors = RT_ARENA_ARRAY(
		c->arena, struct rt_selector, out->selectors_len);
	out->selectors = selectors;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item))
		if ((status = decode_selector(c, &item, selectors++)))
			return status;
	return RT_OK;
}

static enum rt_status decode_placement(struct rt_codec *c,
				       const struct rt_json *json,
				       struct rt_placement *out)
{
	struct rt_json member;
	const char *value = "";
	int kind = RT_AFFINITY;
	enum rt_status status;

	if ((status = rt_json_is_object(json, c->err)) ||
	    (status = rt_decode_required(c, json, "kind", &member)) ||
	    (status = rt_decode_word(c, json, "kind", kinds, &kind)) ||
	    (status = decode_text(c, json, "label", &out->label)) ||
	    (status = rt_json_get_name(json, "value", &value, c->err)))
		return status;
	out->kind = (enum rt_placement_kind)kind;
	out->value = rt_name_intern(c->names, value);
	return RT_OK;
}

static enum rt_status decode_placements(struct rt_codec *c,
					const struct rt_json *json,
					struct rt_request *out)
{
	struct rt_json list, item;
	enum rt_status status =
		rt_decode_array(c, json, "placement", RT_ENTRIES_MAX, &list,
				&out->placements_len);

	if (status || !out->placements_len)
		return status;
	struct rt_placement *placements = RT_ARENA_ARRAY(
		c->arena, struct rt_placement, out->placements_len);
	out->placements = placements;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item))
		if ((status = decode_placement(c, &item, placements++)))
			return status;
	return RT_OK;
}

static enum rt_status decode_request(struct rt_codec *c,
				     const struct rt_json *json,
				     struct rt_request *out)
{
	enum rt_status status;

	out->count = 1;
	if (++c->requests > RT_REQUESTS_MAX)
		return rt_fail(c->err, RT_ELIMIT,
			       "demand: more than %d requests; give equal ones "
			       "as one with a count",
			       RT_REQUESTS_MAX);
	if ((status = rt_json_is_object(json, c->err)) ||
	    (status = rt_decode_res(c, json, "resources", &out->res)) ||
	    (status = decode_selectors(c, json, out)))
		return status;
	return decode_placements(c, json, out);
}

/* A list of requests; bundles have no counts. */
static enum rt_status
decode_requests(struct rt_codec *c, const struct rt_json *json, const char *key,
		bool counted, const struct rt_request **out, uint32_t *len)
{
	struct rt_json list, item;
	enum rt_status status =
		rt_decode_array(c, json, key, RT_REQUESTS_MAX, &list, len);

	if (status || !*len)
		return status;
	struct rt_request *request =
		RT_ARENA_ARRAY(c->arena, struct rt_request, *len);
	*out = request;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item), request++) {
		if ((status = decode_request(c, &item, request)))
			return status;
		if (counted &&
		    (status = rt_json_get_i64(&item, "count", 0, RT_COUNT_MAX,
					      &request->count, c->err)))
			return status;
	}
	return RT_OK;
}

static enum rt_status decode_gangs(struct rt_codec *c,
				   const struct rt_json *demand,
				   struct rt_demand *out)
{
	struct rt_json list, item;
	enum rt_status status = rt_decode_array(
		c, demand, "gangs", RT_REQUESTS_MAX, &list, &out->gangs_len);

	if (status || !out->gangs_len)
		return status;
	struct rt_gang *gang =
		RT_ARENA_ARRAY(c->arena, struct rt_gang, out->gangs_len);
	out->gangs = gang;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item), gang++) {
		const char *details = "";
		if ((status = rt_json_is_object(&item, c->err)) ||
		    (status = rt_json_get_name(&item, "details", &details,
					       c->err)) ||
		    (status = decode_requests(c, &item, "bundles", false,
					      &gang->bundles, &gang->len)))
			return status;
		gang->details = rt_arena_strdup(c->arena, details);
	}
	return RT_OK;
}

static enum rt_status decode_constraints(struct rt_codec *c,
					 const struct rt_json *demand,
					 struct rt_demand *out)
{
	struct rt_json list, item;
	enum rt_status status =
		rt_decode_array(c, demand, "constraints", RT_ENTRIES_MAX, &list,
				&out->constraints_len);

	if (status || !out->constraints_len)
		return status;
	struct rt_constraint *constraint = RT_ARENA_ARRAY(
		c->arena, struct rt_constraint, out->constraints_len);
	out->constraints = constraint;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item), constraint++)
		if ((status = rt_json_is_object(&item, c->err)) ||
		    (status = decode_requests(c, &item, "requests", true,
					      &constraint->requests,
					      &constraint->len)))
			return status;
	return RT_OK;
}

enum rt_status rt_decode_demand(struct rt_codec *c,
				const struct rt_json *snapshot,
				struct rt_demand *out)
{
	struct rt_json demand;
	enum rt_status status;

	if (!rt_json_member(snapshot, "demand", &demand))
		return RT_OK;
	if ((status = rt_json_is_object(&demand, c->err)) ||
	    (status = decode_requests(c, &demand, "tasks", true, &out->tasks,
				      &out->tasks_len)) ||
	    (status = decode_gangs(c, &demand, out)))
		return status;
	return decode_constraints(c, &demand, out);
}

static cJSON *encode_rule(const struct rt_name_table *names,
			  const struct rt_label_rule *rule)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "key", names->text[rule->key]);
	cJSON_AddStringToObject(json, "op", ops[rule->op]);
	cJSON *values = cJSON_AddArrayToObject(json, "values");
	for (uint32_t i = 0; i < rule->len; i++)
		cJSON_AddItemToArray(
			values,
			cJSON_CreateString(names->text[rule->values[i]]));
	return json;
}

static cJSON *encode_selectors(const struct rt_name_table *names,
			       const struct rt_request *request)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < request->selectors_len; i++) {
		const struct rt_selector *selector = &request->selectors[i];
		cJSON *rules = cJSON_CreateArray();
		for (uint32_t r = 0; r < selector->len; r++)
			cJSON_AddItemToArray(
				rules, encode_rule(names, &selector->rules[r]));
		cJSON_AddItemToArray(list, rules);
	}
	return list;
}

static cJSON *encode_placement(const struct rt_name_table *names,
			       const struct rt_placement *placement)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "kind", kinds[placement->kind]);
	cJSON_AddStringToObject(json, "label", names->text[placement->label]);
	cJSON_AddStringToObject(json, "value", names->text[placement->value]);
	return json;
}

static cJSON *encode_request(const struct rt_name_table *names,
			     const struct rt_request *request, bool counted)
{
	cJSON *json = cJSON_CreateObject();

	if (counted)
		cJSON_AddNumberToObject(json, "count", (double)request->count);
	cJSON_AddItemToObject(json, "resources",
			      rt_encode_res(names, request->res));
	if (request->selectors_len)
		cJSON_AddItemToObject(json, "label_selectors",
				      encode_selectors(names, request));
	if (!request->placements_len)
		return json;
	cJSON *list = cJSON_AddArrayToObject(json, "placement");
	for (uint32_t i = 0; i < request->placements_len; i++)
		cJSON_AddItemToArray(
			list, encode_placement(names, &request->placements[i]));
	return json;
}

/* What is not counted is written as often as it is there. */
static cJSON *encode_requests(const struct rt_name_table *names,
			      const struct rt_request *requests, uint32_t len,
			      bool counted)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < len; i++)
		for (int64_t k = counted ? 1 : requests[i].count; k > 0; k--)
			cJSON_AddItemToArray(
				list,
				encode_request(names, &requests[i], counted));
	return list;
}

cJSON *rt_encode_demand(const struct rt_name_table *names,
			const struct rt_demand *demand)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddItemToObject(
		json, "tasks",
		encode_requests(names, demand->tasks, demand->tasks_len, true));
	cJSON *gangs = cJSON_AddArrayToObject(json, "gangs");
	for (uint32_t i = 0; i < demand->gangs_len; i++) {
		const struct rt_gang *gang = &demand->gangs[i];
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "details", gang->details);
		cJSON_AddItemToObject(item, "bundles",
				      encode_requests(names, gang->bundles,
						      gang->len, false));
		cJSON_AddItemToArray(gangs, item);
	}
	cJSON *constraints = cJSON_AddArrayToObject(json, "constraints");
	for (uint32_t i = 0; i < demand->constraints_len; i++) {
		const struct rt_constraint *c = &demand->constraints[i];
		cJSON *item = cJSON_CreateObject();
		cJSON_AddItemToObject(
			item, "requests",
			encode_requests(names, c->requests, c->len, true));
		cJSON_AddItemToArray(constraints, item);
	}
	return json;
}
