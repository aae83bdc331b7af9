/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - raytide, the workbench: finds the command, prints help, turns a
 * failure into one line on stderr and an exit code.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"

static const struct cmd *find(const char *name)
{
	for (size_t i = 0; cmds[i]; i++)
		if (strcmp(cmds[i]->name, name) == 0)
			return cmds[i];
	return NULL;
}

static void help(FILE *to)
{
	fprintf(to, "usage: raytide COMMAND [OPTION]...\n\n"
		    "The workbench of raytide, an autoscaler for Ray on "
		    "Kubernetes.\n\ncommands:\n");
	for (size_t i = 0; cmds[i]; i++)
		fprintf(to, "  %-10s %s\n", cmds[i]->name, cmds[i]->summary);
	fprintf(to, "\n`raytide COMMAND --help` tells the options, "
		    "`raytide --version` the version.\n");
}

static bool asks_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static void help_cmd(const struct cmd *cmd)
{
	printf("usage: raytide %s %s\n\n%s.\n\noptions:\n", cmd->name,
	       cmd->usage, cmd->summary);
	rt_opt_help(cmd->options, stdout);
	if (cmd->more_help)
		cmd->more_help(stdout);
}

/* What was asked for is on standard output, or the exit code says no. */
static int told(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "raytide: standard output: %s\n", strerror(errno));
	return rt_status_exit_code(RT_EIO);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return told();
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("raytide " RAYTIDE_VERSION);
		return told();
	}
	const struct cmd *cmd = find(argv[1]);
	if (!cmd) {
		fprintf(stderr,
			"raytide: %s: no such command; `raytide --help` lists "
			"them\n",
			argv[1]);
		return 2;
	}
	if (asks_help(argc - 1, argv + 1)) {
		help_cmd(cmd);
		return told();
	}
	struct rt_error err = { 0 };
	enum rt_status status = cmd->run(argc - 1, argv + 1, &err);
	if (status && err.text[0])
		fprintf(stderr, "raytide: %s\n", err.text);
	return rt_status_exit_code(status);
}
