/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rigid_levels.h - how a pool of processors was used over time, told to a
 * watcher once its jobs have their starts.
 */
#ifndef SIM_RIGID_LEVELS_H
#define SIM_RIGID_LEVELS_H

#include "sim/pool.h"
#include "sim/watch.h"

void sim_rigid_levels(const struct sim_pool_job *, const double *starts,
		      uint32_t len, uint32_t processors,
		      const struct sim_watch *);

#endif
