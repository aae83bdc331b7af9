/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kubeconfig.c - what is taken from a kubeconfig, and that what cannot be
 * obeyed is refused by its name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <unistd.h>

#include "autoscaler/kube/kubeconfig.h"

#define CONTEXT                                                                \
	"current-context: here\n"                                              \
	"contexts:\n"                                                          \
	"- {name: there, context: {cluster: x, user: x}}\n"                    \
	"- {name: here, context: {cluster: c, user: u}}\n"
#define CLUSTER "clusters: [{name: c, cluster: {server: 'https://a:6443'}}]\n"
#define USER(more) "users: [{name: u, user: {" more "}}]\n"

struct world {
	struct rt_arena *arena;
	struct kube_conf conf;
	struct rt_error err;
	char path[64];
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->arena = rt_arena_new();
	snprintf(w->path, sizeof w->path, "/tmp/kubeconfig-XXXXXX");
	close(mkstemp(w->path));
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	rt_arena_free(&w->arena);
	unlink(w->path);
	test_free(w);
	return 0;
}

static enum rt_status read_text(struct world *w, const char *text)
{
	FILE *file = fopen(w->path, "w");
	fputs(text, file);
	fclose(file);
	w->conf = (struct kube_conf){ 0 };
	return kubeconfig_read(w->path, w->arena, &w->conf, &w->err);
}

static void test_token(void **state)
{
	struct world *w = *state;
	assert_int_equal(read_text(w, CONTEXT CLUSTER USER("token: t0k3n")),
			 RT_OK);
	assert_string_equal(w->conf.server, "https://a:6443");
	assert_string_equal(w->conf.token, "t0k3n");
	assert_null(w->conf.token_file);
	assert_null(w->conf.name_space);
	assert_null(w->conf.tls.ca);
}

/* Relative to the kubeconfig; an absolute one stays. */
static void test_files(void **state)
{
	struct world *w = *state;
	assert_int_equal(
		read_text(
			w, CONTEXT
			"clusters: [{name: c, cluster: {server: "
			"'https://a', certificate-authority: "
			"pki/ca.crt}}]\n" USER(
				"client-certificate: me.crt, client-key: /k/me.key, "
				"tokenFile: token")),
		RT_OK);
	assert_string_equal(w->conf.tls.ca, "/tmp/pki/ca.crt");
	assert_string_equal(w->conf.tls.cert, "/tmp/me.crt");
	assert_string_equal(w->conf.tls.key, "/k/me.key");
	assert_string_equal(w->conf.token_file, "/tmp/token");
}

/* base64 of "-----BEGIN CERTIFICATE-----\nabc\n" and, less a byte, of a key. */
#define CERT_DATA "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCmFiYwo="
#define KEY_DATA "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCmE="

static void test_data(void **state)
{
	struct world *w = *state;
	assert_int_equal(
		read_text(w, CONTEXT
			  "clusters: [{name: c, cluster: {server: "
			  "'https://a', certificate-authority: "
			  "not-this, certificate-authority-data: "
			  "'" CERT_DATA "'}}]\n" USER(
				  "client-certificate-data: '" CERT_DATA "', "
				  "client-key-data: '" KEY_DATA "'")),
		RT_OK);
	assert_string_equal(w->conf.tls.ca,
			    "-----BEGIN CERTIFICATE-----\nabc\n");
	assert_string_equal(w->conf.tls.cert, w->conf.tls.ca);
	assert_string_equal(w->conf.tls.key, "-----BEGIN PRIVATE KEY-----\na");
}

static void test_refusals(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "" },
		{ "[]", "object" },
		{ CLUSTER USER("token: t"), "no current-context" },
		{ "current-context: here\n" CLUSTER USER("token: t"),
		  "contexts is missing" },
		{ "current-context: other\n"
		  "contexts: [{name: here, context: {}}]\n",
		  "contexts: none is named \"other\"" },
		{ CONTEXT "clusters: []\n" USER("token: t"),
		  "clusters: none is named \"c\"" },
		{ CONTEXT CLUSTER "users: [{name: u}]\n", "no user" },
		{ CONTEXT CLUSTER USER("exec: {command: aws}"),
		  "users[0].user.exec: not supported; use a token" },
		{ CONTEXT CLUSTER USER("auth-provider: {name: gcp}"),
		  "auth-provider: not supported" },
		{ CONTEXT CLUSTER USER("username: me, password: x"),
		  "username: not supported" },
		{ CONTEXT CLUSTER USER("token: t, as: admin"),
		  "as: not supported" },
		{ CONTEXT CLUSTER USER("client-certificate: a"),
		  "one without the other" },
		{ CONTEXT CLUSTER USER("token: [t]"), "token" },
		{ CONTEXT CLUSTER USER("client-key-data: '!'"),
		  "client-key-data: not PEM in base64" },
		{ CONTEXT CLUSTER USER("client-key-data: aGVsbG8K"),
		  "client-key-data: not PEM in base64" },
		{ CONTEXT
		  "clusters: [{name: c, cluster: {server: a}}]\n" USER(""),
		  "\"a\" is no address" },
		{ CONTEXT "clusters: [{name: c, cluster: {server: 'https://a',"
			  " insecure-skip-tls-verify: true}}]\n" USER(""),
		  "insecure-skip-tls-verify: not supported" },
		{ CONTEXT "clusters: [{name: c, cluster: {server: 'https://a',"
			  " proxy-url: 'http://p'}}]\n" USER(""),
		  "proxy-url: not supported" },
	};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(read_text(w, wrong[i][0]), RT_EINPUT);
		assert_non_null(strstr(w->err.text, w->path));
		if (!strstr(w->err.text, wrong[i][1]))
			fail_msg("\"%s\" is not in: %s", wrong[i][1],
				 w->err.text);
	}
	assert_int_equal(read_text(w, CONTEXT
				   "clusters: [{name: c, cluster: {server: "
				   "'https://a', insecure-skip-tls-verify: "
				   "false}}]\n" USER("token: t")),
			 RT_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_token),
		TEST(test_files),
		TEST(test_data),
		TEST(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
