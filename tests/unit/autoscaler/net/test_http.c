/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http.c - calls to a child process that accepts one connection and sends
 * what the test says.
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
#include <sys/wait.h>
#include <unistd.h>

#include "autoscaler/net/http.h"

#define BODY_MAX 1000
#define TIMEOUT_MS 300

struct world {
	int wake[2]; /* a pipe */
	struct http *http;
	struct rt_error err;
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	assert_int_equal(pipe(w->wake), 0);
	w->http = http_open(w->wake[0]);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	http_close(&w->http);
	close(w->wake[0]);
	close(w->wake[1]);
	test_free(w);
	while (wait(NULL) > 0)
		continue;
	return 0;
}

/* A port of loopback and a child that answers one request there.  NULL: it
 * never does. */
static unsigned serve(const char *reply)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof at;
	char request[4096];
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len),
			 0);
	if (fork() == 0) {
		int connection = accept(listener, NULL, NULL);
		ssize_t got = read(connection, request, sizeof request);
		if (reply && got > 0) {
			got = write(connection, reply, strlen(reply));
			shutdown(connection, SHUT_WR);
		}
		while (got > 0)
			got = read(connection, request, sizeof request);
		_exit(0);
	}
	close(listener);
	return ntohs(at.sin_port);
}

static struct http_call *start_for(struct world *w, unsigned port,
				   long timeout_ms)
{
	char url[64];
	snprintf(url, sizeof url, "http://127.0.0.1:%u/x", port);
	return http_start(w->http,
			  &(struct http_request){ .method = "GET",
						  .url = url,
						  .timeout_ms = timeout_ms,
						  .max = BODY_MAX });
}

static struct http_call *start(struct world *w, unsigned port)
{
	return start_for(w, port, TIMEOUT_MS);
}

static enum rt_status get(struct world *w, const char *reply)
{
	const struct http_reply *got;
	struct http_call *call = start(w, serve(reply));
	enum rt_status status = http_wait(call, &got, &w->err);
	http_end(&call);
	assert_null(call);
	return status;
}

static void test_reply(void **state)
{
	struct world *w = *state;
	const struct http_reply *reply;
	char value[8];
	struct http_call *call =
		start(w, serve("HTTP/1.1 404 Not Found\r\n"
			       "Content-Length: 5\r\n"
			       "X-Twice: one\r\nx-twice:  second one\r\n\r\n"
			       "hello"));
	assert_int_equal(http_wait(call, &reply, &w->err), RT_OK);
	assert_int_equal(reply->code, 404);
	assert_int_equal(reply->len, 5);
	assert_string_equal(reply->body, "hello");
	assert_string_equal(
		http_header(call, "content-length", value, sizeof value), "5");
	assert_string_equal(http_header(call, "X-TWICE", value, sizeof value),
			    "second "); /* the last one, cut */
	assert_null(http_header(call, "x", value, sizeof value));
	assert_false(http_was_reset(call));
	http_end(&call);
}

static void test_bodies(void **state)
{
	static char large[BODY_MAX + 200];
	struct world *w = *state;
	assert_int_equal(get(w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
			 RT_OK);
	assert_int_equal(
		get(w, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"),
		RT_EIO);
	assert_int_equal(get(w, "no HTTP\r\n\r\n"), RT_EIO);
	memset(large, 'x', sizeof large - 1);
	memcpy(large, "HTTP/1.0 200 OK\r\n\r\n", 19);
	assert_int_equal(get(w, large), RT_ELIMIT);
	assert_non_null(strstr(w->err.text, "larger than 1000 bytes"));
	large[19 + BODY_MAX] = '\0';
	assert_int_equal(get(w, large), RT_OK);
}

static void test_no_answer(void **state)
{
	struct world *w = *state;
	const struct http_reply *reply;
	assert_int_equal(get(w, NULL), RT_ETIMEOUT);
	assert_non_null(strstr(w->err.text, "no answer in 300 ms"));
	struct http_call *call = start(w, 1);
	assert_int_equal(http_wait(call, &reply, &w->err), RT_EAWAY);
	assert_int_equal(reply->code, 0);
	http_end(&call);
}

/* Waiting for one moves the others; a call may be ended unfinished. */
static void test_at_the_same_time(void **state)
{
	struct world *w = *state;
	const struct http_reply *reply;
	struct http_call *late = start(w, serve(NULL));
	struct http_call *left = start(w, serve(NULL));
	struct http_call *good = start(
		w, serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
	assert_int_equal(http_wait(late, &reply, &w->err), RT_ETIMEOUT);
	http_end(&left);
	assert_int_equal(http_wait(good, &reply, &w->err), RT_OK);
	assert_string_equal(reply->body, "ok");
	http_end(&late);
	http_end(&good);
	http_end(&good);
}

static void test_sleep(void **state)
{
	struct world *w = *state;
	assert_true(http_sleep(w->http, 10));
	assert_true(http_sleep(w->http, -5));
	assert_int_equal(write(w->wake[1], "x", 1), 1);
	assert_false(http_sleep(w->http, 60000));
	assert_false(http_sleep(w->http, 0));
}

/* The round in hand goes on for a while: what is answered in time is not lost,
 * and what is not is given up. */
static void test_leaving(void **state)
{
	struct world *w = *state;
	const struct http_reply *reply;
	int64_t began = http_clock_ms();
	assert_int_equal(write(w->wake[1], "x", 1), 1);
	assert_false(http_sleep(w->http, 60000));
	assert_int_equal(get(w, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
			 RT_OK);
	assert_false(http_sleep(w->http, 60000));
	assert_in_range(http_clock_ms() - began, 0, HTTP_GRACE_MS - 400);
	for (int i = 0; i < 2; i++) {
		struct http_call *late = start_for(w, serve(NULL), 60000);
		assert_int_equal(http_wait(late, &reply, &w->err), RT_EIO);
		assert_non_null(strstr(w->err.text, "given up, to leave"));
		http_end(&late);
	}
	assert_in_range(http_clock_ms() - began, HTTP_GRACE_MS,
			HTTP_GRACE_MS + 400);
}

struct guest {
	int fd;
	int served;
	int64_t pause;
};

static int64_t serve_guest(void *arg)
{
	struct guest *guest = arg;
	char byte;
	guest->served++;
	if (guest->fd >= 0)
		assert_int_equal(read(guest->fd, &byte, 1), 1);
	return guest->pause;
}

static void invite(struct world *w, struct guest *guest, int fd)
{
	http_invite(w->http, &(struct http_guest){ fd, serve_guest, guest });
}

static void test_guest(void **state)
{
	struct world *w = *state;
	int pipes[2];
	struct guest guest = { .fd = -1, .pause = -1 };
	assert_int_equal(pipe(pipes), 0);
	invite(w, &guest, pipes[0]);
	assert_true(http_sleep(w->http, 20));
	assert_int_equal(guest.served, 1); /* asked once what it wants */
	guest.fd = pipes[0];
	assert_int_equal(write(pipes[1], "abc", 3), 3);
	assert_int_equal(get(w, NULL), RT_ETIMEOUT);
	assert_int_equal(guest.served, 4); /* while a call was waited for */

	guest = (struct guest){ .fd = -1, .pause = 20 };
	invite(w, &guest, pipes[0]);
	assert_true(http_sleep(w->http, 110));
	assert_in_range(guest.served, 2, 6);
	int before = guest.served;
	http_invite(w->http, &(struct http_guest){ 0 });
	assert_true(http_sleep(w->http, 50));
	assert_int_equal(guest.served, before);
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_reply),     TEST(test_bodies),
		TEST(test_no_answer), TEST(test_at_the_same_time),
		TEST(test_sleep),     TEST(test_leaving),
		TEST(test_guest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
