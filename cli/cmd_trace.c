/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_trace.c - raytide trace: what can be done with workloads in files.
 */
#include "cli/cmd.h"
#include "cli/trace/input.h"
#include "cli/trace/trace.h"

static const struct cmd info = {
	.name = "info",
	.usage = "FILE [OPTION]...",
	.summary = "Tells what is in a trace: jobs, times, what they ask for",
	.options = trace_info_options,
	.run = trace_info,
};

static const struct cmd convert = {
	.name = "convert",
	.usage = "FILE [OPTION]...",
	.summary = "Writes a trace of any format as a native one, JSON lines",
	.options = trace_convert_options,
	.run = trace_convert,
};

static const struct cmd slice = {
	.name = "slice",
	.usage = "FILE [OPTION]...",
	.summary = "Writes a part of a trace: a window of time, a sample, with "
		   "time or load scaled",
	.options = trace_slice_options,
	.run = trace_slice,
};

static const struct cmd generate = {
	.name = "generate",
	.usage = "[OPTION]...",
	.summary = "Writes a trace that is made up, the same for the same seed",
	.options = trace_generate_options,
	.more_help = trace_generate_help,
	.run = trace_generate,
};

static const struct cmd cluster = {
	.name = "cluster",
	.usage = "NODES [OPTION]...",
	.summary = "Writes a RayCluster of a trace's list of nodes",
	.options = trace_cluster_options,
	.run = trace_cluster,
};

static const struct cmd record = {
	.name = "record",
	.usage = "[--ray-address HOST:PORT] [--out FILE] [< TASKS]",
	.summary = "Turns a run of Ray into a native trace",
	.options = trace_record_options,
	.run = trace_record,
};

static const struct cmd *const parts[] = { &info,     &convert, &slice,
					   &generate, &cluster, &record,
					   NULL };

const struct cmd cmd_trace = {
	.name = "trace",
	.usage = "info|convert|slice|generate|cluster|record ...",
	.summary = "Looks at workloads in files, makes and changes them",
	.more_help = trace_input_help,
	.parts = parts,
};
