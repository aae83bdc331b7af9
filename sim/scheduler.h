/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler.h - who starts where and when.  Every sim/schedulers/NAME.c defines
 * `const struct sim_scheduler sim_scheduler_NAME` and is thereby one of those
 * to be chosen.
 */
#ifndef SIM_SCHEDULER_H
#define SIM_SCHEDULER_H

#include <stddef.h>
#include <stdint.h>

struct sim_pool;

/* Of rigid jobs on a pool of processors. */
struct sim_pool_ops {
	size_t state_size; /* of what it remembers, zero at first */
	/* Something ended or came: starts what may start at this instant. */
	void (*pass)(void *state, struct sim_pool *);
	/* The job has ended; NULL: it is no matter which. */
	void (*ended)(void *state, const struct sim_pool *, uint32_t job);
	void (*close)(void *state); /* NULL: nothing is held */
};

struct sim_scheduler {
	const char *name;
	const char *summary;
	const struct sim_pool_ops *pool; /* NULL: not for pools */
};

/* NULL-terminated; the Makefile writes it from sim/schedulers/. */
extern const struct sim_scheduler *const sim_schedulers[];

/* NULL: there is none of that name. */
const struct sim_scheduler *sim_scheduler_find(const char *name);

#endif
