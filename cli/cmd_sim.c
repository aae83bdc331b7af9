/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_sim.c - raytide sim: the command line, progress on a terminal, the
 * figures on standard output.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/report/bar.h"
#include "cli/report/folder.h"
#include "cli/sim_case.h"
#include "cli/sim_experiment.h"
#include "cli/trace/input.h"
#include "core/base/buf.h"
#include "core/base/param.h"
#include "core/host/policy_file.h"
#include "sim/report.h"

#define SETS_MAX 256
#define WORKERS_MAX 1024
#define TABLE_MAX 65536

struct options {
	struct sim_case_conf conf;
	const char *experiment; /* a file; NULL: one run */
	uint64_t workers;       /* of an experiment; 0: one for each core */
	bool seeded;            /* the seed is not the default */
	bool json;
	struct rt_told sets[SETS_MAX];
};

/* ---- options ------------------------------------------------------------ */

static enum rt_status take_cluster(void *conf, const char *value,
				   struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->conf.cluster = value;
	return RT_OK;
}

static enum rt_status take_trace(void *conf, const char *value,
				 struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->conf.trace = value;
	return RT_OK;
}

static enum rt_status take_format(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->conf.format =
		(struct rt_told){ value, "--trace-format" };
	return RT_OK;
}

static enum rt_status take_sort(void *conf, const char *value,
				struct rt_error *err)
{
	(void)err;
	(void)value;
	((struct options *)conf)->conf.sort = true;
	return RT_OK;
}

static enum rt_status take_policy(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->conf.policy =
		(struct rt_told){ value, "--policy" };
	return RT_OK;
}

static enum rt_status take_pool(void *conf, const char *value,
				struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->conf.pool.processors =
		(struct rt_told){ value, "--pool" };
	return RT_OK;
}

static enum rt_status take_scheduler(void *conf, const char *value,
				     struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->conf.pool.scheduler =
		(struct rt_told){ value, "--scheduler" };
	return RT_OK;
}

static enum rt_status take_estimates(void *conf, const char *value,
				     struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->conf.pool.estimates =
		(struct rt_told){ value, "--estimates" };
	return RT_OK;
}

static enum rt_status take_out(void *conf, const char *value,
			       struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->conf.out = value;
	return RT_OK;
}

static enum rt_status take_events(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	(void)value;
	((struct options *)conf)->conf.events = true;
	return RT_OK;
}

static enum rt_status take_json(void *conf, const char *value,
				struct rt_error *err)
{
	(void)err;
	(void)value;
	((struct options *)conf)->json = true;
	return RT_OK;
}

static enum rt_status take_whole(uint64_t *out, const char *value,
				 struct rt_error *err)
{
	char *end;

	errno = 0;
	*out = strtoull(value, &end, 10);
	if (*end || end == value || errno || *value == '-')
		return rt_fail(err, RT_EINPUT, "%s: not a whole number", value);
	return RT_OK;
}

static enum rt_status take_seed(void *conf, const char *value,
				struct rt_error *err)
{
	struct options *o = conf;

	o->seeded = true;
	return take_whole(&o->conf.seed, value, err);
}

static enum rt_status take_workers(void *conf, const char *value,
				   struct rt_error *err)
{
	struct options *o = conf;
	enum rt_status status = take_whole(&o->workers, value, err);

	if (!status && (o->workers < 1 || o->workers > WORKERS_MAX))
		return rt_fail(err, RT_EINPUT, "%s: not between 1 and %d",
			       value, WORKERS_MAX);
	return status;
}

static enum rt_status take_set(void *conf, const char *value,
			       struct rt_error *err)
{
	struct options *o = conf;

	if (o->conf.sets_len == SETS_MAX)
		return rt_fail(err, RT_ELIMIT, "more than %d", SETS_MAX);
	o->sets[o->conf.sets_len++] = (struct rt_told){ value, "--set" };
	o->conf.sets = o->sets;
	return RT_OK;
}

static const struct rt_option options[] = {
	{ "cluster", "FILE", "the RayCluster's manifest", take_cluster },
	{ "trace", "FILE",
	  "the workload; - is standard input, a folder is a recording",
	  take_trace },
	{ "trace-format", "FORMAT",
	  "one of the formats below (default: by the content)", take_format },
	{ "sort", NULL, "put the trace's rows in order, however they are",
	  take_sort },
	{ "pool", "N",
	  "in place of a cluster: N equal processors for rigid jobs",
	  take_pool },
	{ "scheduler", "NAME", "of the pool, see below (default fcfs)",
	  take_scheduler },
	{ "estimates", "run|trace|xK",
	  "what the pool's scheduler knows of run times: all,\n"
	  "the trace's estimates, or K times too much (default run)",
	  take_estimates },
	{ "policy", "NAME|FILE", "what decides (default ray)", take_policy },
	{ "set", "KEY=VALUE", "a setting, see below; may be repeated",
	  take_set },
	{ "seed", "N", "of all that is random (default 1)", take_seed },
	{ "json", NULL, "one JSON object instead of a table", take_json },
	{ "out", "DIR", "a folder for the results, with plots in report.html",
	  take_out },
	{ "events", NULL, "with --out: each event, too, in events.jsonl",
	  take_events },
	{ "workers", "N",
	  "of an experiment: runs at a time (default: one for each core)",
	  take_workers },
	{ 0 },
};

/* A pool has no cluster, a cluster no scheduler of a pool. */
static enum rt_status check_world(const struct sim_case_conf *conf,
				  struct rt_error *err)
{
	const struct sim_pool_options *pool = &conf->pool;

	if (!conf->cluster && !pool->processors.text)
		return rt_fail(err, RT_EINPUT,
			       "--cluster: missing; --cluster FILE");
	if (conf->cluster && pool->processors.text)
		return rt_fail(err, RT_EINPUT,
			       "--pool: there is a --cluster; give either");
	if (conf->events && pool->processors.text)
		return rt_fail(err, RT_EINPUT,
			       "--events: those of a pool are not told");
	if (!pool->processors.text &&
	    (pool->scheduler.text || pool->estimates.text))
		return rt_fail(err, RT_EINPUT, "--%s: that is for a --pool",
			       pool->scheduler.text ? "scheduler"
						    : "estimates");
	return RT_OK;
}

/* All but where to and how is in its file. */
static enum rt_status take_experiment(struct options *o, int operands,
				      char **argv, struct rt_error *err)
{
	const struct sim_case_conf *c = &o->conf;

	o->experiment = argv[1];
	if (operands > 1)
		return rt_fail(err, RT_EINPUT, "%s: an experiment is one file",
			       argv[2]);
	if (c->cluster || c->trace || c->format.text || c->sort ||
	    c->pool.processors.text || c->pool.scheduler.text ||
	    c->pool.estimates.text || c->policy.text || o->seeded ||
	    c->sets_len || c->events)
		return rt_fail(
			err, RT_EINPUT,
			"%s: an experiment takes --out, --json and "
			"--workers alone; the rest is in its file, and a "
			"trace is given as --trace FILE",
			argv[1]);
	return RT_OK;
}

static enum rt_status parse(struct options *o, int argc, char **argv,
			    struct rt_error *err)
{
	int operands;
	enum rt_status status =
		rt_opt_parse(options, argc, argv, o, &operands, err);

	if (status)
		return status;
	if (operands)
		return take_experiment(o, operands, argv, err);
	if (o->workers)
		return rt_fail(err, RT_EINPUT,
			       "--workers: there is no experiment; name its "
			       "file");
	if (!o->conf.policy.text)
		o->conf.policy = (struct rt_told){ "ray", "--policy" };
	if ((status = check_world(&o->conf, err)))
		return status;
	if (!o->conf.trace)
		return rt_fail(err, RT_EINPUT,
			       "--trace: missing; --trace FILE");
	if (o->conf.events && !o->conf.out)
		return rt_fail(err, RT_EINPUT,
			       "--events: written to no place; --out DIR");
	return RT_OK;
}

/* ---- the run ------------------------------------------------------------ */

static void show_progress(void *to, const struct sim_progress *p)
{
	bar_show(to, p->done, p->tasks,
		 "%u of %u tasks, %u nodes, %.0f s simulated", p->done,
		 p->tasks, p->nodes, p->now_s);
}

static enum rt_status run(struct sim_case *c, struct rt_error *err)
{
	struct bar bar;

	bar_begin(&bar, 0, 500);
	enum rt_status status = sim_case_run(c, show_progress, &bar, err);
	bar_end(&bar);
	return status;
}

/* ---- output ------------------------------------------------------------- */

static void print_table(const struct options *o,
			const struct sim_figures *figures)
{
	struct rt_buf text = RT_BUF(TABLE_MAX);

	const struct sim_pool_options *pool = &o->conf.pool;

	if (pool->processors.text)
		printf("%s on %s processors, %s\n\n", o->conf.trace,
		       pool->processors.text,
		       pool->scheduler.text ? pool->scheduler.text : "fcfs");
	else
		printf("%s on %s, policy %s\n\n", o->conf.trace,
		       o->conf.cluster, o->conf.policy.text);
	sim_report_table(figures, &text);
	fputs(text.data, stdout);
	rt_buf_free(&text);
	if (o->conf.out)
		printf("\n%s/report.html shows it\n", o->conf.out);
}

static enum rt_status print(const struct options *o,
			    const struct sim_figures *figures,
			    struct rt_error *err)
{
	if (o->json) {
		char *text = sim_report_json(figures);
		puts(text);
		cJSON_free(text);
	} else {
		print_table(o, figures);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		return rt_fail(err, RT_EIO, "standard output: %s",
			       strerror(errno));
	return RT_OK;
}

static enum rt_status run_experiment(const struct options *o,
				     struct rt_error *err)
{
	const struct experiment_conf conf = {
		.path = o->experiment,
		.out = o->conf.out,
		.workers = (uint32_t)o->workers,
		.json = o->json,
		.runner = sim_experiment_runner,
	};

	return experiment_run(&conf, err);
}

static enum rt_status sim_command(int argc, char **argv, struct rt_error *err)
{
	struct options o = { .conf = { .seed = 1 } };
	struct sim_case *c = NULL;
	enum rt_status status;

	if (!(status = parse(&o, argc, argv, err)) && o.experiment)
		return run_experiment(&o, err);
	if (!status && o.conf.out)
		report_folder_clear(o.conf.out);
	if (!status && !(status = sim_case_open(&c, &o.conf, err)) &&
	    !(status = run(c, err)))
		status = print(&o, sim_case_figures(c), err);
	sim_case_close(&c);
	return status;
}

static void help_settings(FILE *to)
{
	const struct rt_policy_ops *ops;

	sim_pool_help(to);
	fprintf(to, "\npolicies:\n");
	for (size_t i = 0; (ops = rt_policy_nth(&rt_registry, i)); i++)
		fprintf(to, "  %-29s  %s\n", ops->name, ops->summary);
	fprintf(to, "\nsettings of the simulated world (--set):\n");
	rt_params_help(sim_params, "", to);
	fprintf(to,
		"\nsettings of all worker groups; group.NAME.KEY is of one:\n");
	rt_params_help(sim_group_params, "group.", to);
	fprintf(to, "\nsettings of the controller:\n");
	rt_params_help(rt_controller_params, "", to);
	trace_input_help(to);
	fprintf(to, "\nsettings of its guards:\n");
	rt_params_help(rt_guard_params, "guards.", to);
	for (size_t i = 0; (ops = rt_policy_nth(&rt_registry, i)); i++) {
		char prefix[64];
		if (!ops->params[0].name)
			continue;
		fprintf(to, "\nsettings of the policy %s:\n", ops->name);
		snprintf(prefix, sizeof prefix, "%s.", ops->name);
		rt_params_help(ops->params, prefix, to);
	}
}

const struct cmd cmd_sim = {
	.name = "sim",
	.usage = "--cluster FILE|--pool N --trace FILE [OPTION]...\n"
		 "       raytide sim EXPERIMENT.yaml [OPTION]...",
	.summary = "Replays a trace on a simulated cluster under a policy",
	.options = options,
	.more_help = help_settings,
	.run = sim_command,
};
