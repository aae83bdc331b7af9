/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - the values that an experiment's keys may have.
 */
#ifndef CLI_EXPERIMENT_VALUE_H
#define CLI_EXPERIMENT_VALUE_H

#include "cli/experiment/experiment.h"
#include "core/base/json.h"

enum experiment_type {
	EXPERIMENT_TITLE,    /* const char *; a number will do */
	EXPERIMENT_TEXT,     /* struct rt_told; a number will do */
	EXPERIMENT_FILE,     /* const char *, from where the file is */
	EXPERIMENT_POLICY,   /* struct rt_told, a name or a file */
	EXPERIMENT_BOOL,     /* bool */
	EXPERIMENT_SHARE,    /* double, between 0 and 1 */
	EXPERIMENT_SETTINGS, /* struct experiment_list */
	EXPERIMENT_MEASURES, /* struct experiment_list */
	EXPERIMENT_GRID,     /* struct experiment_grid */
	EXPERIMENT_SEEDS,    /* struct experiment_seeds */
	EXPERIMENT_WORKLOADS,
	EXPERIMENT_CLUSTERS,
	EXPERIMENT_POLICIES,
};

/* Of any type but the last three; copied into the arena.  `path` is that of the
 * experiment's file. */
enum rt_status experiment_value(enum experiment_type, const struct rt_json *,
				const char *path, struct rt_arena *, void *out,
				struct rt_error *err);
/* The path of a file that an experiment's file names. */
const char *experiment_beside(const char *path, const char *name,
			      struct rt_arena *);
/* Whether a policy is told by a file, not by its name. */
bool experiment_is_policy_file(const char *policy);
/* The name of an entry stands in names of folders and in tables. */
enum rt_status experiment_check_name(const struct rt_json *,
				     struct rt_error *err);

#endif
