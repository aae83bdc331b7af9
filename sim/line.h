/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h - rigid jobs that wait, in order of arrival, and the first of them
 * that may start now: asked for without looking at each.  Places in the line
 * are numbers that rise; sim_line_join() may give all of them anew, the newest
 * jobs have the last ones.
 */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_NOWHERE UINT32_MAX

struct sim_waiting; /* a job, or the least that any of several asks for */

/* Zeroed: empty. */
struct sim_line {
	uint32_t front, end; /* all that wait have places in [front, end) */
	uint32_t waiting;
	uint32_t cap;             /* a power of 2, or 0 */
	uint32_t *jobs;           /* by place */
	struct sim_waiting *tree; /* place p is node cap + p; 1 the root */
};

/* A job may start if it is no wider than `free`, and if it is no wider than
 * `extra` or, started now, it ends by `shadow_s`. */
struct sim_gap {
	uint32_t free, extra;
	double now_s, shadow_s;
};

void sim_line_join(struct sim_line *, uint32_t job, uint32_t width,
		   double estimate_s);
void sim_line_leave(struct sim_line *, uint32_t place);
/* The first place from `from` on whose job may start, or SIM_NOWHERE. */
uint32_t sim_line_find(const struct sim_line *, uint32_t from,
		       const struct sim_gap *);
void sim_line_free(struct sim_line *);

#endif
