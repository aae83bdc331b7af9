/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.h - pages for those who watch the sidecar, by HTTP and GET.  The server
 * is the guest of the loop in net/http.h: it answers while calls are waited for
 * and never waits itself.  A client gets SERVE_CLIENT_MS for all of its
 * connection, and no more than SERVE_CLIENTS are served at a time, so none of
 * them slows a round or ends it.
 */
#ifndef AUTOSCALER_SERVE_H
#define AUTOSCALER_SERVE_H

#include "autoscaler/net/http.h"
#include "core/base/buf.h"

#define SERVE_CLIENTS 8
#define SERVE_CLIENT_MS 5000
#define SERVE_REQUEST_MAX 8192    /* bytes of headers, there and back */
#define SERVE_PAGE_MAX (2u << 20) /* bytes of an answer */

struct serve;

struct serve_page {
	const char *path; /* "/metrics" */
	const char *type; /* of its content */
	/* Adds the page to the buffer; returns the status: 200, or why not. */
	unsigned (*write)(void *arg, struct rt_buf *);
};

/* Listens on all addresses; port 0: on any that is free.  `pages` ends with a
 * NULL path and is borrowed, as is `arg`. */
enum rt_status serve_open(struct serve **, struct http *, uint16_t port,
			  const struct serve_page *pages, void *arg,
			  struct rt_error *err);
void serve_close(struct serve **);

uint16_t serve_port(const struct serve *);

#endif
