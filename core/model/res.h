/* SPDX-License-Identifier: Apache-2.0 */
/*
 * res.h - building and looking at resource vectors and label sets.
 */
#ifndef CORE_MODEL_RES_H
#define CORE_MODEL_RES_H

#include <raytide/snapshot.h>

#include "core/base/arena.h"
#include "core/base/names.h"

/* Collects amounts in any order; rt_res_build() sorts them by the bytes of
 * their names.  A name that comes twice keeps the later amount. */
struct rt_res_builder {
	struct rt_arena *arena;
	struct rt_names *names;
	uint32_t len, cap;
	struct rt_amount *at;
};
void rt_res_add(struct rt_res_builder *, const char *name, int64_t units);
struct rt_res rt_res_build(struct rt_res_builder *);

/* The same for labels: later values overlay earlier ones. */
struct rt_labels_builder {
	struct rt_arena *arena;
	struct rt_names *names;
	uint32_t len, cap;
	struct rt_label *at;
};
void rt_labels_add(struct rt_labels_builder *, const char *key,
		   const char *value);
struct rt_labels rt_labels_build(struct rt_labels_builder *);

/* A double from outside in units, rounded; below 0 gives 0, beyond
 * RT_AMOUNT_MAX gives RT_AMOUNT_MAX. */
int64_t rt_units(double amount);

/* The amount of a name; 0 when absent. */
int64_t rt_res_get(struct rt_res, uint32_t name);
bool rt_res_has(struct rt_res, uint32_t name);

#endif
