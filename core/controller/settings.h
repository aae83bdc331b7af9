/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - what can be set of the controller itself; the same rows serve
 * the sidecar's options and the simulator's --set.  Defaults are Ray 2.60's.
 */
#ifndef CORE_CONTROLLER_SETTINGS_H
#define CORE_CONTROLLER_SETTINGS_H

#include <raytide/policy.h>

struct rt_controller_settings {
	int64_t max_concurrent_launches; /* 0: no limit */
	double request_timeout_s;
	double allocate_timeout_s;
	double stuck_timeout_s;
	double stop_timeout_s;
	double terminate_timeout_s;
	double backoff_s, backoff_max_s;
	double recovery_s;
	double pending_idle_timeout_s; /* below 0: never */
	bool conserve_gpu;
};

extern const struct rt_param rt_controller_params[];

#endif
