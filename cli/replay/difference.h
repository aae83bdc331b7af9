/* SPDX-License-Identifier: Apache-2.0 */
/*
 * difference.h - where two documents begin to differ.
 */
#ifndef CLI_REPLAY_DIFFERENCE_H
#define CLI_REPLAY_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/* False when they are the same to the last byte of their texts.  Else the first
 * place and both values go into the buffer: "PATH: recorded X, replayed Y". */
bool difference_find(const char *root, const cJSON *recorded,
		     const cJSON *replayed, char *buf, size_t size);

#endif
