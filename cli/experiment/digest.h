/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - is this the same input as before?  A 64-bit number of texts and
 * files (FNV-1a); no defence against who means harm.
 */
#ifndef CLI_EXPERIMENT_DIGEST_H
#define CLI_EXPERIMENT_DIGEST_H

#include "core/base/error.h"

#define DIGEST_EMPTY 14695981039346656037u

/* With its end, so that "ab", "c" differs from "a", "bc"; NULL from "". */
uint64_t digest_text(uint64_t, const char *);
enum rt_status digest_file(uint64_t *, const char *path, struct rt_error *err);

/* A file, or those of a folder. */
enum rt_status digest_trace(uint64_t *, const char *path, struct rt_error *err);

#endif
