/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.c - the clock is looked at once in a few thousand jobs.
 */
#include "cli/trace/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define EVERY_JOBS 4096
#define EVERY_MS 500

static double clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

void trace_progress_step(struct trace_progress *p)
{
	if (++p->jobs % EVERY_JOBS != 0)
		return;
	double now_ms = clock_ms();
	if (now_ms - p->shown_ms < EVERY_MS || !isatty(STDERR_FILENO))
		return;
	if (p->shown_ms > 0) {
		fprintf(stderr, "\r\033[K%" PRIu64 " jobs", p->jobs);
		p->shown = true;
	}
	p->shown_ms = now_ms;
}

void trace_progress_clear(struct trace_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
