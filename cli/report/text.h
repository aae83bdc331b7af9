/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - values as they stand in files of results: JSON that may also stand
 * in a page's script, and CSV.
 */
#ifndef CLI_REPORT_TEXT_H
#define CLI_REPORT_TEXT_H

#include <stdio.h>

/* With the quotes; no <, > or &, so that no text ends a script.  A byte that is
 * not UTF-8 becomes U+FFFD. */
void report_json_text(FILE *, const char *);
/* Quoted where it must be. */
void report_csv_text(FILE *, const char *);
/* The fewest digits that read back as the same double; null for no number. */
void report_number(FILE *, double);
/* Six digits are enough for the eye. */
void report_short_number(FILE *, double);

#endif
