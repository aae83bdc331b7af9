/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - one curl multi handle; a call is an easy handle in it.  There is no
 * callback into the callers: they wait, and curl_multi_poll() is the loop.
 *
 * What a stream brings is kept until it is read.  When there is no room for
 * more, curl pauses the transfer, and TCP the peer.
 */
#include "autoscaler/net/http.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/mem.h"

#define LIFE_S 60L   /* of a connection of HTTP/2 */
#define POLL_MS 1000 /* curl's own timers end a poll earlier */
#define NEVER INT64_MAX
#define URL_TEXT 256 /* bytes of a URL in an error; its query is left out */

struct http {
	CURLM *multi;
	bool plain_works; /* a call without TLS was answered */
	int wake;
	int64_t leave_ms; /* when all calls are given up; NEVER: stay */
	struct http_guest guest;
	int64_t guest_ms; /* when it is served, come what may */
	struct tally tally;
};

struct http_call {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	long timeout_ms;
	long silence_ms;  /* 0: not a stream */
	int64_t heard_ms; /* when the peer last sent something */
	bool paused;      /* there is more than fits */
	size_t taken;     /* bytes of lines that were read */
	bool plain;       /* no TLS */
	const char *peer; /* NULL: not counted */
	char name[TALLY_TEXT];
	char end_header[TALLY_TEXT];
	bool done;
	CURLcode result;
	struct rt_buf body;
	struct rt_buf head; /* lines as they came, without their ends */
	struct http_reply reply;
};

struct http *http_open(int wake)
{
	struct http *http = rt_calloc(1, sizeof *http);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		RT_BUG("libcurl does not initialize");
	http->multi = curl_multi_init();
	if (!http->multi)
		rt_oom();
	http->wake = wake;
	http->leave_ms = NEVER;
	return http;
}

void http_invite(struct http *http, const struct http_guest *guest)
{
	http->guest = *guest;
	http->guest_ms = 0;
}

void http_close(struct http **http)
{
	if (!*http)
		return;
	curl_multi_cleanup((*http)->multi);
	curl_global_cleanup();
	rt_free(*http);
	*http = NULL;
}

static size_t take_body(char *bytes, size_t one, size_t len, void *to)
{
	struct http_call *call = to;
	call->heard_ms = http_clock_ms();
	if (rt_buf_add(&call->body, bytes, one * len))
		return one * len;
	call->paused = call->silence_ms;
	return call->paused ? CURL_WRITEFUNC_PAUSE : 0;
}

static size_t take_header(char *bytes, size_t one, size_t len, void *to)
{
	struct http_call *call = to;
	size_t end = one * len;
	call->heard_ms = http_clock_ms();
	while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r'))
		end--;
	bool fits = rt_buf_add(&call->head, bytes, end) &&
		    rt_buf_add(&call->head, "\n", 1);
	return fits ? one * len : 0;
}

static void add_header(struct http_call *call, const char *line)
{
	call->headers = curl_slist_append(call->headers, line);
	if (!call->headers)
		rt_oom();
}

static void set_body(CURL *easy, const struct http_request *request)
{
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	if (!request->body)
		return;
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)request->len);
	curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
}

static void set_version(CURL *easy, enum http_version version)
{
	static const long versions[] = {
		[HTTP_1] = CURL_HTTP_VERSION_1_1,
		[HTTP_2_PLAIN] = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
		[HTTP_2_TLS] = CURL_HTTP_VERSION_2TLS,
	};
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, versions[version]);
	if (version == HTTP_2_PLAIN) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
	/* A call that times out does not end a connection of HTTP/2, which
	 * would be used for ever if the peer has gone without a word. */
	if (version == HTTP_2_TLS)
		curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, LIFE_S);
}

static void set_pem(CURL *easy, CURLoption file, CURLoption text,
		    const char *pem)
{
	if (!pem)
		return;
	if (!strchr(pem, '\n')) {
		curl_easy_setopt(easy, file, pem);
		return;
	}
	struct curl_blob blob = { .data = (void *)pem,
				  .len = strlen(pem),
				  .flags = CURL_BLOB_COPY };
	curl_easy_setopt(easy, text, &blob);
}

static void set_tls(CURL *easy, const struct http_tls *tls)
{
	set_pem(easy, CURLOPT_CAINFO, CURLOPT_CAINFO_BLOB, tls->ca);
	set_pem(easy, CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB, tls->cert);
	set_pem(easy, CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB, tls->key);
}

static void set_limits(CURL *easy, const struct http_request *request)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (!request->silence_ms)
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
}

static void set_count(struct http_call *call,
		      const struct http_request *request)
{
	call->peer = request->peer;
	snprintf(call->name, sizeof call->name, "%s", request->name);
	if (request->end_header)
		snprintf(call->end_header, sizeof call->end_header, "%s",
			 request->end_header);
}

struct http_call *http_start(struct http *http,
			     const struct http_request *request)
{
	struct http_call *call = rt_calloc(1, sizeof *call);
	call->http = http;
	call->plain = !request->tls;
	call->timeout_ms = request->timeout_ms;
	call->silence_ms = request->silence_ms;
	call->heard_ms = http_clock_ms();
	call->body.max = request->max;
	call->head.max = HTTP_HEADERS_MAX;
	if (request->peer)
		set_count(call, request);
	call->easy = curl_easy_init();
	if (!call->easy)
		rt_oom();
	for (size_t i = 0; request->headers && request->headers[i]; i++)
		add_header(call, request->headers[i]);
	CURL *easy = call->easy;
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	set_body(easy, request);
	set_version(easy, request->version);
	set_limits(easy, request);
	if (request->tls)
		set_tls(easy, request->tls);
	curl_multi_add_handle(http->multi, easy);
	return call;
}

/* Marks the calls that curl has finished. */
static void collect(struct http *http)
{
	int left;
	CURLMsg *msg;
	while ((msg = curl_multi_info_read(http->multi, &left))) {
		struct http_call *call = NULL;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
		call->done = true;
		call->result = msg->data.result;
	}
}

/* Moves all calls on as far as they get without waiting. */
static void step(struct http *http)
{
	int running;
	curl_multi_perform(http->multi, &running);
	collect(http);
}

/* A server with TLS ends what does not begin with it. */
static bool may_want_tls(const struct http_call *call)
{
	return call->plain && !call->http->plain_works &&
	       call->result != CURLE_COULDNT_CONNECT &&
	       call->result != CURLE_COULDNT_RESOLVE_HOST;
}

long http_code(const struct http_call *call)
{
	long code = 0;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

/* How long the peer may be silent now. */
static long patience_ms(const struct http_call *call)
{
	return call->silence_ms && http_code(call) ? call->silence_ms
						   : call->timeout_ms;
}

static enum rt_status fail(const struct http_call *call, struct rt_error *err)
{
	const char *full = "";
	char url[URL_TEXT];
	curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &full);
	snprintf(url, sizeof url, "%.*s", (int)strcspn(full, "?"), full);
	const char *why = curl_easy_strerror(call->result);
	if (!call->done)
		return rt_fail(err, RT_EIO, "%s: given up, to leave", url);
	switch (call->result) {
	case CURLE_COULDNT_CONNECT:
		return rt_fail(err, RT_EAWAY, "%s: %s", url, why);
	case CURLE_PARTIAL_FILE:
		return rt_fail(err, RT_EIO, "%s: the reply was cut off", url);
	case CURLE_OPERATION_TIMEDOUT:
		return rt_fail(err, RT_ETIMEOUT, "%s: no answer in %ld ms", url,
			       patience_ms(call));
	case CURLE_WRITE_ERROR:
		return rt_fail(err, RT_ELIMIT,
			       "%s: the %s is larger than %zu bytes", url,
			       call->silence_ms ? "line" : "reply",
			       call->body.max);
	default:
		return rt_fail(err, RT_EIO, "%s: %s%s", url, why,
			       may_want_tls(call) ? "; does it want TLS?" : "");
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void serve_guest(struct http *http)
{
	int64_t pause = http->guest.serve(http->guest.arg);
	http->guest_ms = pause < 0 ? NEVER : http_clock_ms() + pause;
}

/* Waits for something to happen, `ms` at most, and serves the guest.  False
 * when it is time to give up. */
static bool poll_once(struct http *http, int64_t ms)
{
	int64_t now = http_clock_ms(), end = ms < 0 ? now : now + ms;
	struct curl_waitfd fds[2] = { 0 };
	unsigned len = 0;
	if (http->wake >= 0 && http->leave_ms == NEVER)
		fds[len++] = (struct curl_waitfd){ .fd = http->wake,
						   .events = CURL_WAIT_POLLIN };
	if (http->guest.serve) {
		fds[len++] = (struct curl_waitfd){ .fd = http->guest.fd,
						   .events = CURL_WAIT_POLLIN };
		end = earlier(end, http->guest_ms);
	}
	end = earlier(end, http->leave_ms);
	int64_t most = end < now ? 0 : earlier(end - now, INT_MAX);
	curl_multi_poll(http->multi, fds, len, (int)most, NULL);

	now = http_clock_ms();
	for (unsigned i = 0; i < len; i++)
		if (fds[i].revents && fds[i].fd == http->wake)
			http->leave_ms = now + HTTP_GRACE_MS;
		else if (fds[i].revents)
			http->guest_ms = now;
	if (http->guest.serve && http->guest_ms <= now)
		serve_guest(http);
	return now < http->leave_ms;
}

static void give_up(struct http_call *call, CURLcode why)
{
	call->done = true;
	call->result = why;
}

bool http_is_over(struct http_call *call)
{
	if (!call->done && call->silence_ms &&
	    http_clock_ms() - call->heard_ms > patience_ms(call))
		give_up(call, CURLE_OPERATION_TIMEDOUT);
	return call->done;
}

/* Lines are handed out where they lie; only when none is left is their room
 * made free. */
bool http_line(struct http_call *call, const char **line, size_t *len)
{
	struct rt_buf *body = &call->body;
	for (;;) {
		size_t left = body->len - call->taken;
		char *start = left ? body->data + call->taken : NULL;
		char *end = left ? memchr(start, '\n', left) : NULL;
		if (end) {
			*end = '\0';
			*line = start;
			*len = (size_t)(end - start);
			call->taken += *len + 1;
			return true;
		}
		if (call->paused && call->taken == 0)
			give_up(call, CURLE_WRITE_ERROR);
		if (call->taken == 0)
			return false;
		rt_buf_drop(body, call->taken);
		call->taken = 0;
		if (call->paused) {
			call->paused = false;
			curl_easy_pause(call->easy, CURLPAUSE_CONT);
		}
	}
}

enum rt_status http_wait(struct http_call *call,
			 const struct http_reply **reply, struct rt_error *err)
{
	struct http *http = call->http;
	for (step(http); !http_is_over(call) && poll_once(http, POLL_MS);
	     step(http))
		;
	*reply = &call->reply;
	call->reply.code = http_code(call);
	http->plain_works |= call->plain && call->reply.code;
	call->reply.body = call->body.data ? call->body.data : "";
	call->reply.len = call->body.len;
	return call->done && call->result == CURLE_OK ? RT_OK : fail(call, err);
}

const char *http_header(const struct http_call *call, const char *name,
			char *buf, size_t size)
{
	const char *found = NULL;
	size_t name_len = strlen(name), len = 0;
	const char *line = call->head.data;
	for (const char *end; line && (end = strchr(line, '\n'));
	     line = end + 1) {
		if (strncasecmp(line, name, name_len) != 0 ||
		    line[name_len] != ':')
			continue;
		found = line + name_len + 1;
		found += strspn(found, " \t");
		len = found < end ? (size_t)(end - found) : 0;
	}
	if (!found || size == 0)
		return NULL;
	if (len >= size)
		len = size - 1;
	memcpy(buf, found, len);
	buf[len] = '\0';
	return buf;
}

bool http_was_reset(const struct http_call *call)
{
	return call->done && call->result == CURLE_HTTP2_STREAM;
}

static void count(struct http_call *call)
{
	bool whole = call->done && call->result == CURLE_OK;
	char end[8] = "none";
	long code = 0;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &code);
	if (whole && call->end_header[0])
		http_header(call, call->end_header, end, sizeof end);
	else if (code && !call->end_header[0])
		snprintf(end, sizeof end, "%ld", code);
	tally_add(&call->http->tally, call->peer, call->name, end);
}

const struct tally *http_tally(const struct http *http)
{
	return &http->tally;
}

void http_end(struct http_call **slot)
{
	struct http_call *call = *slot;
	if (!call)
		return;
	if (call->peer)
		count(call);
	curl_multi_remove_handle(call->http->multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	rt_buf_free(&call->body);
	rt_buf_free(&call->head);
	rt_free(call);
	*slot = NULL;
}

int64_t http_clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool http_sleep(struct http *http, int64_t ms)
{
	int64_t end = http_clock_ms() + ms, left = ms;
	while (http->leave_ms == NEVER && poll_once(http, left) && left > 0) {
		step(http);
		left = end - http_clock_ms();
	}
	return http->leave_ms == NEVER;
}
