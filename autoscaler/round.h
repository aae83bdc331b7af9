/* SPDX-License-Identifier: Apache-2.0 */
/*
 * round.h - the live world, and what one round makes of it: the observation,
 * the decision and the actions.  observe.h fills it, act.h carries it out,
 * report.h tells Ray of it.
 */
#ifndef AUTOSCALER_ROUND_H
#define AUTOSCALER_ROUND_H

#include "autoscaler/gcs/grpc.h"
#include "autoscaler/head.h"
#include "autoscaler/kube/kube_cluster.h"
#include "autoscaler/kube/kube_watch.h"
#include "core/controller/controller.h"

/* The peers. */
struct world {
	struct http *http;
	struct grpc gcs;
	struct head *head;
	struct kube *kube;
	struct kube_cluster *cluster;
	struct kube_watch *pods;
	int64_t epoch_ms;     /* since 1970, when http_clock_ms() was 0 */
	const char *own_head; /* the pod that we live in; NULL: not known */
	bool dry_run;         /* nothing of it is changed */
};

struct round {
	struct rt_arena *arena;  /* of everything here but `raycluster` */
	const cJSON *raycluster; /* until it is patched */
	int64_t state_version;   /* of the GCS's state */
	const char *session;     /* its name; NULL: the GCS was not heard */
	const char *head_address;
	struct rt_observation seen;
	struct rt_decision *decision;
	struct rt_decision *shadow; /* of the second policy; NULL: none */
	const char *shadow_failed;  /* why there is none; NULL: it did not */
	bool repeated;              /* it is that of the round before */
	double decide_s;            /* what it took */
	struct rt_actions *actions;
	bool patch_failed; /* the last one before, and then that of this round
			    */
};

#endif
