/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.h - what happens to nodes by chance: how long they take to start, that
 * they do not, and that they go.  Each draw comes from a stream that is named
 * by its purpose and numbered by the node's order of launch, so that none
 * depends on any other.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "sim/world.h"

/* One of those that were measured; or of quantiles, between which it goes
 * straight. */
double sim_faults_draw(struct rt_list times, struct rt_rng *);

/* Of that mean; `cv`, the deviation over the mean, makes it lognormal, as real
 * starts are: never negative, with a long tail. */
double sim_faults_delay(double mean_s, double cv, struct rt_rng *);

/* From the launch of the node until it takes tasks; INFINITY: it never does. */
double sim_faults_start(const struct sim_world *, const struct sim_node *);

/* The node is up: when it will be lost, and whether by a crash. */
double sim_faults_life(const struct sim_world *, const struct sim_node *,
		       bool *crash);

/* So many nodes of the group there may be now; -1: any number. */
double sim_faults_quota(const struct sim_world *, uint32_t group);

/* Losses that are given. */
void sim_losses_begin(struct sim_world *);
void sim_losses_happen(struct sim_world *, uint32_t loss);

#endif
