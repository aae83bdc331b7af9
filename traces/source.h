/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - the bytes of a file, unpacked on the way when it is a gzip, zip or
 * Zstandard archive by its first bytes.  Memory is bounded whatever the archive
 * says of itself; one that is cut short or damaged is an error, never an end.
 */
#ifndef TRACES_SOURCE_H
#define TRACES_SOURCE_H

#include <raytide/types.h>

struct trace_source;

/* "-" is standard input; the path is borrowed. */
enum rt_status trace_source_open(struct trace_source **, const char *path,
				 struct rt_error *err);
void trace_source_close(struct trace_source **);
/* Up to `size` bytes; none at the end. */
enum rt_status trace_source_read(struct trace_source *, char *to, size_t size,
				 size_t *len, struct rt_error *err);
/* The last error was that the file ends before its archive does: all that was
 * whole has been read. */
bool trace_source_is_cut(const struct trace_source *);

#endif
