/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_monitor.c - when it is ill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "autoscaler/monitor.h"
#include "core/base/error.h"

#define PATIENCE_MS 100

struct fixture {
	struct http *http;
	struct monitor *monitor;
	struct health steps[2];
	uint16_t port;
};

/* One that was free a moment ago. */
static uint16_t free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static int setup(void **state)
{
	struct fixture *w = test_calloc(1, sizeof *w);
	struct rt_error err;
	w->http = http_open(-1);
	w->port = free_port();
	w->steps[0].step = "one";
	w->steps[1].step = "two";
	w->monitor = monitor_open(
		w->http, &(struct monitor_conf){ .port = w->port,
						 .patience_ms = PATIENCE_MS,
						 .steps = w->steps,
						 .steps_len = 2 });
	assert_int_equal(monitor_listen(w->monitor, &err), RT_OK);
	assert_int_equal(monitor_listen(w->monitor, &err), RT_OK);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *w = *state;
	monitor_close(&w->monitor);
	monitor_close(&w->monitor);
	http_close(&w->http);
	test_free(w);
	return 0;
}

static long health(struct fixture *w, char *text, size_t size)
{
	char url[64];
	struct rt_error err;
	const struct http_reply *reply;
	snprintf(url, sizeof url, "http://127.0.0.1:%u/healthz",
		 (unsigned)w->port);
	struct http_call *call =
		http_start(w->http, &(struct http_request){ .method = "GET",
							    .url = url,
							    .timeout_ms = 5000,
							    .max = 1 << 20 });
	assert_int_equal(http_wait(call, &reply, &err), RT_OK);
	long code = reply->code;
	snprintf(text, size, "%s", reply->body);
	http_end(&call);
	return code;
}

static void end_round(struct fixture *w)
{
	const struct round round = { .session = "s" };
	const struct rt_instances none = { 0 };
	monitor_note(w->monitor, &round, &none, false, 0.1);
}

static void test_health(void **state)
{
	struct fixture *w = *state;
	char text[512];
	assert_int_equal(health(w, text, sizeof text), 200);
	http_sleep(w->http, PATIENCE_MS + 50);
	assert_int_equal(health(w, text, sizeof text), 503);
	assert_ptr_equal(strstr(text, "ill: the last round ended "), text);
	end_round(w);
	assert_int_equal(health(w, text, sizeof text), 200);
	assert_ptr_equal(strstr(text, "ok: "), text);
	assert_null(strstr(text, "failing"));
}

/* What fails is told; it is no illness. */
static void test_failures(void **state)
{
	struct fixture *w = *state;
	struct rt_error err;
	char text[512];
	rt_fail(&err, RT_EIO, "the first");
	health_note(&w->steps[1], RT_EIO, &err);
	rt_fail(&err, RT_EIO, "the second");
	health_note(&w->steps[1], RT_EIO, &err);
	end_round(w);
	assert_int_equal(health(w, text, sizeof text), 200);
	assert_non_null(strstr(text, "\nfailing: two: the second\n"));
	assert_null(strstr(text, "one"));
	health_note(&w->steps[1], RT_OK, NULL);
	assert_int_equal(health(w, text, sizeof text), 200);
	assert_null(strstr(text, "failing"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_health),
		TEST(test_failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
