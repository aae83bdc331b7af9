/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param_write.c - values back into a document, in the forms that param.c reads.
 */
#include "core/base/param.h"

#include <inttypes.h>
#include <stdio.h>

static cJSON *write_span(int64_t ms)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRId64 "ms", ms);
	return cJSON_CreateString(text);
}

/* NULL for what is no number, switch or choice. */
static cJSON *write_value(const struct rt_param *row, const void *at)
{
	switch (row->type) {
	case RT_PARAM_BOOL:
		return cJSON_CreateBool(*(const bool *)at);
	case RT_PARAM_INT:
		return cJSON_CreateNumber((double)*(const int64_t *)at);
	case RT_PARAM_DOUBLE:
		return cJSON_CreateNumber(*(const double *)at);
	case RT_PARAM_CHOICE:
		return cJSON_CreateString(row->choices[*(const int *)at]);
	case RT_PARAM_SPAN:
		return write_span(*(const int64_t *)at);
	default:
		return NULL;
	}
}

cJSON *rt_params_write(const struct rt_param *rows, const void *conf)
{
	cJSON *json = cJSON_CreateObject();

	for (const struct rt_param *row = rows; row->name; row++) {
		const void *at = (const char *)conf + row->offset;
		cJSON *value = write_value(row, at);
		if (value)
			cJSON_AddItemToObject(json, row->name, value);
	}
	return json;
}
