/* SPDX-License-Identifier: Apache-2.0 */
/*
 * what_if.h - a packing that is only looked at: some nodes are not there, some
 * work is there beside.  See rt_what_if() of policy.h.
 */
#ifndef CORE_CONTROLLER_WHAT_IF_H
#define CORE_CONTROLLER_WHAT_IF_H

#include <raytide/policy.h>

enum rt_status rt_what_if_run(const struct rt_plan *, const struct rt_change *,
			      const struct rt_plan **outcome, bool *holds_all,
			      struct rt_error *err);

#endif
