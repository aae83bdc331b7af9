/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param.h - settings by name: rows of struct rt_param (raytide/policy.h) say
 * what there is; these functions set, check and print them.
 */
#ifndef CORE_BASE_PARAM_H
#define CORE_BASE_PARAM_H

#include <stdio.h>

#include <raytide/param.h>

#include "core/base/arena.h"
#include "core/base/json.h"

/* Writes the default of every row into `conf`, which is zeroed. */
void rt_params_default(const struct rt_param *rows, void *conf);

/* NULL when there is no such row. */
const struct rt_param *rt_param_find(const struct rt_param *rows,
				     const char *name);

/* May its value be given as a text? */
bool rt_param_is_plain(const struct rt_param *);

/* Parses `value`, checks its bounds and stores it; of a plain one. */
enum rt_status rt_param_set(const struct rt_param *row, void *conf,
			    const char *value, struct rt_error *err);

/* From a document; what is longer than the field is put into the arena. */
enum rt_status rt_param_read(const struct rt_param *row, void *conf,
			     const struct rt_json *, struct rt_arena *,
			     struct rt_error *err);
/* A list from a CSV file, a column for each of its fields. */
enum rt_status rt_param_read_table(const struct rt_param *row, struct rt_list *,
				   const char *path, struct rt_arena *,
				   struct rt_error *err);
/* All members of an object; unknown ones and missing ones are errors. */
enum rt_status rt_params_read(const struct rt_param *rows, void *conf,
			      const struct rt_json *object, struct rt_arena *,
			      struct rt_error *err);

/* Numbers, switches and choices, for rt_params_read(); to be freed with
 * cJSON_Delete(). */
cJSON *rt_params_write(const struct rt_param *rows, const void *conf);

/* One help line per row; `prefix` goes before each name ("ray."). */
void rt_params_help(const struct rt_param *rows, const char *prefix, FILE *);
/* All of each row: type, range, default, unit, help. */
void rt_params_show(const struct rt_param *rows, int indent, FILE *);
/* What rt_params_read() takes, as a JSON schema; to be freed with
 * cJSON_Delete(). */
cJSON *rt_params_schema(const struct rt_param *rows);

/* Of `n` known names the one nearest to `name`, for "did you mean"; NULL when
 * none is near. */
const char *rt_nearest(const char *name, const char *const *known, size_t n);

#endif
