/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.h - a trace in several files, as a recording is: a folder's, in the
 * byte order of their names.
 */
#ifndef TRACES_FOLDER_H
#define TRACES_FOLDER_H

#include <raytide/types.h>

#include "core/base/arena.h"

#define TRACE_FILES_MAX 100000

/* The paths in the arena; of what is no folder the path itself.  An error when
 * a folder has no *.jsonl.zst or *.jsonl. */
enum rt_status trace_folder_list(const char *path, struct rt_arena *,
				 const char *const **files, uint32_t *len,
				 struct rt_error *err);

#endif
