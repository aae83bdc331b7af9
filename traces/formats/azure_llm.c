/* SPDX-License-Identifier: Apache-2.0 */
/*
 * azure_llm.c - requests of Azure's LLM inference: tokens in, tokens out, and
 * no durations.  How long a request holds its resources is a model with
 * settings (docs/formats/azure-llm.md).
 */
#include <stdio.h>

#include "traces/ask.h"
#include "traces/field.h"
#include "traces/table.h"

#define MS_PER_S 1000
#define TOKENS_MAX 1e9

enum column { TIMESTAMP, CONTEXT, GENERATED };

static const char *const names[] = { "TIMESTAMP", "ContextTokens",
				     "GeneratedTokens", NULL };
static const struct trace_columns columns = { GENERATED + 1, names };

struct conf {
	double fixed_ms, context_ms, generated_ms;
	double cpus, gpus;
};

#define ROW(field, ...)                                                        \
	{                                                                      \
		.name = #field, .type = RT_PARAM_DOUBLE,                       \
		.offset = offsetof(struct conf, field), .max = 1e6,            \
		__VA_ARGS__                                                    \
	}

static const struct rt_param params[] = {
	ROW(fixed_ms, .unit = "ms", .help = "of each request"),
	ROW(context_ms, .def = 0.25, .unit = "ms",
	    .help = "of each context token"),
	ROW(generated_ms, .def = 30, .unit = "ms",
	    .help = "of each generated token"),
	ROW(gpus, .def = 1, .unit = "", .help = "GPUs of a request"),
	ROW(cpus, .unit = "", .help = "CPUs of a request"),
	{ .name = NULL },
};

struct llm {
	struct trace_table table;
	struct trace_clock clock;
};

static bool llm_sniff(const char *line)
{
	return trace_begins(line, "TIMESTAMP,ContextTokens,GeneratedTokens");
}

static enum rt_status llm_take(void *state, char *line,
			       struct trace_reader *reader,
			       struct rt_error *err)
{
	struct llm *llm = state;
	const struct conf *conf = trace_conf(reader);
	char *values[TRACE_COLUMNS_MAX], id[24];
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct trace_ask ask = { .count = 1 };
	double submit_s, context, generated;
	enum rt_status status;
	bool row;

	status = trace_table_take(&llm->table, &columns, line, values, &row,
				  reader, err);
	if (status || !row)
		return status;
	if ((status = trace_clock_read(&llm->clock, values[TIMESTAMP],
				       names[TIMESTAMP], &submit_s, err)) ||
	    (status = trace_number(values[CONTEXT], names[CONTEXT], 0,
				   TOKENS_MAX, &context, err)) ||
	    (status = trace_number(values[GENERATED], names[GENERATED], 0,
				   TOKENS_MAX, &generated, err)))
		return status;
	struct trace_wish wish = trace_wish_new(reader, kept);
	trace_wish_amount(&wish, "CPU", conf->cpus);
	trace_wish_amount(&wish, "GPU", conf->gpus);
	if ((status = trace_wish_shape(&wish, reader, &ask.shape, err)))
		return status;
	double run_s = (conf->fixed_ms + conf->context_ms * context +
			conf->generated_ms * generated) /
		       MS_PER_S;
	struct trace_job job = trace_job_plain(submit_s, run_s, &ask);
	snprintf(id, sizeof id, "%llu", (unsigned long long)llm->table.rows);
	job.id = id;
	return trace_emit(reader, &job, 1, err);
}

const struct trace_format trace_format_azure_llm = {
	.name = "azure-llm",
	.summary = "Azure LLM inference 2023: tokens in and out (CSV)",
	.flags = TRACE_FROM_FIRST,
	.sniff = llm_sniff,
	.state_size = sizeof(struct llm),
	.take = llm_take,
	.params = params,
	.conf_size = sizeof(struct conf),
};
