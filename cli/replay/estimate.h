/* SPDX-License-Identifier: Apache-2.0 */
/*
 * estimate.h - what two policies would have cost, and left without room, by the
 * nodes that each wanted from round to round of a recording.
 *
 * Open-loop: the demand is what was recorded, whatever the other policy would
 * have made of it.  A node costs from when it is wanted, and is of use from
 * when it would have come.  Demand that has no room is what the nodes that ran
 * and the requests that waited ask for, beyond what the nodes that are of use
 * have; as requests it is that, by the size of those that waited then or last.
 */
#ifndef CLI_REPLAY_ESTIMATE_H
#define CLI_REPLAY_ESTIMATE_H

#include "core/controller/instances.h"
#include "core/model/decision.h"

#define ESTIMATE_RESOURCES 16 /* that groups offer; more are not looked at */

enum { ESTIMATE_RECORDED, ESTIMATE_OTHER, ESTIMATE_POLICIES };

struct estimate;

/* Of one policy. */
struct estimate_sums {
	double node_hours; /* of workers */
	double cost;       /* by the prices; 0: there are none */
	double unmet_hours[ESTIMATE_RESOURCES];
	double waiting_hours; /* of requests, by the scarcest resource */
};

struct estimate *estimate_new(void);
void estimate_free(struct estimate **);

/* A round: what each of the two decided on it. */
void estimate_add(struct estimate *, const struct rt_observation *,
		  const struct rt_decision *const[ESTIMATE_POLICIES]);
/* Nodes that came in this round. */
void estimate_watch(struct estimate *, const struct rt_instances *,
		    int64_t now_ms);

/* From being asked for to running Ray: the median of those that came, or
 * `otherwise_s` where none did. */
double estimate_delay_s(const struct estimate *, double otherwise_s);

void estimate_sum(const struct estimate *, double delay_s,
		  struct estimate_sums[ESTIMATE_POLICIES]);

/* The resources of `unmet_hours`; NULL behind the last. */
const char *estimate_resource(const struct estimate *, uint32_t i);
double estimate_hours(const struct estimate *); /* that were recorded */
/* How long requests did wait, all together: no estimate. */
double estimate_waited_hours(const struct estimate *);

#endif
