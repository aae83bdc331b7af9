/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - a run as it happens, for whoever looks on: each event, and at the
 * end of each instant that changed something how much of everything there is.
 * The watcher changes nothing of the run.
 */
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include <stdint.h>

#define SIM_HEAD UINT32_MAX
#define SIM_NO_NODE (UINT32_MAX - 1) /* not on one: a pool of processors */

enum sim_node_state {
	SIM_STARTING, /* launched */
	SIM_UP,       /* runs tasks */
	SIM_DRAINING, /* takes no new ones */
	SIM_STOPPED,  /* Ray has ended, the pod is still there */
	SIM_GONE,
};

enum sim_news_kind {
	SIM_NEWS_SUBMITTED,
	SIM_NEWS_REJECTED, /* submitted, and no node could ever hold it */
	SIM_NEWS_STARTED,
	SIM_NEWS_ENDED,
	SIM_NEWS_LOST, /* its node went from under it */
	SIM_NEWS_NODE, /* it came into `state` */
	SIM_NEWS_ROUND,
};

struct sim_news {
	enum sim_news_kind kind;
	double at_s;
	uint32_t task; /* its place in the queue; of the first four kinds */
	uint32_t node; /* order of launch from 0, or SIM_HEAD; of STARTED,
			* ENDED and NODE */
	const char *group;
	uint32_t group_place;                 /* of NODE */
	enum sim_node_state state;            /* of NODE */
	uint64_t round;                       /* from 0; of ROUND */
	uint32_t launches, drains, deletions; /* of ROUND: what came of it */
};

struct sim_resource_level {
	const char *name;
	double demand;   /* of tasks that wait or run */
	double used;     /* of those that run */
	double capacity; /* of nodes that run tasks, or end them in a drain */
};

/* What holds from `at_s` until the next levels. */
struct sim_levels {
	double at_s;
	uint32_t waiting, running; /* tasks */
	/* Of all groups, in byte order. */
	uint32_t resources_len;
	struct sim_resource_level *resources;
	/* The groups of the manifest, the head first. */
	uint32_t groups_len;
	struct sim_group_level {
		const char *name;
		uint32_t nodes[SIM_GONE]; /* by state */
	} * groups;
};

/* Any of the functions may be NULL.  Set before sim_new(). */
struct sim_watch {
	void *to;
	void (*news)(void *to, const struct sim_news *);
	void (*levels)(void *to, const struct sim_levels *);
	double (*clock_ms)(void *to); /* to time the controller by */
};

#endif
