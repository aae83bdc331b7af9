/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_table.h - a trace in numbers, for people.
 */
#ifndef CLI_TRACE_INFO_TABLE_H
#define CLI_TRACE_INFO_TABLE_H

#include "traces/stats.h"

/* In the plural, by enum trace_kind. */
extern const char *const trace_info_kinds[];

/* On standard output. */
void trace_info_table(const struct trace_summary *, const struct trace_facts *,
		      const char *path);

#endif
