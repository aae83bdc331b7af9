/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.h - the lines of a recording: of a file, or of all files of a folder in
 * the order of their names.
 */
#ifndef CLI_REPLAY_INPUT_H
#define CLI_REPLAY_INPUT_H

#include <raytide/types.h>

struct input;

/* "-" is standard input. */
enum rt_status input_open(struct input **, const char *path,
			  struct rt_error *err);
void input_close(struct input **);

/* NULL at the end of the last file.  A file that ends without the end of its
 * archive, as a process leaves it that is at work or was killed, ends with its
 * last whole line; one that ends within a line is an error. */
enum rt_status input_next(struct input *, char **line, struct rt_error *err);

/* In front of what was wrong with the line: "FILE:LINE: ...". */
enum rt_status input_wrong(const struct input *, struct rt_error *err);
/* That of the last line. */
const char *input_file(const struct input *);
uint32_t input_files(const struct input *); /* how many were begun */

#endif
