/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervise.h - a parent that only waits.  KubeRay does not start the container
 * again, so a crash must not be the sidecar's end: the parent starts it anew,
 * after a pause that grows from crash to crash.  A child whose rounds do not
 *end any more is as good as crashed, and is killed.  The parent knows nothing
 *of the cluster and opens nothing, so there is nothing in it that could fail.
 *
 *	struct supervised self;
 *	if (!supervise(&self, hang_ms))
 *		return self.code;	the parent, when all is over
 *	...				the child: at work, and after each round
 *	supervise_tell(&self);
 */
#ifndef AUTOSCALER_SUPERVISE_H
#define AUTOSCALER_SUPERVISE_H

#include <raytide/types.h>

struct supervised {
	uint64_t restarts;        /* of the child: how many came before it */
	int code;                 /* of the parent: to exit with */
	_Atomic uint64_t *rounds; /* of all children; NULL: nobody looks */
};

/* Forks, as fork() does: true in the child, which does not outlive the parent.
 * Returns in the parent when it was asked to end (SIGTERM, SIGINT) and the
 * child has: the signal is passed on, and a child that does not follow it in
 * time is killed.  SIGHUP is passed on, too.  The signals must be blocked. */
bool supervise(struct supervised *, int64_t hang_ms);

/* Another round has ended.  Without this for `hang_ms` the child is killed. */
void supervise_tell(struct supervised *);

#endif
