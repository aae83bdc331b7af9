/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - the rows.
 */
#include "core/controller/settings.h"

#define ROW(field, row_type, ...)                                              \
	{                                                                      \
		.name = #field, .type = (row_type),                            \
		.offset = offsetof(struct rt_controller_settings, field),      \
		__VA_ARGS__                                                    \
	}
#define COUNT(field, ...) ROW(field, RT_PARAM_INT, .unit = "", __VA_ARGS__)
#define SECONDS(field, ...)                                                    \
	ROW(field, RT_PARAM_DOUBLE, .max = 1e9, .unit = "s", __VA_ARGS__)
#define SWITCH(field, ...)                                                     \
	ROW(field, RT_PARAM_BOOL, .max = 1, .unit = "", __VA_ARGS__)

const struct rt_param rt_controller_params[] = {
	COUNT(max_concurrent_launches, .def = 10, .max = 1e6,
	      .help = "nodes asked for and not yet there; 0: no limit"),
	SECONDS(request_timeout_s, .def = 600,
		.help = "for a pod to be made, then the launch has failed"),
	SECONDS(allocate_timeout_s, .def = 3600,
		.help = "for Ray to start on a pod, then the launch has failed"),
	SECONDS(stuck_timeout_s, .def = 600,
		.help = "the same for a pod that cannot start as it is: "
			"unschedulable, no image, one crash after the other"),
	SECONDS(stop_timeout_s, .def = 300,
		.help = "for a drained node to stop"),
	SECONDS(terminate_timeout_s, .def = 300,
		.help = "for a deleted pod to go, then it is tried again"),
	SECONDS(backoff_s, .def = 60,
		.help = "nothing more is asked of a group after a launch has "
			"failed; twice as long after each further one"),
	SECONDS(backoff_max_s, .def = 3600, .help = "the longest of these"),
	SECONDS(recovery_s, .def = 600, .min = 1,
		.help = "for a group's score to recover from a failed launch"),
	SECONDS(pending_idle_timeout_s, .def = 60, .min = -1,
		.help = "for pods on their way that nobody needs any more; "
			"below 0, as in Ray: never"),
	SWITCH(conserve_gpu, .def = 1,
	       .help = "keep GPU nodes for work that asks for a GPU"),
	{ .name = NULL },
};
