/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - the rows of what `--set` can change of the simulated world.
 */
#include <math.h>

#include "core/base/error.h"
#include "scheduler_list.h"
#include "sim/scheduler.h"
#include "sim/sim.h"

#define ROW(field, row_type, ...)                                              \
	{                                                                      \
		.name = #field, .type = (row_type),                            \
		.offset = offsetof(struct sim_settings, field), __VA_ARGS__    \
	}
#define SECONDS(field, ...)                                                    \
	ROW(field, RT_PARAM_DOUBLE, .max = 1e9, .unit = "s", __VA_ARGS__)
#define CHOICE(field, ...) ROW(field, RT_PARAM_CHOICE, .unit = "", __VA_ARGS__)

static const char *const observations[] = {
	[SIM_OBSERVE_GCS] = "gcs",
	[SIM_OBSERVE_EXACT] = "exact",
	NULL,
};

#define TIME(field, ...)                                                       \
	{                                                                      \
		.name = #field, .type = RT_PARAM_DOUBLE, .unit = "",           \
		.offset = offsetof(struct sim_time, field), __VA_ARGS__        \
	}
#define STEP(field, ...)                                                       \
	{                                                                      \
		.name = #field, .type = RT_PARAM_DOUBLE, .unit = "",           \
		.offset = offsetof(struct sim_quota_step, field), __VA_ARGS__  \
	}
#define LOSS(field, row_type, ...)                                             \
	{                                                                      \
		.name = #field, .type = (row_type), .unit = "",                \
		.offset = offsetof(struct sim_loss, field), __VA_ARGS__        \
	}

static const struct rt_param time_rows[] = {
	TIME(seconds, .max = 1e9, .help = "that it took", .needed = true),
	TIME(share, .def = -1, .min = 0, .max = 1,
	     .help = "of starts that took no longer; without: one start"),
	{ .name = NULL },
};

static const struct rt_param step_rows[] = {
	STEP(at_s, .max = 1e10, .help = "from when on", .needed = true),
	STEP(nodes, .min = -1, .max = 1e9, .help = "that there may be; -1: any",
	     .needed = true),
	{ .name = NULL },
};

static const char *const causes[] = {
	[SIM_SPOT] = "spot",
	[SIM_CRASH] = "crash",
	NULL,
};

static const struct rt_param loss_rows[] = {
	LOSS(at_s, RT_PARAM_DOUBLE, .max = 1e10, .help = "when",
	     .needed = true),
	LOSS(group, RT_PARAM_TEXT, .help = "of which group; without: of any"),
	LOSS(node, RT_PARAM_INT, .def = -1, .min = 0, .max = 4e9,
	     .help = "which, in order of launch from 0; without: drawn"),
	LOSS(count, RT_PARAM_INT, .def = 1, .min = 1, .max = 1e6,
	     .help = "how many are drawn"),
	LOSS(cause, RT_PARAM_CHOICE, .choices = causes,
	     .help = "taken away with notice, or a crash"),
	{ .name = NULL },
};

const struct rt_param sim_params[] = {
	SECONDS(interval_s, .def = 5, .min = 0.001,
		.help = "between the controller's rounds"),
	SECONDS(provisioning_s, .def = 60,
		.help = "from a launch to a node that runs tasks, on average"),
	ROW(provisioning_cv, RT_PARAM_DOUBLE, .max = 10, .unit = "",
	    .help = "spread of that delay (lognormal): deviation over mean"),
	SECONDS(drain_s, .def = 0,
		.help = "from an idle node's drain to Ray's end on it"),
	SECONDS(delete_s, .def = 0,
		.help = "from a pod's deletion until it is gone"),
	SECONDS(task_overhead_s, .def = 0,
		.help = "added to each task's time on its node"),
	SECONDS(worker_start_s, .def = 0,
		.help = "added when a task must start a worker process"),
	SECONDS(cooldown_s, .def = -1, .min = -1,
		.help = "the run goes on so long after the last completion "
			"when nodes are kept; below 0: idle timeout + "
			"provisioning + drain + 10 rounds"),
	ROW(every_round, RT_PARAM_BOOL, .unit = "",
	    .help = "hold the rounds, too, in which nothing can change: slower, "
		    "and the same"),
	CHOICE(placement, .choices = sim_scheduler_names,
	       .def = SIM_SCHEDULER_ray_hybrid,
	       .help = "which task starts on which node"),
	SECONDS(api_lag_s, .def = 0,
		.help = "added to each launch and deletion: the API server and "
			"its operator"),
	SECONDS(gcs_lag_s, .def = 0,
		.help = "how old it is what the GCS tells of nodes and demand"),
	SECONDS(crash_notice_s, .def = 14,
		.help = "from a node's crash until its tasks are tried again"),
	ROW(losses, RT_PARAM_LIST, .unit = "", .rows = loss_rows,
	    .row_size = sizeof(struct sim_loss),
	    .help = "nodes that are taken away or crash, at given times"),
	ROW(max_retries, RT_PARAM_INT, .def = 3, .min = 0, .max = 1000000,
	    .unit = "",
	    .help = "of a task whose node went from under it; actors have none"),
	ROW(bill_head, RT_PARAM_BOOL, .unit = "",
	    .help = "the head is part of the cost"),
	ROW(priorities, RT_PARAM_BOOL, .unit = "",
	    .help = "jobs of a higher priority in the trace come first; Ray has "
		    "none"),
	ROW(closed_loop, RT_PARAM_BOOL, .unit = "",
	    .help = "a job that its user submitted after another one comes "
		    "when that has ended and the user has thought"),
	CHOICE(observe, .choices = observations,
	       .help = "what the controller sees"),
	{ .name = NULL },
};

#define GROUP_ROW(field, row_type, row_unit, ...)                              \
	{                                                                      \
		.name = #field, .type = (row_type), .unit = (row_unit),        \
		.offset = offsetof(struct sim_group_settings, field),          \
		__VA_ARGS__                                                    \
	}
#define GROUP(field, row_unit, ...)                                            \
	GROUP_ROW(field, RT_PARAM_DOUBLE, row_unit, __VA_ARGS__)
#define TIMES(field, ...)                                                      \
	GROUP_ROW(field, RT_PARAM_LIST, "", .rows = time_rows,                 \
		  .row_size = sizeof(struct sim_time), __VA_ARGS__)

const struct rt_param sim_group_params[] = {
	GROUP(node_s, "s", .max = 1e9,
	      .help = "until a new pod has a machine, on average"),
	GROUP(node_cv, "", .max = 10,
	      .help = "spread of that (lognormal): deviation over mean"),
	TIMES(node_times,
	      .help = "in place of both: times that were measured, or quantiles"),
	GROUP(image_s, "s", .max = 1e9,
	      .help = "then until its image is there"),
	GROUP(image_cv, "", .max = 10, .help = "spread of that"),
	TIMES(image_times, .help = "in place of both: measured, or quantiles"),
	GROUP(pod_s, "s", .def = -1, .min = -1, .max = 1e9,
	      .help = "then until Ray runs tasks; below 0: provisioning_s"),
	GROUP(pod_cv, "", .max = 10, .help = "spread of that"),
	TIMES(pod_times, .help = "in place of both: measured, or quantiles"),
	GROUP(launch_failure, "", .max = 1,
	      .help = "the share of launches that come to nothing"),
	GROUP(quota, "", .def = -1, .min = -1, .max = 1e9,
	      .help = "nodes that there may be; further pods wait. -1: any"),
	GROUP_ROW(quota_steps, RT_PARAM_LIST, "", .rows = step_rows,
		  .row_size = sizeof(struct sim_quota_step),
		  .help = "from when on it is another"),
	GROUP(spot_per_h, "1/h", .max = 1e6,
	      .help = "how often a node is taken away"),
	GROUP(crash_per_h, "1/h", .max = 1e6,
	      .help = "how often a node crashes"),
	GROUP(price_per_h, "", .max = 1e9, .help = "of a node"),
	GROUP(min_billing_s, "s", .max = 1e9,
	      .help = "for which each node is paid at least"),
	GROUP(size, "", .def = -1, .min = -1, .max = 1e6,
	      .help = "so many replicas from the start to the end, in place of "
		      "the manifest's replicas and bounds. -1: as that says"),
	{ .name = NULL },
};

void sim_group_settings_unset(struct sim_group_settings *group)
{
	*group = (struct sim_group_settings){ 0 };
	for (const struct rt_param *row = sim_group_params; row->name; row++)
		if (row->type == RT_PARAM_DOUBLE)
			*(double *)((char *)group + row->offset) = NAN;
}

void sim_group_settings_add(struct sim_group_settings *group,
			    const struct sim_group_settings *own)
{
	for (const struct rt_param *row = sim_group_params; row->name; row++) {
		void *to = (char *)group + row->offset;
		const void *from = (const char *)own + row->offset;
		if (row->type == RT_PARAM_DOUBLE) {
			if (!isnan(*(const double *)from))
				*(double *)to = *(const double *)from;
		} else if (((const struct rt_list *)from)->len) {
			*(struct rt_list *)to = *(const struct rt_list *)from;
		}
	}
}

/* ---- lists --------------------------------------------------------------- */

static enum rt_status check_times(const char *name, struct rt_list list,
				  struct rt_error *err)
{
	const struct sim_time *times = list.at;

	for (uint32_t i = 1; i < list.len; i++) {
		if ((times[i].share < 0) != (times[0].share < 0))
			return rt_fail(err, RT_EINPUT,
				       "%s: some have a share, some have none",
				       name);
		if (times[0].share >= 0 &&
		    (times[i].share <= times[i - 1].share ||
		     times[i].seconds < times[i - 1].seconds))
			return rt_fail(err, RT_EINPUT,
				       "%s: quantiles do not rise", name);
	}
	return RT_OK;
}

static enum rt_status check_group(const struct sim_group_settings *group,
				  struct rt_error *err)
{
	const struct sim_quota_step *steps = group->quota_steps.at;
	enum rt_status status;

	if ((status = check_times("node_times", group->node_times, err)) ||
	    (status = check_times("image_times", group->image_times, err)) ||
	    (status = check_times("pod_times", group->pod_times, err)))
		return status;
	for (uint32_t i = 1; i < group->quota_steps.len; i++)
		if (steps[i].at_s <= steps[i - 1].at_s)
			return rt_fail(err, RT_EINPUT,
				       "quota_steps: times do not rise");
	return RT_OK;
}

static enum rt_status check_losses(struct rt_list list,
				   const struct rt_raycluster *cluster,
				   struct rt_error *err)
{
	const struct sim_loss *losses = list.at;

	for (uint32_t i = 0; i < list.len; i++) {
		const char *name = losses[i].group;
		uint32_t group =
			name ? rt_raycluster_find(cluster, name) : RT_NO_GROUP;
		if (name &&
		    (group == RT_NO_GROUP || cluster->groups[group].is_head))
			return rt_fail(err, RT_EINPUT,
				       "losses[%u].group: %.60s: no such "
				       "worker group",
				       i, name);
	}
	return RT_OK;
}

enum rt_status sim_conf_check(const struct sim_conf *conf,
			      const struct rt_raycluster *cluster,
			      struct rt_error *err)
{
	if (check_group(&conf->all_groups, err))
		return rt_wrap(err, "group");
	for (uint32_t g = 0; conf->groups && g < cluster->groups_len; g++)
		if (!cluster->groups[g].is_head &&
		    check_group(&conf->groups[cluster->specs[g].index], err))
			return rt_wrap(err, "group.%s",
				       cluster->groups[g].name);
	return check_losses(conf->settings.losses, cluster, err);
}
