/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_serve.c - clients good and bad, in the same loop as the server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "autoscaler/serve.h"

#define TIMEOUT_MS 500
#define LONG_PAGE 1000000
#define CROWD 30

struct world {
	struct http *http;
	struct serve *serve;
	struct rt_error err;
};

static unsigned write_hello(void *arg, struct rt_buf *to)
{
	rt_buf_addf(to, "hello %s\n", (const char *)arg);
	return 200;
}

static unsigned write_ill(void *arg, struct rt_buf *to)
{
	(void)arg;
	rt_buf_addf(to, "ill\n");
	return 503;
}

static unsigned write_long(void *arg, struct rt_buf *to)
{
	(void)arg;
	for (int i = 0; i < LONG_PAGE / 10; i++)
		rt_buf_add(to, "123456789\n", 10);
	return 200;
}

static const struct serve_page pages[] = {
	{ "/hello", "text/plain", write_hello },
	{ "/ill", "text/plain", write_ill },
	{ "/long", "text/plain", write_long },
	{ 0 },
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->http = http_open(-1);
	assert_int_equal(serve_open(&w->serve, w->http, 0, pages,
				    (void *)"there", &w->err),
			 RT_OK);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	serve_close(&w->serve);
	serve_close(&w->serve);
	http_close(&w->http);
	test_free(w);
	return 0;
}

static enum rt_status ask(struct world *w, const char *method, const char *path,
			  long code, const char *body)
{
	char url[80];
	const struct http_reply *reply;
	snprintf(url, sizeof url, "http://127.0.0.1:%u%s",
		 (unsigned)serve_port(w->serve), path);
	struct http_call *call = http_start(
		w->http, &(struct http_request){ .method = method,
						 .url = url,
						 .timeout_ms = TIMEOUT_MS,
						 .max = 2 * LONG_PAGE });
	enum rt_status status = http_wait(call, &reply, &w->err);
	if (!status) {
		assert_int_equal(reply->code, code);
		if (body)
			assert_string_equal(reply->body, body);
	}
	http_end(&call);
	return status;
}

static void test_pages(void **state)
{
	struct world *w = *state;
	assert_int_equal(ask(w, "GET", "/hello", 200, "hello there\n"), RT_OK);
	assert_int_equal(ask(w, "GET", "/hello?x=1", 200, NULL), RT_OK);
	assert_int_equal(ask(w, "GET", "/ill", 503, "ill\n"), RT_OK);
	assert_int_equal(ask(w, "GET", "/", 404, "Not Found"), RT_OK);
	assert_int_equal(ask(w, "GET", "/hello/", 404, NULL), RT_OK);
	assert_int_equal(ask(w, "POST", "/hello", 405, "Method Not Allowed"),
			 RT_OK);
	assert_int_equal(ask(w, "DELETE", "/hello", 405, NULL), RT_OK);
	assert_int_equal(ask(w, "GET", "/long", 200, NULL), RT_OK);
}

static void test_a_port_that_is_taken(void **state)
{
	struct world *w = *state;
	struct serve *second = NULL;
	uint16_t port = serve_port(w->serve);
	assert_int_equal(
		serve_open(&second, w->http, port, pages, NULL, &w->err),
		RT_EIO);
	assert_null(second);
	assert_non_null(strstr(w->err.text, ": Address already in use"));
	assert_int_equal(ask(w, "GET", "/ill", 503, NULL), RT_OK);
	serve_close(&w->serve);
	assert_int_equal(serve_open(&w->serve, w->http, port, pages,
				    (void *)"me", &w->err),
			 RT_OK);
	assert_int_equal(ask(w, "GET", "/hello", 200, "hello me\n"), RT_OK);
}

/* A client by hand, which has sent `text`. */
static int client(const struct world *w, const char *text)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(serve_port(w->serve)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int small = 4096; /* so that what is not read does not fit */
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

/* True when the server has ended the connection; what it sent is left. */
static bool has_ended(int fd)
{
	char bytes[65536];
	ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	while (got > 0)
		got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	return got == 0 || errno == ECONNRESET;
}

static void test_bad_clients(void **state)
{
	static char large[SERVE_REQUEST_MAX + 200] =
		"GET /hello HTTP/1.1\r\nX:";
	static const char *const texts[] = {
		"\x16\x03\x01\x02\r\n\r\n",
		"nonsense\r\n\r\n",
		"GET\r\n\r\n",
		"GET /hello HTTP/9.9\r\n\r\n",
		large,
	};
	struct world *w = *state;
	memset(large + strlen(large), 'x', sizeof large - strlen(large) - 1);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		int fd = client(w, texts[i]);
		for (int n = 0; n < 20 && !has_ended(fd); n++)
			http_sleep(w->http, 10);
		assert_true(has_ended(fd));
		close(fd);
		assert_int_equal(ask(w, "GET", "/ill", 503, NULL), RT_OK);
	}
}

/* Whatever they do or do not do, all have to go in time, and others come to be
 * served. */
static void test_slow_clients(void **state)
{
	static const char *const texts[] = {
		"",                                      /* says nothing */
		"GET /hello HTTP/1.1\r\n",               /* does not end */
		"GET /long HTTP/1.1\r\nHost: x\r\n\r\n", /* does not read */
	};
	struct world *w = *state;
	int fds[CROWD];
	for (size_t i = 0; i < CROWD; i++)
		fds[i] = client(w, texts[i % 3]);
	int64_t began = http_clock_ms();
	assert_int_equal(ask(w, "GET", "/ill", 503, NULL), RT_ETIMEOUT);
	assert_in_range(http_clock_ms() - began, 0, SERVE_CLIENT_MS - 1);
	/* One that keeps sending does not stay for it. */
	for (size_t i = 0; i < SERVE_CLIENTS;) {
		send(fds[1], "X", 1, MSG_NOSIGNAL);
		if (has_ended(fds[i]))
			i++;
		else
			http_sleep(w->http, 100);
		assert_in_range(http_clock_ms() - began, 0,
				3 * SERVE_CLIENT_MS);
	}
	for (size_t i = 0; i < CROWD; i++)
		close(fds[i]);
	while (ask(w, "GET", "/ill", 503, NULL))
		assert_in_range(http_clock_ms() - began, 0,
				5 * SERVE_CLIENT_MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_pages),
		TEST(test_a_port_that_is_taken),
		TEST(test_bad_clients),
		TEST(test_slow_clients),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
