/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what a run leaves in a folder: jobs.csv, timeline.csv,
 * summary.csv, summary.json, on request events.jsonl, and the page that shows
 * it. docs/formats/sim-output.md tells every file.
 */
#ifndef CLI_REPORT_RECORD_H
#define CLI_REPORT_RECORD_H

#include "core/base/told.h"
#include "sim/sim.h"

struct report_record_conf {
	const char *path;          /* of the folder */
	const struct trace *trace; /* that is replayed */
	bool events;
	const char *about; /* what cell.json is to hold; NULL: no such file */
	/* Of the page: what was run.  No cluster is a pool of processors, which
	 * has no timeline. */
	const char *trace_name;
	const char *cluster_name, *policy_name; /* NULL: a pool, with */
	const char *pool, *scheduler;           /* so many processors */
	uint32_t sets_len;
	const struct rt_told *sets;
	uint64_t seed;
};

struct report_record;

/* The configuration is borrowed. */
enum rt_status report_record_open(struct report_record **,
				  const struct report_record_conf *,
				  struct rt_error *err);
/* Has the run watched; before sim_new(). */
void report_record_watch(struct report_record *, struct sim_watch *);
/* The run is over: the folder is published. */
enum rt_status report_record_finish(struct report_record *,
				    const struct sim_result *,
				    struct rt_error *err);
void report_record_close(struct report_record **);

#endif
