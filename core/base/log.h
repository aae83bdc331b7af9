/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - one line per event: time, level, event name, key=value pairs.  Text
 * with blanks is quoted.  Goes to stderr.
 */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

enum rt_level {
	RT_DEBUG,
	RT_INFO,
	RT_WARN,
	RT_ERROR,
};

void rt_log_level(enum rt_level lowest);

/* Lines go there, too, each whole and with its end; NULL: only to stderr.  It
 * must not log anything itself. */
void rt_log_also(void (*also)(void *arg, const char *line, unsigned long len),
		 void *arg);

/* rt_log(RT_INFO, "patched", "group=%s replicas=%lld", name, n): the format is
 * that of the pairs; NULL for none. */
void rt_log(enum rt_level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* For values that may hold blanks or quotes: a quoted copy in `buf`. */
const char *rt_log_quote(const char *text, char *buf, unsigned long size);

#endif
