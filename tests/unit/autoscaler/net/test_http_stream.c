/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http_stream.c - bodies that are read line by line.  The test is the
 * peer, too: it writes while the client sleeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "autoscaler/net/http.h"

#define TIMEOUT_MS 300
#define SILENCE_MS 600
#define LINE_MAX_BYTES 32768
#define OK "HTTP/1.0 200 OK\r\n\r\n"

struct world {
	struct http *http;
	struct http_call *call;
	int peer;
	struct rt_error err;
};

static void open_stream(struct world *w)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof at;
	char url[64];
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len),
			 0);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/x?y",
		 ntohs(at.sin_port));
	w->call = http_start(w->http,
			     &(struct http_request){ .method = "GET",
						     .url = url,
						     .timeout_ms = TIMEOUT_MS,
						     .silence_ms = SILENCE_MS,
						     .max = LINE_MAX_BYTES });
	http_sleep(w->http, 20);
	w->peer = accept(listener, NULL, NULL);
	close(listener);
}

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->http = http_open(-1);
	open_stream(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	http_end(&w->call);
	http_close(&w->http);
	close(w->peer);
	test_free(w);
	return 0;
}

static void send_text(struct world *w, const char *text)
{
	assert_int_equal(write(w->peer, text, strlen(text)), strlen(text));
	http_sleep(w->http, 20);
}

static void expect_line(struct world *w, const char *text)
{
	const char *line;
	size_t len;
	if (!text) {
		assert_false(http_line(w->call, &line, &len));
		return;
	}
	assert_true(http_line(w->call, &line, &len));
	assert_string_equal(line, text);
	assert_int_equal(len, strlen(text));
}

static enum rt_status outcome(struct world *w)
{
	const struct http_reply *reply;
	return http_wait(w->call, &reply, &w->err);
}

static void test_lines(void **state)
{
	struct world *w = *state;
	assert_int_equal(http_code(w->call), 0);
	send_text(w, OK);
	assert_int_equal(http_code(w->call), 200);
	expect_line(w, NULL);
	send_text(w, "one\ntw");
	expect_line(w, "one");
	expect_line(w, NULL);
	send_text(w, "o\n\nthree\nand no");
	expect_line(w, "two");
	expect_line(w, "");
	assert_false(http_is_over(w->call));
	shutdown(w->peer, SHUT_WR);
	http_sleep(w->http, 20);
	expect_line(w, "three");
	expect_line(w, NULL);
	assert_true(http_is_over(w->call));
	assert_int_equal(outcome(w), RT_OK);
}

/* It may last for longer than a call may, as long as something comes. */
static void test_silence(void **state)
{
	struct world *w = *state;
	send_text(w, OK);
	for (int i = 0; i < 4; i++) {
		http_sleep(w->http, SILENCE_MS / 2);
		send_text(w, "x");
		assert_false(http_is_over(w->call));
	}
	int64_t began = http_clock_ms();
	assert_int_equal(outcome(w), RT_ETIMEOUT);
	assert_true(http_is_over(w->call));
	assert_true(http_clock_ms() - began >= SILENCE_MS / 2);
	assert_non_null(strstr(w->err.text, "/x: no answer in 600 ms"));
}

static void test_no_headers(void **state)
{
	struct world *w = *state;
	http_sleep(w->http, TIMEOUT_MS / 2);
	assert_false(http_is_over(w->call));
	http_sleep(w->http, TIMEOUT_MS);
	assert_true(http_is_over(w->call));
	assert_int_equal(outcome(w), RT_ETIMEOUT);
}

static void test_broken(void **state)
{
	struct world *w = *state;
	send_text(w, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nx\ny");
	shutdown(w->peer, SHUT_WR);
	http_sleep(w->http, 20);
	expect_line(w, "x");
	expect_line(w, NULL);
	assert_true(http_is_over(w->call));
	assert_int_equal(outcome(w), RT_EIO);
}

static void test_long_line(void **state)
{
	struct world *w = *state;
	char *text = test_malloc(3 * LINE_MAX_BYTES);
	memset(text, 'x', 3 * LINE_MAX_BYTES);
	text[LINE_MAX_BYTES / 2] = '\n';
	text[3 * LINE_MAX_BYTES - 1] = '\0';
	send_text(w, OK);
	send_text(w, text);
	text[LINE_MAX_BYTES / 2] = '\0';
	expect_line(w, text);
	while (!http_is_over(w->call)) {
		expect_line(w, NULL);
		http_sleep(w->http, 10);
	}
	assert_int_equal(outcome(w), RT_ELIMIT);
	assert_non_null(strstr(w->err.text, "the line is larger than 32768"));
	test_free(text);
}

/* Lines that nobody reads are left with the peer; none is lost, and they come
 * in order. */
static void test_back_pressure(void **state)
{
	enum { LINES = 400000 };
	struct world *w = *state;
	int sent = 0, got = 0, waited = 0;
	size_t part = 0, len;
	char text[32];
	const char *line;
	send_text(w, OK);
	fcntl(w->peer, F_SETFL, O_NONBLOCK);
	while (got < LINES) {
		snprintf(text, sizeof text, "line number %08d\n", sent);
		ssize_t wrote = sent < LINES ? write(w->peer, text + part,
						     strlen(text + part))
					     : -1;
		if (wrote > 0) {
			part += (size_t)wrote;
			sent += text[part] == '\0';
			part = text[part] ? part : 0;
			continue;
		}
		http_sleep(w->http, 1);
		if (waited++ < 50)
			continue;
		assert_true(sent < LINES || got > 0); /* it had to wait */
		while (http_line(w->call, &line, &len))
			assert_int_equal(atoi(line + 12), got++);
		assert_false(http_is_over(w->call));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_lines),      TEST(test_silence),
		TEST(test_no_headers), TEST(test_broken),
		TEST(test_long_line),  TEST(test_back_pressure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
