/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv.h - text files line by line: records of fields, with the line number for
 * errors.  Memory is bounded by the longest line allowed.
 */
#ifndef CORE_BASE_CSV_H
#define CORE_BASE_CSV_H

#include <raytide/limits.h>
#include <raytide/types.h>

#define RT_CSV_FIELDS 256 /* fields in a record */

struct rt_lines;

/* Where bytes come from: up to `size` of them, none at the end. */
struct rt_bytes {
	void *from; /* not owned */
	enum rt_status (*read)(void *from, char *to, size_t size, size_t *len,
			       struct rt_error *err);
};

/* "-" is standard input. */
enum rt_status rt_lines_open(struct rt_lines **, const char *path,
			     struct rt_error *err);
/* Of bytes that are unpacked, say.  A line that is too long is the last one:
 * nobody knows how much more of it there is. */
struct rt_lines *rt_lines_over(struct rt_bytes, const char *path);
void rt_lines_close(struct rt_lines **);
/* The next line without its end (LF or CRLF), NUL-terminated and writable until
 * the next call; NULL at the end.  A byte order mark before the first is left
 * out.  A NUL byte, a line that is too long and a read error are errors that
 * name file and line; after the first two `*line` is not NULL and the next call
 * goes on with the next line. */
enum rt_status rt_lines_next(struct rt_lines *, char **line,
			     struct rt_error *err);
/* Of the last line, from 1. */
uint64_t rt_lines_number(const struct rt_lines *);
const char *rt_lines_path(const struct rt_lines *);

/* Splits a line in place at commas; fields may be quoted ("" is a quote).
 * Returns the number of fields, or -1 when a quote is open or there are more
 * than `max`. */
int rt_csv_split(char *line, char **fields, int max);

#endif
