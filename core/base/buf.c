/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.c - doubles its memory up to the maximum and one byte more, the NUL.
 */
#include "core/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

static bool make_room(struct rt_buf *buf, size_t more)
{
	if (more > buf->max - buf->len)
		return false;
	size_t need = buf->len + more + 1;
	if (need <= buf->cap)
		return true;
	size_t cap = buf->cap ? buf->cap * 2 : 256;
	if (cap > buf->max)
		cap = buf->max + 1;
	buf->cap = cap > need ? cap : need;
	buf->data = rt_realloc(buf->data, buf->cap);
	return true;
}

bool rt_buf_add(struct rt_buf *buf, const void *bytes, size_t len)
{
	if (!make_room(buf, len))
		return false;
	if (len)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool rt_buf_addf(struct rt_buf *buf, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	size_t len = (size_t)vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	bool fits = make_room(buf, len);
	if (fits) {
		vsnprintf(buf->data + buf->len, len + 1, fmt, again);
		buf->len += len;
	}
	va_end(again);
	return fits;
}

void rt_buf_drop(struct rt_buf *buf, size_t len)
{
	if (len == 0)
		return;
	buf->len -= len;
	memmove(buf->data, buf->data + len, buf->len + 1);
}

void rt_buf_clear(struct rt_buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

void rt_buf_free(struct rt_buf *buf)
{
	rt_free(buf->data);
	*buf = (struct rt_buf){ .max = buf->max };
}
