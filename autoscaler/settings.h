/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - what the sidecar is told: by its command line, by the
 * environment that KubeRay and Ray's users give to the container, and by the
 * policy's file.  The command line goes before the environment.
 */
#ifndef AUTOSCALER_SETTINGS_H
#define AUTOSCALER_SETTINGS_H

#include <stdio.h>

#include "autoscaler/gcs/grpc.h"
#include "autoscaler/kube/kube.h"
#include "autoscaler/policy.h"
#include "autoscaler/session.h"
#include "core/base/arena.h"
#include "core/base/log.h"

#define SETTINGS_SETS_MAX 64 /* --set on one command line */

struct settings {
	const char *own_head; /* NULL: not known */
	bool help;
	bool version;
	bool once;
	double interval_s;
	double timeout_s; /* of a call */
	double resync_s;  /* from reading the RayCluster to reading it anew */
	double stale_s;   /* how long pods are believed without a watch */
	uint16_t metrics_port; /* 0: none */
	struct session session;
	enum rt_level log_level;
	const char *gcs_address;
	struct grpc_login gcs_login;
	const char *kubeconfig; /* NULL: none */
	const char *policy;
	const char *shadow_policy; /* NULL: none */
	const char *state;         /* NULL: none */
	const char *record;        /* a folder; NULL: none */
	int64_t record_bytes;      /* of all files in it */
	bool dry_run;
	uint32_t sets_len;
	const char *sets[SETTINGS_SETS_MAX];
	struct kube_conf kube;
	struct rt_arena
		*arena; /* of texts that are neither in argv nor environ */
	struct policy *first;  /* of `policy`, as it is at the start */
	struct policy *shadow; /* of `shadow_policy`; NULL: none */
};

/* RT_EINPUT when something is wrong or missing.  With `help` or `version` set
 * nothing else is looked at.  Texts are borrowed from argv and environ. */
enum rt_status settings_open(struct settings *, int argc, char **argv,
			     struct rt_error *err);
void settings_close(struct settings *);

/* How long a round may take: one of calls that all wait for their deadlines is
 * no illness yet. */
int64_t settings_patience_ms(const struct settings *);

/* Parts of settings_open(), in settings_api.c: */

/* Fills `kube` but for what options say. */
enum rt_status settings_find_api(struct settings *, struct rt_error *err);
/* A name of a Kubernetes object. */
enum rt_status settings_take_name(const char **to, const char *value,
				  struct rt_error *err);
/* NULL when it is not set, or empty. */
const char *settings_variable(const char *name);

/* The options, and all that --set knows. */
void settings_help(FILE *);

#endif
