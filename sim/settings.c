/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - the rows of what `--set` can change of the simulated world.
 */
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
	ROW(closed_loop, RT_PARAM_BOOL, .unit = "",
	    .help = "a job that its user submitted after another one comes "
		    "when that has ended and the user has thought"),
	CHOICE(observe, .choices = observations,
	       .help = "what the controller sees"),
	{ .name = NULL },
};
