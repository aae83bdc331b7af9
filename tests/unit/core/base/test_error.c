/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_error.c - texts are one line of UTF-8, however long and odd.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/error.h"

static void test_wrap_puts_context_in_front(void **state)
{
	(void)state;
	struct rt_error err;
	assert_int_equal(rt_fail(&err, RT_EIO, "read: %s", "gone"), RT_EIO);
	assert_int_equal(rt_wrap(&err, "trace %d", 7), RT_EIO);
	assert_string_equal(err.text, "trace 7: read: gone");
	assert_int_equal(err.status, RT_EIO);
}

static void test_error_may_be_null(void **state)
{
	(void)state;
	assert_int_equal(rt_fail(NULL, RT_EINPUT, "x"), RT_EINPUT);
}

static void test_text_may_quote_itself(void **state)
{
	(void)state;
	struct rt_error err;
	rt_fail(&err, RT_EINPUT, "why");
	rt_fail(&err, RT_EINPUT, "again: %s", err.text);
	assert_string_equal(err.text, "again: why");
}

static void test_what_has_no_form_is_replaced(void **state)
{
	(void)state;
	struct rt_error err;
	rt_fail(&err, RT_EINPUT, "a\nb\tc\x7F");
	assert_string_equal(err.text, "a?b?c?");
	rt_fail(&err, RT_EINPUT, "next line \xC2\x85, %s, %s",
		"line separator \xE2\x80\xA8", "right to left \xE2\x80\xAE");
	assert_string_equal(err.text, "next line ?, line separator ?, "
				      "right to left ?");
	rt_fail(&err, RT_EINPUT, "\xC3\xA9 %.1s \xFF", "\xC3\xA9");
	assert_string_equal(err.text, "\xC3\xA9 ? ?");
}

static void test_cut_leaves_utf8(void **state)
{
	(void)state;
	struct rt_error err;
	char text[RT_ERROR_TEXT + 2] = "x"; /* then two bytes each */
	for (size_t i = 1; i + 1 < sizeof text; i += 2)
		memcpy(text + i, "\xC3\xA9", 2);
	text[sizeof text - 1] = '\0';
	rt_fail(&err, RT_EINPUT, "%s", text);
	assert_int_equal(strlen(err.text), RT_ERROR_TEXT - 1);
	rt_fail(&err, RT_EINPUT, "%s", text + 1);
	assert_int_equal(strlen(err.text), RT_ERROR_TEXT - 1);
	assert_string_equal(err.text + RT_ERROR_TEXT - 4, "\xC3\xA9?");
}

static void test_long_context_keeps_the_status(void **state)
{
	(void)state;
	struct rt_error err;
	char text[2 * RT_ERROR_TEXT];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	rt_fail(&err, RT_ELIMIT, "why");
	assert_int_equal(rt_wrap(&err, "%s", text), RT_ELIMIT);
	assert_int_equal(strlen(err.text), RT_ERROR_TEXT - 1);
}

static void test_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(rt_status_exit_code(RT_OK), 0);
	assert_int_equal(rt_status_exit_code(RT_EINPUT), 2);
	assert_int_equal(rt_status_exit_code(RT_ECONFLICT), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap_puts_context_in_front),
		cmocka_unit_test(test_error_may_be_null),
		cmocka_unit_test(test_text_may_quote_itself),
		cmocka_unit_test(test_what_has_no_form_is_replaced),
		cmocka_unit_test(test_cut_leaves_utf8),
		cmocka_unit_test(test_long_context_keeps_the_status),
		cmocka_unit_test(test_exit_codes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
