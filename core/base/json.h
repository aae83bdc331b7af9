/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - a typed view of cJSON documents whose errors name the path
 * ("config.node_types[2].max_workers: ...").  Views are small values on the
 * stack that point to their parent's view: a parent must outlive its children.
 * YAML documents are read into the same form (yaml.h).
 */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

#include <cjson/cJSON.h>

#include <raytide/types.h>

/* Deepest nesting accepted from outside. */
#define RT_JSON_DEPTH 64
/* Most members of an object that becomes a sorted vector. */
#define RT_JSON_MEMBERS 10000

struct rt_json {
	const cJSON *node;
	const struct rt_json *up; /* NULL: the document */
	const char *key;          /* of a member; NULL for an element */
	size_t index;             /* of an element */
};

/* Parses `len` bytes; to be freed with cJSON_Delete().  Trailing bytes other
 * than blanks, NULs in strings and keys that come twice are errors. */
enum rt_status rt_json_parse(const char *text, size_t len, cJSON **out,
			     struct rt_error *err);

/* RT_EINPUT when a key comes twice in an object of the document. */
enum rt_status rt_json_check_keys(const struct rt_json *, struct rt_error *err);

static inline struct rt_json rt_json_root(const cJSON *node)
{
	return (struct rt_json){ .node = node };
}

/* The view's path as text, "" for the document itself. */
const char *rt_json_path(const struct rt_json *, char *buf, size_t size);

/* RT_EINPUT with the view's path in front. */
enum rt_status rt_json_fail(const struct rt_json *, struct rt_error *err,
			    const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The member of an object; false when it is absent or null (or when the view is
 * no object: check that first with rt_json_is_object). */
bool rt_json_member(const struct rt_json *object, const char *key,
		    struct rt_json *out);

/* RT_EINPUT unless the view is of that kind. */
enum rt_status rt_json_is_object(const struct rt_json *, struct rt_error *err);
/* An object of at most RT_JSON_MEMBERS members. */
enum rt_status rt_json_is_map(const struct rt_json *, struct rt_error *err);
enum rt_status rt_json_is_array(const struct rt_json *, struct rt_error *err);

/* Elements of an array, members of an object, in order:
 *	for (bool more = rt_json_first(&array, &item); more;
 *	     more = rt_json_next(&item)) */
bool rt_json_first(const struct rt_json *, struct rt_json *item);
bool rt_json_next(struct rt_json *item);
size_t rt_json_len(const struct rt_json *);

/* The value itself, RT_EINPUT when it is of another type or out of bounds. */
enum rt_status rt_json_str(const struct rt_json *, const char **out,
			   struct rt_error *err);
enum rt_status rt_json_i64(const struct rt_json *, int64_t min, int64_t max,
			   int64_t *out, struct rt_error *err);
enum rt_status rt_json_f64(const struct rt_json *, double min, double max,
			   double *out, struct rt_error *err);
enum rt_status rt_json_bool(const struct rt_json *, bool *out,
			    struct rt_error *err);
/* A non-negative amount in units of 1/RT_UNITS, rounded to the nearest. */
enum rt_status rt_json_units(const struct rt_json *, int64_t *out,
			     struct rt_error *err);

/* Members with a default: `*out` keeps its value when the key is absent or
 * null. */
enum rt_status rt_json_get_str(const struct rt_json *object, const char *key,
			       const char **out, struct rt_error *err);
enum rt_status rt_json_get_i64(const struct rt_json *object, const char *key,
			       int64_t min, int64_t max, int64_t *out,
			       struct rt_error *err);
enum rt_status rt_json_get_f64(const struct rt_json *object, const char *key,
			       double min, double max, double *out,
			       struct rt_error *err);
enum rt_status rt_json_get_bool(const struct rt_json *object, const char *key,
				bool *out, struct rt_error *err);

/* Units as the shortest JSON number with at most 4 decimals. */
cJSON *rt_json_from_units(int64_t units);

#endif
