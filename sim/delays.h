/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delays.h - how long a launched node takes to run tasks: always the same, or
 * lognormal, as real pod starts are (never negative, a long tail).
 */
#ifndef SIM_DELAYS_H
#define SIM_DELAYS_H

#include <stdint.h>

struct sim_delays;

/* `cv` is the deviation over the mean; 0: always the mean. */
struct sim_delays *sim_delays_new(double mean_s, double cv, uint64_t seed);
void sim_delays_free(struct sim_delays **);
double sim_delays_next(struct sim_delays *);

#endif
