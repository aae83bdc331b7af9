/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot.h - all that one scheduling round may see.  A policy decides from
 * this and its own configuration alone: `now_ms` is the only clock.
 * docs/formats/snapshot.md has the same as JSON.
 */
#ifndef RAYTIDE_SNAPSHOT_H
#define RAYTIDE_SNAPSHOT_H

#include <raytide/types.h>

/* The interned names: id -> text, and id -> place in byte order. */
struct rt_name_table {
	uint32_t len;
	const char *const *text;
	const uint32_t *rank;
};

struct rt_snapshot {
	const char *id; /* names the case; NULL: none */
	int64_t now_ms; /* wall clock, ms since 1970 */
	struct rt_name_table names;

	int64_t max_workers;     /* in the whole cluster; RT_NONE: no limit */
	int64_t idle_timeout_ms; /* RT_NONE: never */
	int64_t pending_idle_timeout_ms; /* RT_NONE: never */
	bool conserve_gpu; /* keep nodes with GPUs for requests that ask for one
			    */

	uint32_t groups_len;
	const struct rt_group *groups; /* head first, then as in the manifest */
	uint32_t nodes_len;
	const struct rt_node
		*nodes; /* in the instance table's order: oldest first */
	struct rt_demand demand;

	/* For each group, since when at least 1, 2, ... of its pending nodes
	 * have been unneeded; groups_len entries, or NULL. */
	const struct rt_times *unneeded;
};

#endif
