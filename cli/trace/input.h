/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.h - what the commands that read a trace have in common: its options,
 * the settings of the formats, and what is told of rows that are not as they
 * were.
 */
#ifndef CLI_TRACE_INPUT_H
#define CLI_TRACE_INPUT_H

#include <stdio.h>

#include "cli/trace/progress.h"
#include "core/base/opt.h"
#include "core/host/policy_file.h"
#include "traces/format.h"

#define TRACE_GROUPS_MAX 64
#define TRACE_SETS_MAX 64

/* A group for each format that has settings; returns how many. */
uint32_t trace_input_groups(const struct trace_settings *,
			    struct rt_setting_group groups[TRACE_GROUPS_MAX]);

/* The formats and their settings, for --help. */
void trace_input_help(FILE *);

/* What the options say, and the reader of it; the first member of a command's
 * conf. */
struct trace_input {
	const char *path;
	const char *format;
	bool sort;
	uint32_t sets_len;
	const char *sets[TRACE_SETS_MAX];
	struct trace_settings *settings;
	struct trace_reader *reader;
	struct trace_progress progress; /* jobs read so far */
};

enum rt_status trace_input_format(void *conf, const char *value,
				  struct rt_error *err);
enum rt_status trace_input_sort(void *conf, const char *value,
				struct rt_error *err);
enum rt_status trace_input_set(void *conf, const char *value,
			       struct rt_error *err);

#define TRACE_INPUT_OPTIONS                                                    \
	{ "trace-format", "FORMAT",                                            \
	  "one of the formats (default: by the content)",                      \
	  trace_input_format },                                                \
		{ "sort", NULL, "put the rows in order, however they are",     \
		  trace_input_sort },                                          \
	{                                                                      \
		"set", "KEY=VALUE", "a setting of a format; may be repeated",  \
			trace_input_set                                        \
	}

/* Parses the options; the one operand is the file. */
enum rt_status trace_input_parse(struct trace_input *, const char *name,
				 const struct rt_option *, int argc,
				 char **argv, struct rt_error *err);
enum rt_status trace_input_open(struct trace_input *, struct rt_error *err);
/* As trace_next(), with progress on a terminal; at the end tells what there is
 * to tell. */
enum rt_status trace_input_next(struct trace_input *, struct trace_job **,
				struct rt_error *err);
/* No more of it is wanted: tells what there is to tell so far. */
void trace_input_end(struct trace_input *);
void trace_input_close(struct trace_input *);

/* On stderr, as one line whatever the text holds. */
void trace_input_note(const char *path, const char *text);
/* On stderr: rows that were left out or mended, and names not known. */
void trace_input_tell(const char *path, const struct trace_facts *);

#endif
