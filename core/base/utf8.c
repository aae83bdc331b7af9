/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.c - decodes one character at a time; only the shortest form of each is
 * UTF-8, and surrogates are none.
 */
#include "core/base/utf8.h"

#include <stdbool.h>
#include <string.h>

static unsigned code_of(const unsigned char *s, size_t len)
{
	unsigned code = len == 1 ? s[0] : s[0] & (0x7Fu >> len);
	for (size_t i = 1; i < len; i++)
		code = code << 6 | (s[i] & 0x3Fu);
	return code;
}

size_t rt_utf8_len(const char *text, size_t left)
{
	static const unsigned lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t len = s[0] < 0x80   ? 1
		     : s[0] < 0xC0 ? 0
		     : s[0] < 0xE0 ? 2
		     : s[0] < 0xF0 ? 3
		     : s[0] < 0xF8 ? 4
				   : 0;
	if (len <= 1)
		return len;
	if (len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	unsigned code = code_of(s, len);
	bool surrogate = code >= 0xD800 && code < 0xE000;
	return code < lowest[len] || code > 0x10FFFF || surrogate ? 0 : len;
}

static bool has_form(unsigned code)
{
	static const struct {
		unsigned first, last;
	} without[] = {
		{ 0x00, 0x1F },     { 0x7F, 0x9F },     { 0x061C, 0x061C },
		{ 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F },
		{ 0xFEFF, 0xFEFF },
	};
	for (size_t i = 0; i < sizeof without / sizeof *without; i++)
		if (code >= without[i].first && code <= without[i].last)
			return false;
	return true;
}

void rt_utf8_tidy(char *text)
{
	size_t left = strlen(text);
	char *to = text;
	while (left) {
		size_t len = rt_utf8_len(text, left);
		size_t step = len ? len : 1;
		if (len && has_form(code_of((unsigned char *)text, len))) {
			memmove(to, text, len);
			to += len;
		} else {
			*to++ = '?';
		}
		text += step;
		left -= step;
	}
	*to = '\0';
}
