/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alone.h - a policy without a controller: its settings, by their rows, what it
 * remembers of two groups, and the memory of a round.  Tests of policies link
 * nothing but them.
 */
#ifndef TESTS_UNIT_POLICIES_ALONE_H
#define TESTS_UNIT_POLICIES_ALONE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <raytide/policy.h>

#define ALONE_GROUPS 2

static const struct rt_policy_ops *alone;
static struct rt_ctx ctx;
static void *conf, *allocated;

/* Of a round: there is no more of it then. */
static void *alloc(struct rt_arena *arena, size_t size)
{
	(void)arena;
	free(allocated);
	allocated = calloc(1, size + 1);
	return allocated;
}

static void *field(const char *name)
{
	const struct rt_param *row = alone->params;

	while (strcmp(row->name, name) != 0)
		row++;
	return (char *)conf + row->offset;
}

/* With defaults; those of choices and truth values are 0 in all of them. */
static void open_alone(const struct rt_policy_ops *policy,
		       const struct rt_host *host)
{
	alone = policy;
	conf = calloc(1, policy->conf_size);
	for (const struct rt_param *row = policy->params; row->name; row++) {
		void *at = field(row->name);
		if (row->type == RT_PARAM_DOUBLE)
			*(double *)at = row->def;
		else if (row->type == RT_PARAM_SPAN ||
			 row->type == RT_PARAM_INT)
			*(int64_t *)at = (int64_t)row->def;
		else
			assert_true(row->def == 0);
	}
	ctx = (struct rt_ctx){
		.host = host,
		.conf = conf,
		.group_states = calloc(ALONE_GROUPS, policy->group_state_size),
		.group_states_step = policy->group_state_size,
	};
}

static int close_alone(void **state)
{
	(void)state;
	free(conf);
	free(ctx.group_states);
	free(allocated);
	allocated = NULL;
	return 0;
}

#endif
