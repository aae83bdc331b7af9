/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - tells Ray what the sidecar is about: `ray status` and the
 * dashboard show it, Ray Data and Ray Train read how large the cluster may
 * become.
 */
#ifndef AUTOSCALER_REPORT_H
#define AUTOSCALER_REPORT_H

#include "autoscaler/round.h"

/* What was reported before; starts zeroed. */
struct report {
	int64_t life;          /* of the head that was told (head.h) */
	bool continued;        /* `version` goes on from the GCS's */
	int64_t version;       /* of the last report */
	bool no_config;        /* the head does not know such a report */
	unsigned char *config; /* as last sent; NULL: not yet */
	size_t config_len;
};

enum rt_status report_send(struct report *, const struct world *,
			   const struct round *, const struct rt_instances *,
			   const struct rt_names *, struct rt_error *err);
void report_clear(struct report *);

#endif
