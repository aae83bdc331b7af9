/* SPDX-License-Identifier: Apache-2.0 */
/*
 * difference.c - descends as long as there is one member or element in which
 * the two differ.  Members in another order are a difference, too.
 */
#include "cli/replay/difference.h"

#include <stdio.h>
#include <string.h>

#include "core/base/json.h"

#define PATH_TEXT 200
#define VALUE_TEXT 120

/* Printing changes a document, so a copy is printed. */
static char *print(const cJSON *json)
{
	cJSON *copy = cJSON_Duplicate(json, true);
	char *text = json ? rt_json_print(copy) : NULL;

	cJSON_Delete(copy);
	return text;
}

static bool same(const cJSON *a, const cJSON *b)
{
	char *x = print(a), *y = print(b);
	bool same = x && y ? strcmp(x, y) == 0 : x == y;

	cJSON_free(x);
	cJSON_free(y);
	return same;
}

static bool same_key(const cJSON *a, const cJSON *b)
{
	return a->string && b->string ? strcmp(a->string, b->string) == 0
				      : a->string == b->string;
}

/* Goes one level down; false when the two as a whole are the difference. */
static bool descend(const cJSON **a, const cJSON **b, char path[PATH_TEXT])
{
	size_t used = strlen(path), index = 0;
	const cJSON *x = *a ? (*a)->child : NULL, *y = *b ? (*b)->child : NULL;

	if (!x || !y || (*a)->type != (*b)->type)
		return false;
	for (; x && y && same_key(x, y) && same(x, y); index++) {
		x = x->next;
		y = y->next;
	}
	if (x && y && !same_key(x, y))
		return false;
	const cJSON *at = x ? x : y;
	if (!at)
		return false;
	if (at->string)
		snprintf(path + used, PATH_TEXT - used, ".%s", at->string);
	else
		snprintf(path + used, PATH_TEXT - used, "[%zu]", index);
	*a = x;
	*b = y;
	return true;
}

static void cut(const cJSON *json, char to[VALUE_TEXT])
{
	char *text = print(json);
	int len = snprintf(to, VALUE_TEXT, "%s", text ? text : "nothing");

	if (len >= VALUE_TEXT)
		memcpy(to + VALUE_TEXT - 4, "...", 4);
	cJSON_free(text);
}

bool difference_find(const char *root, const cJSON *recorded,
		     const cJSON *replayed, char *buf, size_t size)
{
	char path[PATH_TEXT], one[VALUE_TEXT], other[VALUE_TEXT];

	if (same(recorded, replayed))
		return false;
	snprintf(path, sizeof path, "%s", root);
	while (descend(&recorded, &replayed, path))
		;
	cut(recorded, one);
	cut(replayed, other);
	snprintf(buf, size, "%s: recorded %s, replayed %s", path, one, other);
	return true;
}
