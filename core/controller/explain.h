/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - a decision put into words: an entry for each group that is or was
 * to be launched, node that ends, is resized or stays though idle, and demand
 * that found no place, each with the reasons of the stages in order.
 * docs/formats/decision.md has the form.
 */
#ifndef CORE_CONTROLLER_EXPLAIN_H
#define CORE_CONTROLLER_EXPLAIN_H

#include <cjson/cJSON.h>

#include "core/model/decision.h"

/* An array; to be freed with cJSON_Delete().  Idle nodes that stay are told
 * only if the plan was to be explained (rt_plan_explain()). */
cJSON *rt_explain(const struct rt_decision *, struct rt_arena *scratch);

/* The decision as JSON (codec_decision.h) with whether it is held, and why all
 * of it: what a recording has. */
cJSON *rt_explained(const struct rt_decision *, struct rt_arena *scratch);

#endif
