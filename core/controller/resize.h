/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resize.h - pods that may be made larger in place, as Ray 2.60 judges them
 * (ray/autoscaler/v2/instance_manager/cloud_providers/kuberay/ippr_provider.py).
 * What is under way is told by the pod alone, so that the next life of this
 * process, or Ray's sidecar, goes on from there:
 *
 *	a policy wants it larger	RESIZE: the pod is patched, and the time
 *					noted on it
 *	its machine has too little room	RESIZE to what there is
 *	it is as large as was asked	TELL: Ray is told, the time taken back
 *	it failed, or took too long	RESIZE to what it has, and never again
 *
 * Where the calls fail, resizes of the group are left alone for a while, and
 * its policy does without them.
 */
#ifndef CORE_CONTROLLER_RESIZE_H
#define CORE_CONTROLLER_RESIZE_H

#include "core/controller/instances.h"

struct rt_resizable {
	struct rt_resize resize;    /* as a policy sees it */
	struct rt_resize_note note; /* but for the time of the next resize */
	bool done;                  /* Ray is to be told */
	int64_t due_ms;             /* after that it has taken too long;
				       INT64_MAX: nothing is awaited */
};

/* NULL: it is not resized in place. */
const struct rt_resizable *
rt_resizable_find(const struct rt_instances *, const struct rt_instance *,
		  const struct rt_observation *,
		  const struct rt_controller_settings *, struct rt_arena *);

/* Are resizes of the group left alone now? */
bool rt_resizes_held(const struct rt_backoff *, const char *group,
		     const struct rt_controller_settings *, int64_t now_ms);

/* Takes the outcome of a RESIZE or TELL in. */
void rt_resizes_note(struct rt_backoff *, const struct rt_action *,
		     int64_t now_ms);

/* When time alone changes something; INT64_MAX: never. */
int64_t rt_resizes_due_ms(const struct rt_instances *,
			  const struct rt_controller_settings *,
			  int64_t now_ms);

#endif
