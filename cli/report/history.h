/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.h - the levels of a run for its page: tasks, the first few resources,
 * nodes by state and by group, thinned out when there are many.
 */
#ifndef CLI_REPORT_HISTORY_H
#define CLI_REPORT_HISTORY_H

#include <stdio.h>

#include "sim/watch.h"

struct report_history;

struct report_history *report_history_new(void);
void report_history_free(struct report_history **);
/* Names are borrowed. */
void report_history_add(struct report_history *, const struct sim_levels *);
/* One JSON object; page/run.js reads it. */
void report_history_write(const struct report_history *, FILE *);

#endif
