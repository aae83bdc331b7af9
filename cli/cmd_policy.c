/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_policy.c - raytide policy: checks policy files, and tells what can be put
 * into them.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/policy_schema.h"
#include "core/base/param.h"
#include "core/controller/settings.h"
#include "core/host/chain_open.h"
#include "core/host/policy_file.h"
#include "sim/sim.h"

#define WIDTH 78

static const struct rt_option policy_options[] = { { .name = NULL } };

/* ---- check --------------------------------------------------------------- */

static enum rt_status check_one(const char *name, struct rt_error *err)
{
	struct rt_controller_settings controller;
	struct sim_settings sim;
	const struct rt_setting_group groups[] = {
		{ rt_controller_params, &controller, NULL },
		{ sim_params, &sim, NULL },
	};
	struct rt_chain chain;
	const struct rt_settings settings = { &chain, 2, groups };
	enum rt_status status =
		rt_policy_open(&settings, name, &rt_registry, err);

	if (status)
		return status;
	printf("%s: ok:", name);
	for (uint32_t i = 0; i < chain.len; i++)
		printf("%s %s", i ? "," : "", chain.stages[i].ops->name);
	putchar('\n');
	rt_chain_close(&chain);
	return RT_OK;
}

/* All are looked at; what is wrong with one is told at once, with the last at
 * the end. */
static enum rt_status check(int len, char **names, struct rt_error *err)
{
	enum rt_status status = RT_OK;

	if (!len)
		return rt_fail(err, RT_EINPUT,
			       "policy check: no file; raytide policy check "
			       "FILE...");
	for (int i = 0; i < len; i++) {
		struct rt_error why;
		if (!check_one(names[i], &why))
			continue;
		if (status)
			fprintf(stderr, "raytide: %s\n", err->text);
		*err = why;
		status = why.status;
	}
	return status;
}

/* ---- list ---------------------------------------------------------------- */

static const char *place_of(const struct rt_policy_ops *ops)
{
	return ops->flags & RT_PACKS     ? "packs"
	       : ops->flags & RT_TRIMS   ? "trims"
	       : ops->flags & RT_REPACKS ? "repacks"
					 : "shapes";
}

/* The value of `description`, which is its first line. */
static const char *description_of(const struct rt_preset *preset, int *len)
{
	static const char key[] = "description: ";
	const char *text = preset->text;

	text += strncmp(text, key, strlen(key)) == 0 ? strlen(key) : 0;
	*len = (int)strcspn(text, "\n");
	return text;
}

static void list_policy(const struct rt_policy_ops *ops)
{
	printf("  %-14s %-7s %s\n", ops->name, place_of(ops), ops->summary);
}

static void list(void)
{
	int len;

	puts("policies, by name or as stages of a file:");
	const struct rt_policy_ops *ops;
	for (size_t i = 0; (ops = rt_policy_nth(&rt_registry, i)); i++)
		list_policy(ops);
	puts("\npresets, by name:");
	for (const struct rt_preset *p = rt_registry.presets; p->name; p++) {
		const char *text = description_of(p, &len);
		printf("  %-22s %.*s\n", p->name, len, text);
	}
	puts("\nguards, always and in this order:");
	for (const struct rt_guard *guard = rt_guards; guard->name; guard++)
		printf("  %-22s %s\n", guard->name, guard->help);
}

/* ---- show ---------------------------------------------------------------- */

static void print_wrapped(const char *text)
{
	while (*text) {
		size_t len = strlen(text);
		if (len > WIDTH) {
			len = WIDTH;
			while (text[len] != ' ')
				len--;
		}
		printf("%.*s\n", (int)len, text);
		text += len;
		text += strspn(text, " ");
	}
}

static void show_policy(const struct rt_policy_ops *ops)
{
	printf("%s (%s): %s.\n\n", ops->name, place_of(ops), ops->summary);
	print_wrapped(ops->about);
	printf("\nexample:\n  - %s: %s\n", ops->name, ops->example);
	if (!ops->params->name)
		return;
	puts("\nparameters:");
	rt_params_show(ops->params, 2, stdout);
}

static enum rt_status show(const char *name, struct rt_error *err)
{
	const struct rt_policy_ops *ops;
	bool found = false;

	for (size_t i = 0; (ops = rt_policy_nth(&rt_registry, i)); i++)
		if (strcmp(ops->name, name) == 0) {
			show_policy(ops);
			found = true;
		}
	for (const struct rt_preset *p = rt_registry.presets; p->name; p++)
		if (strcmp(p->name, name) == 0) {
			printf("%sthe preset %s:\n\n%s", found ? "\n" : "",
			       name, p->text);
			found = true;
		}
	if (strcmp(name, "guards") == 0) {
		puts("parameters of guards:");
		rt_params_show(rt_guard_params, 2, stdout);
		found = true;
	}
	return found ? RT_OK
		     : rt_fail(err, RT_EINPUT,
			       "%s: no such policy; `raytide policy list` has "
			       "them",
			       name);
}

static void print_schema(void)
{
	cJSON *schema = policy_schema();
	char *text = cJSON_Print(schema);

	puts(text);
	cJSON_free(text);
	cJSON_Delete(schema);
}

static enum rt_status policy_run(int argc, char **argv, struct rt_error *err)
{
	int operands;
	enum rt_status status =
		rt_opt_parse(policy_options, argc, argv, NULL, &operands, err);
	const char *what = operands ? argv[1] : "";

	if (status)
		return status;
	if (strcmp(what, "check") == 0)
		return check(operands - 1, argv + 2, err);
	if (strcmp(what, "show") == 0 && operands == 2)
		return show(argv[2], err);
	if (strcmp(what, "list") == 0 && operands == 1)
		list();
	else if (strcmp(what, "schema") == 0 && operands == 1)
		print_schema();
	else
		return rt_fail(err, RT_EINPUT,
			       "policy: one of check FILE..., list, schema, "
			       "show NAME");
	return RT_OK;
}

static void more_help(FILE *to)
{
	fputs("\n  check FILE...  is it understood? tells where it is not\n"
	      "  list           what can be put into a file, and presets\n"
	      "  schema         a policy file's JSON schema, for editors\n"
	      "  show NAME      a policy's parameters, a preset's text, or "
	      "guards\n",
	      to);
}

const struct cmd cmd_policy = {
	.name = "policy",
	.usage = "check FILE... | list | schema | show NAME",
	.summary = "Checks policy files, tells what can be put into them",
	.options = policy_options,
	.more_help = more_help,
	.run = policy_run,
};
