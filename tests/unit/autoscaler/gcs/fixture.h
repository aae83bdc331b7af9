/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - the recordings of tests/fixtures, read from the repository's
 * root, where the tests run.
 */
#ifndef TESTS_UNIT_AUTOSCALER_GCS_FIXTURE_H
#define TESTS_UNIT_AUTOSCALER_GCS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define FIXTURE_MAX 65536

struct fixture {
	size_t len;
	unsigned char bytes[FIXTURE_MAX];
};

static inline struct fixture fixture_read(const char *name)
{
	static struct fixture fixture;
	char path[256];
	snprintf(path, sizeof path, "tests/fixtures/%s.pb", name);
	FILE *file = fopen(path, "rb");
	if (!file)
		fail_msg("%s: not there; run from the repository's root", path);
	fixture.len = fread(fixture.bytes, 1, sizeof fixture.bytes, file);
	fclose(file);
	return fixture;
}

#endif
