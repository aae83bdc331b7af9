/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantity.h - Kubernetes resource quantities: 500m, 1.5, 2Gi, 1e3.
 */
#ifndef CORE_MODEL_QUANTITY_H
#define CORE_MODEL_QUANTITY_H

#include "core/base/json.h"

/* Rounded up to a whole number, as KubeRay's consumers do; false when the text
 * is no quantity, is negative, or does not fit. */
bool rt_quantity_parse(const char *text, int64_t *out);
/* The same in units of 1/RT_UNITS, at most RT_AMOUNT_MAX. */
bool rt_quantity_units(const char *text, int64_t *out);
/* Such units from a string or a number. */
enum rt_status rt_quantity_read(const struct rt_json *, int64_t *out,
				struct rt_error *err);
/* Whole numbers, rounded up, at most RT_AMOUNT_MAX / RT_UNITS. */
enum rt_status rt_quantity_read_whole(const struct rt_json *, int64_t *out,
				      struct rt_error *err);

#endif
