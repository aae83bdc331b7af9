/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.h - another policy without a restart: by the RayCluster's annotation
 * raytide.io/policy, which counts as long as it is there; by another content of
 * the policy's file; by SIGHUP, which reads it at once.  One that is wrong is
 * refused, and the one in force goes on.
 */
#ifndef AUTOSCALER_RELOAD_H
#define AUTOSCALER_RELOAD_H

#include <cjson/cJSON.h>
#include <sys/stat.h>

#include "autoscaler/metrics.h"
#include "autoscaler/settings.h"
#include "core/controller/controller.h"

struct reload {
	const struct settings *settings;
	const struct policy *in_force;
	struct policy *own; /* that is in force; NULL: the settings' first */
	int hangup;         /* readable after a SIGHUP */
	char *annotation;   /* as it was last; NULL: none */
	struct stat seen, tried; /* of the file; zeroed: none */
};

/* SIGHUP must be blocked. */
struct reload reload_open(const struct settings *);
void reload_close(struct reload *);

/* True when the controller has another policy from now on. */
bool reload_look(struct reload *, const cJSON *raycluster,
		 struct rt_controller *, struct metrics *);

#endif
