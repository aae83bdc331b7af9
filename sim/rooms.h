/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rooms.h - where there is room: the nodes that take tasks, and those that are
 * alike, of one group and with the same left, together.  What fits one fits all
 * of them, so that a search looks at each kind once, however many nodes there
 * are.  Every node has a position, which is the order in which equals are
 * taken: that of launch, or a random one.
 */
#ifndef SIM_ROOMS_H
#define SIM_ROOMS_H

#include "core/base/rng.h"
#include "core/model/raycluster.h"

struct sim_node;
struct sim_shape;

struct sim_room {
	uint32_t group;
	struct rt_amount *free; /* as many as the group has resources */
	uint32_t count;         /* nodes */
	uint32_t place;         /* among those that have nodes */
	uint32_t low;           /* no node in a word of bits before it */
	uint64_t *bits;         /* by position */
	double value;           /* what a search makes of it */
};

struct sim_rooms {
	const struct rt_raycluster *cluster;
	bool shuffled; /* random positions */
	struct rt_rng rng;
	uint32_t len; /* nodes with a position */
	uint32_t end; /* in order of launch: the next position */
	uint32_t cap; /* positions, a multiple of 64 */
	struct sim_node **at;
	uint32_t used; /* rooms with nodes; they stand first */
	uint32_t rooms_len, rooms_cap;
	struct sim_room **rooms;
	struct sim_room **found; /* by a search; as many as there are rooms */
	uint32_t slots_len;      /* of a hash over all of them */
	uint32_t *slots;
};

void sim_rooms_init(struct sim_rooms *, const struct rt_raycluster *,
		    bool shuffled, uint64_t seed);
void sim_rooms_free(struct sim_rooms *);

/* A node gets its position, and loses it. */
void sim_rooms_enter(struct sim_rooms *, struct sim_node *);
void sim_rooms_leave(struct sim_rooms *, struct sim_node *);
/* It takes tasks with what it has left, also when that is other than before. */
void sim_rooms_open(struct sim_rooms *, struct sim_node *);
/* It does not. */
void sim_rooms_close(struct sim_rooms *, struct sim_node *);

/* Does a node of the group take tasks? */
bool sim_rooms_has(const struct sim_rooms *, uint32_t group);
/* Fills `found` with the rooms that hold one of the shape; how many. */
uint32_t sim_rooms_search(struct sim_rooms *, const struct sim_shape *);
/* Of the nodes in found[low..high) the n-th by position, from 0. */
struct sim_node *sim_rooms_nth(const struct sim_rooms *, uint32_t low,
			       uint32_t high, uint32_t n);
/* Of those in the first `len` rooms found the first by position that is not
 * before `from`; NULL: none. */
struct sim_node *sim_rooms_from(const struct sim_rooms *, uint32_t len,
				uint32_t from);

#endif
