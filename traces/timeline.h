/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.h - reads what `ray timeline` writes, Chrome's trace events, into a
 * recording: when tasks ran, and nothing of what they asked for.
 */
#ifndef TRACES_TIMELINE_H
#define TRACES_TIMELINE_H

#include "traces/record.h"

/* Whether a document is one. */
bool trace_is_timeline(const cJSON *doc);
/* A task is submitted when it starts, and asks for one CPU. */
enum rt_status trace_timeline(const cJSON *doc, struct recording *,
			      struct rt_error *err);

/* Whether the first line of a JSON document may be Ray's. */
bool trace_is_ray(const char *line);

#endif
