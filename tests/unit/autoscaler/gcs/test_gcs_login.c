/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_gcs_login.c - which of Ray's variables counts, as in Ray 2.60.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "autoscaler/gcs/gcs_login.h"

#define POD_TOKEN "/var/run/secrets/ray.io/serviceaccount/token"

struct world {
	struct rt_arena *arena;
	struct grpc_login login;
	struct rt_error err;
};

static int setup(void **state)
{
	static const char *const names[] = {
		"RAY_AUTH_MODE",       "RAY_AUTH_TOKEN",
		"RAY_AUTH_TOKEN_PATH", "RAY_ENABLE_K8S_TOKEN_AUTH",
		"RAY_USE_TLS",         "RAY_TLS_CA_CERT",
		"RAY_TLS_SERVER_CERT", "RAY_TLS_SERVER_KEY",
	};
	struct world *w = test_calloc(1, sizeof *w);
	w->arena = rt_arena_new();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	setenv("HOME", "/nowhere", 1);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	rt_arena_free(&w->arena);
	test_free(w);
	return 0;
}

static enum rt_status find(struct world *w)
{
	return gcs_login_find(&w->login, w->arena, &w->err);
}

static void expect_file(struct world *w, const char *path)
{
	assert_int_equal(find(w), RT_OK);
	assert_null(w->login.token);
	if (path)
		assert_string_equal(w->login.token_file, path);
	else
		assert_null(w->login.token_file);
}

static void test_nothing_is_set(void **state)
{
	struct world *w = *state;
	expect_file(w, NULL);
	assert_false(w->login.use_tls);
}

/* From the last that Ray looks at to the first. */
static void test_order(void **state)
{
	struct world *w = *state;
	setenv("RAY_AUTH_MODE", "Token", 1);
	expect_file(w, "/nowhere/.ray/auth_token");
	setenv("RAY_ENABLE_K8S_TOKEN_AUTH", "true", 1);
	expect_file(w, POD_TOKEN);
	setenv("RAY_AUTH_TOKEN_PATH", "/a/file", 1);
	expect_file(w, "/a/file");
	setenv("RAY_AUTH_TOKEN", "abc", 1);
	assert_int_equal(find(w), RT_OK);
	assert_string_equal(w->login.token, "abc");
	assert_null(w->login.token_file);
	setenv("RAY_AUTH_MODE", "disabled", 1);
	expect_file(w, NULL);
}

/* Without a mode the user's own file counts if it is there. */
static void test_no_mode(void **state)
{
	struct world *w = *state;
	char home[] = "/tmp/raytide-test-XXXXXX", path[80], folder[64];

	assert_non_null(mkdtemp(home));
	setenv("HOME", home, 1);
	expect_file(w, NULL);
	snprintf(folder, sizeof folder, "%s/.ray", home);
	snprintf(path, sizeof path, "%s/auth_token", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	fclose(fopen(path, "w"));
	expect_file(w, path);
	setenv("RAY_ENABLE_K8S_TOKEN_AUTH", "0", 1);
	expect_file(w, path);
	setenv("RAY_ENABLE_K8S_TOKEN_AUTH", "1", 1);
	expect_file(w, POD_TOKEN);
	unlink(path);
	rmdir(folder);
	rmdir(home);
}

static void test_tls(void **state)
{
	struct world *w = *state;
	setenv("RAY_TLS_CA_CERT", "ca", 1);
	setenv("RAY_TLS_SERVER_CERT", "cert", 1);
	assert_int_equal(find(w), RT_OK);
	assert_false(w->login.use_tls);
	setenv("RAY_USE_TLS", "1", 1);
	assert_int_equal(find(w), RT_EINPUT);
	assert_non_null(strstr(w->err.text, "RAY_TLS_SERVER_KEY"));
	setenv("RAY_TLS_SERVER_KEY", "key", 1);
	assert_int_equal(find(w), RT_OK);
	assert_true(w->login.use_tls);
	assert_string_equal(w->login.tls.ca, "ca");
	assert_string_equal(w->login.tls.cert, "cert");
	assert_string_equal(w->login.tls.key, "key");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_set),
		TEST(test_order),
		TEST(test_no_mode),
		TEST(test_tls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
