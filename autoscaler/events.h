/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - what Ray's users are told, in Ray's own words: "Adding 1 node(s)
 * of type gpu."
 */
#ifndef AUTOSCALER_EVENTS_H
#define AUTOSCALER_EVENTS_H

#include "autoscaler/health.h"
#include "autoscaler/round.h"
#include "autoscaler/session.h"

/* What was told before; starts zeroed. */
struct events {
	char *hopeless; /* demand that is still there, a line for each */
	bool more;      /* there is more of it than was told in a round */
};

/* Tells what a round has changed, and of demand that can never be met: once, as
 * long as it is there.  The health is that of telling. */
void events_tell(struct events *, const struct session *, const struct round *,
		 struct health *);
void events_clear(struct events *);

#endif
