/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - what the GCS tells of an instant: Ray's nodes and demand.  With
 * gcs_lag_s the controller is shown what was so long ago, so that views wait
 * for their rounds; pods are shown as they are.
 */
#ifndef SIM_VIEW_H
#define SIM_VIEW_H

#include "core/model/observation.h"

struct sim_world;

struct sim_view {
	uint64_t seen;  /* by the world, when the demand was looked at */
	uint64_t round; /* that it is for */
	uint32_t nodes_len;
	const struct rt_ray_node *nodes;
	struct rt_demand demand;
	struct rt_arena *arena; /* of all this; NULL: of the round */
	struct sim_view *after;
};

/* Views that wait, in order of their rounds. */
struct sim_views {
	struct sim_view *first, *last;
	struct sim_view *spare;
};

/* Of now; in the arena. */
struct sim_view sim_view_now(struct sim_world *, struct rt_arena *);

/* Looks at the world for that round. */
void sim_views_look(struct sim_views *, struct sim_world *, uint64_t round,
		    uint64_t seen);
/* That of the round, copied into the arena; those of rounds before it are
 * dropped. */
struct sim_view sim_views_take(struct sim_views *, uint64_t round,
			       struct rt_arena *);
void sim_views_free(struct sim_views *);

#endif
