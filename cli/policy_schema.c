/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_schema.c - made of the rows of the stages, as the parser is.  What
 * hangs on other files, or on the order of stages, no schema knows.
 */
#include "cli/policy_schema.h"

#include "core/base/param.h"
#include "core/host/chain_open.h"

static cJSON *of_type(const char *type)
{
	cJSON *schema = cJSON_CreateObject();

	cJSON_AddStringToObject(schema, "type", type);
	return schema;
}

static cJSON *ref(const char *to)
{
	cJSON *schema = cJSON_CreateObject();

	cJSON_AddStringToObject(schema, "$ref", to);
	return schema;
}

static cJSON *prices(void)
{
	cJSON *schema = of_type("object"), *price = of_type("number");

	cJSON_AddStringToObject(schema, "description",
				"of a node of each group, for an hour");
	cJSON_AddNumberToObject(price, "minimum", 0);
	cJSON_AddItemToObject(schema, "additionalProperties", price);
	return schema;
}

/* {NAME: {PARAMETER: VALUE}} */
static cJSON *stage_with_params(void)
{
	cJSON *schema = of_type("object");
	cJSON *stages = cJSON_AddObjectToObject(schema, "properties");
	const struct rt_policy_ops *ops;

	cJSON_AddNumberToObject(schema, "minProperties", 1);
	cJSON_AddNumberToObject(schema, "maxProperties", 1);
	cJSON_AddFalseToObject(schema, "additionalProperties");
	for (size_t i = 0; (ops = rt_policy_nth(&rt_registry, i)); i++) {
		cJSON *stage = cJSON_AddObjectToObject(stages, ops->name);
		cJSON *ways = cJSON_AddArrayToObject(stage, "anyOf");
		cJSON_AddStringToObject(stage, "description", ops->summary);
		cJSON_AddItemToArray(ways, rt_params_schema(ops->params));
		cJSON_AddItemToArray(ways, of_type("null"));
	}
	return schema;
}

static cJSON *plugin(void)
{
	cJSON *schema = of_type("object");
	cJSON *members = cJSON_AddObjectToObject(schema, "properties");
	cJSON *needed = cJSON_AddArrayToObject(schema, "required");

	cJSON_AddItemToArray(needed, cJSON_CreateString("plugin"));
	cJSON_AddFalseToObject(schema, "additionalProperties");
	cJSON_AddItemToObject(members, "plugin", of_type("string"));
	cJSON_AddItemToObject(members, "params", of_type("object"));
	return schema;
}

/* A stage by name, with parameters, or from a shared object. */
static cJSON *stage(void)
{
	cJSON *schema = cJSON_CreateObject(), *names = cJSON_CreateObject();
	cJSON *ways = cJSON_AddArrayToObject(schema, "anyOf");
	cJSON *list = cJSON_AddArrayToObject(names, "enum");
	const struct rt_policy_ops *ops;

	for (size_t i = 0; (ops = rt_policy_nth(&rt_registry, i)); i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(ops->name));
	cJSON_AddItemToArray(ways, names);
	cJSON_AddItemToArray(ways, stage_with_params());
	cJSON_AddItemToArray(ways, plugin());
	return schema;
}

/* One stage, or a list of them. */
static cJSON *policy(void)
{
	cJSON *schema = cJSON_CreateObject(), *list = of_type("array");
	cJSON *ways = cJSON_AddArrayToObject(schema, "anyOf");

	cJSON_AddNumberToObject(list, "minItems", 1);
	cJSON_AddNumberToObject(list, "maxItems", RT_STAGES_MAX);
	cJSON_AddItemToObject(list, "items", ref("#/$defs/stage"));
	cJSON_AddItemToArray(ways, ref("#/$defs/stage"));
	cJSON_AddItemToArray(ways, list);
	return schema;
}

cJSON *policy_schema(void)
{
	cJSON *schema = of_type("object");
	cJSON *keys = cJSON_AddObjectToObject(schema, "properties");
	cJSON *needed = cJSON_AddArrayToObject(schema, "required");
	cJSON *defs = cJSON_AddObjectToObject(schema, "$defs");

	cJSON_AddStringToObject(schema, "$schema",
				"https://json-schema.org/draft/2020-12/schema");
	cJSON_AddStringToObject(schema, "title", "A policy of raytide");
	cJSON_AddItemToArray(needed, cJSON_CreateString("policy"));
	cJSON_AddFalseToObject(schema, "additionalProperties");
	cJSON_AddItemToObject(keys, "description", of_type("string"));
	cJSON_AddItemToObject(keys, "policy", policy());
	cJSON_AddItemToObject(keys, "guards",
			      rt_params_schema(rt_guard_params));
	cJSON_AddItemToObject(keys, "prices", prices());
	cJSON_AddItemToObject(keys, "set", of_type("object"));
	cJSON_AddItemToObject(defs, "stage", stage());
	return schema;
}
