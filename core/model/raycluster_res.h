/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raycluster_res.h - what one node of a group will offer to Ray, inferred from
 * the group's spec as Ray 2.60 does: the group's `resources`, else
 * `rayStartParams`, else the limits, else the requests of container 0.
 */
#ifndef CORE_MODEL_RAYCLUSTER_RES_H
#define CORE_MODEL_RAYCLUSTER_RES_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/names.h"

/* Fills the group's `res`.  A worker group must tell its CPUs; a head need not,
 * since none is ever launched: the GCS tells what the one there is has. */
enum rt_status rt_raycluster_resources(const struct rt_json *group_spec,
				       struct rt_names *, struct rt_arena *,
				       struct rt_group *, struct rt_error *err);

#endif
