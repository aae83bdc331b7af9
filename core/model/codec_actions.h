/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_actions.h - a round's actions as JSON, and what became of them back
 * (docs/formats/recording.md).
 */
#ifndef CORE_MODEL_CODEC_ACTIONS_H
#define CORE_MODEL_CODEC_ACTIONS_H

#include "core/base/json.h"
#include "core/model/actions.h"

/* To be freed with cJSON_Delete().  The snapshot is the one that was decided.
 */
cJSON *rt_actions_encode(const struct rt_actions *, const struct rt_snapshot *);

/* Writes the outcomes that are told into the actions, which must be as many. */
enum rt_status rt_outcomes_decode(const cJSON *, struct rt_actions *,
				  struct rt_error *err);

#endif
