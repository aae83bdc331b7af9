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

#endif
