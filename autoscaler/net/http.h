/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - HTTP calls, several at once, on one thread.  A call is started,
 * waited for and ended; every call has a deadline and a largest reply, so a
 * round made of calls ends whatever its peers do.  Proxies of the environment
 * are ignored: the peers are in the pod or in the cluster.
 *
 *	struct http_call *a = http_start(http, &this);
 *	struct http_call *b = http_start(http, &that);
 *	status = http_wait(a, &reply, err);	both make progress
 *	...
 *	http_end(&a);
 *
 * A stream is a call whose body is read line by line, as it comes in while
 * others are waited for:
 *
 *	while (http_line(stream, &line, &len))
 *		...
 *	if (http_is_over(stream))
 *		status = http_wait(stream, &reply, err);	why
 */
#ifndef AUTOSCALER_NET_HTTP_H
#define AUTOSCALER_NET_HTTP_H

#include "autoscaler/net/tally.h"
#include <raytide/types.h>

#define HTTP_HEADERS_MAX 65536 /* bytes of headers and trailers of a reply */
#define HTTP_GRACE_MS 1500     /* for the calls of the last round */

struct http;
struct http_call;

/* Each a file in PEM, or the PEM itself (a text of several lines); NULL: the
 * system's authorities, no client certificate. */
struct http_tls {
	const char *ca;
	const char *cert;
	const char *key;
};

enum http_version {
	HTTP_1, /* kept connections; a call that times out ends its own */
	/* HTTP/2 without TLS or upgrade, a connection per call: libcurl before
	 * 8.0 fails on the second request of such a connection. */
	HTTP_2_PLAIN,
	HTTP_2_TLS, /* kept connections, none for longer than a minute */
};

struct http_request {
	const char *method;
	const char *url;
	enum http_version version;
	const char *const *headers; /* "Name: value"; NULL-terminated */
	const void *body;           /* NULL: none */
	size_t len;
	const struct http_tls *tls;
	long timeout_ms; /* of all; of a stream, until its headers are there */
	long silence_ms; /* of a stream, the longest after that; 0: no stream */
	size_t max;      /* bytes of the reply's body, or of a stream's line,
			  * which takes 32768 or more */
	/* Counted as a call of this peer (which must stay; NULL: it is not) and
	 * name, with its status or, where that says more, this header's value.
	 */
	const char *peer;
	const char *name;
	const char *end_header;
};

/* Valid until http_end(). */
struct http_reply {
	long code;        /* the status; 0: no headers came */
	const char *body; /* NUL-terminated */
	size_t len;
};

/* `wake` is a descriptor that becomes readable when it is time to leave: from
 * then on nobody sleeps, and HTTP_GRACE_MS later nobody waits.  -1: there is
 * none. */
struct http *http_open(int wake);
void http_close(struct http **); /* after all its calls have ended */

/* Somebody else who is served while calls are waited for. */
struct http_guest {
	int fd; /* readable: it is to be served */
	/* Must not wait.  Returns after how many ms it is to be served again
	 * even if `fd` is silent; -1: not then. */
	int64_t (*serve)(void *arg);
	void *arg;
};

/* There is one guest at most; a zeroed one: nobody. */
void http_invite(struct http *, const struct http_guest *);

/* Everything is copied. */
struct http_call *http_start(struct http *, const struct http_request *);

/* Runs all calls until this one is done.  RT_OK when a whole reply came,
 * whatever its status code; RT_EIO also when it is given up,
 * to leave. */
enum rt_status http_wait(struct http_call *, const struct http_reply **,
			 struct rt_error *err);

/* The status of the reply; 0: no headers yet. */
long http_code(const struct http_call *);

/* The next line of a stream, without its end, until the next call; false when
 * there is none yet.  While lines are left unread, the peer has to wait. */
bool http_line(struct http_call *, const char **line, size_t *len);

/* No more is to come: http_wait() returns at once. */
bool http_is_over(struct http_call *);

/* A header or trailer of the reply (the last one of that name, in any case), in
 * `buf`; NULL when there is none. */
const char *http_header(const struct http_call *, const char *name, char *buf,
			size_t size);

/* The peer reset the stream: an HTTP/2 server that will not read the body. */
bool http_was_reset(const struct http_call *);

/* Ends a call in any state. */
void http_end(struct http_call **);

/* The calls that have ended. */
const struct tally *http_tally(const struct http *);

/* A clock that only goes forward. */
int64_t http_clock_ms(void);

/* Sleeps, while streams go on; false, and at once, when it is time to leave. */
bool http_sleep(struct http *, int64_t ms);

#endif
