/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiment.h - workloads x clusters x policies x parameters x seeds, as a
 * YAML file tells them (docs/formats/experiment.md).
 */
#ifndef CLI_EXPERIMENT_EXPERIMENT_H
#define CLI_EXPERIMENT_EXPERIMENT_H

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/told.h"

/* Texts; of settings "KEY=VALUE". */
struct experiment_list {
	uint32_t len;
	struct rt_told *at;
};

struct experiment_workload {
	const char *name;
	const char *trace;
	struct rt_told format;
	bool sort;
	struct experiment_list set;
};

struct experiment_cluster {
	const char *name;
	const char *manifest; /* NULL: a pool */
	struct rt_told pool, scheduler, estimates;
	struct experiment_list set;
};

struct experiment_policy {
	const char *name;
	struct rt_told policy;
	struct experiment_list set;
};

/* A setting and what it is set to, each in its turn. */
struct experiment_parameter {
	const char *key;
	struct experiment_list values;
};

/* Sections under names: arrays of the structs above. */
struct experiment_entries {
	uint32_t len;
	void *at;
};

struct experiment_grid {
	uint32_t len;
	struct experiment_parameter *at;
};

struct experiment_seeds {
	uint32_t len;
	uint64_t *at;
};

struct experiment {
	struct rt_arena *arena; /* of all that follows */
	const char *path;
	const char *title;
	struct experiment_entries workloads, clusters, policies;
	struct rt_told base;
	const struct experiment_policy *base_policy; /* NULL: none is told */
	struct experiment_list set;
	struct experiment_grid parameters;
	struct experiment_seeds seeds;
	double confidence;
	struct experiment_list show;
	bool events;
};

/* Errors name file, line and column.  Files are found from where the
 * experiment's file is. */
enum rt_status experiment_open(struct experiment **, const char *path,
			       struct rt_error *err);
/* The file that a setting's value is read from, as its ending .csv tells; NULL:
 * it is none. */
const char *experiment_table(const struct experiment *, const char *set);
void experiment_close(struct experiment **);

#endif
