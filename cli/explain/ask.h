/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.h - the questions: each adds an answer about what it is asked about.
 */
#ifndef CLI_EXPLAIN_ASK_H
#define CLI_EXPLAIN_ASK_H

#include "cli/explain/tell.h"

/* How many of it, and not more or less. */
enum rt_status ask_group(const struct scene *, uint32_t group, cJSON *answers,
			 struct rt_error *err);

/* Why it is kept, or ended. */
enum rt_status ask_node(const struct scene *, uint32_t node, cJSON *answers,
			struct rt_error *err);

/* Where it finds a place, or what it lacks. */
enum rt_status ask_demand(const struct scene *, struct rt_entry, cJSON *answers,
			  struct rt_error *err);

#endif
