/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.h - what one row asks for, collected in any order: amounts by name, and
 * label selectors written as Ray's programs write them.
 */
#ifndef TRACES_ASK_H
#define TRACES_ASK_H

#include "core/model/res.h"
#include "traces/format.h"

#define TRACE_AMOUNTS_KEPT 16 /* room for so many before the arena is asked */
#define TRACE_AMOUNT_MAX ((double)(RT_AMOUNT_MAX / RT_UNITS))

struct trace_wish {
	struct rt_res_builder res;
	uint32_t rules_len, rules_cap;
	struct rt_label_rule *rules;
};

/* Of one row: what it holds is in the reader's scratch memory and in `kept`,
 * which may be NULL. */
struct trace_wish trace_wish_new(struct trace_reader *,
				 struct rt_amount kept[TRACE_AMOUNTS_KEPT]);

/* Amounts of zero are left out, a later one of a name counts. */
void trace_wish_amount(struct trace_wish *, const char *name, double amount);

/* "value", "!value", "in(a,b)" or "!in(a,b)"; a later rule of a key counts. */
enum rt_status trace_wish_label(struct trace_wish *, const char *key,
				const char *rule, struct rt_error *err);

enum rt_status trace_wish_shape(const struct trace_wish *,
				struct trace_reader *, uint32_t *shape,
				struct rt_error *err);

#endif
