/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bearer.c - what is a token, and what is in a file.
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

#include "autoscaler/net/bearer.h"

static char line[BEARER_MAX];

static void test_tokens(void **state)
{
	(void)state;
	struct rt_error err;
	static const char *const bad[] = { "", " \n", "a b", "a\nb", "a\x7f" };

	assert_int_equal(bearer_of("abc", line, &err), RT_OK);
	assert_string_equal(line, "Authorization: Bearer abc");
	assert_int_equal(bearer_of(" a-b.c_d/~+= \r\n", line, &err), RT_OK);
	assert_string_equal(line, "Authorization: Bearer a-b.c_d/~+=");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(bearer_of(bad[i], line, &err), RT_EINPUT);
}

static void test_lengths(void **state)
{
	(void)state;
	struct rt_error err;
	static char token[BEARER_MAX + 1];
	const size_t most = BEARER_MAX - sizeof "Authorization: Bearer ";

	memset(token, 'x', most);
	assert_int_equal(bearer_of(token, line, &err), RT_OK);
	assert_int_equal(strlen(line), BEARER_MAX - 1);
	token[most] = 'x';
	assert_int_equal(bearer_of(token, line, &err), RT_EINPUT);
	memset(token, 'x', BEARER_MAX);
	assert_int_equal(bearer_of(token, line, &err), RT_EINPUT);
}

static enum rt_status read_as(const char *content, size_t len,
			      struct rt_error *err)
{
	char path[] = "/tmp/raytide-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), (ssize_t)len);
	close(fd);
	enum rt_status status = bearer_read(path, line, err);
	unlink(path);
	return status;
}

static void test_files(void **state)
{
	(void)state;
	struct rt_error err;
	static char long_one[2 * BEARER_MAX];

	assert_int_equal(read_as("abc\n", 4, &err), RT_OK);
	assert_string_equal(line, "Authorization: Bearer abc");
	assert_int_equal(read_as("", 0, &err), RT_EINPUT);
	assert_int_equal(read_as("abc\0d", 5, &err), RT_EIO);
	memset(long_one, 'x', sizeof long_one);
	assert_int_equal(read_as(long_one, sizeof long_one, &err), RT_EIO);
	assert_int_equal(read_as("two words", 9, &err), RT_EINPUT);
	assert_null(strstr(err.text, "words"));
	assert_int_equal(bearer_read("/nowhere/token", line, &err), RT_EIO);
	assert_non_null(strstr(err.text, "/nowhere/token: No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
