/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter.h - how much of each resource is asked for, used and there, now and
 * summed over time, and how many nodes are in which state.  The world tells it
 * every change; it tells the watcher.
 */
#ifndef SIM_METER_H
#define SIM_METER_H

#include "core/base/arena.h"
#include "core/base/names.h"
#include "core/model/raycluster.h"
#include "sim/watch.h"

struct sim_meter;

/* Of one resource, integrals over time, in its own unit times seconds. */
struct sim_sums {
	const char *name;
	double used, capacity, charged;
	double most; /* of the cluster at its largest: no integral */
	/* From the first submission on; see elasticity in measures.def. */
	double under, over;     /* the accuracies */
	double under_s, over_s; /* the times */
	double unstable;        /* intervals */
};

/* The cluster is borrowed; the watcher may be NULL. */
struct sim_meter *sim_meter_new(struct rt_arena *, const struct rt_raycluster *,
				struct rt_names *, bool with_head,
				double interval_s, const struct sim_watch *);

/* All are told in order of time. */
void sim_meter_task(struct sim_meter *, const struct sim_news *);
/* What it asks for, after that: so many times each of these. */
void sim_meter_load(struct sim_meter *, enum sim_news_kind, struct rt_res,
		    int64_t count);
/* Before it was there, it was SIM_GONE. */
void sim_meter_node(struct sim_meter *, const struct sim_news *,
		    enum sim_node_state before);
void sim_meter_round(struct sim_meter *, const struct sim_news *);
/* Nothing more will come. */
void sim_meter_close(struct sim_meter *);

/* Up to the last completion.  Without a name: no node has such a resource. */
struct sim_sums sim_meter_sums(const struct sim_meter *, const char *resource);
/* Of the resource, memory aside, of which tasks used the largest part of what
 * the cluster has at its largest. */
struct sim_sums sim_meter_scarcest(const struct sim_meter *);
/* From the first submission to the last completion. */
double sim_meter_elapsed(const struct sim_meter *);
double sim_meter_intervals(const struct sim_meter *);
uint64_t sim_meter_oscillations(const struct sim_meter *);

#endif
