/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_input.h - what the commands that read a trace have in common: the
 * settings of the formats, and what is told of rows that are not as they were.
 */
#ifndef CLI_TRACE_INPUT_H
#define CLI_TRACE_INPUT_H

#include <stdio.h>

#include "core/host/policy_file.h"
#include "traces/format.h"

#define TRACE_GROUPS_MAX 64

/* A group for each format that has settings; returns how many. */
uint32_t trace_input_groups(const struct trace_settings *,
			    struct rt_setting_group groups[TRACE_GROUPS_MAX]);

/* The formats and their settings, for --help. */
void trace_input_help(FILE *);

/* On stderr: rows that were left out or mended, and names not known. */
void trace_input_tell(const char *path, const struct trace_facts *);

#endif
