/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thin.h - a history of levels, however long, in bounded memory: exact as long
 * as it is short, then in spans of equal length of which the lowest, the
 * highest and the last value of each series are kept.  Drawn on fewer pixels
 * than there are spans it looks the same.
 */
#ifndef CLI_REPORT_THIN_H
#define CLI_REPORT_THIN_H

#include <stdint.h>

struct report_thin;

struct report_thin *report_thin_new(uint32_t series, uint32_t spans_max);
void report_thin_free(struct report_thin **);

/* In order of time; each value holds until the next. */
void report_thin_add(struct report_thin *, double at_s, const double *values);

/* The length of a span; 0: nothing was merged. */
double report_thin_span_s(const struct report_thin *);
/* What is to be drawn, times rising strictly: at most three points of a span;
 * tells how many. */
uint32_t report_thin_len(const struct report_thin *);
double report_thin_at(const struct report_thin *, uint32_t point);
double report_thin_value(const struct report_thin *, uint32_t point,
			 uint32_t series);

#endif
