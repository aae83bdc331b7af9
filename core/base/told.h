/* SPDX-License-Identifier: Apache-2.0 */
/*
 * told.h - a text from outside, and where it stands, so that what is wrong with
 * it is told by its place.
 */
#ifndef CORE_BASE_TOLD_H
#define CORE_BASE_TOLD_H

struct rt_told {
	const char *text; /* NULL: not told */
	const char *at;   /* "--set", or "FILE:LINE:COLUMN" */
};

#endif
