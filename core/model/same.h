/* SPDX-License-Identifier: Apache-2.0 */
/*
 * same.h - whether two things are equal, in all that they hold.  The order of
 * lists counts, and names must be of one table.
 */
#ifndef CORE_MODEL_SAME_H
#define CORE_MODEL_SAME_H

#include "core/model/raycluster.h"

bool rt_same_res(struct rt_res, struct rt_res);
bool rt_same_labels(struct rt_labels, struct rt_labels);
bool rt_same_selector(const struct rt_selector *, const struct rt_selector *);

/* Of requests, what they say of where to go: selectors and placements. */
bool rt_same_terms(const struct rt_request *, const struct rt_request *);
bool rt_same_demand(const struct rt_demand *, const struct rt_demand *);

bool rt_same_raycluster(const struct rt_raycluster *,
			const struct rt_raycluster *);

#endif
