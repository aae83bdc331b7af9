/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_write.c - what has its default is not written, numbers have the fewest
 * digits that read back as the same double.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/json.h"
#include "traces/native.h"

static void put_number(struct rt_buf *to, const char *key, double value)
{
	char text[RT_F64_TEXT];

	rt_buf_addf(to, "%s%s", key, rt_json_f64_text(value, text));
}

static void put_units(struct rt_buf *to, int64_t units)
{
	put_number(to, "", (double)units / RT_UNITS);
}

/* As a JSON string; the readers let no NUL in. */
static void put_text(struct rt_buf *to, const char *text)
{
	const char *from = text;

	rt_buf_add(to, "\"", 1);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		rt_buf_add(to, from, (size_t)(text - from));
		if (c < ' ')
			rt_buf_addf(to, "\\u%04x", c);
		else
			rt_buf_addf(to, "\\%c", c);
		from = text + 1;
	}
	rt_buf_add(to, from, (size_t)(text - from));
	rt_buf_add(to, "\"", 1);
}

static void put_rule(struct rt_buf *to, const struct rt_names *names,
		     const struct rt_label_rule *rule)
{
	struct rt_buf text = RT_BUF(RT_LINE_MAX);
	bool list = rule->len > 1;

	rt_buf_addf(&text, "%s%s", rule->op == RT_LABEL_NOT_IN ? "!" : "",
		    list ? "in(" : "");
	for (uint32_t i = 0; i < rule->len; i++)
		rt_buf_addf(&text, "%s%s", i ? "," : "",
			    rt_name_text(names, rule->values[i]));
	rt_buf_addf(&text, "%s", list ? ")" : "");
	put_text(to, text.data);
	rt_buf_free(&text);
}

static void put_shape(struct rt_buf *to, const struct trace_facts *facts,
		      uint32_t i)
{
	const struct trace_shape *shape = &facts->shapes[i];

	rt_buf_addf(to, "\"resources\":{");
	for (uint32_t k = 0; k < shape->res.len; k++) {
		rt_buf_addf(to, "%s", k ? "," : "");
		put_text(to, rt_name_text(facts->names, shape->res.at[k].name));
		rt_buf_addf(to, ":");
		put_units(to, shape->res.at[k].units);
	}
	rt_buf_addf(to, "}");
	if (shape->selector.len == 0)
		return;
	rt_buf_addf(to, ",\"label_selector\":{");
	for (uint32_t k = 0; k < shape->selector.len; k++) {
		const struct rt_label_rule *rule = &shape->selector.rules[k];
		rt_buf_addf(to, "%s", k ? "," : "");
		put_text(to, rt_name_text(facts->names, rule->key));
		rt_buf_addf(to, ":");
		put_rule(to, facts->names, rule);
	}
	rt_buf_addf(to, "}");
}

static void put_asks(struct rt_buf *to, const struct trace_facts *facts,
		     const struct trace_job *job)
{
	if (job->kind == TRACE_TASK || job->kind == TRACE_ACTOR) {
		rt_buf_addf(to, ",");
		put_shape(to, facts, job->asks[0].shape);
		return;
	}
	rt_buf_addf(to, ",\"bundles\":[");
	for (uint32_t i = 0; i < job->asks_len; i++) {
		rt_buf_addf(to, "%s{", i ? "," : "");
		put_shape(to, facts, job->asks[i].shape);
		if (job->asks[i].count != 1)
			rt_buf_addf(to, ",\"count\":%" PRIu32,
				    job->asks[i].count);
		rt_buf_addf(to, "}");
	}
	rt_buf_addf(to, "]");
}

static void put_named(struct rt_buf *to, const char *key, const char *text)
{
	if (!text)
		return;
	rt_buf_addf(to, ",\"%s\":", key);
	put_text(to, text);
}

static void put_after(struct rt_buf *to, const struct trace_job *job)
{
	if (job->after_len == 0)
		return;
	rt_buf_addf(to, ",\"after\":[");
	for (uint32_t i = 0; i < job->after_len; i++) {
		rt_buf_addf(to, "%s", i ? "," : "");
		put_text(to, job->after[i]);
	}
	rt_buf_addf(to, "]");
}

void native_write(const struct trace_facts *facts, const struct trace_job *job,
		  struct rt_buf *to)
{
	put_number(to, "{\"submit_s\":", job->submit_s);
	if (job->run_s >= 0)
		put_number(to, ",\"duration_s\":", job->run_s);
	if (job->kind != TRACE_TASK)
		put_named(to, "kind", native_kind_name(job->kind));
	if (job->kind == TRACE_GANG)
		put_named(to, "strategy", native_strategy_name(job->strategy));
	put_asks(to, facts, job);
	put_named(to, "id", job->id);
	if (job->estimate_s >= 0)
		put_number(to, ",\"estimate_s\":", job->estimate_s);
	if (job->priority)
		rt_buf_addf(to, ",\"priority\":%" PRId64, job->priority);
	put_after(to, job);
	put_named(to, "user", job->user);
	put_named(to, "preceding", job->preceding);
	if (job->think_s >= 0)
		put_number(to, ",\"think_s\":", job->think_s);
	rt_buf_addf(to, "}\n");
}
