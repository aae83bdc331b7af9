/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - a growing run of bytes with a stated maximum, for bodies and lines
 * whose size others decide.  Always NUL-terminated, so `data` is a string.
 */
#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct rt_buf {
	char *data; /* NULL while empty and unused */
	size_t len;
	size_t cap;
	size_t max; /* bytes; more is refused */
};

#define RT_BUF(limit)                                                          \
	{                                                                      \
		.max = (limit)                                                 \
	}

/* False when the maximum would be passed; the buffer is then unchanged. */
bool rt_buf_add(struct rt_buf *, const void *, size_t len);
bool rt_buf_addf(struct rt_buf *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void rt_buf_drop(struct rt_buf *, size_t len); /* its first bytes */
void rt_buf_clear(struct rt_buf *);            /* keeps the memory */
void rt_buf_free(struct rt_buf *);

#endif
