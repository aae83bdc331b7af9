/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loaded.c - the text goes through a file, as traces do.
 */
#include "tests/unit/traces/loaded.h"

#include <unistd.h>

#include "core/base/param.h"

struct trace *trace;
struct rt_error err;
struct trace_settings *settings;
char path[] = "/tmp/raytide-trace-XXXXXX";

int setup(void **state)
{
	(void)state;
	strcpy(path + sizeof path - 7, "XXXXXX");
	int fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	err = (struct rt_error){ 0 };
	settings = trace_settings_new();
	return 0;
}

int teardown(void **state)
{
	(void)state;
	trace_free(&trace);
	trace_settings_free(&settings);
	return unlink(path);
}

void put(const void *bytes, size_t len)
{
	unlink(path); /* a file that is written anew may wait for the disk */
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

enum rt_status reload(const struct trace_options *options)
{
	trace_free(&trace);
	return trace_load(&trace, path, options, &err);
}

enum rt_status load_as(const char *format, const char *text)
{
	const struct trace_options options = { .format = format,
					       .settings = settings };
	put(text, strlen(text));
	return reload(&options);
}

enum rt_status load(const char *text)
{
	return load_as(NULL, text);
}

void set(const char *assignment)
{
	char key[64];
	const char *dot = strchr(assignment, '.');
	const char *equals = strchr(assignment, '=');

	snprintf(key, sizeof key, "%.*s", (int)(equals - dot - 1), dot + 1);
	for (size_t i = 0; trace_formats[i]; i++) {
		const char *name = trace_formats[i]->name;
		if (strncmp(name, assignment, (size_t)(dot - assignment)) != 0)
			continue;
		const struct rt_param *row =
			rt_param_find(trace_formats[i]->params, key);
		assert_non_null(row);
		assert_int_equal(rt_param_set(row,
					      trace_settings_of(settings, i),
					      equals + 1, &err),
				 RT_OK);
		return;
	}
	fail_msg("%s: no such format", assignment);
}

struct rt_res res_of(uint32_t i)
{
	return trace->facts->shapes[trace->jobs[i]->asks[0].shape].res;
}

int64_t asks(uint32_t i, const char *name)
{
	return rt_res_get(res_of(i), rt_name_intern(trace->facts->names, name));
}

void is_task(uint32_t i, double submit_s, double duration_s, double cpus)
{
	assert_true(i < trace->jobs_len);
	assert_int_equal(trace->jobs[i]->kind, TRACE_TASK);
	assert_true(trace->jobs[i]->submit_s == submit_s);
	assert_true(trace->jobs[i]->run_s == duration_s);
	assert_int_equal(asks(i, "CPU"), rt_units(cpus));
}

const char *rule(uint32_t job, uint32_t i, char text[256])
{
	const struct trace_facts *facts = trace->facts;
	const struct trace_shape *shape =
		&facts->shapes[trace->jobs[job]->asks[0].shape];

	assert_true(i < shape->selector.len);
	const struct rt_label_rule *r = &shape->selector.rules[i];
	char *end = text + sprintf(text, "%s %s",
				   rt_name_text(facts->names, r->key),
				   r->op == RT_LABEL_IN ? "in" : "not in");
	for (uint32_t k = 0; k < r->len; k++)
		end += sprintf(end, " %s",
			       rt_name_text(facts->names, r->values[k]));
	return text;
}

uint64_t noted(const char *text)
{
	for (uint32_t i = 0; i < trace->facts->notes_len; i++)
		if (strcmp(trace->facts->notes[i].text, text) == 0)
			return trace->facts->notes[i].count;
	return 0;
}

void are_refused(const struct wrong_line *cases, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!load(cases[i].text))
			fail_msg("read without complaint: %s", cases[i].text);
		char *at = strstr(err.text, path);
		if (!at || strncmp(at + strlen(path), cases[i].line, 4) != 0 ||
		    !strstr(err.text, cases[i].why))
			fail_msg("%s is answered \"%s\"", cases[i].text,
				 err.text);
		assert_null(trace);
	}
}
