/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - how large input may be.  Whoever reads a snapshot, a manifest or a
 * trace refuses what is larger and says which limit it was.  Amounts have their
 * bound in types.h.  The tables of docs/formats have a row for each line here,
 * with the same words.
 */
#ifndef RAYTIDE_LIMITS_H
#define RAYTIDE_LIMITS_H

/* Of any text. */
#define RT_LINE_MAX (64u << 20) /* bytes in a line */
#define RT_YAML_MAX (16u << 20) /* bytes in a YAML file */
#define RT_DEPTH_MAX 64         /* levels of nesting */
#define RT_VALUES_MAX 10000000  /* values in JSON */
#define RT_YAML_VALUES 1000000  /* values in YAML, with what aliases repeat */
#define RT_YAML_ANCHORS 1000    /* anchors in YAML */
#define RT_NAME_MAX 1024        /* bytes in a name */
#define RT_ENTRIES_MAX 10000    /* entries in a list or a map */

/* Of a cluster and what it is asked for. */
#define RT_GROUPS_MAX 1000       /* groups, the head's among them */
#define RT_NODES_MAX 200000      /* nodes */
#define RT_PACK_NODES_MAX 200000 /* nodes kept and launched */
#define RT_REQUESTS_MAX 2000000  /* requests and bundles, counts aside */
#define RT_COUNT_MAX 100000000   /* count of one request */

#endif
