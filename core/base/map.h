/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - things by name, for a while: a map lives in an arena and borrows its
 * names.
 */
#ifndef CORE_BASE_MAP_H
#define CORE_BASE_MAP_H

#include <stdint.h>

#include "core/base/arena.h"

struct rt_map {
	uint32_t slots_len; /* a power of 2 */
	struct rt_map_slot {
		const char *name; /* NULL: free */
		const void *thing;
	} * slots;
};

/* For at most `len` names. */
struct rt_map rt_map_new(struct rt_arena *, uint32_t len);
/* A name that is there already gets the new thing. */
void rt_map_put(struct rt_map *, const char *name, const void *thing);
/* NULL when the name is not there. */
const void *rt_map_get(const struct rt_map *, const char *name);

/* Of the text; another one on another kind of machine. */
uint32_t rt_text_hash(const char *);

#endif
