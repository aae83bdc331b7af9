/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - the tasks that wait, first come first served for ever.  It is kept
 * twice: as one line of tasks for each shape, so that the placer asks once per
 * shape and not once per task, and as stretches of equal neighbours, which is
 * what the controller is shown.  The cost of all but sim_queue_requests() does
 * not hang on its length.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <raytide/types.h>

#include "core/base/arena.h"

#define SIM_NONE UINT32_MAX

struct sim_stretch;

struct sim_shape {
	struct rt_res res;
	struct rt_selector selector;
	int64_t priority;     /* more goes first */
	bool *holds;          /* for each group: a node of it could hold one */
	bool feasible;        /* some group could */
	uint32_t first, last; /* of the tasks that wait, or SIM_NONE */
	uint32_t waiting;     /* so many */
	uint32_t place;       /* in the list of shapes that wait */
	struct sim_stretch *oldest, *newest;
	/* For the placer. */
	bool tried;       /* no node had room for it */
	uint32_t running; /* tasks */
	uint64_t turn;    /* of placements that go by class */
};

struct sim_queue {
	uint32_t shapes_len;
	struct sim_shape *shapes;
	uint32_t waiting_len; /* shapes that wait, in no order */
	uint32_t *waiting;
	uint32_t *next; /* for each task, the next one of its shape */
	struct sim_stretch *head, *tail, *spare;
	uint32_t stretches_len; /* that wait */
	bool always_select;     /* show a selector even if it selects nothing */
};

/* The shapes are borrowed; tasks are numbers below `tasks_len`. */
void sim_queue_init(struct sim_queue *, struct sim_shape *, uint32_t shapes_len,
		    uint32_t tasks_len);
void sim_queue_free(struct sim_queue *);

/* Tasks join in rising order of their numbers. */
void sim_queue_join(struct sim_queue *, uint32_t task, struct sim_shape *);
/* The oldest task of a shape that waits leaves. */
uint32_t sim_queue_leave(struct sim_queue *, struct sim_shape *);
/* The shape of the oldest task of all; NULL: nobody waits. */
struct sim_shape *sim_queue_front(const struct sim_queue *);

/* A node that has nothing to do has room for it. */
bool sim_res_holds(struct rt_res node, struct rt_res task);
/* A node of the group with so much left has room for one. */
bool sim_shape_fits(const struct sim_shape *, uint32_t group,
		    const struct rt_amount *left);

/* As the controller is shown it. */
struct rt_request sim_queue_request(const struct sim_queue *,
				    const struct sim_shape *, int64_t count);
/* All that wait, each shape once, in order of their numbers. */
const struct rt_request *sim_queue_counts(const struct sim_queue *,
					  struct rt_arena *, uint32_t *len);
/* All that wait, equal neighbours counted together, oldest first. */
const struct rt_request *sim_queue_requests(const struct sim_queue *,
					    struct rt_arena *, uint32_t *len);

#endif
