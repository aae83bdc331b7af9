/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.h - a RayCluster without all that nobody here looks at
 * (docs/formats/raycluster.md): it decodes to the same groups, and has no
 * secrets of its pods.
 */
#ifndef CORE_MODEL_MANIFEST_H
#define CORE_MODEL_MANIFEST_H

#include <cjson/cJSON.h>

/* To be freed with cJSON_Delete(). */
cJSON *rt_manifest_prune(const cJSON *);

#endif
