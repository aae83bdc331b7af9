/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_parse.c - text into cJSON documents.  A look over the bytes refuses what
 * cJSON would let pass or dive into (deep nesting, NULs, broken UTF-8), and a
 * walk over the result what would hide in it (a key that comes twice).
 */
#include "core/base/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/mem.h"

/* Says where in the text; a line number only where there are lines. */
static enum rt_status fail_at(struct rt_error *err, enum rt_status status,
			      const char *text, size_t at, const char *why)
{
	size_t line = 1, column = 1;
	for (size_t i = 0; i < at; i++, column++)
		if (text[i] == '\n') {
			line++;
			column = 0;
		}
	if (line == 1)
		return rt_fail(err, status, "column %zu: %s", column, why);
	return rt_fail(err, status, "line %zu, column %zu: %s", line, column,
		       why);
}

/* Bytes of the character at `s`; 0 when it is not UTF-8. */
static size_t utf8_len(const unsigned char *s, size_t left)
{
	static const unsigned lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80   ? 1
		     : s[0] < 0xC0 ? 0
		     : s[0] < 0xE0 ? 2
		     : s[0] < 0xF0 ? 3
		     : s[0] < 0xF8 ? 4
				   : 0;
	if (len <= 1)
		return len;
	if (len > left)
		return 0;
	unsigned code = s[0] & (0x7Fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3Fu);
	}
	bool surrogate = code >= 0xD800 && code < 0xE000;
	return code < lowest[len] || code > 0x10FFFF || surrogate ? 0 : len;
}

/* Why the string's character at `at` may not stand there; NULL: it may. */
static const char *bad_in_string(const char *text, size_t at, size_t len)
{
	if ((unsigned char)text[at] < ' ')
		return "a control character in a string";
	if (text[at] == '\\' && len - at >= 6 &&
	    memcmp(text + at, "\\u0000", 6) == 0)
		return "a NUL character in a string";
	return NULL;
}

static enum rt_status look_over(const char *text, size_t len,
				struct rt_error *err)
{
	int depth = 0;
	bool in_string = false;
	size_t step;
	for (size_t i = 0; i < len; i += step) {
		step = utf8_len((const unsigned char *)text + i, len - i);
		if (!step)
			return fail_at(err, RT_EINPUT, text, i, "not UTF-8");
		const char *bad =
			in_string ? bad_in_string(text, i, len) : NULL;
		if (bad)
			return fail_at(err, RT_EINPUT, text, i, bad);
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string && text[i] == '\\')
			step = i + 1 < len && text[i + 1] > 0 ? 2 : 1;
		else if (!in_string && strchr("[{", text[i]) && text[i])
			depth++;
		else if (!in_string && strchr("]}", text[i]) && text[i])
			depth--;
		if (depth > RT_JSON_DEPTH)
			return fail_at(err, RT_ELIMIT, text, i,
				       "nested too deeply");
	}
	if (depth > 0 || in_string)
		return fail_at(err, RT_EINPUT, text, len, "ends too early");
	return RT_OK;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A key that the object has twice; NULL: none. */
static const char *twice(const struct rt_json *object)
{
	const char *few[16], *found = NULL;
	size_t len = rt_json_len(object), n = 0;
	const char **keys = few;
	if (len > sizeof few / sizeof *few)
		keys = rt_calloc(len, sizeof *keys);
	const cJSON *member;
	cJSON_ArrayForEach(member, object->node) keys[n++] = member->string;
	qsort(keys, n, sizeof *keys, by_text);
	for (size_t i = 1; i < n && !found; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			found = keys[i];
	if (keys != few)
		rt_free(keys);
	return found;
}

enum rt_status rt_json_check_keys(const struct rt_json *view,
				  struct rt_error *err)
{
	const char *key = cJSON_IsObject(view->node) ? twice(view) : NULL;
	if (key)
		return rt_json_fail(view, err, "the key \"%s\" comes twice",
				    key);
	struct rt_json item;
	enum rt_status status = RT_OK;
	for (bool more = rt_json_first(view, &item); more && !status;
	     more = rt_json_next(&item))
		status = rt_json_check_keys(&item, err);
	return status;
}

enum rt_status rt_json_parse(const char *text, size_t len, cJSON **out,
			     struct rt_error *err)
{
	*out = NULL;
	enum rt_status status = look_over(text, len, err);
	if (status)
		return status;
	const char *end = text;
	cJSON *doc = cJSON_ParseWithLengthOpts(text, len, &end, false);
	size_t at = (size_t)(end - text);
	while (doc && at < len && strchr(" \t\r\n", text[at]) && text[at])
		at++;
	if (!doc || at < len) {
		cJSON_Delete(doc);
		return fail_at(err, RT_EINPUT, text, at, "not valid JSON");
	}
	struct rt_json root = rt_json_root(doc);
	status = rt_json_check_keys(&root, err);
	if (status)
		cJSON_Delete(doc);
	else
		*out = doc;
	return status;
}
