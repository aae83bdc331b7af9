/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - a native trace on its way to a file, which is there whole or not
 * at all, or to standard output.
 */
#ifndef CLI_TRACE_OUTPUT_H
#define CLI_TRACE_OUTPUT_H

#include <limits.h>
#include <stdio.h>

#include "core/base/buf.h"
#include "traces/trace.h"

struct trace_output {
	const char *path;         /* NULL: standard output */
	char temporary[PATH_MAX]; /* "": it is written where it is */
	FILE *stream;
	struct rt_buf text; /* of jobs not yet written */
};

enum rt_status trace_output_open(struct trace_output *, const char *path,
				 struct rt_error *err);
enum rt_status trace_output_job(struct trace_output *,
				const struct trace_facts *,
				const struct trace_job *, struct rt_error *err);
enum rt_status trace_output_text(struct trace_output *, const char *,
				 struct rt_error *err);
/* All of it is written, and the file is in its place. */
enum rt_status trace_output_publish(struct trace_output *,
				    struct rt_error *err);
void trace_output_close(struct trace_output *);

#endif
