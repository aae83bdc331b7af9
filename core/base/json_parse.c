/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_parse.c - text into cJSON documents.  A look over the bytes refuses what
 * cJSON would let pass or dive into (deep nesting, too much of it, NULs, broken
 * UTF-8, numbers like 01), and a walk over the result what would hide in it (a
 * key that comes twice, a number that became infinite).
 */
#include "core/base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/utf8.h"

/* Puts the place in front of an error; a line number only where there are
 * lines. */
static enum rt_status place(struct rt_error *err, const char *text, size_t at)
{
	size_t line = 1, column = 1;
	for (size_t i = 0; i < at; i++, column++)
		if (text[i] == '\n') {
			line++;
			column = 0;
		}
	if (line == 1)
		return rt_wrap(err, "column %zu", column);
	return rt_wrap(err, "line %zu, column %zu", line, column);
}

/* A text that is being looked over. */
struct look {
	const char *text;
	size_t len, at;
	int depth;
	size_t values;
	struct rt_error *err;
};

static bool sees(const struct look *l, const char *any)
{
	return l->at < l->len && l->text[l->at] && strchr(any, l->text[l->at]);
}

static size_t pass_digits(struct look *l)
{
	size_t start = l->at;
	while (sees(l, "0123456789"))
		l->at++;
	return l->at - start;
}

/* What JSON calls a number and no more: strtod() takes 01 and 1. as well. */
static enum rt_status pass_number(struct look *l)
{
	size_t start = l->at;
	l->at += l->text[l->at] == '-';
	bool zero = sees(l, "0");
	size_t digits = pass_digits(l);
	bool ok = digits == 1 || (digits > 1 && !zero);
	if (ok && sees(l, ".")) {
		l->at++;
		ok = pass_digits(l);
	}
	if (ok && sees(l, "eE")) {
		l->at++;
		l->at += sees(l, "+-");
		ok = pass_digits(l);
	}
	if (ok)
		return RT_OK;
	l->at = start;
	return rt_fail(l->err, RT_EINPUT, "not a number as JSON has them");
}

static enum rt_status pass_string(struct look *l)
{
	for (l->at++; l->at < l->len;) {
		const char *s = l->text + l->at;
		size_t left = l->len - l->at;
		size_t step = rt_utf8_len(s, left);
		if (!step)
			return rt_fail(l->err, RT_EINPUT, "not UTF-8");
		if ((unsigned char)*s < ' ')
			return rt_fail(l->err, RT_EINPUT,
				       "a control character in a string");
		if (left >= 6 && memcmp(s, "\\u0000", 6) == 0)
			return rt_fail(l->err, RT_EINPUT,
				       "a NUL character in a string");
		if (*s == '\\' && left > 1 && s[1] > 0)
			step = 2;
		l->at += step;
		if (*s == '"')
			return RT_OK;
	}
	return rt_fail(l->err, RT_EINPUT, "ends too early");
}

/* Anything else: a blank, a bracket, a comma, a letter of a word. */
static enum rt_status pass_mark(struct look *l)
{
	const char *s = l->text + l->at;
	size_t len = rt_utf8_len(s, l->len - l->at);
	if (!len)
		return rt_fail(l->err, RT_EINPUT, "not UTF-8");
	if ((unsigned char)*s < ' ' && !sees(l, "\t\r\n"))
		return rt_fail(l->err, RT_EINPUT, "a control character");
	if (sees(l, "[{") && ++l->depth > RT_DEPTH_MAX)
		return rt_fail(l->err, RT_ELIMIT, "nested deeper than %d",
			       RT_DEPTH_MAX);
	if (sees(l, "[{,") && ++l->values > RT_VALUES_MAX)
		return rt_fail(l->err, RT_ELIMIT, "more than %d values",
			       RT_VALUES_MAX);
	l->depth -= sees(l, "]}");
	l->at += len;
	return RT_OK;
}

static enum rt_status look_over(const char *text, size_t len,
				struct rt_error *err)
{
	struct look l = { .text = text, .len = len, .values = 1, .err = err };
	enum rt_status status = RT_OK;
	while (l.at < len && !status) {
		if (text[l.at] == '"')
			status = pass_string(&l);
		else if (sees(&l, "-0123456789"))
			status = pass_number(&l);
		else
			status = pass_mark(&l);
	}
	if (!status && l.depth > 0)
		status = rt_fail(err, RT_EINPUT, "ends too early");
	return status ? place(err, text, l.at) : RT_OK;
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

enum rt_status rt_json_check(const struct rt_json *view, struct rt_error *err)
{
	const char *key = cJSON_IsObject(view->node) ? twice(view) : NULL;
	if (key)
		return rt_json_fail(view, err, "the key \"%.100s\" comes twice",
				    key);
	if (cJSON_IsNumber(view->node) && !isfinite(view->node->valuedouble))
		return rt_json_fail(view, err, "a number too large to be read");
	struct rt_json item;
	enum rt_status status = RT_OK;
	for (bool more = rt_json_first(view, &item); more && !status;
	     more = rt_json_next(&item))
		status = rt_json_check(&item, err);
	return status;
}

enum rt_status rt_json_parse(const char *text, size_t len, cJSON **out,
			     struct rt_error *err)
{
	struct rt_error ignored;
	if (!err)
		err = &ignored;
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
		rt_fail(err, RT_EINPUT, "not valid JSON");
		return place(err, text, at);
	}
	struct rt_json root = rt_json_root(doc);
	status = rt_json_check(&root, err);
	if (status)
		cJSON_Delete(doc);
	else
		*out = doc;
	return status;
}
