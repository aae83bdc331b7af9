/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - the figures of metrics.def, and their text for Prometheus.  A
 * metric without labels is there from the start, as 0; one with labels has a
 * series for each of their values that was given.
 */
#ifndef AUTOSCALER_METRICS_H
#define AUTOSCALER_METRICS_H

#include "core/base/buf.h"

enum metric {
#define METRIC(id, name, kind, labels, help) METRIC_##id,
#include "autoscaler/metrics.def"
#undef METRIC
	METRICS
};

struct metrics;

struct metrics *metrics_open(void);
void metrics_close(struct metrics **);

/* SessionName, which each series has. */
void metrics_set_session(struct metrics *, const char *name);

/* `one` and `two` are the values of the metric's labels; NULL: it has none. */
void metrics_add(struct metrics *, enum metric, double more, const char *one,
		 const char *two);
void metrics_set(struct metrics *, enum metric, double value, const char *one,
		 const char *two);
/* Into a histogram. */
void metrics_observe(struct metrics *, enum metric, double value);

/* Forgets all series, for those that come anew each time: metrics_append() does
 * not look for one that is there. */
void metrics_clear(struct metrics *, enum metric);
void metrics_append(struct metrics *, enum metric, double value,
		    const char *one, const char *two);

/* Prometheus' text format, version 0.0.4. */
void metrics_write(const struct metrics *, struct rt_buf *);

#endif
