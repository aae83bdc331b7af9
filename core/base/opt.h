/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opt.h - command lines: one table per command gives parsing and help.  Only
 * long options: --name VALUE, --name=VALUE, or --name for a switch.
 */
#ifndef CORE_BASE_OPT_H
#define CORE_BASE_OPT_H

#include <stdio.h>

#include <raytide/types.h>

/* A table ends with a row whose name is NULL. */
struct rt_option {
	const char *name; /* without the dashes */
	const char *arg;  /* "FILE"; NULL: a switch */
	const char *help; /* a line, or more, separated by \n */
	/* Called in order of the command line; `value` is NULL for a switch and
	 * lives as long as argv.  An error gets "--name: " in front. */
	enum rt_status (*take)(void *conf, const char *value,
			       struct rt_error *err);
};

/* Options may stand before and after operands; "--" ends them.  argv[0] is
 * skipped.  On return argv[1..*operands] are the operands, in order. */
enum rt_status rt_opt_parse(const struct rt_option *rows, int argc, char **argv,
			    void *conf, int *operands, struct rt_error *err);

void rt_opt_help(const struct rt_option *rows, FILE *);

#endif
