/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_state.h - reads the tasks of Ray's State API into a recording: what
 * the dashboard answers to /api/v0/tasks?detail=1, or the list that
 * `ray list tasks --detail --format json` prints.
 */
#ifndef TRACES_RECORD_STATE_H
#define TRACES_RECORD_STATE_H

#include "traces/record.h"

enum rt_status record_state(const cJSON *doc, struct recording *,
			    struct rt_error *err);

#endif
