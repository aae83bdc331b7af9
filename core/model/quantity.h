/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantity.h - Kubernetes resource quantities: 500m, 1.5, 2Gi, 1e3.
 */
#ifndef CORE_MODEL_QUANTITY_H
#define CORE_MODEL_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Rounded up to a whole number, as KubeRay's consumers do; false when the text
 * is no quantity, is negative, or does not fit. */
bool rt_quantity_parse(const char *text, int64_t *out);

#endif
