/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_case.h - one simulation from files to files: a trace on a cluster under
 * a policy with settings and a seed, or on a pool of processors.  `raytide sim`
 * runs one, an experiment many.
 */
#ifndef CLI_SIM_CASE_H
#define CLI_SIM_CASE_H

#include "cli/sim_pool.h"

struct sim_case_conf {
	const char *cluster; /* a file; NULL: a pool */
	struct sim_pool_options pool;
	const char *trace;     /* a file */
	struct rt_told format; /* of the trace; none: by its content */
	bool sort;             /* its rows */
	struct rt_told policy; /* a name or a file */
	uint64_t seed;
	uint32_t sets_len;
	const struct rt_told *sets; /* "KEY=VALUE" */
	const char *out;            /* the folder for results; NULL: none */
	bool events;                /* write events.jsonl, too */
	const char *about; /* for cell.json there; NULL: no such file */
};

struct sim_case;

/* Settings and manifest are in order; the trace is not read. */
enum rt_status sim_case_check(const struct sim_case_conf *,
			      struct rt_error *err);
/* All is read and checked.  The configuration is borrowed. */
enum rt_status sim_case_open(struct sim_case **, const struct sim_case_conf *,
			     struct rt_error *err);
/* Runs it and publishes the results; `progress` may be NULL. */
enum rt_status sim_case_run(struct sim_case *,
			    void (*progress)(void *to,
					     const struct sim_progress *),
			    void *to, struct rt_error *err);
const struct sim_figures *sim_case_figures(const struct sim_case *);
void sim_case_close(struct sim_case **);

#endif
