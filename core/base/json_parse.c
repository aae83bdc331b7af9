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

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* The byte to be looked at; -1 behind the last. */
static int now(const struct look *l)
{
	return l->at < l->len ? (unsigned char)l->text[l->at] : -1;
}

static size_t pass_digits(struct look *l)
{
	size_t start = l->at;
	while (is_digit(now(l)))
		l->at++;
	return l->at - start;
}

/* What JSON calls a number and no more: strtod() takes 01 and 1. as well. */
static enum rt_status pass_number(struct look *l)
{
	size_t start = l->at;
	l->at += now(l) == '-';
	bool zero = now(l) == '0';
	size_t digits = pass_digits(l);
	bool good = digits == 1 || (digits > 1 && !zero);
	if (good && now(l) == '.') {
		l->at++;
		good = pass_digits(l);
	}
	if (good && (now(l) == 'e' || now(l) == 'E')) {
		l->at++;
		l->at += now(l) == '+' || now(l) == '-';
		good = pass_digits(l);
	}
	if (good)
		return RT_OK;
	l->at = start;
	return rt_fail(l->err, RT_EINPUT, "not a number as JSON has them");
}

/* A character of a string that is neither its end nor plain. */
static enum rt_status pass_odd(struct look *l)
{
	const char *s = l->text + l->at;
	size_t left = l->len - l->at;
	size_t step = rt_utf8_len(s, left);
	if (!step)
		return rt_fail(l->err, RT_EINPUT, "not UTF-8");
	if (now(l) < ' ')
		return rt_fail(l->err, RT_EINPUT,
			       "a control character in a string");
	if (left >= 6 && memcmp(s, "\\u0000", 6) == 0)
		return rt_fail(l->err, RT_EINPUT,
			       "a NUL character in a string");
	if (*s == '\\' && left > 1 && s[1] > 0)
		step = 2;
	l->at += step;
	return RT_OK;
}

static enum rt_status pass_string(struct look *l)
{
	enum rt_status status = RT_OK;
	for (l->at++; now(l) >= 0 && now(l) != '"' && !status;) {
		if (now(l) >= ' ' && now(l) < 0x80 && now(l) != '\\')
			l->at++;
		else
			status = pass_odd(l);
	}
	if (!status && now(l) < 0)
		status = rt_fail(l->err, RT_EINPUT, "ends too early");
	l->at += !status;
	return status;
}

/* Anything else: a blank, a bracket, a comma, a letter of a word. */
static enum rt_status pass_mark(struct look *l)
{
	int c = now(l);
	size_t len = rt_utf8_len(l->text + l->at, l->len - l->at);
	if (!len)
		return rt_fail(l->err, RT_EINPUT, "not UTF-8");
	if (c < ' ' && c != '\t' && c != '\r' && c != '\n')
		return rt_fail(l->err, RT_EINPUT, "a control character");
	bool opens = c == '[' || c == '{';
	l->depth += opens;
	l->values += opens || c == ',';
	if (l->depth > RT_DEPTH_MAX)
		return rt_fail(l->err, RT_ELIMIT, "nested deeper than %d",
			       RT_DEPTH_MAX);
	if (l->values > RT_VALUES_MAX)
		return rt_fail(l->err, RT_ELIMIT, "more than %d values",
			       RT_VALUES_MAX);
	l->depth -= c == ']' || c == '}';
	l->at += len;
	return RT_OK;
}

static enum rt_status look_over(const char *text, size_t len,
				struct rt_error *err)
{
	struct look l = { .text = text, .len = len, .values = 1, .err = err };
	enum rt_status status = RT_OK;
	while (l.at < len && !status) {
		if (now(&l) == '"')
			status = pass_string(&l);
		else if (now(&l) == '-' || is_digit(now(&l)))
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
