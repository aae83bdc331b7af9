/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor.h - for those who watch the sidecar: /metrics for Prometheus,
 * /healthz, and /explain with the reasons of the last decision.  Where the port
 * is, the head is told, so that Ray's own discovery finds it.
 */
#ifndef AUTOSCALER_MONITOR_H
#define AUTOSCALER_MONITOR_H

#include "autoscaler/health.h"
#include "autoscaler/metrics.h"
#include "autoscaler/round.h"

struct monitor;

struct monitor_conf {
	uint16_t port;       /* 0: nobody watches */
	int64_t patience_ms; /* without the end of a round: then it is ill */
	uint64_t restarts;
	const struct health *steps; /* of the round; borrowed */
	size_t steps_len;
};

struct monitor *monitor_open(struct http *, const struct monitor_conf *);
void monitor_close(struct monitor **);

/* For those who count what is theirs. */
struct metrics *monitor_metrics(struct monitor *);

/* Opens the port, if it is not open; it may be another's for a while. */
enum rt_status monitor_listen(struct monitor *, struct rt_error *err);

/* Tells the GCS the port's address, if it does not know it: at first, and when
 * the GCS is another than it was in the round before. */
enum rt_status monitor_announce(struct monitor *, const struct world *,
				const struct round *, struct rt_error *err);

/* At the end of a round, with what it has come to; `good`: no step failed. */
void monitor_note(struct monitor *, const struct round *,
		  const struct rt_instances *, bool good, double took_s);

#endif
