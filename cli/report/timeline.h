/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.h - timeline.csv and events.jsonl, line by line as a run goes.
 */
#ifndef CLI_REPORT_TIMELINE_H
#define CLI_REPORT_TIMELINE_H

#include <stdio.h>

#include "sim/sim.h"

/* Its columns hang on the cluster, so the first levels tell them. */
void report_timeline_header(FILE *, const struct sim_levels *);
void report_timeline_line(FILE *, const struct sim_levels *);

extern const char *const report_node_states[SIM_GONE + 1];

/* Rounds that did nothing have no line. */
void report_event(FILE *, const struct sim_news *, const struct trace *);

#endif
