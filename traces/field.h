/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field.h - numbers out of the fields of a line.
 */
#ifndef TRACES_FIELD_H
#define TRACES_FIELD_H

#include <raytide/types.h>

/* As strtod() reads it, and faster for what is plainly written: digits with or
 * without a point.  False unless all of the text is one finite number. */
bool trace_decimal(const char *text, double *out);

/* A number from `min` to `max`; `what` names it in the error. */
enum rt_status trace_number(const char *text, const char *what, double min,
			    double max, double *out, struct rt_error *err);

/* The same, and below 0 where there is no text or a negative number: "not
 * known". */
enum rt_status trace_number_or_none(const char *text, const char *what,
				    double max, double *out,
				    struct rt_error *err);

/* "2017-10-09 07:01:55.25", with a T and a zone ("Z", "+02:00") if need be: in
 * ticks of 100 ns since 1970.  False when it is no such text. */
#define TRACE_TICKS_PER_S 10000000
bool trace_timestamp(const char *text, int64_t *ticks);

/* Such times as seconds since that of the first row. */
struct trace_clock {
	bool started;
	int64_t first;
};
enum rt_status trace_clock_read(struct trace_clock *, const char *text,
				const char *what, double *seconds,
				struct rt_error *err);

#endif
