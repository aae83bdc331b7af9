/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param.c - one switch over the types each for defaults, texts and documents.
 */
#include "core/base/param.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cron.h"
#include "core/base/error.h"

#define NAMES_MAX 64

/* The field that a row describes. */
static void *field(const struct rt_param *row, void *conf)
{
	return (char *)conf + row->offset;
}

void rt_params_default(const struct rt_param *rows, void *conf)
{
	for (const struct rt_param *row = rows; row->name; row++) {
		void *at = field(row, conf);
		switch (row->type) {
		case RT_PARAM_BOOL:
			*(bool *)at = row->def != 0;
			break;
		case RT_PARAM_INT:
			*(int64_t *)at = (int64_t)row->def;
			break;
		case RT_PARAM_DOUBLE:
			*(double *)at = row->def;
			break;
		case RT_PARAM_CHOICE:
			*(int *)at = (int)row->def;
			break;
		case RT_PARAM_SPAN:
			*(int64_t *)at = (int64_t)row->def;
			break;
		default:
			break; /* empty: the struct is zeroed */
		}
	}
}

const struct rt_param *rt_param_find(const struct rt_param *rows,
				     const char *name)
{
	for (const struct rt_param *row = rows; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static enum rt_status check_bounds(const struct rt_param *row, double number,
				   const char *value, struct rt_error *err)
{
	if (number >= row->min && number <= row->max)
		return RT_OK;
	if (isinf(row->max))
		return rt_fail(err, RT_EINPUT, "%s: less than %g", value,
			       row->min);
	return rt_fail(err, RT_EINPUT, "%s: not between %g and %g", value,
		       row->min, row->max);
}

static enum rt_status set_bool(bool *at, const char *value,
			       struct rt_error *err)
{
	bool yes = strcmp(value, "true") == 0;
	if (!yes && strcmp(value, "false") != 0)
		return rt_fail(err, RT_EINPUT,
			       "%s: neither \"true\" nor \"false\"", value);
	*at = yes;
	return RT_OK;
}

static enum rt_status set_int(const struct rt_param *row, int64_t *at,
			      const char *value, struct rt_error *err)
{
	char *end;
	errno = 0;
	long long number = strtoll(value, &end, 10);
	if (end == value || *end || errno || isspace((unsigned char)*value))
		return rt_fail(err, RT_EINPUT, "%s: not a whole number", value);
	enum rt_status status = check_bounds(row, (double)number, value, err);
	if (!status)
		*at = number;
	return status;
}

static enum rt_status set_double(const struct rt_param *row, double *at,
				 const char *value, struct rt_error *err)
{
	char *end;
	double number = strtod(value, &end);
	if (end == value || *end || isnan(number) ||
	    isspace((unsigned char)*value))
		return rt_fail(err, RT_EINPUT, "%s: not a number", value);
	enum rt_status status = check_bounds(row, number, value, err);
	if (!status)
		*at = number;
	return status;
}

static size_t count_choices(const struct rt_param *row)
{
	size_t n = 0;
	while (row->choices[n])
		n++;
	return n;
}

static enum rt_status set_choice(const struct rt_param *row, int *at,
				 const char *value, struct rt_error *err)
{
	size_t n = count_choices(row);
	for (size_t i = 0; i < n; i++)
		if (strcmp(row->choices[i], value) == 0) {
			*at = (int)i;
			return RT_OK;
		}
	const char *near = rt_nearest(value, row->choices, n);
	return rt_fail(err, RT_EINPUT, "%s: no such choice; %s %s", value,
		       near ? "did you mean" : "try",
		       near ? near : row->choices[0]);
}

/* "90s", "1.5h" */
static enum rt_status set_span(const struct rt_param *row, int64_t *at,
			       const char *value, struct rt_error *err)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = { { "ms", 1 },
		      { "s", 1e3 },
		      { "m", 6e4 },
		      { "h", 36e5 },
		      { "d", 864e5 } };
	char *end;
	double number = strtod(value, &end);
	size_t i = 0, n = sizeof units / sizeof *units;
	while (i < n && strcmp(end, units[i].name) != 0)
		i++;
	if (end == value || i == n || !isdigit((unsigned char)*value))
		return rt_fail(err, RT_EINPUT,
			       "%s: not a time; as in 90s, 5m, 10h or 7d",
			       value);
	double ms = number * units[i].ms;
	if (!(ms >= row->min && ms <= row->max))
		return rt_fail(err, RT_EINPUT, "%s: not between %gs and %gs",
			       value, row->min / 1e3, row->max / 1e3);
	*at = llround(ms);
	return RT_OK;
}

static enum rt_status set_plain(const struct rt_param *row, void *at,
				const char *value, struct rt_error *err)
{
	switch (row->type) {
	case RT_PARAM_BOOL:
		return set_bool(at, value, err);
	case RT_PARAM_INT:
		return set_int(row, at, value, err);
	case RT_PARAM_DOUBLE:
		return set_double(row, at, value, err);
	case RT_PARAM_CHOICE:
		return set_choice(row, at, value, err);
	case RT_PARAM_SPAN:
		return set_span(row, at, value, err);
	case RT_PARAM_CRON:
		return rt_cron_parse(value, at, err);
	default:
		RT_BUG("a parameter that is no plain value");
	}
}

bool rt_param_is_plain(const struct rt_param *row)
{
	return row->type != RT_PARAM_TEXT && row->type != RT_PARAM_ZONE &&
	       row->type != RT_PARAM_PAIRS && row->type != RT_PARAM_LIST;
}

enum rt_status rt_param_set(const struct rt_param *row, void *conf,
			    const char *value, struct rt_error *err)
{
	if (set_plain(row, field(row, conf), value, err))
		return rt_wrap(err, "%s", row->name);
	return RT_OK;
}

/* ---- from a document ----------------------------------------------------- */

/* Numbers and booleans go through their text, so that both ways in obey the
 * same bounds. */
static enum rt_status read_plain(const struct rt_param *row, void *at,
				 const struct rt_json *view,
				 struct rt_error *err)
{
	char number[64];
	const char *value = number;
	struct rt_error why;
	if (cJSON_IsString(view->node))
		value = view->node->valuestring;
	else if (cJSON_IsBool(view->node))
		value = cJSON_IsTrue(view->node) ? "true" : "false";
	else if (cJSON_IsNumber(view->node))
		snprintf(number, sizeof number, "%.17g",
			 view->node->valuedouble);
	else
		return rt_json_fail(view, err, "a plain value is needed");
	if (set_plain(row, at, value, &why))
		return rt_json_fail(view, err, "%s", why.text);
	return RT_OK;
}

static enum rt_status read_text(const char **at, const struct rt_json *view,
				struct rt_arena *arena, struct rt_error *err)
{
	const char *text;
	enum rt_status status = rt_json_name(view, &text, err);
	if (!status)
		*at = rt_arena_strdup(arena, text);
	return status;
}

static enum rt_status read_zone(struct rt_zone *at, const struct rt_json *view,
				struct rt_arena *arena, struct rt_error *err)
{
	const char *name;
	struct rt_error why;
	enum rt_status status = rt_json_name(view, &name, err);
	if (!status && rt_zone_load(name, arena, at, &why))
		status = rt_json_fail(view, err, "%s", why.text);
	return status;
}

static enum rt_status read_pairs(const struct rt_param *row,
				 struct rt_pairs *out,
				 const struct rt_json *view,
				 struct rt_arena *arena, struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_map(view, err);
	if (status)
		return status;
	struct rt_pair *at =
		RT_ARENA_ARRAY(arena, struct rt_pair, rt_json_len(view));
	uint32_t len = 0;
	for (bool more = rt_json_first(view, &item); more && !status;
	     more = rt_json_next(&item)) {
		at[len].name = rt_arena_strdup(arena, item.key);
		status = rt_json_f64(&item, row->min, row->max, &at[len].value,
				     err);
		len++;
	}
	*out = (struct rt_pairs){ len, at };
	return status;
}

/* An entry that is no map is its first field, if no other is needed. */
static enum rt_status read_entry(const struct rt_param *rows, void *conf,
				 const struct rt_json *item,
				 struct rt_arena *arena, struct rt_error *err)
{
	bool is_one = !cJSON_IsObject(item->node);

	for (const struct rt_param *row = rows + 1; row->name && is_one; row++)
		is_one = !row->needed;
	rt_params_default(rows, conf);
	if (is_one)
		return rt_param_read(rows, conf, item, arena, err);
	return rt_params_read(rows, conf, item, arena, err);
}

static enum rt_status read_list(const struct rt_param *row, struct rt_list *out,
				const struct rt_json *view,
				struct rt_arena *arena, struct rt_error *err)
{
	struct rt_json item;
	struct rt_error why;
	if (cJSON_IsString(view->node)) {
		if (rt_param_read_table(row, out, view->node->valuestring,
					arena, &why))
			return rt_json_fail(view, err, "%s", why.text);
		return RT_OK;
	}
	enum rt_status status = rt_json_is_array(view, err);
	if (!status)
		status = rt_json_bound(view, "entries", rt_json_len(view),
				       RT_ENTRIES_MAX, err);
	if (status)
		return status;
	char *at = rt_arena_alloc(arena, rt_json_len(view) * row->row_size);
	uint32_t len = 0;
	for (bool more = rt_json_first(view, &item); more && !status;
	     more = rt_json_next(&item)) {
		status = read_entry(row->rows, at + len++ * row->row_size,
				    &item, arena, err);
	}
	*out = (struct rt_list){ len, at };
	return status;
}

enum rt_status rt_param_read(const struct rt_param *row, void *conf,
			     const struct rt_json *view, struct rt_arena *arena,
			     struct rt_error *err)
{
	void *at = field(row, conf);
	switch (row->type) {
	case RT_PARAM_TEXT:
		return read_text(at, view, arena, err);
	case RT_PARAM_ZONE:
		return read_zone(at, view, arena, err);
	case RT_PARAM_PAIRS:
		return read_pairs(row, at, view, arena, err);
	case RT_PARAM_LIST:
		return read_list(row, at, view, arena, err);
	default:
		return read_plain(row, at, view, err);
	}
}

static enum rt_status unknown(const struct rt_param *rows,
			      const struct rt_json *item, struct rt_error *err)
{
	const char *names[NAMES_MAX] = { NULL };
	size_t len = 0;
	while (rows[len].name && len < NAMES_MAX) {
		names[len] = rows[len].name;
		len++;
	}
	const char *near = rt_nearest(item->key, names, len);
	if (near)
		return rt_json_fail(
			item, err, "no such parameter; did you mean %s?", near);
	return rt_json_fail(item, err, "no such parameter%s%s",
			    len ? "; as in " : ", there are none",
			    len ? names[0] : "");
}

enum rt_status rt_params_read(const struct rt_param *rows, void *conf,
			      const struct rt_json *object,
			      struct rt_arena *arena, struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_object(object, err);
	for (bool more = !status && rt_json_first(object, &item);
	     more && !status; more = rt_json_next(&item)) {
		const struct rt_param *row = rt_param_find(rows, item.key);
		status = row ? rt_param_read(row, conf, &item, arena, err)
			     : unknown(rows, &item, err);
	}
	for (const struct rt_param *row = rows; row->name && !status; row++)
		if (row->needed && !rt_json_member(object, row->name, &item))
			status = rt_json_fail(object, err, "%s is missing",
					      row->name);
	return status;
}
