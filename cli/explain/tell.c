/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.c - an answer is {KIND: name, "text": headline, "said": [sentence...]},
 * a sentence {"of", "code", "text"} with the numbers of its reason.
 */
#include "cli/explain/tell.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/model/why.h"

#define TEXT 1024

static cJSON *add(cJSON *answer, const char *of, const char *code,
		  const char *text)
{
	cJSON *said = cJSON_CreateObject();

	if (of)
		cJSON_AddStringToObject(said, "of", of);
	cJSON_AddStringToObject(said, "code", code);
	cJSON_AddStringToObject(said, "text", text);
	cJSON_AddItemToArray(cJSON_GetObjectItem(answer, "said"), said);
	return said;
}

cJSON *tell_about(cJSON *answers, const char *kind, const char *name,
		  const char *fmt, ...)
{
	char text[TEXT];
	cJSON *answer = cJSON_CreateObject();
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	cJSON_AddStringToObject(answer, kind, name);
	cJSON_AddStringToObject(answer, "text", text);
	cJSON_AddArrayToObject(answer, "said");
	cJSON_AddItemToArray(answers, answer);
	return answer;
}

void tell_why(cJSON *answer, const struct rt_snapshot *s, const char *of,
	      int64_t count, struct rt_why why)
{
	char text[TEXT], code[RT_REASON_CODE];
	cJSON *said = add(answer, of, rt_reason_code(why.code, code),
			  rt_why_text(s, why, text, sizeof text));

	if (count != RT_NONE)
		cJSON_AddNumberToObject(said, "count", (double)count);
	if (why.n)
		cJSON_AddNumberToObject(said, "n", (double)why.n);
	if (why.limit)
		cJSON_AddNumberToObject(said, "limit", (double)why.limit);
}

void tell(cJSON *answer, const char *code, const char *fmt, ...)
{
	char text[TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	add(answer, NULL, code, text);
}

bool tell_if(cJSON *answer, const struct rt_decision *now, const char *had,
	     const struct rt_decision *other)
{
	char text[TEXT];
	bool differs = scene_compare(now, other, text, sizeof text);

	if (differs)
		tell(answer, "if", "%s: %s", had, text);
	return differs;
}

static const char *text_of(const cJSON *of, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(of, key));
}

void tell_print(const cJSON *answers)
{
	const cJSON *answer, *said;

	cJSON_ArrayForEach(answer, answers)
	{
		puts(text_of(answer, "text"));
		cJSON_ArrayForEach(said, cJSON_GetObjectItem(answer, "said"))
		{
			const char *of = text_of(said, "of");
			const cJSON *count = cJSON_GetObjectItem(said, "count");
			printf("  %s%s", of ? of : "", of ? ": " : "");
			if (count)
				printf("%.0f nodes: ", count->valuedouble);
			puts(text_of(said, "text"));
		}
	}
}
