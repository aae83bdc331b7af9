/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.h - reasons as text (raytide/reasons.def).
 */
#ifndef CORE_MODEL_WHY_H
#define CORE_MODEL_WHY_H

#include <raytide/plan.h>

/* The sentence with its numbers put in; returns `buf`. */
const char *rt_why_text(struct rt_why, char *buf, size_t size);
const char *rt_cause_name(enum rt_cause);
const char *rt_node_status_name(enum rt_node_status);

#endif
