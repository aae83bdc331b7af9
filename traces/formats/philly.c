/* SPDX-License-Identifier: Apache-2.0 */
/*
 * philly.c - Microsoft's Philly trace as the authors of AdaptDL derived it: a
 * row per training job with its GPUs (docs/formats/philly.md).
 */
#include <stdio.h>

#include "core/base/error.h"
#include "traces/ask.h"
#include "traces/field.h"
#include "traces/table.h"

enum column { TIMESTAMP, DURATION, NUM_GPUS };

static const char *const names[] = { "timestamp", "duration", "num_gpus",
				     "gpu_time",  "cluster",  NULL };
static const struct trace_columns columns = { NUM_GPUS + 1, names };

enum width { WIDTH_TASK, WIDTH_GANG };

struct conf {
	int width; /* enum width */
	double cpus, machine;
};

static const char *const widths[] = {
	[WIDTH_TASK] = "task",
	[WIDTH_GANG] = "gang",
	NULL,
};

static const struct rt_param params[] = {
	{ .name = "width",
	  .type = RT_PARAM_CHOICE,
	  .offset = offsetof(struct conf, width),
	  .def = WIDTH_GANG,
	  .unit = "",
	  .choices = widths,
	  .help = "a job of N GPUs is one task of N, or a gang of N bundles of "
		  "one" },
	{ .name = "cpus",
	  .type = RT_PARAM_DOUBLE,
	  .offset = offsetof(struct conf, cpus),
	  .max = 1e6,
	  .unit = "",
	  .help = "CPUs that go with each GPU" },
	{ .name = "machine",
	  .type = RT_PARAM_DOUBLE,
	  .offset = offsetof(struct conf, machine),
	  .max = 1e6,
	  .unit = "",
	  .help = "a gang of no more GPUs is on one node (STRICT_PACK), a "
		  "larger one where it fits (PACK)" },
	{ .name = NULL },
};

struct philly {
	struct trace_table table;
	struct trace_clock clock;
};

static bool philly_sniff(const char *line)
{
	return trace_begins(line, "timestamp,duration,num_gpus");
}

static enum rt_status find_ask(double gpus, bool gang, struct trace_ask *ask,
			       struct trace_reader *reader,
			       struct rt_error *err)
{
	const struct conf *conf = trace_conf(reader);
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct trace_wish wish = trace_wish_new(reader, kept);
	double each = gang ? 1 : gpus;

	if (gpus != (double)(uint32_t)gpus)
		return rt_fail(err, RT_EINPUT,
			       "num_gpus: %.15g is not a whole number", gpus);
	ask->count = gang ? (uint32_t)gpus : 1;
	trace_wish_amount(&wish, "CPU", conf->cpus * each);
	trace_wish_amount(&wish, "GPU", each);
	return trace_wish_shape(&wish, reader, &ask->shape, err);
}

static enum rt_status philly_take(void *state, char *line,
				  struct trace_reader *reader,
				  struct rt_error *err)
{
	struct philly *philly = state;
	const struct conf *conf = trace_conf(reader);
	char *values[TRACE_COLUMNS_MAX], id[24];
	double submit_s, run_s, gpus;
	struct trace_ask ask;
	enum rt_status status;
	bool row;

	status = trace_table_take(&philly->table, &columns, line, values, &row,
				  reader, err);
	if (status || !row)
		return status;
	if ((status = trace_clock_read(&philly->clock, values[TIMESTAMP],
				       names[TIMESTAMP], &submit_s, err)) ||
	    (status = trace_number_or_none(values[DURATION], names[DURATION],
					   TRACE_SECONDS_MAX, &run_s, err)) ||
	    (status = trace_number_or_none(values[NUM_GPUS], names[NUM_GPUS],
					   RT_COUNT_MAX, &gpus, err)))
		return status;
	if (run_s < 0)
		trace_leave_out(reader, "had no duration");
	else if (gpus <= 0)
		trace_leave_out(reader, "had no GPUs");
	if (run_s < 0 || gpus <= 0)
		return RT_OK;
	bool gang = conf->width == WIDTH_GANG;
	if ((status = find_ask(gpus, gang, &ask, reader, err)))
		return status;
	struct trace_job job = trace_job_plain(submit_s, run_s, &ask);
	job.kind = gang ? TRACE_GANG : TRACE_TASK;
	if (gang && gpus <= conf->machine)
		job.strategy = TRACE_STRICT_PACK;
	snprintf(id, sizeof id, "%llu", (unsigned long long)philly->table.rows);
	job.id = id;
	return trace_emit(reader, &job, 1, err);
}

const struct trace_format trace_format_philly = {
	.name = "philly",
	.summary = "Microsoft's Philly: training jobs and their GPUs (CSV)",
	.flags = TRACE_UNSORTED | TRACE_FROM_FIRST,
	.sniff = philly_sniff,
	.state_size = sizeof(struct philly),
	.take = philly_take,
	.params = params,
	.conf_size = sizeof(struct conf),
};
