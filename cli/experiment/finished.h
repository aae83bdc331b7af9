/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finished.h - what a run left in its folder.
 */
#ifndef CLI_EXPERIMENT_FINISHED_H
#define CLI_EXPERIMENT_FINISHED_H

#include <stdbool.h>

#include "core/base/error.h"
#include "sim/measures.h"

/* Whether it is the run of this key, and all of it. */
bool finished_is(const char *folder, const char *key);
/* From summary.json. */
enum rt_status finished_figures(const char *folder, struct sim_figures *,
				struct rt_error *err);

#endif
