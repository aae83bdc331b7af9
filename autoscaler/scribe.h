/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribe.h - writes lines to compressed files of a folder, which together stay
 * below a size: the oldest go.  A disk may be slow, or hang, so it does so in a
 * thread of its own, the only one beside the loop: nobody waits for it but at
 * the end, and then not for long.
 */
#ifndef AUTOSCALER_SCRIBE_H
#define AUTOSCALER_SCRIBE_H

#include <raytide/types.h>

#define SCRIBE_QUEUE_MAX (64u << 20) /* bytes that wait to be written */

struct scribe;

struct scribe_state {
	uint64_t begun;       /* files, also those that could not be */
	uint64_t texts, lost; /* written so far, and not */
	uint64_t bytes;       /* written, compressed */
	uint64_t file_bytes;  /* of the file that is written now */
	/* The last file has failed: nothing is written until another is begun.
	 */
	struct rt_error failed; /* its status is RT_OK if none has */
};

/* `dir` is borrowed; it is made if it is not there.  All files of it that are
 * named like ours count, also those of earlier processes. */
struct scribe *scribe_open(const char *dir, int64_t bytes_max);
void scribe_close(struct scribe **);

/* A text with its line ends, which is the scribe's from now on (rt_free());
 * `begin`: of a new file.  False, and freed: too much waits already. */
bool scribe_add(struct scribe *, char *text, size_t len, bool begin);

struct scribe_state scribe_look(struct scribe *);

/* Bytes of a file, then it is time for another. */
uint64_t scribe_share(const struct scribe *);

#endif
