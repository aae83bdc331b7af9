/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - reads values out of views.  cJSON keeps every number as a double,
 * so whole numbers are exact below 2^53 and refused from there on.
 */
#include "core/base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"

#define KEY_SHOWN 64 /* bytes of a key in a path */

static bool is_plain(const char *key)
{
	if (!*key)
		return false;
	for (const char *c = key; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-",
			    *c))
			return false;
	return true;
}

static size_t append_path(const struct rt_json *view, char *buf, size_t size)
{
	if (!view->up)
		return 0;
	size_t used = append_path(view->up, buf, size);
	char *at = used < size ? buf + used : NULL;
	size_t room = at ? size - used : 0;
	int len;
	if (!view->key) {
		len = snprintf(at, room, "[%zu]", view->index);
		return used + (size_t)len;
	}
	bool plain = is_plain(view->key);
	len = snprintf(at, room, "%s%.*s%s%s",
		       !plain ? "[\""
		       : used ? "."
			      : "",
		       KEY_SHOWN, view->key,
		       strlen(view->key) > KEY_SHOWN ? "..." : "",
		       plain ? "" : "\"]");
	return used + (size_t)len;
}

const char *rt_json_path(const struct rt_json *view, char *buf, size_t size)
{
	buf[0] = '\0';
	append_path(view, buf, size);
	return buf;
}

/* Of a view, or of what it is in: what an alias repeats has no place of its
 * own. */
static const struct rt_mark *mark_of(const struct rt_json *view,
				     const struct rt_marks *marks)
{
	for (; view->up; view = view->up)
		for (size_t i = 0; i < marks->len; i++)
			if (marks->at[i].node == view->node)
				return &marks->at[i];
	return NULL;
}

const char *rt_json_place(const struct rt_json *view, char *buf, size_t size)
{
	const struct rt_json *root = view;
	while (root->up)
		root = root->up;
	buf[0] = '\0';
	if (!root->marks)
		return buf;
	const struct rt_mark *mark = mark_of(view, root->marks);
	if (mark)
		snprintf(buf, size, "%s:%zu:%zu", root->marks->file, mark->line,
			 mark->column);
	else
		snprintf(buf, size, "%s", root->marks->file);
	return buf;
}

static enum rt_status fail_at(const struct rt_json *view, enum rt_status status,
			      const char *why, struct rt_error *err)
{
	char path[RT_ERROR_TEXT / 2];
	rt_json_path(view, path, sizeof path);
	rt_fail(err, status, "%s%s%s", path, *path ? ": " : "", why);
	if (err && *rt_json_place(view, path, sizeof path))
		rt_wrap(err, "%s", path);
	return status;
}

enum rt_status rt_json_fail(const struct rt_json *view, struct rt_error *err,
			    const char *fmt, ...)
{
	char why[RT_ERROR_TEXT];
	va_list args;
	va_start(args, fmt);
	vsnprintf(why, sizeof why, fmt, args);
	va_end(args);
	return fail_at(view, RT_EINPUT, why, err);
}

enum rt_status rt_json_bound(const struct rt_json *view, const char *of,
			     size_t has, size_t max, struct rt_error *err)
{
	char why[RT_ERROR_TEXT];
	if (has <= max)
		return RT_OK;
	snprintf(why, sizeof why, "%zu %s, at most %zu are read", has, of, max);
	return fail_at(view, RT_ELIMIT, why, err);
}

bool rt_json_member(const struct rt_json *object, const char *key,
		    struct rt_json *out)
{
	if (!cJSON_IsObject(object->node))
		return false;
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(object->node, key);
	if (!node || cJSON_IsNull(node))
		return false;
	*out = (struct rt_json){ .node = node, .up = object, .key = key };
	return true;
}

static enum rt_status wrong_type(const struct rt_json *view, const char *want,
				 struct rt_error *err)
{
	const cJSON *node = view->node;
	const char *is = cJSON_IsObject(node)   ? "an object"
			 : cJSON_IsArray(node)  ? "an array"
			 : cJSON_IsString(node) ? "a string"
			 : cJSON_IsNumber(node) ? "a number"
			 : cJSON_IsBool(node)   ? "true or false"
						: "null";
	return rt_json_fail(view, err, "is %s, not %s", is, want);
}

enum rt_status rt_json_is_object(const struct rt_json *view,
				 struct rt_error *err)
{
	if (cJSON_IsObject(view->node))
		return RT_OK;
	return wrong_type(view, "an object", err);
}

enum rt_status rt_json_is_map(const struct rt_json *view, struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_object(view, err);
	if (!status)
		status = rt_json_bound(view, "entries", rt_json_len(view),
				       RT_ENTRIES_MAX, err);
	for (bool more = !status && rt_json_first(view, &item); more && !status;
	     more = rt_json_next(&item))
		status = rt_json_bound(&item, "bytes in the name",
				       strlen(item.key), RT_NAME_MAX, err);
	return status;
}

enum rt_status rt_json_is_array(const struct rt_json *view,
				struct rt_error *err)
{
	if (cJSON_IsArray(view->node))
		return RT_OK;
	return wrong_type(view, "an array", err);
}

bool rt_json_first(const struct rt_json *view, struct rt_json *item)
{
	const cJSON *child = view->node->child;
	if (!child)
		return false;
	*item = (struct rt_json){ .node = child,
				  .up = view,
				  .key = child->string };
	return true;
}

bool rt_json_next(struct rt_json *item)
{
	item->node = item->node->next;
	if (!item->node)
		return false;
	item->key = item->node->string;
	item->index++;
	return true;
}

size_t rt_json_len(const struct rt_json *view)
{
	return (size_t)cJSON_GetArraySize(view->node);
}

enum rt_status rt_json_str(const struct rt_json *view, const char **out,
			   struct rt_error *err)
{
	if (!cJSON_IsString(view->node))
		return wrong_type(view, "a string", err);
	*out = view->node->valuestring;
	return RT_OK;
}

enum rt_status rt_json_name(const struct rt_json *view, const char **out,
			    struct rt_error *err)
{
	enum rt_status status = rt_json_str(view, out, err);
	return status ? status
		      : rt_json_bound(view, "bytes", strlen(*out), RT_NAME_MAX,
				      err);
}

enum rt_status rt_json_bool(const struct rt_json *view, bool *out,
			    struct rt_error *err)
{
	if (!cJSON_IsBool(view->node))
		return wrong_type(view, "true or false", err);
	*out = cJSON_IsTrue(view->node);
	return RT_OK;
}

enum rt_status rt_json_i64(const struct rt_json *view, int64_t min, int64_t max,
			   int64_t *out, struct rt_error *err)
{
	if (!cJSON_IsNumber(view->node))
		return wrong_type(view, "a whole number", err);
	char text[RT_F64_TEXT];
	double v = view->node->valuedouble;
	bool exact = fabs(v) <= RT_JSON_WHOLE_MAX;
	if (exact && trunc(v) != v)
		return rt_json_fail(view, err, "%s: not a whole number",
				    rt_json_f64_text(v, text));
	if (!exact || (int64_t)v < min || (int64_t)v > max)
		return rt_json_fail(view, err,
				    "%s: not between %" PRId64 " and %" PRId64,
				    rt_json_f64_text(v, text), min, max);
	*out = (int64_t)v;
	return RT_OK;
}

enum rt_status rt_json_f64(const struct rt_json *view, double min, double max,
			   double *out, struct rt_error *err)
{
	if (!cJSON_IsNumber(view->node))
		return wrong_type(view, "a number", err);
	char text[RT_F64_TEXT];
	double v = view->node->valuedouble;
	if (!isfinite(v) || v < min || v > max)
		return rt_json_fail(view, err, "%s: not between %g and %g",
				    rt_json_f64_text(v, text), min, max);
	*out = v;
	return RT_OK;
}

enum rt_status rt_json_units(const struct rt_json *view, int64_t *out,
			     struct rt_error *err)
{
	const int64_t most = RT_AMOUNT_MAX / RT_UNITS;
	double v;
	enum rt_status status = rt_json_f64(view, 0, (double)most, &v, err);
	if (status)
		return status;
	/* Apart: bytes times 10000 may pass the 53 bits of a double. */
	double whole = floor(v);
	*out = (int64_t)whole * RT_UNITS + llround((v - whole) * RT_UNITS);
	return RT_OK;
}

enum rt_status rt_json_get_str(const struct rt_json *object, const char *key,
			       const char **out, struct rt_error *err)
{
	struct rt_json member;
	if (!rt_json_member(object, key, &member))
		return RT_OK;
	return rt_json_str(&member, out, err);
}

enum rt_status rt_json_get_name(const struct rt_json *object, const char *key,
				const char **out, struct rt_error *err)
{
	struct rt_json member;
	if (!rt_json_member(object, key, &member))
		return RT_OK;
	return rt_json_name(&member, out, err);
}

enum rt_status rt_json_get_i64(const struct rt_json *object, const char *key,
			       int64_t min, int64_t max, int64_t *out,
			       struct rt_error *err)
{
	struct rt_json member;
	if (!rt_json_member(object, key, &member))
		return RT_OK;
	return rt_json_i64(&member, min, max, out, err);
}

enum rt_status rt_json_get_f64(const struct rt_json *object, const char *key,
			       double min, double max, double *out,
			       struct rt_error *err)
{
	struct rt_json member;
	if (!rt_json_member(object, key, &member))
		return RT_OK;
	return rt_json_f64(&member, min, max, out, err);
}

enum rt_status rt_json_get_bool(const struct rt_json *object, const char *key,
				bool *out, struct rt_error *err)
{
	struct rt_json member;
	if (!rt_json_member(object, key, &member))
		return RT_OK;
	return rt_json_bool(&member, out, err);
}
