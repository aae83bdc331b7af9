/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lines.c - lines of every length, and records of fields.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/csv.h"

/* A file of its own for each test, gone with it. */
struct file {
	char path[32];
	FILE *to;
	struct rt_lines *lines;
};

static struct file make_file(void)
{
	struct file file = { .path = "/tmp/raytide-XXXXXX" };
	file.to = fdopen(mkstemp(file.path), "w");
	assert_non_null(file.to);
	return file;
}

static void open_file(struct file *file)
{
	struct rt_error err;
	fclose(file->to);
	assert_int_equal(rt_lines_open(&file->lines, file->path, &err), RT_OK);
	unlink(file->path);
}

static struct file file_with(const char *text, size_t len)
{
	struct file file = make_file();
	fwrite(text, 1, len, file.to);
	open_file(&file);
	return file;
}

static void next_is(struct file *file, const char *want, uint64_t number)
{
	char *line;
	struct rt_error err;
	assert_int_equal(rt_lines_next(file->lines, &line, &err), RT_OK);
	if (want)
		assert_string_equal(line, want);
	else
		assert_null(line);
	assert_int_equal(rt_lines_number(file->lines), number);
}

static void test_line_ends(void **state)
{
	(void)state;
	static const char text[] = "a\n\r\nb\r\n\nc\rd\ne";
	struct file file = file_with(text, sizeof text - 1);
	next_is(&file, "a", 1);
	next_is(&file, "", 2);
	next_is(&file, "b", 3);
	next_is(&file, "", 4);
	next_is(&file, "c\rd", 5);
	next_is(&file, "e", 6);
	next_is(&file, NULL, 6);
	next_is(&file, NULL, 6);
	rt_lines_close(&file.lines);
	assert_null(file.lines);
}

static void test_empty(void **state)
{
	(void)state;
	struct file file = file_with("", 0);
	next_is(&file, NULL, 0);
	rt_lines_close(&file.lines);
}

static void test_lines_around_the_buffer(void **state)
{
	(void)state;
	struct file file = make_file();
	for (int i = 0; i < 400; i++)
		fprintf(file.to, "%0*d\n", i * 1000 + 1, i);
	open_file(&file);
	char *line;
	struct rt_error err;
	for (int i = 0; i < 400; i++) {
		assert_int_equal(rt_lines_next(file.lines, &line, &err), RT_OK);
		assert_int_equal(strlen(line), i * 1000 + 1);
		assert_int_equal(atoi(line), i);
	}
	next_is(&file, NULL, 400);
	rt_lines_close(&file.lines);
}

static void test_goes_on_behind_a_bad_line(void **state)
{
	(void)state;
	struct file file = make_file();
	fwrite("a\0b\n", 1, 4, file.to);
	for (size_t i = 0; i <= RT_LINE_MAX; i++)
		fputc('x', file.to);
	fputs("\nfine", file.to);
	open_file(&file);
	char *line, want[128];
	struct rt_error err;
	assert_int_equal(rt_lines_next(file.lines, &line, &err), RT_EINPUT);
	snprintf(want, sizeof want, "%s:1: a NUL byte; is this a text?",
		 file.path);
	assert_string_equal(err.text, want);
	assert_non_null(line);
	assert_int_equal(rt_lines_next(file.lines, &line, &err), RT_ELIMIT);
	assert_non_null(line);
	snprintf(want, sizeof want, "%s:2: the line is longer than 64 MiB",
		 file.path);
	assert_string_equal(err.text, want);
	next_is(&file, "fine", 3);
	rt_lines_close(&file.lines);
}

static void test_what_is_no_file(void **state)
{
	(void)state;
	struct rt_lines *lines;
	struct rt_error err;
	char *line;
	assert_int_equal(rt_lines_open(&lines, "/none", &err), RT_EINPUT);
	assert_null(lines);
	assert_int_equal(rt_lines_open(&lines, "/", &err), RT_OK);
	assert_int_equal(rt_lines_next(lines, &line, &err), RT_EINPUT);
	assert_string_equal(err.text, "/:1: cannot be read: Is a directory");
	assert_null(line);
	rt_lines_close(&lines);
}

static void splits(const char *text, int want, const char *last)
{
	char line[64], *fields[3];
	strcpy(line, text);
	assert_int_equal(rt_csv_split(line, fields, 3), want);
	if (want > 0)
		assert_string_equal(fields[want - 1], last);
}

static void test_csv(void **state)
{
	(void)state;
	splits("", 1, "");
	splits("a", 1, "a");
	splits("a,", 2, "");
	splits("a,b,c", 3, "c");
	splits("a,b,c,", -1, NULL);
	splits("a,\"b,\"\"c\"\"\"", 2, "b,\"c\"");
	splits("\"\",\"x\",y", 3, "y");
	splits("a\"b", 1, "a\"b");
	splits("\"a", -1, NULL);
	splits("\"a\"b", -1, NULL);
	splits("\"a\"\"", -1, NULL);
}

static void test_byte_order_mark(void **state)
{
	(void)state;
	static const char text[] = "\xEF\xBB\xBF"
				   "a\n\xEF\xBB\xBF\n";
	struct file file = file_with(text, sizeof text - 1);
	next_is(&file, "a", 1);
	next_is(&file, "\xEF\xBB\xBF", 2);
	rt_lines_close(&file.lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_byte_order_mark),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_lines_around_the_buffer),
		cmocka_unit_test(test_goes_on_behind_a_bad_line),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_csv),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
