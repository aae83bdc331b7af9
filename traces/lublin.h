/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lublin.h - the model of rigid jobs on a parallel computer by U. Lublin and
 * D. Feitelson, "The workload on parallel supercomputers: modeling the
 * characteristics of rigid jobs", JPDC 63(11), 2003: a cycle of the day,
 * widths, and run times that grow with the width, of batch and interactive jobs
 * apart or of all jobs as one kind.
 */
#ifndef TRACES_LUBLIN_H
#define TRACES_LUBLIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/rng.h"

#define LUBLIN_BUCKETS 48 /* half hours of a day */

struct lublin_type;

struct lublin {
	double processors;
	int streams_len;
	struct lublin_stream {
		const struct lublin_type *type;
		double weight[LUBLIN_BUCKETS]; /* 1 on average */
		struct rt_rng arrivals, jobs;
		uint64_t bucket; /* since the start */
		double points;   /* of its weight that have gone by */
		double next_s;
	} streams[2];
};

struct lublin_job {
	double submit_s, run_s;
	uint32_t width;
};

/* The model's parameters are for 128 processors; for others the widths are
 * stretched. */
void lublin_open(struct lublin *, double processors, bool one_kind,
		 uint64_t seed);
struct lublin_job lublin_next(struct lublin *);

#endif
