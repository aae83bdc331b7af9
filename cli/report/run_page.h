/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_page.h - report.html of one run: a page with all that it needs in it.
 */
#ifndef CLI_REPORT_RUN_PAGE_H
#define CLI_REPORT_RUN_PAGE_H

#include "cli/report/history.h"
#include "cli/report/record.h"

void report_run_page(FILE *, const struct report_record_conf *,
		     const struct sim_result *, const struct report_history *);

/* The table of measures, for this page and others. */
void report_page_measures(FILE *);

#endif
