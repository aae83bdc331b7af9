/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_file.h - what policies and guards remember, in a file, so that a
 * restart does not begin anew.  It is written whole or not at all, and no
 * trouble with it is trouble with a round: the log says so once.
 */
#ifndef AUTOSCALER_STATE_FILE_H
#define AUTOSCALER_STATE_FILE_H

#include "core/controller/controller.h"

struct state_file {
	const char *path; /* NULL: none */
	uint64_t hash;    /* of what is in it */
	int64_t tried_ms;
	bool failed; /* and it was said */
	bool left;   /* what was there was not taken up, nor written over */
};

/* Takes up what is there; a file of another policy, or one that is broken, is
 * passed over. */
struct state_file state_file_open(const char *path, struct rt_controller *);
/* Under another policy it may be taken up that could not be before. */
void state_file_retry(struct state_file *, struct rt_controller *);
/* Writes what has changed, not more often than every ten seconds. */
void state_file_keep(struct state_file *, const struct rt_controller *,
		     int64_t now_ms);
/* The last of it. */
void state_file_close(struct state_file *, const struct rt_controller *);

#endif
