/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openb.c - the pod list of Alibaba's GPU trace of 2023: pods that ask for
 * CPUs, memory and GPUs, whole ones or shares of one (docs/formats/openb.md).
 */
#include <string.h>

#include "core/base/error.h"
#include "traces/ask.h"
#include "traces/field.h"
#include "traces/table.h"

#define MILLI 1000
#define MIB (1 << 20)

enum column {
	NAME,
	CPU_MILLI,
	MEMORY_MIB,
	NUM_GPU,
	GPU_MILLI,
	CREATION,
	DELETION,
	SCHEDULED,
	GPU_SPEC,
	QOS,
};

static const char *const names[] = {
	[NAME] = "name",
	[CPU_MILLI] = "cpu_milli",
	[MEMORY_MIB] = "memory_mib",
	[NUM_GPU] = "num_gpu",
	[GPU_MILLI] = "gpu_milli",
	[CREATION] = "creation_time",
	[DELETION] = "deletion_time",
	[SCHEDULED] = "scheduled_time",
	[GPU_SPEC] = "gpu_spec",
	[QOS] = "qos",
	"pod_phase",
	NULL,
};
static const struct trace_columns columns = { SCHEDULED + 1, names };

enum run { RUN_LIFETIME, RUN_SCHEDULED };

struct conf {
	int run; /* enum run */
};

static const char *const runs[] = {
	[RUN_LIFETIME] = "lifetime",
	[RUN_SCHEDULED] = "scheduled",
	NULL,
};

static const struct rt_param params[] = {
	{ .name = "run",
	  .type = RT_PARAM_CHOICE,
	  .offset = offsetof(struct conf, run),
	  .unit = "",
	  .choices = runs,
	  .help = "a pod runs from its creation to its deletion, or from when "
		  "it was scheduled" },
	{ .name = NULL },
};

/* More goes first; others have 0. */
static const struct {
	const char *qos;
	int64_t priority;
} priorities[] = {
	{ "LS", 2 },
	{ "Guaranteed", 2 },
	{ "Burstable", 1 },
};

static int64_t priority_of(const char *qos)
{
	for (size_t i = 0; i < sizeof priorities / sizeof *priorities; i++)
		if (strcmp(priorities[i].qos, qos) == 0)
			return priorities[i].priority;
	return 0;
}

static bool openb_sniff(const char *line)
{
	return trace_begins(line,
			    "name,cpu_milli,memory_mib,num_gpu,gpu_milli");
}

/* "V100M16|V100M32": one of these models. */
static enum rt_status want_model(char *spec, struct trace_wish *wish,
				 struct rt_error *err)
{
	char rule[RT_NAME_MAX];

	if (!*spec)
		return RT_OK;
	if (strlen(spec) > sizeof rule - sizeof "in()")
		return rt_fail(err, RT_EINPUT, "gpu_spec: longer than %d bytes",
			       RT_NAME_MAX);
	for (char *c = spec; *c; c++)
		if (*c == '|')
			*c = ',';
	strcat(strcat(strcpy(rule, "in("), spec), ")");
	return trace_wish_label(wish, "ray.io/accelerator-type", rule, err);
}

static enum rt_status read_ask(char **values, struct trace_reader *reader,
			       struct trace_ask *ask, struct rt_error *err)
{
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct trace_wish wish = trace_wish_new(reader, kept);
	double amounts[GPU_MILLI + 1];
	enum rt_status status;

	for (int i = CPU_MILLI; i <= GPU_MILLI; i++) {
		status = trace_number(values[i], names[i], 0, 1e12, &amounts[i],
				      err);
		if (status)
			return status;
	}
	trace_wish_amount(&wish, "CPU", amounts[CPU_MILLI] / MILLI);
	trace_wish_amount(&wish, "memory", amounts[MEMORY_MIB] * MIB);
	trace_wish_amount(&wish, "GPU",
			  amounts[NUM_GPU] * amounts[GPU_MILLI] / MILLI);
	if ((status = want_model(values[GPU_SPEC], &wish, err)))
		return status;
	ask->count = 1;
	return trace_wish_shape(&wish, reader, &ask->shape, err);
}

/* Its run time; below 0: it had none, which is noted. */
static double run_time(double created, double scheduled, double deleted,
		       struct trace_reader *reader)
{
	const struct conf *conf = trace_conf(reader);
	double from = conf->run == RUN_SCHEDULED ? scheduled : created;

	if (created < 0)
		trace_leave_out(reader, "had no creation");
	else if (from < 0)
		trace_leave_out(reader, "had not been scheduled");
	else if (deleted < from)
		trace_leave_out(reader, "had no end");
	else
		return deleted - from;
	return -1;
}

static enum rt_status openb_take(void *state, char *line,
				 struct trace_reader *reader,
				 struct rt_error *err)
{
	char *values[TRACE_COLUMNS_MAX];
	double times[SCHEDULED + 1];
	struct trace_ask ask;
	bool row;
	enum rt_status status = trace_table_take(state, &columns, line, values,
						 &row, reader, err);

	for (int i = CREATION; !status && row && i <= SCHEDULED; i++)
		status = trace_number_or_none(
			values[i], names[i], TRACE_SECONDS_MAX, &times[i], err);
	if (status || !row)
		return status;
	double run_s = run_time(times[CREATION], times[SCHEDULED],
				times[DELETION], reader);
	if (run_s < 0)
		return RT_OK;
	if ((status = read_ask(values, reader, &ask, err)))
		return status;
	struct trace_job job = trace_job_plain(times[CREATION], run_s, &ask);
	job.id = *values[NAME] ? values[NAME] : NULL;
	job.priority = priority_of(values[QOS]);
	return trace_emit(reader, &job, 1, err);
}

const struct trace_format trace_format_openb = {
	.name = "openb",
	.summary = "Alibaba gpu-v2023: the pod list openb_pod_list_*.csv",
	.sniff = openb_sniff,
	.state_size = sizeof(struct trace_table),
	.take = openb_take,
	.params = params,
	.conf_size = sizeof(struct conf),
};
