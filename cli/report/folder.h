/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.h - a folder of results that is there whole or not at all: its files
 * are written elsewhere and moved to their places when all of them are done.
 */
#ifndef CLI_REPORT_FOLDER_H
#define CLI_REPORT_FOLDER_H

#include <stdio.h>

#include "core/base/error.h"

struct report_folder;

/* In the names of folders that are not finished. */
#define REPORT_FOLDER_STAGING ".new-"
/* A folder of files. */
void report_folder_remove(const char *path);
/* Removes what was left beside `path`, or in it, by programs that were killed;
 * not what others are at work on. */
void report_folder_clear(const char *path);

/* Nothing is seen at `path` yet.  What is there already may be a folder, whose
 * files of the same names will be replaced.  SIGINT, SIGTERM and SIGHUP leave
 * nothing behind; one folder at a time. */
enum rt_status report_folder_open(struct report_folder **, const char *path,
				  struct rt_error *err);
/* A file to write to; the folder's to close. */
enum rt_status report_folder_add(struct report_folder *, const char *name,
				 FILE **, struct rt_error *err);
/* A file of ours that an earlier run may have left and this one has not. */
void report_folder_drop(struct report_folder *, const char *name);
/* All is written. */
enum rt_status report_folder_publish(struct report_folder *,
				     struct rt_error *err);
/* What was not published is gone. */
void report_folder_close(struct report_folder **);

#endif
