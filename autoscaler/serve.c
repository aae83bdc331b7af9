/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.c - libmicrohttpd without a thread: its epoll descriptor is what the
 * loop waits for, and MHD_run() does what is to be done.  Its own time-out is
 * for silence, which a client can break with a byte now and then; so a
 * connection's age is looked at here.
 */
#include "autoscaler/serve.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/mem.h"

#define BACKLOG 64 /* who waits to be served */

struct client {
	struct MHD_Connection *connection; /* NULL: a free place */
	int64_t end_ms;
	bool ended;
};

struct serve {
	struct http *http;
	struct MHD_Daemon *daemon;
	const struct serve_page *pages;
	void *arg;
	int fd;
	struct client clients[SERVE_CLIENTS];
};

/* ---- answers ------------------------------------------------------- */

static enum MHD_Result send_text(struct MHD_Connection *to, unsigned status,
				 const char *type, const char *text, size_t len)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		len, (void *)text, MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Connection", "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET");
	enum MHD_Result sent = MHD_queue_response(to, status, response);
	MHD_destroy_response(response);
	return sent;
}

static enum MHD_Result send_error(struct MHD_Connection *to, unsigned status)
{
	const char *text = MHD_get_reason_phrase_for(status);
	return send_text(to, status, "text/plain", text, strlen(text));
}

static enum MHD_Result send_page(struct MHD_Connection *to,
				 const struct serve_page *page, void *arg)
{
	struct rt_buf text = RT_BUF(SERVE_PAGE_MAX);
	unsigned status = page->write(arg, &text);
	enum MHD_Result sent = send_text(to, status, page->type,
					 text.data ? text.data : "", text.len);
	rt_buf_free(&text);
	return sent;
}

/* Called once a request's headers are there.  The connection ends with the
 * answer, so nobody waits for a body. */
static enum MHD_Result answer(void *arg, struct MHD_Connection *to,
			      const char *path, const char *method,
			      const char *version, const char *body,
			      size_t *body_len, void **state)
{
	struct serve *s = arg;
	(void)version;
	(void)body;
	(void)body_len;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return send_error(to, MHD_HTTP_METHOD_NOT_ALLOWED);
	for (const struct serve_page *page = s->pages; page->path; page++)
		if (strcmp(path, page->path) == 0)
			return send_page(to, page, s->arg);
	return send_error(to, MHD_HTTP_NOT_FOUND);
}

/* ---- connections --------------------------------------------------- */

static void note_client(void *arg, struct MHD_Connection *connection,
			void **place, enum MHD_ConnectionNotificationCode what)
{
	struct serve *s = arg;
	struct client *client = s->clients;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		*(struct client *)*place = (struct client){ 0 };
		return;
	}
	while (client->connection)
		client++;
	*client = (struct client){
		.connection = connection,
		.end_ms = http_clock_ms() + SERVE_CLIENT_MS,
	};
	*place = client;
}

/* Ends connections that are too old; returns how long the next has, -1: there
 * is none. */
static int64_t end_clients(struct serve *s)
{
	int64_t now = http_clock_ms(), least = -1;
	for (size_t i = 0; i < SERVE_CLIENTS; i++) {
		struct client *client = &s->clients[i];
		if (!client->connection || client->ended)
			continue;
		int64_t left = client->end_ms - now;
		client->ended = left <= 0;
		if (client->ended)
			shutdown(MHD_get_connection_info(
					 client->connection,
					 MHD_CONNECTION_INFO_CONNECTION_FD)
					 ->connect_fd,
				 SHUT_RDWR);
		else if (least < 0 || left < least)
			least = left;
	}
	return least;
}

static bool is_full(const struct serve *s)
{
	size_t i = 0;
	while (i < SERVE_CLIENTS && s->clients[i].connection)
		i++;
	return i == SERVE_CLIENTS;
}

/* When all places are taken MHD listens no more, and begins to again when it is
 * run with a place free. */
static int64_t run(void *arg)
{
	struct serve *s = arg;
	MHD_UNSIGNED_LONG_LONG pause;
	bool was_full = is_full(s);
	end_clients(s);
	MHD_run(s->daemon);
	int64_t left = end_clients(s);
	if (was_full && !is_full(s))
		return 0;
	if (MHD_get_timeout(s->daemon, &pause) == MHD_YES && pause == 0)
		return 0; /* it has more to do */
	return left;
}

/* ---- the server ---------------------------------------------------- */

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static int listen_at(const union address *at, socklen_t len)
{
	const int on = 1, off = 0;
	int fd = socket(at->any.sa_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (at->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, &at->any, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Of both families, where there are two. */
static int open_socket(uint16_t port)
{
	const union address six = { .six = { .sin6_family = AF_INET6,
					     .sin6_port = htons(port) } };
	const union address four = { .four = { .sin_family = AF_INET,
					       .sin_port = htons(port) } };
	int fd = listen_at(&six, sizeof six.six);
	if (fd < 0 && errno != EADDRINUSE)
		fd = listen_at(&four, sizeof four.four);
	return fd;
}

enum rt_status serve_open(struct serve **slot, struct http *http, uint16_t port,
			  const struct serve_page *pages, void *arg,
			  struct rt_error *err)
{
	struct serve *s = rt_calloc(1, sizeof *s);
	*s = (struct serve){ .http = http, .pages = pages, .arg = arg };
	int fd = open_socket(port);
	if (fd >= 0)
		s->daemon = MHD_start_daemon(
			MHD_USE_EPOLL, 0, NULL, NULL, answer, s,
			MHD_OPTION_LISTEN_SOCKET, fd,
			MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVE_CLIENTS,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT,
			(size_t)SERVE_REQUEST_MAX, MHD_OPTION_NOTIFY_CONNECTION,
			note_client, s, MHD_OPTION_END);
	if (!s->daemon) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		rt_free(s);
		return rt_fail(err, RT_EIO, "port %u: %s", port, strerror(why));
	}
	http_invite(http,
		    &(struct http_guest){
			    .fd = MHD_get_daemon_info(s->daemon,
						      MHD_DAEMON_INFO_EPOLL_FD)
					  ->epoll_fd,
			    .serve = run,
			    .arg = s,
		    });
	s->fd = fd;
	*slot = s;
	return RT_OK;
}

void serve_close(struct serve **slot)
{
	struct serve *s = *slot;
	if (!s)
		return;
	http_invite(s->http, &(struct http_guest){ 0 });
	MHD_stop_daemon(s->daemon);
	rt_free(s);
	*slot = NULL;
}

uint16_t serve_port(const struct serve *s)
{
	union address at = { 0 };
	socklen_t len = sizeof at;
	getsockname(s->fd, &at.any, &len);
	return ntohs(at.any.sa_family == AF_INET6 ? at.six.sin6_port
						  : at.four.sin_port);
}
