/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.h - reasons as text (raytide/reasons.def).
 */
#ifndef CORE_MODEL_WHY_H
#define CORE_MODEL_WHY_H

#include <raytide/plan.h>

/* The sentence with what was given with the reason put in, cut where `buf`
 * ends; returns `buf`.  The snapshot is the one that was decided. */
const char *rt_why_text(const struct rt_snapshot *, struct rt_why, char *buf,
			size_t size);

/* The name of the reason for programs: "guard-launch-rate".  In `buf`. */
#define RT_REASON_CODE 40
const char *rt_reason_code(enum rt_reason, char buf[RT_REASON_CODE]);

/* "tasks[1] (3 x {GPU: 4})" */
const char *rt_entry_text(const struct rt_snapshot *, struct rt_entry,
			  char *buf, size_t size);
const char *rt_cause_name(enum rt_cause);
const char *rt_node_status_name(enum rt_node_status);

#endif
