/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_settings.c - the forms of the command line, what the environment adds,
 * and that whatever is wrong is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <unistd.h>

#include "autoscaler/settings.h"

#define ARGS_MAX 16
#define GOOD "--cluster-name", "demo", "--cluster-namespace", "ns"

struct world {
	struct settings settings;
	struct rt_error err;
};

static int setup(void **state)
{
	clearenv();
	setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
	*state = test_calloc(1, sizeof(struct world));
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	settings_close(&w->settings);
	test_free(w);
	return 0;
}

/* Opens the settings of a NULL-terminated command line. */
static enum rt_status open_args(struct world *w, const char *const *args)
{
	char *argv[ARGS_MAX + 1] = { 0 };
	int argc = 0;
	for (; args[argc]; argc++)
		argv[argc] = (char *)args[argc];
	settings_close(&w->settings);
	return settings_open(&w->settings, argc, argv, &w->err);
}
#define OPEN(w, ...) open_args(w, (const char *const[]){ __VA_ARGS__, NULL })

static void expect_refusal(struct world *w, enum rt_status status,
			   const char *text)
{
	assert_int_equal(status, RT_EINPUT);
	if (!strstr(w->err.text, text))
		fail_msg("\"%s\" is not in: %s", text, w->err.text);
}

static void test_defaults(void **state)
{
	struct world *w = *state;
	assert_int_equal(OPEN(w, "raytide-autoscaler", GOOD), RT_OK);
	const struct settings *s = &w->settings;
	assert_string_equal(s->kube.cluster, "demo");
	assert_string_equal(s->kube.name_space, "ns");
	assert_string_equal(s->kube.server, "https://10.0.0.1:443");
	assert_string_equal(s->kube.crd_version, "v1");
	assert_string_equal(
		s->kube.token_file,
		"/var/run/secrets/kubernetes.io/serviceaccount/token");
	assert_string_equal(
		s->kube.tls.ca,
		"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
	assert_null(s->kube.tls.cert);
	assert_string_equal(s->gcs_address, "127.0.0.1:6379");
	assert_true(s->interval_s == 0.5);
	assert_true(s->resync_s == 10);
	assert_true(s->stale_s == 15);
	assert_false(s->once);
	assert_int_equal(s->first->settings.max_concurrent_launches, 10);
	assert_int_equal(s->first->chain.len, 1);
	assert_string_equal(s->first->chain.stages[0].ops->name, "ray");
}

static void test_forms(void **state)
{
	struct world *w = *state;
	assert_int_equal(
		OPEN(w, "raytide-autoscaler", "kuberay-autoscaler", GOOD),
		RT_OK);
	assert_int_equal(OPEN(w, "/usr/bin/ray", "kuberay-autoscaler", GOOD),
			 RT_OK);
	assert_string_equal(w->settings.kube.cluster, "demo");
	assert_int_equal(OPEN(w, "ray", "--version"), RT_OK);
	expect_refusal(w, OPEN(w, "ray", "start", "--head"), "ray start");
	expect_refusal(w, OPEN(w, "/usr/bin/ray"), "ray");
	expect_refusal(w, OPEN(w, "raytide-autoscaler", "start", GOOD),
		       "start");
}

static void test_help_needs_nothing(void **state)
{
	struct world *w = *state;
	unsetenv("KUBERNETES_SERVICE_HOST");
	setenv("AUTOSCALER_UPDATE_INTERVAL_S", "soon", 1);
	assert_int_equal(OPEN(w, "raytide-autoscaler", "--help"), RT_OK);
	assert_true(w->settings.help);
	assert_int_equal(OPEN(w, "raytide-autoscaler", "--version"), RT_OK);
	assert_true(w->settings.version);
}

static void test_what_is_missing(void **state)
{
	struct world *w = *state;
	expect_refusal(w, OPEN(w, "p"), "--cluster-name is missing");
	expect_refusal(w, OPEN(w, "p", "--cluster-name", "demo"),
		       "--cluster-namespace is missing");
	expect_refusal(w, OPEN(w, "p", GOOD, "--interval"), "needs a value");
	unsetenv("KUBERNETES_SERVICE_HOST");
	expect_refusal(w, OPEN(w, "p", GOOD), "KUBERNETES_SERVICE_HOST");
}

static void test_wrong_values(void **state)
{
	static const char *const wrong[][3] = {
		{ "--cluster-name", "../x", "--cluster-name" },
		{ "--cluster-name", "..", "--cluster-name" },
		{ "--cluster-namespace", "", "--cluster-namespace" },
		{ "--gcs-address", "head", "HOST:PORT" },
		{ "--gcs-address", ":6379", "HOST:PORT" },
		{ "--gcs-address", "head:", "HOST:PORT" },
		{ "--gcs-address", "head:http", "HOST:PORT" },
		{ "--gcs-address", "http://head:1", "HOST:PORT" },
		{ "--interval", "0", "between" },
		{ "--interval", "nan", "number" },
		{ "--timeout", "-1", "between" },
		{ "--log-level", "loud", "debug" },
		{ "--policy", "rai", "rai" },
		{ "--policy", "/no/such.yaml", "/no/such.yaml" },
		{ "--set", "max_concurrent_launches", "KEY=VALUE" },
		{ "--set", "max_concurrent_launch=1",
		  "did you mean max_concurrent_launches" },
		{ "--set", "max_concurrent_launches=-1",
		  "max_concurrent_launches" },
		{ "--clustername", "x", "did you mean --cluster-name" },
	};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		expect_refusal(w, OPEN(w, "p", GOOD, wrong[i][0], wrong[i][1]),
			       wrong[i][2]);
}

/* As KubeRay and Ray's users set them; the command line goes before. */
static void test_environment(void **state)
{
	struct world *w = *state;
	setenv("RAY_CLUSTER_NAME", "from-env", 1);
	setenv("RAY_CLUSTER_NAMESPACE", "ns-env", 1);
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT_HTTPS", "6443", 1);
	setenv("KUBECONFIG", "/not/looked/at/in/a/pod", 1);
	setenv("KUBERAY_CRD_VER", "v1alpha1", 1);
	setenv("AUTOSCALER_UPDATE_INTERVAL_S", "2.5", 1);
	setenv("AUTOSCALER_MAX_CONCURRENT_LAUNCHES", "7", 1);
	setenv("AUTOSCALER_CONSERVE_GPU_NODES", "0", 1);
	setenv("RAYTIDE_LOG_LEVEL", "", 1);
	assert_int_equal(OPEN(w, "p", "--cluster-name=cli"), RT_OK);
	const struct settings *s = &w->settings;
	assert_string_equal(s->kube.cluster, "cli");
	assert_string_equal(s->kube.name_space, "ns-env");
	assert_string_equal(s->kube.server, "https://[fd00::1]:6443");
	unsetenv("KUBERNETES_SERVICE_PORT_HTTPS");
	setenv("KUBERNETES_SERVICE_PORT", "8443", 1);
	assert_int_equal(OPEN(w, "p", "--cluster-name=cli"), RT_OK);
	assert_string_equal(s->kube.server, "https://[fd00::1]:8443");
	assert_string_equal(s->kube.crd_version, "v1alpha1");
	assert_true(s->interval_s == 2.5);
	assert_int_equal(s->log_level, RT_INFO);
	assert_int_equal(s->first->settings.max_concurrent_launches, 7);
	assert_false(s->first->settings.conserve_gpu);
	assert_int_equal(OPEN(w, "p", "--set", "max_concurrent_launches=3",
			      "--set", "ray.upscaling_speed=2"),
			 RT_OK);
	assert_int_equal(s->first->settings.max_concurrent_launches, 3);
}

static void test_wrong_environment(void **state)
{
	static const char *const names[] = {
		"AUTOSCALER_UPDATE_INTERVAL_S",
		"AUTOSCALER_MAX_CONCURRENT_LAUNCHES",
		"AUTOSCALER_CONSERVE_GPU_NODES",
		"RAYTIDE_GCS_ADDRESS",
		"RAYTIDE_LOG_LEVEL",
		"KUBERAY_CRD_VER",
	};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		setenv(names[i], "?", 1);
		expect_refusal(w, OPEN(w, "p", GOOD), names[i]);
		unsetenv(names[i]);
	}
}

/* Outside a cluster: from the command line before all else. */
static void test_kubeconfig(void **state)
{
	static const char text[] =
		"current-context: here\n"
		"contexts: [{name: here, context: {cluster: c, user: u,"
		" namespace: of-context}}]\n"
		"clusters: [{name: c, cluster: {server: 'https://a:6443/'}}]\n"
		"users: [{name: u, user: {token: secret}}]\n";
	struct world *w = *state;
	char path[] = "/tmp/kubeconfig-XXXXXX";
	int fd = mkstemp(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	const struct kube_conf *kube = &w->settings.kube;
	assert_int_equal(
		OPEN(w, "p", "--cluster-name", "demo", "--kubeconfig", path),
		RT_OK);
	assert_string_equal(kube->server, "https://a:6443");
	assert_string_equal(kube->token, "secret");
	assert_null(kube->token_file);
	assert_null(kube->tls.ca);
	assert_string_equal(kube->name_space, "of-context");
	unsetenv("KUBERNETES_SERVICE_HOST");
	setenv("KUBECONFIG", path, 1);
	assert_int_equal(OPEN(w, "p", GOOD), RT_OK);
	assert_string_equal(kube->server, "https://a:6443");
	assert_string_equal(kube->name_space, "ns");
	unlink(path);
	expect_refusal(w, OPEN(w, "p", GOOD), path);
}

static void test_client_certificate(void **state)
{
	struct world *w = *state;
	setenv("RAY_KUBERAY_CLIENT_CERT_PATH", "/c", 1);
	expect_refusal(w, OPEN(w, "p", GOOD), "one without the other");
	setenv("RAY_KUBERAY_CLIENT_KEY_PATH", "/k", 1);
	setenv("RAY_KUBERAY_CA_CERT_PATH", "/ca", 1);
	assert_int_equal(OPEN(w, "p", GOOD), RT_OK);
	assert_null(w->settings.kube.token_file);
	assert_null(w->settings.kube.token);
	assert_string_equal(w->settings.kube.tls.cert, "/c");
	assert_string_equal(w->settings.kube.tls.key, "/k");
	assert_string_equal(w->settings.kube.tls.ca, "/ca");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),           TEST(test_forms),
		TEST(test_help_needs_nothing), TEST(test_what_is_missing),
		TEST(test_wrong_values),       TEST(test_environment),
		TEST(test_wrong_environment),  TEST(test_kubeconfig),
		TEST(test_client_certificate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
