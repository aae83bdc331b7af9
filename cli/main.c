/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - raytide, the workbench: finds the command, prints help, turns a
 * failure into one line on stderr and an exit code.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"

static const struct cmd *find(const struct cmd *const *list, const char *name)
{
	for (; *list; list++)
		if (strcmp((*list)->name, name) == 0)
			return *list;
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

/* `of` is what stands before the name: "raytide". */
static void help_cmd(const char *of, const struct cmd *cmd)
{
	char name[64];

	printf("usage: %s %s %s\n\n%s.\n", of, cmd->name, cmd->usage,
	       cmd->summary);
	if (cmd->options) {
		printf("\noptions:\n");
		rt_opt_help(cmd->options, stdout);
	}
	if (cmd->more_help)
		cmd->more_help(stdout);
	snprintf(name, sizeof name, "%s %s", of, cmd->name);
	for (size_t i = 0; cmd->parts && cmd->parts[i]; i++) {
		printf("\n");
		help_cmd(name, cmd->parts[i]);
	}
}

/* Goes on to the part that is named, if there is one: its name is argv[0]
 * then. */
static const struct cmd *find_part(const struct cmd *cmd, int *argc,
				   char ***argv)
{
	const struct cmd *part =
		cmd->parts && *argc > 1 ? find(cmd->parts, (*argv)[1]) : NULL;

	if (!part)
		return cmd;
	(*argc)--;
	(*argv)++;
	return part;
}

static enum rt_status run(const struct cmd *cmd, int argc, char **argv,
			  struct rt_error *err)
{
	char names[256] = "";

	if (cmd->run)
		return cmd->run(argc, argv, err);
	for (size_t i = 0; cmd->parts[i]; i++) {
		strncat(names, i ? ", " : "", sizeof names - 1 - strlen(names));
		strncat(names, cmd->parts[i]->name,
			sizeof names - 1 - strlen(names));
	}
	return rt_fail(err, RT_EINPUT, "%s: %s%swhat to do is one of %s",
		       cmd->name, argc > 1 ? argv[1] : "",
		       argc > 1 ? ": not known; " : "", names);
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
	const struct cmd *cmd = find(cmds, argv[1]);
	if (!cmd) {
		fprintf(stderr,
			"raytide: %s: no such command; `raytide --help` lists "
			"them\n",
			argv[1]);
		return 2;
	}
	argc--;
	argv++;
	const struct cmd *part = find_part(cmd, &argc, &argv);
	if (asks_help(argc, argv)) {
		char of[64];
		snprintf(of, sizeof of, "raytide%s%s", part == cmd ? "" : " ",
			 part == cmd ? "" : cmd->name);
		help_cmd(of, part);
		return told();
	}
	struct rt_error err = { 0 };
	enum rt_status status = run(part, argc, argv, &err);
	if (status && err.text[0])
		fprintf(stderr, "raytide: %s\n", err.text);
	return rt_status_exit_code(status);
}
