/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alibaba_genai.c - requests of Alibaba's image generation service: each holds
 * a GPU for its execution time (docs/formats/alibaba-genai.md).
 */
#include <stdio.h>

#include "traces/ask.h"
#include "traces/field.h"
#include "traces/table.h"

enum column { CREATED, EXEC };

static const char *const names[] = {
	"gmt_create",
	"exec_time_seconds",
	"predict_type",
	"predict_status",
	"groupId",
	"prompt_length",
	"negative_prompt_length",
	"num_images_per_prompt",
	"num_inference_steps",
	"checkpoint_model_version_id",
	"num_lora",
	NULL,
};
static const struct trace_columns columns = { EXEC + 1, names };

struct conf {
	double cpus, gpus;
};

static const struct rt_param params[] = {
	{ .name = "gpus",
	  .type = RT_PARAM_DOUBLE,
	  .offset = offsetof(struct conf, gpus),
	  .def = 1,
	  .max = 1e6,
	  .unit = "",
	  .help = "GPUs of a request" },
	{ .name = "cpus",
	  .type = RT_PARAM_DOUBLE,
	  .offset = offsetof(struct conf, cpus),
	  .max = 1e6,
	  .unit = "",
	  .help = "CPUs of a request" },
	{ .name = NULL },
};

struct genai {
	struct trace_table table;
	struct trace_clock clock;
};

static bool genai_sniff(const char *line)
{
	return trace_begins(line, "gmt_create,predict_type,predict_status");
}

static enum rt_status genai_take(void *state, char *line,
				 struct trace_reader *reader,
				 struct rt_error *err)
{
	struct genai *genai = state;
	const struct conf *conf = trace_conf(reader);
	char *values[TRACE_COLUMNS_MAX], id[24];
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct trace_ask ask = { .count = 1 };
	double submit_s, run_s;
	enum rt_status status;
	bool row;

	status = trace_table_take(&genai->table, &columns, line, values, &row,
				  reader, err);
	if (status || !row)
		return status;
	if ((status = trace_clock_read(&genai->clock, values[CREATED],
				       names[CREATED], &submit_s, err)) ||
	    (status = trace_number_or_none(values[EXEC], names[EXEC],
					   TRACE_SECONDS_MAX, &run_s, err)))
		return status;
	if (run_s < 0) {
		trace_leave_out(reader, "had no execution time");
		return RT_OK;
	}
	struct trace_wish wish = trace_wish_new(reader, kept);
	trace_wish_amount(&wish, "CPU", conf->cpus);
	trace_wish_amount(&wish, "GPU", conf->gpus);
	if ((status = trace_wish_shape(&wish, reader, &ask.shape, err)))
		return status;
	struct trace_job job = trace_job_plain(submit_s, run_s, &ask);
	snprintf(id, sizeof id, "%llu", (unsigned long long)genai->table.rows);
	job.id = id;
	return trace_emit(reader, &job, 1, err);
}

const struct trace_format trace_format_alibaba_genai = {
	.name = "alibaba-genai",
	.summary = "Alibaba v2026-GenAI: requests of image generation (CSV)",
	.flags = TRACE_FROM_FIRST,
	.sniff = genai_sniff,
	.state_size = sizeof(struct genai),
	.take = genai_take,
	.params = params,
	.conf_size = sizeof(struct conf),
};
