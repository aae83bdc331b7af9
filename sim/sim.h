/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.h - a trace on a cluster that exists in memory only, scaled by the very
 * controller that scales real ones.  Pure: same trace, manifest, settings and
 * seed give the same result, bit for bit.  README.md tells what time, order
 * and ties mean here.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <cjson/cJSON.h>

#include "core/controller/controller.h"
#include "sim/measures.h"
#include "sim/watch.h"
#include "traces/trace.h"

enum sim_observe {
	SIM_OBSERVE_GCS,   /* as Ray's GCS reports it */
	SIM_OBSERVE_EXACT, /* as it is at the instant */
};

/* A start that was measured, or a quantile of such. */
struct sim_time {
	double seconds;
	double share; /* of starts that took no longer; below 0: measured */
};

/* From then on there may be so many nodes. */
struct sim_quota_step {
	double at_s;
	double nodes; /* below 0: any number */
};

/* Nodes that are taken away. */
struct sim_loss {
	double at_s;
	const char *group; /* NULL: of any */
	int64_t node;      /* order of launch from 0; below 0: drawn */
	int64_t count;
	int cause; /* enum sim_cause */
};

enum sim_cause {
	SIM_SPOT,  /* with notice: its tasks are tried again at once */
	SIM_CRASH, /* that must be noticed first */
};

/* Of a worker group: doubles and lists.  NAN, or an empty list: as for all
 * groups. */
struct sim_group_settings {
	double node_s, node_cv;
	double image_s, image_cv;
	double pod_s, pod_cv; /* pod_s below 0: the cluster's provisioning_s */
	struct rt_list node_times, image_times, pod_times; /* sim_time */
	double launch_failure;
	double quota;               /* below 0: none */
	struct rt_list quota_steps; /* sim_quota_step */
	double spot_per_h, crash_per_h;
	double price_per_h, min_billing_s;
	double size; /* below 0: as the manifest says */
};

struct sim_settings {
	double interval_s;
	double provisioning_s;
	double provisioning_cv; /* 0: always the same */
	double drain_s;
	double task_overhead_s;
	double worker_start_s;
	double cooldown_s; /* below 0: see quiet_s() in run.c */
	bool every_round;  /* none is skipped */
	int placement;     /* index into sim_schedulers[] */
	double api_lag_s;
	double gcs_lag_s;
	double delete_s;
	double crash_notice_s;
	struct rt_list losses; /* sim_loss */
	int64_t max_retries;
	bool bill_head;
	bool priorities;  /* those of the trace count */
	bool closed_loop; /* users submit when they have thought */
	int observe;      /* enum sim_observe */
};

extern const struct rt_param sim_params[];
extern const struct rt_param sim_group_params[];

/* Nothing is known of the group in particular. */
void sim_group_settings_unset(struct sim_group_settings *);
/* What is known of the group in particular comes before what it had. */
void sim_group_settings_add(struct sim_group_settings *,
			    const struct sim_group_settings *own);

/* How far a run has come. */
struct sim_progress {
	double now_s;
	uint32_t done; /* tasks, rejected ones too */
	uint32_t tasks;
	uint32_t nodes;
};

struct sim_conf {
	const cJSON *manifest; /* of a RayCluster */
	const struct trace *trace;
	const struct rt_chain *chain;
	struct sim_settings settings;
	struct sim_group_settings all_groups;
	/* By place among spec.workerGroupSpecs; NULL: none differs. */
	const struct sim_group_settings *groups;
	struct rt_controller_settings controller;
	uint64_t seed;
	/* Called now and then; NULL: nobody looks. */
	void (*progress)(void *to, const struct sim_progress *);
	void *progress_to;
	const struct sim_watch *watch; /* or NULL */
};

enum sim_fate {
	SIM_UNFINISHED, /* waited to the end of the run */
	SIM_REJECTED,   /* no node of any group could hold it */
	SIM_DONE,
	SIM_LOST,  /* nodes went from under it too often */
	SIM_ASKED, /* a request_resources(): nothing to run */
};

/* Nodes at one time; what would be more is not launched. */
#define SIM_NODES_MAX 200000

/* So many bundles of one kind on one node. */
struct sim_part {
	uint32_t ask; /* of the job's */
	uint32_t node;
	uint32_t count;
};

struct sim_job {
	enum sim_fate fate;
	bool came;       /* it was submitted */
	uint32_t ticket; /* in order of submission */
	uint32_t retries;
	double submit_s; /* as in the trace, unless it waited for others */
	/* Of a job that is done; it ended at start_s + run_s. */
	double start_s, run_s;
	uint32_t node; /* order of launch from 0, SIM_HEAD or SIM_NO_NODE */
	uint32_t parts_len;
	struct sim_part *parts; /* of a gang */
};

struct sim_result {
	uint32_t jobs_len; /* one for each task of the trace, in its order */
	struct sim_job *jobs;
	struct sim_figures figures;
};

/* Do the lists among the settings make sense, of such a cluster? */
enum rt_status sim_conf_check(const struct sim_conf *,
			      const struct rt_raycluster *,
			      struct rt_error *err);

struct sim;

/* RT_EINPUT when the manifest cannot be understood.  The configuration is
 * borrowed and must outlive the simulation. */
enum rt_status sim_new(struct sim **, const struct sim_conf *,
		       struct rt_error *err);
void sim_free(struct sim **);

/* To its end, once. */
enum rt_status sim_run(struct sim *, struct sim_result **,
		       struct rt_error *err);
void sim_result_free(struct sim_result **);

#endif
