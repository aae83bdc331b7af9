/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.h - the end of a cluster that nobody uses (idleTerminationOptions of
 * Ray 2.60): when no driver has been there for timeoutSeconds, the RayCluster
 * is suspended (policy Suspend, the default) or deleted (Delete).  Actors that
 * outlived their driver do not keep it, as in Ray.
 *
 * What is not certain is a driver: one is taken to be there when the GCS does
 * not answer and when it was started anew.  Nothing ends in a round that holds.
 */
#ifndef AUTOSCALER_ENDING_H
#define AUTOSCALER_ENDING_H

#include "autoscaler/net/backoff.h"
#include "autoscaler/round.h"

/* Starts zeroed. */
struct ending {
	bool alone;        /* there was no driver when we looked last */
	int64_t since_ms;  /* nor before, back to then */
	int64_t look_ms;   /* then for the next time */
	uint64_t ended_ms; /* as gcs_drivers() told it last */
	int64_t life;      /* of the GCS that did */
	struct backoff backoff;
	struct rt_error failed; /* the last try; its status is RT_OK if none */
};

/* Does what is due; the failure of a try is told again until the next one. */
enum rt_status ending_run(struct ending *, const struct world *,
			  const struct round *, struct rt_error *err);

#endif
