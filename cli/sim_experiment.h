/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_experiment.h - the runs of an experiment as cases of sim_case.h.
 */
#ifndef CLI_SIM_EXPERIMENT_H
#define CLI_SIM_EXPERIMENT_H

#include "cli/experiment/run.h"

extern const struct experiment_runner sim_experiment_runner;

#endif
