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

#include <raytide/limits.h>
#include <raytide/types.h>

/* Whole numbers beyond this are refused: a double may hold a neighbour. */
#define RT_JSON_WHOLE_MAX 9007199254740991 /* 2^53 - 1 */

/* Where the values of a file begin, with their keys: errors name the place. */
struct rt_marks {
	const char *file;
	size_t len, cap;
	struct rt_mark {
		const cJSON *node;
		size_t line, column; /* from 1 */
	} * at;
};

struct rt_json {
	const cJSON *node;
	const struct rt_json *up;     /* NULL: the document */
	const struct rt_marks *marks; /* of a document; NULL: not known */
	const char *key;              /* of a member; NULL for an element */
	size_t index;                 /* of an element */
};

/* Parses `len` bytes; to be freed with cJSON_Delete().  Trailing bytes other
 * than blanks, NULs in strings, keys that come twice and whatever passes
 * raytide/limits.h are errors.  `err` may be NULL. */
enum rt_status rt_json_parse(const char *text, size_t len, cJSON **out,
			     struct rt_error *err);

/* RT_EINPUT when a key comes twice in an object of the document, or a number is
 * beyond what a double holds. */
enum rt_status rt_json_check(const struct rt_json *, struct rt_error *err);

static inline struct rt_json rt_json_root(const cJSON *node)
{
	return (struct rt_json){ .node = node };
}

static inline struct rt_json rt_json_marked(const cJSON *node,
					    const struct rt_marks *marks)
{
	return (struct rt_json){ .node = node, .marks = marks };
}

/* The view's path as text, "" for the document itself; long keys are cut. */
const char *rt_json_path(const struct rt_json *, char *buf, size_t size);

/* "FILE:LINE:COLUMN", or "FILE", or "" where it is not known. */
const char *rt_json_place(const struct rt_json *, char *buf, size_t size);

/* RT_EINPUT with the view's path in front, and its place where that is known:
 * "FILE:LINE:COLUMN: path: why". */
enum rt_status rt_json_fail(const struct rt_json *, struct rt_error *err,
			    const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* RT_ELIMIT with the view's path in front when it has more than `max` of
 * something. */
enum rt_status rt_json_bound(const struct rt_json *, const char *of, size_t has,
			     size_t max, struct rt_error *err);

/* The member of an object; false when it is absent or null (or when the view is
 * no object: check that first with rt_json_is_object). */
bool rt_json_member(const struct rt_json *object, const char *key,
		    struct rt_json *out);

/* RT_EINPUT unless the view is of that kind. */
enum rt_status rt_json_is_object(const struct rt_json *, struct rt_error *err);
/* An object whose keys are names, at most RT_ENTRIES_MAX. */
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
/* A string that is not too long for a name. */
enum rt_status rt_json_name(const struct rt_json *, const char **out,
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
enum rt_status rt_json_get_name(const struct rt_json *object, const char *key,
				const char **out, struct rt_error *err);
enum rt_status rt_json_get_i64(const struct rt_json *object, const char *key,
			       int64_t min, int64_t max, int64_t *out,
			       struct rt_error *err);
enum rt_status rt_json_get_f64(const struct rt_json *object, const char *key,
			       double min, double max, double *out,
			       struct rt_error *err);
enum rt_status rt_json_get_bool(const struct rt_json *object, const char *key,
				bool *out, struct rt_error *err);

/* The shortest text that reads back as the same double; returns `buf`. */
#define RT_F64_TEXT 32
const char *rt_json_f64_text(double, char buf[RT_F64_TEXT]);

/* The document as one line, every number as exact as it is (cJSON drops digits
 * of large and broken ones); to be freed with cJSON_free().  The document is
 * good for nothing then but to be freed. */
char *rt_json_print(cJSON *);

/* Units as the shortest JSON number with at most 4 decimals. */
cJSON *rt_json_from_units(int64_t units);

#endif
