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

/* What a pod of the group begins with, in units: that of its first container,
 * where it may be resized in place.  Else RT_EINPUT, which tells why not. */
enum rt_status rt_raycluster_start_size(const struct rt_json *group_spec,
					int64_t *cpu, int64_t *memory,
					struct rt_error *err);

#endif
