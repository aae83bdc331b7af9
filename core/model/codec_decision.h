/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_decision.h - decisions as JSON, version 1 (docs/formats/decision.md).
 */
#ifndef CORE_MODEL_CODEC_DECISION_H
#define CORE_MODEL_CODEC_DECISION_H

#include <cjson/cJSON.h>

#include "core/model/decision.h"

/* To be freed with cJSON_Delete(). */
cJSON *rt_decision_encode(const struct rt_decision *);

#endif
