/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribe_file.h - the files of a recording: DATE-TIME-PART.jsonl.zst, one after
 * the other, below a size in all.  For one thread (scribe.h).
 */
#ifndef AUTOSCALER_SCRIBE_FILE_H
#define AUTOSCALER_SCRIBE_FILE_H

#include <raytide/types.h>

struct scribe_file;

/* `dir` is borrowed; nothing is opened yet. */
struct scribe_file *scribe_file_open(const char *dir, uint64_t bytes_max);
/* With the end of its compressed frame. */
void scribe_file_close(struct scribe_file **);

/* Ends the file and begins another; the oldest go that leave no room for it. */
enum rt_status scribe_file_begin(struct scribe_file *, struct rt_error *err);
/* All of it is with the system when this returns.  After a failure another file
 * must be begun; one that has nothing whole is gone. */
enum rt_status scribe_file_write(struct scribe_file *, const char *text,
				 size_t len, struct rt_error *err);

uint64_t scribe_file_bytes(const struct scribe_file *); /* of this file */
/* A file should have so many of `bytes_max`. */
uint64_t scribe_file_share(uint64_t bytes_max);

#endif
