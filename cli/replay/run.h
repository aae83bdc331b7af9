/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - a controller as a recording's header describes it, with its policy or
 * with another one in its place.
 */
#ifndef CLI_REPLAY_RUN_H
#define CLI_REPLAY_RUN_H

#include <raytide/registry.h>

#include "core/controller/controller.h"

struct run;

/* `policy`: NAME or FILE of another one; NULL: the recorded.  Another one
 * begins without a memory, unless it is made of the same stages. */
enum rt_status run_open(struct run **, const cJSON *header, const char *policy,
			const struct rt_registry *, struct rt_error *err);
void run_close(struct run **);

struct rt_controller *run_controller(struct run *);
const struct rt_chain *run_chain(const struct run *);

#endif
