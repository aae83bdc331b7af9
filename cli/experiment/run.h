/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - an experiment from its file to its folder.  Runs that are finished
 * are not run again; the results are the same bytes on any number of cores.
 */
#ifndef CLI_EXPERIMENT_RUN_H
#define CLI_EXPERIMENT_RUN_H

#include "cli/experiment/outcome.h"

/* How a cell is run is the caller's. */
struct experiment_runner {
	/* Whether its settings and files are in order, without running it. */
	enum rt_status (*check)(const struct experiment *, const struct cell *,
				struct rt_error *err);
	/* Its results go into the folder, with `about` as cell.json. */
	enum rt_status (*run)(const struct experiment *, const struct cell *,
			      const char *folder, const char *about,
			      struct rt_error *err);
};

struct experiment_conf {
	const char *path;
	const char *out;  /* NULL: beside the file, study.yaml: study.results */
	uint32_t workers; /* 0: as many as there are cores */
	bool json;        /* print summary.json in place of the table */
	struct experiment_runner runner;
};

/* Prints what it comes to. */
enum rt_status experiment_run(const struct experiment_conf *,
			      struct rt_error *err);

#endif
