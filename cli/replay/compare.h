/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.h - another policy on the rounds of a recording: where it wants
 * something else, and what that might have come to (estimate.h).
 */
#ifndef CLI_REPLAY_COMPARE_H
#define CLI_REPLAY_COMPARE_H

#include <raytide/registry.h>

#include "core/base/json.h"

struct compare_conf {
	const char *policy; /* NAME or FILE of the other one */
	double delay_s;     /* of nodes; below 0: as they were seen to take */
	bool json;
};

/* Writes it to standard output. */
enum rt_status compare_run(const char *recording, const struct compare_conf *,
			   const struct rt_registry *, struct rt_error *err);

#endif
