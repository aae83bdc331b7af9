/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - report.html but for its data, as the build makes it of page/ and
 * uPlot: the data, as JSON, goes between the two parts.
 */
#ifndef CLI_REPORT_PAGE_H
#define CLI_REPORT_PAGE_H

#include <stddef.h>

extern const size_t report_page_before_len, report_page_after_len;
extern const unsigned char report_page_before[], report_page_after[];

#endif
