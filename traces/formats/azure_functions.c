/* SPDX-License-Identifier: Apache-2.0 */
/*
 * azure_functions.c - invocations of Azure Functions 2021, each with its end
 * and its duration (docs/formats/azure-functions.md).
 */
#include <math.h>
#include <stdio.h>

#include "traces/ask.h"
#include "traces/field.h"
#include "traces/table.h"

#define US_PER_S 1e6

enum column { END, DURATION };

static const char *const names[] = { "end_timestamp", "duration", "app", "func",
				     NULL };
static const struct trace_columns columns = { DURATION + 1, names };

struct conf {
	double cpus;
};

static const struct rt_param params[] = {
	{ .name = "cpus",
	  .type = RT_PARAM_DOUBLE,
	  .offset = offsetof(struct conf, cpus),
	  .def = 1,
	  .max = 1e6,
	  .unit = "",
	  .help = "CPUs of an invocation" },
	{ .name = NULL },
};

static bool functions_sniff(const char *line)
{
	return trace_begins(line, "app,func,end_timestamp,duration");
}

static enum rt_status functions_take(void *state, char *line,
				     struct trace_reader *reader,
				     struct rt_error *err)
{
	struct trace_table *table = state;
	const struct conf *conf = trace_conf(reader);
	char *values[TRACE_COLUMNS_MAX], id[24];
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct trace_ask ask = { .count = 1 };
	double end_s, run_s;
	bool row;
	enum rt_status status = trace_table_take(table, &columns, line, values,
						 &row, reader, err);

	if (status || !row)
		return status;
	if ((status = trace_number(values[END], names[END], 0,
				   TRACE_SECONDS_MAX, &end_s, err)) ||
	    (status = trace_number_or_none(values[DURATION], names[DURATION],
					   TRACE_SECONDS_MAX, &run_s, err)))
		return status;
	if (run_s < 0) {
		trace_leave_out(reader, "had no duration");
		return RT_OK;
	}
	struct trace_wish wish = trace_wish_new(reader, kept);
	trace_wish_amount(&wish, "CPU", conf->cpus);
	if ((status = trace_wish_shape(&wish, reader, &ask.shape, err)))
		return status;
	/* The difference has noise behind the 13th decimal. */
	double submit_s = nearbyint((end_s - run_s) * US_PER_S) / US_PER_S;
	struct trace_job job = trace_job_plain(submit_s, run_s, &ask);
	snprintf(id, sizeof id, "%llu", (unsigned long long)table->rows);
	job.id = id;
	return trace_emit(reader, &job, 1, err);
}

const struct trace_format trace_format_azure_functions = {
	.name = "azure-functions",
	.summary = "Azure Functions 2021: invocations (CSV)",
	.flags = TRACE_FROM_FIRST,
	.sniff = functions_sniff,
	.state_size = sizeof(struct trace_table),
	.take = functions_take,
	.params = params,
	.conf_size = sizeof(struct conf),
};
