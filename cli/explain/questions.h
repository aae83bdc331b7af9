/* SPDX-License-Identifier: Apache-2.0 */
/*
 * questions.h - what `raytide explain` is asked.  Asked about nothing, it tells
 * of each group, of the nodes of which something was said, and of demand that
 * found no place.
 */
#ifndef CLI_EXPLAIN_QUESTIONS_H
#define CLI_EXPLAIN_QUESTIONS_H

#include "cli/explain/tell.h"

struct questions {
	const char *group;  /* its name */
	const char *node;   /* its instance_id, ray_node_id or pod */
	const char *demand; /* "3", "tasks[3]", "gangs[0]", "constraints[0]" */
};                          /* NULL: not asked about it */

/* Adds the answers.  RT_EINPUT: there is no such thing to ask about. */
enum rt_status questions_ask(const struct questions *, const struct scene *,
			     cJSON *answers, struct rt_error *err);

#endif
