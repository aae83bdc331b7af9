/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life.h - how long an instance may be in a state, and what becomes of it then.
 * The limits are those of Ray 2.60's instance manager
 * (ray/autoscaler/v2/instance_manager/reconciler.py); what differs is told in
 * the table of life.c.
 */
#ifndef CORE_CONTROLLER_LIFE_H
#define CORE_CONTROLLER_LIFE_H

#include "core/controller/backoff.h"
#include "core/controller/instances.h"

/* After this moment it has been in its state for too long; INT64_MAX: it never
 * will have been. */
int64_t rt_life_due_ms(const struct rt_instance *,
		       const struct rt_controller_settings *);

/* Moves an instance whose time is over.  A launch that failed is told to the
 * back-off. */
void rt_life_time_out(struct rt_instance *,
		      const struct rt_controller_settings *,
		      struct rt_backoff *, int64_t now_ms);

/* Why a launch failed, with its numbers. */
struct rt_why rt_life_failure(const struct rt_instance *,
			      const struct rt_controller_settings *,
			      int64_t now_ms);

#endif
