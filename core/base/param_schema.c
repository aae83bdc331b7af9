/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param_schema.c - rows for editors: what a document of them may hold, as JSON
 * Schema (2020-12).
 */
#include "core/base/param.h"

#include <math.h>

static void add_type(cJSON *schema, const char *type)
{
	cJSON_AddStringToObject(schema, "type", type);
}

static void add_bounds(cJSON *schema, const struct rt_param *row)
{
	cJSON_AddNumberToObject(schema, "minimum", row->min);
	if (!isinf(row->max))
		cJSON_AddNumberToObject(schema, "maximum", row->max);
}

static void add_choices(cJSON *schema, const struct rt_param *row)
{
	cJSON *words = cJSON_AddArrayToObject(schema, "enum");

	for (size_t i = 0; row->choices[i]; i++)
		cJSON_AddItemToArray(words,
				     cJSON_CreateString(row->choices[i]));
}

/* Of a number for each name. */
static void add_pairs(cJSON *schema, const struct rt_param *row)
{
	cJSON *value;

	add_type(schema, "object");
	value = cJSON_AddObjectToObject(schema, "additionalProperties");
	add_type(value, "number");
	add_bounds(value, row);
}

/* A list, or the name of a table with its columns. */
static void add_list(cJSON *schema, const struct rt_param *row)
{
	cJSON *ways = cJSON_AddArrayToObject(schema, "anyOf");
	cJSON *list = cJSON_CreateObject(), *file = cJSON_CreateObject();

	add_type(list, "array");
	cJSON_AddItemToObject(list, "items", rt_params_schema(row->rows));
	add_type(file, "string");
	cJSON_AddItemToArray(ways, list);
	cJSON_AddItemToArray(ways, file);
}

static void add_value(cJSON *schema, const struct rt_param *row)
{
	switch (row->type) {
	case RT_PARAM_BOOL:
		add_type(schema, "boolean");
		break;
	case RT_PARAM_INT:
	case RT_PARAM_DOUBLE:
		add_type(schema,
			 row->type == RT_PARAM_INT ? "integer" : "number");
		add_bounds(schema, row);
		break;
	case RT_PARAM_CHOICE:
		add_choices(schema, row);
		break;
	case RT_PARAM_SPAN:
		add_type(schema, "string");
		cJSON_AddStringToObject(schema, "pattern",
					"^[0-9][0-9.eE+]*(ms|s|m|h|d)$");
		break;
	case RT_PARAM_TEXT:
	case RT_PARAM_CRON:
	case RT_PARAM_ZONE:
		add_type(schema, "string");
		break;
	case RT_PARAM_PAIRS:
		add_pairs(schema, row);
		break;
	case RT_PARAM_LIST:
		add_list(schema, row);
		break;
	}
}

cJSON *rt_params_schema(const struct rt_param *rows)
{
	cJSON *schema = cJSON_CreateObject();
	cJSON *properties = cJSON_CreateObject();
	cJSON *needed = cJSON_CreateArray();

	add_type(schema, "object");
	cJSON_AddFalseToObject(schema, "additionalProperties");
	cJSON_AddItemToObject(schema, "required", needed);
	cJSON_AddItemToObject(schema, "properties", properties);
	for (const struct rt_param *row = rows; row->name; row++) {
		cJSON *value = cJSON_AddObjectToObject(properties, row->name);
		cJSON_AddStringToObject(value, "description", row->help);
		add_value(value, row);
		if (row->needed)
			cJSON_AddItemToArray(needed,
					     cJSON_CreateString(row->name));
	}
	return schema;
}
