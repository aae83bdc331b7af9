/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell.h - the runs of an experiment: one for each combination, seeds turning
 * fastest, then the last parameter.
 */
#ifndef CLI_EXPERIMENT_CELL_H
#define CLI_EXPERIMENT_CELL_H

#include "cli/experiment/experiment.h"

#define CELLS_MAX 1000000

struct cell {
	const struct experiment_workload *workload;
	const struct experiment_cluster *cluster;
	const struct experiment_policy *policy; /* NULL: a pool has none */
	struct rt_told *values;                 /* of the parameters */
	uint64_t seed;
	struct experiment_list sets; /* all of its settings, the last counts */
	/* Of what goes in, names and contents of files: the same on every
	 * machine. */
	char id[17];
	/* Of that and this very program: when it is the same, so is what comes
	 * out. */
	char key[17];
};

struct cells {
	uint32_t len;
	struct cell *at;
};

/* In the experiment's arena.  Reads all files once. */
enum rt_status cells_expand(const struct experiment *, struct cells *,
			    struct rt_error *err);

#endif
