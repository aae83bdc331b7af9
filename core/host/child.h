/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.h - a process that answers lines: one on its standard output for each
 * on its standard input.  One that ends, is late or answers too much is killed,
 * and started again when it is asked next, after a while that doubles with each
 * failure in a row.
 */
#ifndef CORE_HOST_CHILD_H
#define CORE_HOST_CHILD_H

#include <raytide/types.h>

struct rt_child;

/* Run by sh(1) once it is asked for the first time.  Its standard error is
 * ours. */
struct rt_child *rt_child_new(const char *command);
/* Ends it. */
void rt_child_free(struct rt_child **);

/* The answer to `line`, which has no newline; it is the child's until it is
 * asked again. */
enum rt_status rt_child_ask(struct rt_child *, const char *line,
			    int64_t deadline_ms, const char **answer,
			    struct rt_error *err);

/* What it has answered was no answer. */
void rt_child_fail(struct rt_child *);

#endif
