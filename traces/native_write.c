/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_write.c - what has its default is not written, numbers have the fewest
 * digits that read back as the same double.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/json.h"
#include "traces/native.h"

#define MICROS 1000000
#define PLAIN_MAX 1e9 /* with micros: 15 digits, which a double holds */

static void put(struct rt_buf *to, const char *text)
{
	rt_buf_add(to, text, strlen(text));
}

/* Digits from the right end of `text`; returns where they begin. */
static char *digits(char *end, uint64_t number)
{
	do
		*--end = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return end;
}

static void put_whole(struct rt_buf *to, uint64_t number)
{
	char text[20], *end = text + sizeof text;
	char *start = digits(end, number);

	rt_buf_add(to, start, (size_t)(end - start));
}

/* Most numbers are whole, or so many millionths: those are written by hand, the
 * rest by trial. */
static void put_value(struct rt_buf *to, double value)
{
	char text[RT_F64_TEXT];
	double micros = nearbyint(value * MICROS);

	if (!(value >= 0) || value >= PLAIN_MAX || micros / MICROS != value) {
		put(to, rt_json_f64_text(value, text));
		return;
	}
	uint64_t all = (uint64_t)micros;
	put_whole(to, all / MICROS);
	if (all % MICROS == 0)
		return;
	/* A 1 before them keeps the zeros; it becomes the point. */
	char *end = text + sizeof text;
	char *start = digits(end, MICROS + all % MICROS);
	*start = '.';
	while (end[-1] == '0')
		end--;
	rt_buf_add(to, start, (size_t)(end - start));
}

static void put_number(struct rt_buf *to, const char *key, double value)
{
	put(to, key);
	put_value(to, value);
}

static void put_units(struct rt_buf *to, int64_t units)
{
	put_value(to, (double)units / RT_UNITS);
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

/* Whether the value alone would be read as something else. */
static bool needs_list(const struct rt_label_rule *rule, const char *value)
{
	size_t len = strlen(value);

	if (rule->op == RT_LABEL_IN && *value == '!')
		return true;
	return strncmp(value, "in(", 3) == 0 && value[len - 1] == ')';
}

static void put_rule(struct rt_buf *to, const struct rt_names *names,
		     const struct rt_label_rule *rule)
{
	struct rt_buf text = RT_BUF(RT_LINE_MAX);
	bool list = rule->len > 1 ||
		    needs_list(rule, rt_name_text(names, rule->values[0]));

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

	put(to, "\"resources\":{");
	for (uint32_t k = 0; k < shape->res.len; k++) {
		put(to, k ? "," : "");
		put_text(to, rt_name_text(facts->names, shape->res.at[k].name));
		put(to, ":");
		put_units(to, shape->res.at[k].units);
	}
	put(to, "}");
	if (shape->selector.len == 0)
		return;
	put(to, ",\"label_selector\":{");
	for (uint32_t k = 0; k < shape->selector.len; k++) {
		const struct rt_label_rule *rule = &shape->selector.rules[k];
		put(to, k ? "," : "");
		put_text(to, rt_name_text(facts->names, rule->key));
		put(to, ":");
		put_rule(to, facts->names, rule);
	}
	put(to, "}");
}

static void put_asks(struct rt_buf *to, const struct trace_facts *facts,
		     const struct trace_job *job)
{
	if (job->kind == TRACE_TASK || job->kind == TRACE_ACTOR) {
		put(to, ",");
		put_shape(to, facts, job->asks[0].shape);
		return;
	}
	put(to, ",\"bundles\":[");
	for (uint32_t i = 0; i < job->asks_len; i++) {
		put(to, i ? ",{" : "{");
		put_shape(to, facts, job->asks[i].shape);
		if (job->asks[i].count != 1) {
			put(to, ",\"count\":");
			put_whole(to, job->asks[i].count);
		}
		put(to, "}");
	}
	put(to, "]");
}

static void put_named(struct rt_buf *to, const char *key, const char *text)
{
	if (!text)
		return;
	put(to, ",\"");
	put(to, key);
	put(to, "\":");
	put_text(to, text);
}

static void put_after(struct rt_buf *to, const struct trace_job *job)
{
	if (job->after_len == 0)
		return;
	put(to, ",\"after\":[");
	for (uint32_t i = 0; i < job->after_len; i++) {
		put(to, i ? "," : "");
		put_text(to, job->after[i]);
	}
	put(to, "]");
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
	put(to, "}\n");
}
