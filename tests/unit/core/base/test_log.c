/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_log.c - one line per event, whatever is in it.  stderr is a file here.
 */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/log.h"

static FILE *log_file;
static int old_stderr;

static int redirect(void **state)
{
	(void)state;
	log_file = tmpfile();
	old_stderr = dup(STDERR_FILENO);
	rt_log_level(RT_INFO);
	return !log_file || dup2(fileno(log_file), STDERR_FILENO) < 0;
}

static int restore(void **state)
{
	(void)state;
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	return fclose(log_file);
}

static void check_log(const char *pattern)
{
	char text[8192] = "";
	rewind(log_file);
	text[fread(text, 1, sizeof text - 1, log_file)] = '\0';
	regex_t regex;
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED), 0);
	int differs = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	if (differs)
		fail_msg("%s is not %s", text, pattern);
}

#define TIME "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z "

static void test_a_line_per_event(void **state)
{
	(void)state;
	rt_log(RT_INFO, "patched", "group=%s replicas=%d", "small", 3);
	rt_log(RT_ERROR, "stopped", NULL);
	check_log("^" TIME "INFO patched group=small replicas=3\n" TIME
		  "ERROR stopped\n$");
}

static void test_level(void **state)
{
	(void)state;
	rt_log_level(RT_WARN);
	rt_log(RT_INFO, "no", NULL);
	rt_log(RT_WARN, "yes", NULL);
	check_log("^" TIME "WARN yes\n$");
}

static void test_no_second_line(void **state)
{
	(void)state;
	char longer[5000];
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	rt_log(RT_INFO, "a", "why=%s", "x\ny\r");
	rt_log(RT_INFO, "b", "why=%s", longer);
	check_log("^" TIME "INFO a why=x y \n" TIME "INFO b why=x+\n$");
}

static void test_quote(void **state)
{
	(void)state;
	char buf[16];
	assert_string_equal(rt_log_quote("a \"b\"\\", buf, sizeof buf),
			    "\"a \\\"b\\\"\\\\\"");
	assert_string_equal(rt_log_quote("", buf, sizeof buf), "\"\"");
	assert_string_equal(rt_log_quote("0123456789abcdef", buf, sizeof buf),
			    "\"0123456789ab\"");
	assert_string_equal(rt_log_quote("0123456789ab\"x", buf, sizeof buf),
			    "\"0123456789ab\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_line_per_event, redirect,
						restore),
		cmocka_unit_test_setup_teardown(test_level, redirect, restore),
		cmocka_unit_test_setup_teardown(test_no_second_line, redirect,
						restore),
		cmocka_unit_test(test_quote),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
