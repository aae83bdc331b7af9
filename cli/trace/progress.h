/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.h - how many jobs have gone by, on a terminal, twice a second.
 */
#ifndef CLI_TRACE_PROGRESS_H
#define CLI_TRACE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: nothing was shown. */
struct trace_progress {
	uint64_t jobs;
	double shown_ms;
	bool shown;
};

/* One job more. */
void trace_progress_step(struct trace_progress *);
/* What was shown is wiped out. */
void trace_progress_clear(struct trace_progress *);

#endif
