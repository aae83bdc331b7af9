/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what `raytide trace record` is told on its command line.  The work
 * is done by a program of its own, raytide-trace-record, which is told the
 * same: it alone links an HTTP client, whose libraries would make up most of
 * the start of any other command.
 */
#ifndef CLI_TRACE_RECORD_H
#define CLI_TRACE_RECORD_H

#include "core/base/error.h"

struct trace_record_conf {
	const char *address; /* HOST:PORT of a head; NULL: standard input */
	const char *out;     /* NULL: standard output */
};

enum rt_status trace_record_parse(struct trace_record_conf *, int argc,
				  char **argv, struct rt_error *err);

#endif
