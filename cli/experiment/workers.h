/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers.h - jobs in processes of their own, some at a time.  What a job does
 * to memory or leaves on standard error is gone with it; what it writes stays.
 */
#ifndef CLI_EXPERIMENT_WORKERS_H
#define CLI_EXPERIMENT_WORKERS_H

#include "core/base/error.h"

struct workers_job {
	enum rt_status (*run)(void *to, uint32_t job, struct rt_error *err);
	/* In this process, as each has ended well. */
	enum rt_status (*done)(void *to, uint32_t job, struct rt_error *err);
	void *to;
};

/* As many as there are cores that we may use. */
uint32_t workers_cores(void);

/* Jobs 0 to `len` - 1 but those that are `finished`.  After a failure no other
 * one is begun; of several the first one's in their order is told.  On SIGINT,
 * SIGTERM and SIGHUP all are ended, which is a failure, too. */
enum rt_status workers_run(const struct workers_job *, uint32_t len,
			   const bool *finished, uint32_t at_a_time,
			   struct rt_error *err);

#endif
