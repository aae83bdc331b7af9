/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.h - how failures travel: a function returns a status and fills the
 * caller's struct rt_error with "what: why; hint".  Whoever knows more of the
 * context puts it in front with rt_wrap().  Only main() exits.
 */
#ifndef CORE_BASE_ERROR_H
#define CORE_BASE_ERROR_H

#include <raytide/types.h>

/* Fills `err` (which may be NULL) and returns `status`, for
 * `return rt_fail(err, RT_EINPUT, "...")`.  Text that is too long is cut. */
enum rt_status rt_fail(struct rt_error *err, enum rt_status status,
		       const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text of `err`; returns its status. */
enum rt_status rt_wrap(struct rt_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

int rt_status_exit_code(enum rt_status);

/* A state that cannot be: says where and aborts. */
#define RT_BUG(text) rt_bug(__FILE__, __LINE__, text)
_Noreturn void rt_bug(const char *file, int line, const char *text);

#endif
