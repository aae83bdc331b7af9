/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alibaba_dlrm.c - instances of Alibaba's disaggregated recommendation models:
 * services that live for weeks, many of them from before the trace's start to
 * after its end (docs/formats/alibaba-dlrm.md).
 */
#include <math.h>

#include "traces/ask.h"
#include "traces/field.h"
#include "traces/table.h"

#define GIB ((double)(1 << 30))

enum column { NAME, CPU, GPU, MEMORY, CREATION, DELETION };

static const char *const names[] = {
	[NAME] = "instance_sn",
	[CPU] = "cpu_request",
	[GPU] = "gpu_request",
	[MEMORY] = "memory_request",
	[CREATION] = "creation_time",
	[DELETION] = "deletion_time",
	"role",
	"app_name",
	"cpu_limit",
	"gpu_limit",
	"rdma_request",
	"rdma_limit",
	"memory_limit",
	"disk_request",
	"disk_limit",
	"max_instance_per_node",
	"scheduled_time",
	NULL,
};
static const struct trace_columns columns = { DELETION + 1, names };

static bool dlrm_sniff(const char *line)
{
	return trace_begins(line, "instance_sn,role,app_name,cpu_request");
}

static enum rt_status read_ask(char **values, struct trace_reader *reader,
			       struct trace_ask *ask, struct rt_error *err)
{
	static const struct {
		enum column column;
		const char *resource;
		double scale;
	} rows[] = {
		{ CPU, "CPU", 1 },
		{ GPU, "GPU", 1 },
		{ MEMORY, "memory", GIB },
	};
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct trace_wish wish = trace_wish_new(reader, kept);
	double amount;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum rt_status status = trace_number(
			values[rows[i].column], names[rows[i].column], 0,
			TRACE_AMOUNT_MAX / rows[i].scale, &amount, err);
		if (status)
			return status;
		trace_wish_amount(&wish, rows[i].resource,
				  amount * rows[i].scale);
	}
	ask->count = 1;
	return trace_wish_shape(&wish, reader, &ask->shape, err);
}

/* Its life, as far as the trace sees it: INFINITY, to the trace's end.  False:
 * it makes no sense, which is noted. */
static bool read_life(double *from, double *run_s, double deleted,
		      struct trace_reader *reader)
{
	if (*from < 0) {
		trace_mend(reader, "had no creation and began at 0");
		*from = 0;
	}
	if (deleted < 0) {
		trace_mend(reader, "had no deletion and lived to the end");
		*run_s = INFINITY;
		return true;
	}
	*run_s = deleted - *from;
	if (*run_s >= 0)
		return true;
	trace_leave_out(reader, "had their end before their creation");
	return false;
}

static enum rt_status dlrm_take(void *state, char *line,
				struct trace_reader *reader,
				struct rt_error *err)
{
	struct trace_facts *facts = trace_facts_of(reader);
	char *values[TRACE_COLUMNS_MAX];
	double from, deleted, run_s;
	struct trace_ask ask;
	bool row;
	enum rt_status status = trace_table_take(state, &columns, line, values,
						 &row, reader, err);

	if (status || !row)
		return status;
	if ((status = trace_number_or_none(values[CREATION], names[CREATION],
					   TRACE_SECONDS_MAX, &from, err)) ||
	    (status = trace_number_or_none(values[DELETION], names[DELETION],
					   TRACE_SECONDS_MAX, &deleted, err)) ||
	    (status = read_ask(values, reader, &ask, err)))
		return status;
	facts->end_s = fmax(facts->end_s, fmax(from, deleted));
	if (!read_life(&from, &run_s, deleted, reader))
		return RT_OK;
	struct trace_job job = trace_job_plain(from, run_s, &ask);
	job.kind = TRACE_ACTOR;
	job.id = *values[NAME] ? values[NAME] : NULL;
	return trace_emit(reader, &job, 1, err);
}

const struct trace_format trace_format_alibaba_dlrm = {
	.name = "alibaba-dlrm",
	.summary =
		"Alibaba gpu-v2025: instances of recommendation models (CSV)",
	.flags = TRACE_UNSORTED,
	.sniff = dlrm_sniff,
	.state_size = sizeof(struct trace_table),
	.take = dlrm_take,
};
