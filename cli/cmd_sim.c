/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_sim.c - raytide sim: everything is read and checked before anything is
 * run or written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/sim_write.h"
#include "cli/trace_input.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/base/yaml.h"
#include "core/host/policy_file.h"
#include "sim/report.h"

#define SETS_MAX 256
#define TABLE_MAX 65536

struct options {
	const char *cluster;
	const char *trace;
	const char *format;
	const char *policy;
	const char *out;
	bool sort;
	bool json;
	uint64_t seed;
	uint32_t sets_len;
	const char *sets[SETS_MAX]; /* "KEY=VALUE" */
};

/* All that is held while the command runs. */
struct work {
	struct options options;
	struct rt_chain chain;
	cJSON *manifest;
	struct trace_settings *formats;
	struct trace *trace;
	struct sim_conf conf;
	struct sim_watch watch;
	struct sim *sim;
	struct sim_result *result;
};

/* ---- options ------------------------------------------------------------ */

static enum rt_status take_cluster(void *conf, const char *value,
				   struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->cluster = value;
	return RT_OK;
}

static enum rt_status take_trace(void *conf, const char *value,
				 struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->trace = value;
	return RT_OK;
}

static enum rt_status take_format(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->format = value;
	return RT_OK;
}

static enum rt_status take_sort(void *conf, const char *value,
				struct rt_error *err)
{
	(void)err;
	(void)value;
	((struct options *)conf)->sort = true;
	return RT_OK;
}

static enum rt_status take_policy(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->policy = value;
	return RT_OK;
}

static enum rt_status take_out(void *conf, const char *value,
			       struct rt_error *err)
{
	(void)err;
	((struct options *)conf)->out = value;
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

static enum rt_status take_seed(void *conf, const char *value,
				struct rt_error *err)
{
	char *end;

	errno = 0;
	((struct options *)conf)->seed = strtoull(value, &end, 10);
	if (*end || end == value || errno || *value == '-')
		return rt_fail(err, RT_EINPUT, "%s: not a whole number", value);
	return RT_OK;
}

static enum rt_status take_set(void *conf, const char *value,
			       struct rt_error *err)
{
	struct options *o = conf;

	if (o->sets_len == SETS_MAX)
		return rt_fail(err, RT_ELIMIT, "more than %d", SETS_MAX);
	o->sets[o->sets_len++] = value;
	return RT_OK;
}

static const struct rt_option options[] = {
	{ "cluster", "FILE", "the RayCluster's manifest", take_cluster },
	{ "trace", "FILE", "the workload; - is standard input", take_trace },
	{ "trace-format", "FORMAT",
	  "one of the formats below (default: by the content)", take_format },
	{ "sort", NULL, "put the trace's rows in order, however they are",
	  take_sort },
	{ "policy", "NAME|FILE", "what decides (default ray)", take_policy },
	{ "set", "KEY=VALUE", "a setting, see below; may be repeated",
	  take_set },
	{ "seed", "N", "of all that is random (default 1)", take_seed },
	{ "json", NULL, "one JSON object instead of a table", take_json },
	{ "out", "DIR", "write jobs.csv and summary.json there", take_out },
	{ 0 },
};

static enum rt_status parse(struct options *o, int argc, char **argv,
			    struct rt_error *err)
{
	int operands;
	enum rt_status status =
		rt_opt_parse(options, argc, argv, o, &operands, err);

	if (status)
		return status;
	if (operands)
		return rt_fail(err, RT_EINPUT,
			       "%s: not understood; give the trace as "
			       "--trace FILE",
			       argv[1]);
	if (!o->cluster || !o->trace)
		return rt_fail(err, RT_EINPUT, "--%s: missing; --%s FILE",
			       o->cluster ? "trace" : "cluster",
			       o->cluster ? "trace" : "cluster");
	return RT_OK;
}

/* ---- input -------------------------------------------------------------- */

static enum rt_status load_settings(struct work *w, struct rt_error *err)
{
	struct rt_setting_group groups[2 + TRACE_GROUPS_MAX] = {
		{ sim_params, &w->conf.settings, NULL },
		{ rt_controller_params, &w->conf.controller, NULL },
	};
	const struct options *o = &w->options;

	for (uint32_t i = 0; i < 2; i++)
		rt_params_default(groups[i].params, groups[i].conf);
	w->formats = trace_settings_new();
	const struct rt_settings settings = {
		&w->chain, 2 + trace_input_groups(w->formats, groups + 2),
		groups
	};
	enum rt_status status =
		rt_policy_open(&settings, o->policy, rt_policies, err);
	if (status)
		rt_wrap(err, "--policy");
	for (uint32_t i = 0; i < o->sets_len && !status; i++)
		if ((status = rt_settings_set(&settings, o->sets[i], err)))
			rt_wrap(err, "--set");
	return status;
}

static double clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double tell_clock(void *to)
{
	(void)to;
	return clock_ms();
}

static enum rt_status load(struct work *w, struct rt_error *err)
{
	const struct options *o = &w->options;
	struct trace_options how = { o->format, o->sort, NULL };
	enum rt_status status;

	if ((status = load_settings(w, err)) ||
	    (status = rt_yaml_load(o->cluster, &w->manifest, err)))
		return status;
	how.settings = w->formats;
	if ((status = trace_load(&w->trace, o->trace, &how, err)))
		return status;
	trace_input_tell(o->trace, w->trace->facts);
	w->conf.manifest = w->manifest;
	w->conf.trace = w->trace;
	w->conf.chain = &w->chain;
	w->conf.seed = o->seed;
	w->watch.clock_ms = tell_clock;
	w->conf.watch = &w->watch;
	status = sim_new(&w->sim, &w->conf, err);
	return status ? rt_wrap(err, "%s", o->cluster) : RT_OK;
}

/* ---- the run ------------------------------------------------------------ */

struct progress {
	double shown_ms;
	bool shown;
};

static void show_progress(void *to, const struct sim_progress *p)
{
	struct progress *progress = to;
	double now_ms = clock_ms();

	if (now_ms - progress->shown_ms < 500)
		return;
	progress->shown_ms = now_ms;
	progress->shown = true;
	fprintf(stderr, "\r\033[K%.0f s simulated, %u of %u tasks, %u nodes",
		p->now_s, p->done, p->tasks, p->nodes);
}

static enum rt_status run(struct work *w, struct rt_error *err)
{
	struct progress progress = { .shown_ms = clock_ms() };
	double start_ms = progress.shown_ms;

	if (isatty(STDERR_FILENO)) {
		w->conf.progress = show_progress;
		w->conf.progress_to = &progress;
	}
	enum rt_status status = sim_run(w->sim, &w->result, err);
	if (progress.shown)
		fputs("\r\033[K", stderr);
	if (!status)
		w->result->figures.wall_ms = clock_ms() - start_ms;
	return status;
}

/* ---- output ------------------------------------------------------------- */

static void print_table(const struct work *w)
{
	struct rt_buf text = RT_BUF(TABLE_MAX);

	printf("%s on %s, policy %s\n\n", w->options.trace, w->options.cluster,
	       w->options.policy);
	sim_report_table(&w->result->figures, &text);
	fputs(text.data, stdout);
	rt_buf_free(&text);
}

static enum rt_status report(const struct work *w, struct rt_error *err)
{
	cJSON *doc = sim_report_json(&w->result->figures);
	enum rt_status status = RT_OK;

	char *text = cJSON_PrintUnformatted(doc);
	if (!text)
		rt_oom();
	if (w->options.out)
		status = sim_write(w->options.out, w->result, w->trace, text,
				   err);
	if (!status && w->options.json)
		puts(text);
	else if (!status)
		print_table(w);
	if (!status && (fflush(stdout) != 0 || ferror(stdout)))
		status = rt_fail(err, RT_EIO, "standard output: %s",
				 strerror(errno));
	cJSON_free(text);
	cJSON_Delete(doc);
	return status;
}

static enum rt_status sim_command(int argc, char **argv, struct rt_error *err)
{
	struct work w = { .options = { .policy = "ray", .seed = 1 } };
	enum rt_status status;

	if ((status = parse(&w.options, argc, argv, err)) ||
	    (status = load(&w, err)))
		goto out;
	if (w.options.out && (status = sim_write_dir(w.options.out, err)))
		goto out;
	if (!(status = run(&w, err)))
		status = report(&w, err);
out:
	sim_free(&w.sim);
	sim_result_free(&w.result);
	trace_free(&w.trace);
	trace_settings_free(&w.formats);
	cJSON_Delete(w.manifest);
	rt_chain_close(&w.chain);
	return status;
}

static void help_settings(FILE *to)
{
	fprintf(to, "\npolicies:\n");
	for (size_t i = 0; rt_policies[i]; i++)
		fprintf(to, "  %-29s  %s\n", rt_policies[i]->name,
			rt_policies[i]->summary);
	fprintf(to, "\nsettings of the simulated world (--set):\n");
	rt_params_help(sim_params, "", to);
	fprintf(to, "\nsettings of the controller:\n");
	rt_params_help(rt_controller_params, "", to);
	trace_input_help(to);
	for (size_t i = 0; rt_policies[i]; i++) {
		const struct rt_policy_ops *ops = rt_policies[i];
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
	.usage = "--cluster FILE --trace FILE [OPTION]...",
	.summary = "Replays a trace on a simulated cluster under a policy",
	.options = options,
	.more_help = help_settings,
	.run = sim_command,
};
