/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_pool.h - the options of `raytide sim --pool`, in which there is neither a
 * cluster nor a policy.
 */
#ifndef CLI_SIM_POOL_H
#define CLI_SIM_POOL_H

#include <stdio.h>

#include "core/base/told.h"
#include "sim/rigid.h"

struct sim_pool_options {
	struct rt_told processors, scheduler, estimates;
};

/* All but the trace. */
enum rt_status sim_pool_conf(const struct sim_pool_options *,
			     struct sim_rigid_conf *, struct rt_error *err);

/* The schedulers, for --help. */
void sim_pool_help(FILE *);

#endif
