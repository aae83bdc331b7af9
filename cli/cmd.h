/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd.h - a command of the workbench.  Every cli/cmd_NAME.c defines
 * `const struct cmd cmd_NAME` and is thereby `raytide NAME`.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "core/base/error.h"
#include "core/base/opt.h"

struct cmd {
	const char *name;
	const char *usage;   /* what follows "raytide NAME" */
	const char *summary; /* one line */
	const struct rt_option *options;
	void (*more_help)(FILE *); /* after the options; NULL: nothing */
	/* "raytide NAME PART ...", NULL-terminated; NULL: it has no parts. */
	const struct cmd *const *parts;
	/* Parses argv (argv[0] is the command's name), does the work.  A
	 * failure is in `err`; main prints it and makes the exit code of it. */
	enum rt_status (*run)(int argc, char **argv, struct rt_error *err);
};

/* NULL-terminated; the Makefile writes it from cli/. */
extern const struct cmd *const cmds[];

#endif
