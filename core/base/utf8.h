/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h - bytes from outside as characters.
 */
#ifndef CORE_BASE_UTF8_H
#define CORE_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character at `text`, of which `len` bytes are left; 0 when they
 * are not UTF-8. */
size_t rt_utf8_len(const char *text, size_t len);

/* Makes the text one printable line, in place: each byte that is not UTF-8 and
 * each character that has no form of its own (controls, line separators, marks
 * that turn the direction of writing) becomes a question mark. */
void rt_utf8_tidy(char *text);

#endif
