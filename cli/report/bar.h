/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bar.h - how far long work has come, on standard error if that is a terminal:
 * "[####......]  40 %, 16 of 40 runs, 3 min left".
 */
#ifndef CLI_REPORT_BAR_H
#define CLI_REPORT_BAR_H

#include <stdbool.h>

struct bar {
	bool terminal, shown;
	double began_ms, shown_ms;
	double before; /* what was done when it began */
};

/* Nothing is shown before `after_ms` have gone by. */
void bar_begin(struct bar *, double done, double after_ms);
/* Twice a second at most; the text tells what is done. */
void bar_show(struct bar *, double done, double total, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* What was shown is wiped out. */
void bar_end(struct bar *);

#endif
