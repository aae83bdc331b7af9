/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - a result as text: JSON, a table for people, a line per task.
 * docs/formats/sim-output.md tells every field.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "core/base/buf.h"
#include "sim/sim.h"

/* One object on one line, to be freed with cJSON_free(); what has no value is
 * null. */
char *sim_report_json(const struct sim_figures *);
/* For people: a line for each group of measures, those without a value left
 * out. */
void sim_report_table(const struct sim_figures *, struct rt_buf *);
/* summary.csv: all but what was timed. */
void sim_report_csv_header(struct rt_buf *);
void sim_report_csv(const struct sim_figures *, struct rt_buf *);

/* Where a job that is done ran: "3", "head".  Of a gang the nodes as they were
 * chosen, "3*2" for two bundles on node 3; one may stand there more than once.
 */
void sim_report_nodes(const struct sim_job *, struct rt_buf *);

extern const char *const sim_fate_names[];

/* jobs.csv: its header, and the line of the i-th task in order of the queue. */
extern const char sim_report_jobs_header[];
void sim_report_job(const struct sim_result *, const struct trace *, uint32_t i,
		    struct rt_buf *);

#endif
