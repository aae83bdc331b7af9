/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - the folder of an experiment's results, and in it runs/ with one
 * folder for each run.  One program at a time works in it.
 */
#ifndef CLI_EXPERIMENT_STORE_H
#define CLI_EXPERIMENT_STORE_H

#include <limits.h>

#include "core/base/error.h"

struct store {
	char path[PATH_MAX - 64];
	int lock;
};

#define STORE_CLOSED                                                           \
	{                                                                      \
		.lock = -1                                                     \
	}

/* Makes what is missing; `path` may be NULL, see run.h. */
enum rt_status store_open(struct store *, const char *path,
			  const char *experiment, struct rt_error *err);
void store_close(struct store *);
void store_folder(const struct store *, const char *id, char out[PATH_MAX]);

#endif
