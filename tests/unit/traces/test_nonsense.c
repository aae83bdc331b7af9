/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_nonsense.c - every field of every row of a sample of each format, in
 * turn, becomes what no field should be: the file is refused with the line of
 * that row, or what is read makes sense and no row goes without being counted.
 */
#include <math.h>

#include "core/base/utf8.h"
#include "tests/unit/traces/loaded.h"

#define SAMPLES "traces/samples/formats/"
#define FILE_MAX 4096

/* That is no number, and no text either where the last ones are concerned. */
static const char *const nonsense[] = {
	"-",   "x",  "nan",    "inf",  "-inf", "1e400", "0x10",
	" 1",  "1 ", "--1",    "-1x",  "1..2", "1e",    "+-1",
	"1,2", "\"", "\"1\"x", "\xFF", "\xC3", "1\x0B",
};
/* That may be good somewhere. */
static const char *const odd[] = {
	"",
	"-1",
	"-0",
	"+1",
	"1e3",
	"1.5",
	"1e-400",
	"00",
	"1e9",
	"1e17",
	"99999999999999999999999999",
	"-1e300",
	"2017-02-30 00:00:00",
	"9999-12-31 23:59:59",
	"\"\"\"\"",
};

/* The fields that are looked at in a line of numbers, by their place from 1. */
static const struct sample {
	const char *format, *file, *separators;
	uint32_t numbers; /* a bit of each place that holds a number or time */
} samples[] = {
#define BIT(place) (1u << (place))
	{ "swf", SAMPLES "swf.swf", " ",
	  BIT(1) | BIT(2) | BIT(4) | BIT(5) | BIT(8) | BIT(9) | BIT(12) |
		  BIT(17) | BIT(18) },
	{ "philly", SAMPLES "philly.csv", ",", BIT(1) | BIT(2) | BIT(3) },
	{ "openb", SAMPLES "openb.csv", ",",
	  BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(9) | BIT(10) | BIT(11) },
	{ "alibaba-genai", SAMPLES "alibaba-genai.csv", ",", BIT(1) | BIT(4) },
	{ "alibaba-dlrm", SAMPLES "alibaba-dlrm.csv", ",",
	  BIT(4) | BIT(6) | BIT(10) | BIT(15) | BIT(17) },
	{ "azure-llm", SAMPLES "azure-llm.csv", ",", BIT(1) | BIT(2) | BIT(3) },
	{ "azure-functions", SAMPLES "azure-functions.csv", ",",
	  BIT(3) | BIT(4) },
	{ "native", NULL, ",",
	  BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(7) | BIT(8) | BIT(9) },
};

static const char native[] =
	"submit_s,duration_s,cpus,resources.x,id,label_selector.zone,"
	"estimate_s,priority,think_s,user,after,kind\n"
	"0,5,1,2,a,in(b;c),7,-1,0,me,,\n"
	"1.5,0.25,0,,b,!z,,0,2,you,a,actor\n";

struct place {
	const struct sample *sample;
	const char *line, *field, *behind; /* in the text */
	int number, column;                /* of the line, in the line */
};

static char text[FILE_MAX];

static void read_sample(const char *name)
{
	FILE *file = name ? fopen(name, "r")
			  : fmemopen((void *)native, strlen(native), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
}

/* The jobs that the trace should have, if none is left out. */
static uint64_t rows(bool header)
{
	uint64_t n = 0;

	for (const char *c = text; *c; c += strcspn(c, "\n"), c += *c == '\n')
		n += *c != ';' && *c != '\n';
	return n - header;
}

static bool is_utf8(const char *id)
{
	size_t step = 1;

	for (; *id && step; id += step)
		step = rt_utf8_len(id, strlen(id));
	return step > 0;
}

static void makes_sense(const struct place *at, const char *value)
{
	for (uint32_t i = 0; i < trace->jobs_len; i++) {
		const struct trace_job *job = trace->jobs[i];
		bool sane = job->submit_s >= 0 && isfinite(job->submit_s) &&
			    job->run_s >= 0 && isfinite(job->run_s) &&
			    job->asks_len == 1 && job->asks[0].count > 0 &&
			    (!job->id || (*job->id && is_utf8(job->id)));
		if (!sane)
			fail_msg("%s, line %d, field %d: \"%s\" makes no sense",
				 at->sample->format, at->number, at->column,
				 value);
	}
	uint64_t all = rows(*at->sample->separators == ',');
	if (trace->jobs_len + trace->facts->left_out != all)
		fail_msg("%s, line %d, field %d: \"%s\": a row is not counted",
			 at->sample->format, at->number, at->column, value);
}

static void is_refused_with_its_line(const struct place *at, const char *value)
{
	char where[256];

	snprintf(where, sizeof where, "%s:%d: ", path, at->number);
	if (strncmp(err.text, where, strlen(where)) != 0 ||
	    strchr(err.text, '\n') || !is_utf8(err.text))
		fail_msg("\"%s\" in %s, line %d: \"%s\"", value,
			 at->sample->format, at->number, err.text);
}

static void try(const struct place *at, const char *value, bool must_fail)
{
	static char changed[FILE_MAX + 64];

	snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at->field - text),
		 text, value, at->behind);
	if (load_as(at->sample->format, changed))
		is_refused_with_its_line(at, value);
	else if (must_fail)
		fail_msg("%s, line %d, field %d: \"%s\" is taken for a number",
			 at->sample->format, at->number, at->column, value);
	else
		makes_sense(at, value);
}

static void try_all(const struct place *at)
{
	bool blanks = *at->sample->separators == ' ';
	bool number = at->sample->numbers & BIT(at->column);

	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
		try(at, nonsense[i],
		    number && !(blanks && strchr(nonsense[i], ' ')));
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		try(at, odd[i], false);
}

static void try_line(struct place *at)
{
	const char *separators = at->sample->separators;
	const char *c = at->line, *end = at->line + strcspn(at->line, "\n");

	for (at->column = 1; c <= end; at->column++) {
		if (*separators == ' ')
			c += strspn(c, separators);
		at->field = c;
		c += strcspn(c, *separators == ' ' ? " \n" : ",\n");
		at->behind = c++;
		try_all(at);
	}
}

static void test_every_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct place at = { .sample = &samples[i], .number = 1 };
		bool header = *at.sample->separators == ',';
		read_sample(at.sample->file);
		for (at.line = text; *at.line; at.number++) {
			if (*at.line != ';' && at.number > header)
				try_line(&at);
			at.line += strcspn(at.line, "\n");
			at.line += *at.line == '\n';
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_every_field) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
