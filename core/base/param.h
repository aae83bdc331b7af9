/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param.h - settings by name: rows of struct rt_param (raytide/policy.h) say
 * what there is; these functions set, check and print them.
 */
#ifndef CORE_BASE_PARAM_H
#define CORE_BASE_PARAM_H

#include <stdio.h>

#include <raytide/policy.h>

/* Writes the default of every row into `conf`. */
void rt_params_default(const struct rt_param *rows, void *conf);

/* NULL when there is no such row. */
const struct rt_param *rt_param_find(const struct rt_param *rows,
				     const char *name);

/* Parses `value`, checks its bounds and stores it. */
enum rt_status rt_param_set(const struct rt_param *row, void *conf,
			    const char *value, struct rt_error *err);

/* One help line per row; `prefix` goes before each name ("ray."). */
void rt_params_help(const struct rt_param *rows, const char *prefix, FILE *);

/* Of `n` known names the one nearest to `name`, for "did you mean"; NULL when
 * none is near. */
const char *rt_nearest(const char *name, const char *const *known, size_t n);

#endif
