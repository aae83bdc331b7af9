/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measures.h - what a run comes to, once it is over.
 */
#ifndef SIM_MEASURES_H
#define SIM_MEASURES_H

#include "sim/world.h"

/* Of at least one value; sorts them. */
struct sim_spread sim_spread(double *values, size_t n);

/* The jobs move into the result. */
struct sim_result *sim_measure(struct sim_world *, uint64_t rounds);

#endif
