/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - interned names: equal texts get equal small numbers, stable for
 * the life of the table.  One table per controller.
 */
#ifndef CORE_BASE_NAMES_H
#define CORE_BASE_NAMES_H

#include <raytide/snapshot.h>

struct rt_names;

struct rt_names *rt_names_new(void);
void rt_names_free(struct rt_names **);

uint32_t rt_name_intern(struct rt_names *, const char *);
const char *rt_name_text(const struct rt_names *, uint32_t id);
uint32_t rt_names_len(const struct rt_names *);

/* The table with its byte order, for a snapshot; valid until the next
 * rt_name_intern().  Ranks are computed anew only after new names came. */
struct rt_name_table rt_names_table(struct rt_names *);

#endif
