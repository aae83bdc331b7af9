/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - the rows of what `--set` can change of the simulated world.
 */
#include <math.h>

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

const struct rt_param sim_params[] = {
	SECONDS(interval_s, .def = 5, .min = 0.001,
		.help = "between the controller's rounds"),
	SECONDS(provisioning_s, .def = 60,
		.help = "from a launch to a node that runs tasks, on average"),
	ROW(provisioning_cv, RT_PARAM_DOUBLE, .max = 10, .unit = "",
	    .help = "spread of that delay (lognormal): deviation over mean"),
	SECONDS(drain_s, .def = 0,
		.help = "from an idle node's drain to Ray's end on it"),
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
		.help = "added to each launch: the API server and its operator"),
	SECONDS(crash_notice_s, .def = 14,
		.help = "from a node's crash until its tasks are tried again"),
	ROW(max_retries, RT_PARAM_INT, .def = 3, .min = 0, .max = 1000000,
	    .unit = "",
	    .help = "of a task whose node went from under it; actors have none"),
	ROW(bill_head, RT_PARAM_BOOL, .unit = "",
	    .help = "the head is part of the cost"),
	ROW(closed_loop, RT_PARAM_BOOL, .unit = "",
	    .help = "a job that its user submitted after another one comes "
		    "when that has ended and the user has thought"),
	CHOICE(observe, .choices = observations,
	       .help = "what the controller sees"),
	{ .name = NULL },
};

#define GROUP(field, row_unit, ...)                                            \
	{                                                                      \
		.name = #field, .type = RT_PARAM_DOUBLE, .unit = (row_unit),   \
		.offset = offsetof(struct sim_group_settings, field),          \
		__VA_ARGS__                                                    \
	}

const struct rt_param sim_group_params[] = {
	GROUP(node_s, "s", .max = 1e9,
	      .help = "until a new pod has a machine, on average"),
	GROUP(node_cv, "", .max = 10,
	      .help = "spread of that (lognormal): deviation over mean"),
	GROUP(image_s, "s", .max = 1e9,
	      .help = "then until its image is there"),
	GROUP(image_cv, "", .max = 10, .help = "spread of that"),
	GROUP(pod_s, "s", .def = -1, .min = -1, .max = 1e9,
	      .help = "then until Ray runs tasks; below 0: provisioning_s"),
	GROUP(pod_cv, "", .max = 10, .help = "spread of that"),
	GROUP(launch_failure, "", .max = 1,
	      .help = "the share of launches that come to nothing"),
	GROUP(quota, "", .def = -1, .min = -1, .max = 1e9,
	      .help = "nodes that there may be; further pods wait. -1: any"),
	GROUP(quota_until_s, "s", .def = 1e10, .max = 1e10,
	      .help = "when the quota is lifted"),
	GROUP(spot_per_h, "1/h", .max = 1e6,
	      .help = "how often a node is taken away"),
	GROUP(crash_per_h, "1/h", .max = 1e6,
	      .help = "how often a node crashes"),
	GROUP(price_per_h, "", .max = 1e9, .help = "of a node"),
	GROUP(min_billing_s, "s", .max = 1e9,
	      .help = "for which each node is paid at least"),
	{ .name = NULL },
};

void sim_group_settings_unset(struct sim_group_settings *group)
{
	for (const struct rt_param *row = sim_group_params; row->name; row++)
		*(double *)((char *)group + row->offset) = NAN;
}
