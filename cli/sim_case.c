/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_case.c - everything is read and checked before anything is run or
 * written.
 */
#include "cli/sim_case.h"

#include <time.h>

#include "cli/report/record.h"
#include "cli/sim_groups.h"
#include "cli/trace/input.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/base/yaml.h"
#include "core/host/policy_file.h"
#include "sim/deps.h"

struct sim_case {
	const struct sim_case_conf *conf;
	struct rt_chain chain;
	cJSON *manifest;
	struct sim_groups groups;
	struct trace_settings *formats;
	struct trace *trace;
	struct report_record_conf record_conf;
	struct report_record *record; /* NULL: no folder is asked for */
	struct sim_watch watch;
	struct sim_conf sim_conf;
	struct sim *sim; /* NULL: a pool */
	struct sim_rigid_conf pool;
	struct sim_result *result;
};

static double clock_ms(void *to)
{
	struct timespec ts;

	(void)to;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static enum rt_status check_format(const struct rt_told *format,
				   struct rt_error *err)
{
	size_t place;

	if (!format->text || !trace_format_find(format->text, &place, err))
		return RT_OK;
	return rt_wrap(err, "%s", format->at);
}

static enum rt_status load_settings(struct sim_case *c, struct rt_error *err)
{
	struct rt_setting_group
		groups[3 + TRACE_GROUPS_MAX + SIM_GROUPS_MAX] = {
			{ sim_params, &c->sim_conf.settings, NULL },
			{ rt_controller_params, &c->sim_conf.controller, NULL },
		};

	for (uint32_t i = 0; i < 2; i++)
		rt_params_default(groups[i].params, groups[i].conf);
	c->formats = trace_settings_new();
	uint32_t len = 2 + trace_input_groups(c->formats, groups + 2);
	enum rt_status status = check_format(&c->conf->format, err);
	if (!status && c->conf->cluster)
		status = rt_yaml_load(c->conf->cluster, &c->manifest, err);
	if (status)
		return status;
	len += sim_groups_open(&c->groups, c->manifest, groups + len);
	const struct rt_settings settings = { &c->chain, len, groups };
	status = rt_policy_open(&settings, c->conf->policy.text, &rt_registry,
				err);
	if (status)
		return rt_wrap(err, "%s", c->conf->policy.at);
	for (uint32_t i = 0; i < c->conf->sets_len && !status; i++) {
		const struct rt_told *set = &c->conf->sets[i];
		if ((status = rt_settings_set(&settings, set->text, err)))
			rt_wrap(err, "%s", set->at);
	}
	c->sim_conf.all_groups = c->groups.all;
	c->sim_conf.groups = c->groups.each;
	return status;
}

static enum rt_status load_trace(struct sim_case *c, struct rt_error *err)
{
	const struct trace_options how = { c->conf->format.text, c->conf->sort,
					   c->formats };
	enum rt_status status =
		trace_load(&c->trace, c->conf->trace, &how, err);

	if (!status)
		trace_input_tell(c->conf->trace, c->trace->facts);
	return status;
}

/* Looked at from its first instant, which sim_new() makes. */
static enum rt_status open_record(struct sim_case *c, struct rt_error *err)
{
	c->watch.clock_ms = clock_ms;
	if (!c->conf->out)
		return RT_OK;
	c->record_conf = (struct report_record_conf){
		.path = c->conf->out,
		.trace = c->trace,
		.events = c->conf->events,
		.about = c->conf->about,
		.trace_name = c->conf->trace,
		.cluster_name = c->conf->cluster,
		.pool = c->conf->pool.processors.text,
		.scheduler = c->conf->cluster ? NULL : c->pool.scheduler->name,
		.policy_name = c->conf->cluster ? c->conf->policy.text : NULL,
		.sets_len = c->conf->sets_len,
		.sets = c->conf->sets,
		.seed = c->conf->seed,
	};
	enum rt_status status =
		report_record_open(&c->record, &c->record_conf, err);
	if (!status)
		report_record_watch(c->record, &c->watch);
	return status;
}

static enum rt_status open_cluster(struct sim_case *c, struct rt_error *err)
{
	enum rt_status status;

	if ((status = load_trace(c, err)) ||
	    (status = sim_check_waits(c->trace,
				      c->sim_conf.settings.closed_loop, err)) ||
	    (status = open_record(c, err)))
		return status;
	c->sim_conf.manifest = c->manifest;
	c->sim_conf.trace = c->trace;
	c->sim_conf.chain = &c->chain;
	c->sim_conf.seed = c->conf->seed;
	c->sim_conf.watch = &c->watch;
	status = sim_new(&c->sim, &c->sim_conf, err);
	return status ? rt_wrap(err, "%s", c->conf->cluster) : RT_OK;
}

static enum rt_status open_pool(struct sim_case *c, struct rt_error *err)
{
	enum rt_status status;

	if ((status = sim_pool_conf(&c->conf->pool, &c->pool, err)) ||
	    (status = load_trace(c, err)))
		return status;
	if (sim_deps_any(c->trace, c->sim_conf.settings.closed_loop))
		return rt_fail(err, RT_EINPUT,
			       "%s: jobs that wait for others (after, "
			       "closed_loop) need a --cluster",
			       c->conf->trace);
	c->pool.trace = c->trace;
	c->pool.watch = &c->watch;
	return open_record(c, err);
}

static enum rt_status check_manifest(const struct sim_case *c,
				     struct rt_error *err)
{
	struct rt_names *names = rt_names_new();
	struct rt_arena *arena = rt_arena_new();
	struct rt_raycluster cluster;
	enum rt_status status =
		rt_raycluster_decode(c->manifest, names, arena, &cluster, err);

	if (!status && cluster.problems_len)
		status = rt_fail(err, RT_EINPUT, "%s", cluster.problems[0]);
	if (!status)
		status = sim_conf_check(&c->sim_conf, &cluster, err);
	if (status)
		rt_wrap(err, "%s", c->conf->cluster);
	rt_arena_free(&arena);
	rt_names_free(&names);
	return status;
}

enum rt_status sim_case_check(const struct sim_case_conf *conf,
			      struct rt_error *err)
{
	struct sim_case *c = rt_calloc(1, sizeof *c);

	c->conf = conf;
	enum rt_status status = load_settings(c, err);
	if (!status)
		status = conf->cluster
				 ? check_manifest(c, err)
				 : sim_pool_conf(&conf->pool, &c->pool, err);
	sim_case_close(&c);
	return status;
}

enum rt_status sim_case_open(struct sim_case **out,
			     const struct sim_case_conf *conf,
			     struct rt_error *err)
{
	struct sim_case *c = rt_calloc(1, sizeof *c);

	c->conf = conf;
	enum rt_status status = load_settings(c, err);
	if (!status)
		status = conf->cluster ? open_cluster(c, err)
				       : open_pool(c, err);
	if (status)
		sim_case_close(&c);
	*out = c;
	return status;
}

enum rt_status sim_case_run(struct sim_case *c,
			    void (*progress)(void *to,
					     const struct sim_progress *),
			    void *to, struct rt_error *err)
{
	double began_ms = clock_ms(NULL);

	c->sim_conf.progress = progress;
	c->sim_conf.progress_to = to;
	enum rt_status status = RT_OK;
	if (c->sim)
		status = sim_run(c->sim, &c->result, err);
	else
		c->result = sim_rigid_run(&c->pool);
	if (status)
		return status;
	c->result->figures.wall_ms = clock_ms(NULL) - began_ms;
	return c->record ? report_record_finish(c->record, c->result, err)
			 : RT_OK;
}

const struct sim_figures *sim_case_figures(const struct sim_case *c)
{
	return &c->result->figures;
}

void sim_case_close(struct sim_case **c)
{
	if (!*c)
		return;
	sim_free(&(*c)->sim);
	sim_result_free(&(*c)->result);
	report_record_close(&(*c)->record);
	trace_free(&(*c)->trace);
	trace_settings_free(&(*c)->formats);
	sim_groups_close(&(*c)->groups);
	cJSON_Delete((*c)->manifest);
	rt_chain_close(&(*c)->chain);
	rt_free(*c);
	*c = NULL;
}
