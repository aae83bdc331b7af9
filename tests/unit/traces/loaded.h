/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loaded.h - a trace out of a text, and short words for what is in it.
 */
#ifndef TESTS_UNIT_TRACES_LOADED_H
#define TESTS_UNIT_TRACES_LOADED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/res.h"
#include "traces/format.h"

/* Of the last load(). */
extern struct trace *trace;
extern struct rt_error err;
extern struct trace_settings *settings;
extern char path[];

int setup(void **state);
int teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Writes the bytes to `path`. */
void put(const void *bytes, size_t len);
/* Reads `path` again. */
enum rt_status reload(const struct trace_options *);
enum rt_status load_as(const char *format, const char *text);
enum rt_status load(const char *text);
/* "swf.width=gang", for the loads to come. */
void set(const char *assignment);

/* What the i-th job asks for first. */
struct rt_res res_of(uint32_t i);
/* The same of one resource, in units. */
int64_t asks(uint32_t i, const char *name);
void is_task(uint32_t i, double submit_s, double duration_s, double cpus);
/* The i-th rule of a job's selector, as "key op value value...". */
const char *rule(uint32_t job, uint32_t i, char text[256]);
/* How many rows have that note; 0: there is none. */
uint64_t noted(const char *text);

/* Each text is refused, with ":LINE: " and the reason. */
struct wrong_line {
	const char *text;
	const char *line;
	const char *why;
};
void are_refused(const struct wrong_line *, size_t len);
#define ARE_REFUSED(cases) are_refused((cases), sizeof(cases) / sizeof *(cases))

#endif
