/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_print.c - numbers out.  cJSON writes a double with 15 digits where that
 * comes near enough; what could lose by it is written here, as raw text.
 */
#include "core/base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

const char *rt_json_f64_text(double v, char buf[RT_F64_TEXT])
{
	if (trunc(v) == v && fabs(v) < 1e17) {
		snprintf(buf, RT_F64_TEXT, "%.0f", v);
		return buf;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, RT_F64_TEXT, "%.*g", digits, v);
		if (strtod(buf, NULL) == v)
			break;
	}
	return buf;
}

static void make_exact(cJSON *node)
{
	double v = node->valuedouble;
	if (cJSON_IsNumber(node) && isfinite(v) &&
	    (trunc(v) != v || fabs(v) >= 1e15)) {
		node->valuestring = cJSON_malloc(RT_F64_TEXT);
		if (!node->valuestring)
			rt_oom();
		rt_json_f64_text(v, node->valuestring);
		node->type = (node->type & ~0xFF) | cJSON_Raw;
	}
	for (cJSON *child = node->child; child; child = child->next)
		make_exact(child);
}

char *rt_json_print(cJSON *doc)
{
	make_exact(doc);
	char *text = cJSON_PrintUnformatted(doc);
	if (!text)
		rt_oom();
	return text;
}

cJSON *rt_json_from_units(int64_t units)
{
	/* Raw text: amounts may have more digits than a double. */
	char text[32];
	int len = snprintf(text, sizeof text, "%s%" PRId64 ".%04" PRId64,
			   units < 0 ? "-" : "",
			   units / RT_UNITS * (units < 0 ? -1 : 1),
			   units % RT_UNITS * (units < 0 ? -1 : 1));
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	return cJSON_CreateRaw(text);
}
