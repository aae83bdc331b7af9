/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump.h - what the controller keeps from round to round beside the memory of
 * policies, as documents and back: a recording begins with it, so that each of
 * its files can be replayed alone.
 */
#ifndef CORE_CONTROLLER_DUMP_H
#define CORE_CONTROLLER_DUMP_H

#include "core/base/json.h"
#include "core/controller/view.h"

/* To be freed with cJSON_Delete(). */
cJSON *rt_instances_dump(const struct rt_instances *);
cJSON *rt_backoff_dump(const struct rt_backoff *);
cJSON *rt_carried_dump(const struct rt_carried *);

/* Into what is zeroed; after an error it is to be freed all the same. */
enum rt_status rt_instances_load(struct rt_instances *, const struct rt_json *,
				 struct rt_error *err);
enum rt_status rt_backoff_load(struct rt_backoff *, const struct rt_json *,
			       struct rt_error *err);
enum rt_status rt_carried_load(struct rt_carried *, const struct rt_json *,
			       struct rt_error *err);

#endif
