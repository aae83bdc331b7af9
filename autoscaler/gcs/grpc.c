/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc.c - a call is one POST of a framed message (1 byte of flags, 4 of
 * length, big-endian); its outcome stands in the trailers grpc-status and
 * grpc-message.
 *
 * A server that does not know the method resets the stream before it has read
 * the body, and libcurl may see the reset before the answer: such a call is
 * repeated, and when nothing but resets comes back the method is unknown.
 */
#include "autoscaler/gcs/grpc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autoscaler/gcs/gcs_guard.h"
#include "autoscaler/gcs/grpc_status.h"
#include "autoscaler/net/bearer.h"
#include "core/base/error.h"
#include "core/base/mem.h"

#define FRAME 5 /* bytes before a message */
#define TRIES 5 /* of a call whose stream was reset */
#define STATUS_TEXT 32
/* Bytes of memory that `len` bytes of messages may take.  Labels of one letter
 * take 11 times their bytes, and most else less. */
#define UNPACKED_MAX(len) (32 * (len) + 65536)

struct grpc_call {
	struct grpc to;
	char method[GRPC_METHOD_MAX];
	unsigned char *frame; /* the request, as sent */
	size_t len;
	struct http_call *http; /* NULL: it could not be started */
	struct rt_error err;    /* why */
};

/* "" in `line` when no token is to be sent. */
static enum rt_status find_token(const struct grpc_login *login,
				 char line[BEARER_MAX], struct rt_error *err)
{
	line[0] = '\0';
	if (login && login->token && bearer_of(login->token, line, err))
		return rt_wrap(err, "RAY_AUTH_TOKEN");
	if (login && login->token_file)
		return bearer_read(login->token_file, line, err);
	return RT_OK;
}

static void send_frame(struct grpc_call *call)
{
	const struct grpc_login *login = call->to.login;
	bool use_tls = login && login->use_tls;
	char url[GRPC_METHOD_MAX + 300], timeout[40], token[BEARER_MAX];
	if (find_token(login, token, &call->err))
		return;
	snprintf(url, sizeof url, "%s://%s/%s", use_tls ? "https" : "http",
		 call->to.address, call->method);
	snprintf(timeout, sizeof timeout, "grpc-timeout: %ldm",
		 call->to.timeout_ms);
	const char *const headers[] = { "content-type: application/grpc",
					"te: trailers",
					timeout,
					"Expect:",
					"Accept:",
					token[0] ? token : NULL,
					NULL };
	call->http = http_start(
		call->to.http,
		&(struct http_request){ .method = "POST",
					.url = url,
					.version = use_tls ? HTTP_2_TLS
							   : HTTP_2_PLAIN,
					.headers = headers,
					.body = call->frame,
					.len = call->len,
					.tls = use_tls ? &login->tls : NULL,
					.timeout_ms = call->to.timeout_ms,
					.max = call->to.max,
					.peer = "gcs",
					.name = strrchr(call->method, '/') + 1,
					.end_header = "grpc-status" });
}

struct grpc_call *grpc_start(const struct grpc *to, const char *method,
			     const ProtobufCMessage *request)
{
	struct grpc_call *call = rt_calloc(1, sizeof *call);
	call->to = *to;
	snprintf(call->method, sizeof call->method, "%s", method);
	if (request && gcs_guard(request, &call->err))
		return call;
	size_t len = request ? protobuf_c_message_get_packed_size(request) : 0;
	call->len = FRAME + len;
	call->frame = rt_calloc(1, call->len);
	for (int i = 0; i < 4; i++)
		call->frame[1 + i] = (unsigned char)(len >> (24 - 8 * i));
	if (request)
		protobuf_c_message_pack(request, call->frame + FRAME);
	send_frame(call);
	return call;
}

static void end(struct grpc_call **slot)
{
	struct grpc_call *call = *slot;
	http_end(&call->http);
	rt_free(call->frame);
	rt_free(call);
	*slot = NULL;
}

/* grpc-message is percent-encoded; what is not a code stays as it is. */
static void percent_decode(char *text)
{
	char *to = text;
	for (const char *c = text; *c; c++) {
		unsigned code = (unsigned char)*c;
		if (code == '%' && isxdigit((unsigned char)c[1]) &&
		    isxdigit((unsigned char)c[2])) {
			sscanf(c + 1, "%2x", &code);
			c += 2;
		}
		*to++ = (char)code;
	}
	*to = '\0';
}

/* The outcome that the server gave. */
static enum rt_status check_status(const struct grpc_call *call, long http_code,
				   struct rt_error *err)
{
	char status[STATUS_TEXT], message[RT_ERROR_TEXT];
	if (http_code != 200)
		return rt_fail(err, RT_EREMOTE,
			       "%s: HTTP status %ld; is %s the GCS?",
			       call->method, http_code, call->to.address);
	if (!http_header(call->http, "grpc-status", status, sizeof status))
		return rt_fail(err, RT_EREMOTE,
			       "%s: the answer ends without a grpc-status",
			       call->method);
	char *rest;
	long code = strtol(status, &rest, 10);
	if (rest == status || *rest)
		code = -1;
	if (code == 0)
		return RT_OK;
	if (!http_header(call->http, "grpc-message", message, sizeof message))
		message[0] = '\0';
	percent_decode(message);
	return grpc_status_fail(call->method, code, message, err);
}

static enum rt_status wait(struct grpc_call *call,
			   const struct http_reply **reply,
			   struct rt_error *err)
{
	enum rt_status status;
	for (int tries = 1;; tries++) {
		if (!call->http) {
			*err = call->err;
			return err->status;
		}
		status = http_wait(call->http, reply, err);
		if (!http_was_reset(call->http) || (*reply)->code != 0)
			break;
		if (tries == TRIES)
			return grpc_status_fail(call->method,
						GRPC_UNIMPLEMENTED, "", err);
		http_end(&call->http);
		send_frame(call);
	}
	if (status)
		return status;
	return check_status(call, (*reply)->code, err);
}

/* protobuf-c's allocations, from an arena and counted. */
struct budget {
	struct rt_arena *arena;
	size_t left;
};

static void *budget_alloc(void *data, size_t size)
{
	struct budget *budget = data;
	if (size > budget->left)
		return NULL;
	budget->left -= size;
	return rt_arena_alloc(budget->arena, size);
}

static void budget_free(void *data, void *memory)
{
	(void)data;
	(void)memory;
}

enum rt_status grpc_unpack(const void *bytes, size_t len,
			   const ProtobufCMessageDescriptor *type,
			   struct rt_arena *arena, ProtobufCMessage **message,
			   struct rt_error *err)
{
	struct budget budget = { arena, UNPACKED_MAX(len) };
	ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };
	*message = protobuf_c_message_unpack(type, &allocator, len, bytes);
	if (*message)
		return RT_OK;
	return rt_fail(err, RT_EREMOTE,
		       "%zu bytes that are no %s; is the peer a GCS of Ray "
		       "2.9 or later?",
		       len, type->short_name);
}

static enum rt_status unframe(const struct grpc_call *call,
			      const struct http_reply *reply, size_t *len,
			      struct rt_error *err)
{
	const unsigned char *frame = (const unsigned char *)reply->body;
	*len = 0;
	if (reply->len < FRAME)
		return rt_fail(err, RT_EREMOTE, "%s: the answer has no message",
			       call->method);
	if (frame[0] != 0)
		return rt_fail(err, RT_EREMOTE,
			       "%s: the answer is compressed, unasked",
			       call->method);
	for (int i = 1; i < FRAME; i++)
		*len = *len << 8 | frame[i];
	if (*len != reply->len - FRAME)
		return rt_fail(err, RT_EREMOTE,
			       "%s: the message has %zu of %zu bytes",
			       call->method, reply->len - FRAME, *len);
	return RT_OK;
}

enum rt_status grpc_finish(struct grpc_call **slot,
			   const ProtobufCMessageDescriptor *type,
			   struct rt_arena *arena, ProtobufCMessage **message,
			   struct rt_error *err)
{
	struct grpc_call *call = *slot;
	const struct http_reply *reply;
	size_t len;
	enum rt_status status = wait(call, &reply, err);
	if (!status)
		status = unframe(call, reply, &len, err);
	if (!status) {
		status = grpc_unpack(reply->body + FRAME, len, type, arena,
				     message, err);
		if (status)
			rt_wrap(err, "%s", call->method);
	}
	end(slot);
	return status;
}

enum rt_status grpc_call(const struct grpc *to, const char *method,
			 const ProtobufCMessage *request,
			 const ProtobufCMessageDescriptor *type,
			 struct rt_arena *arena, ProtobufCMessage **reply,
			 struct rt_error *err)
{
	struct grpc_call *call = grpc_start(to, method, request);
	return grpc_finish(&call, type, arena, reply, err);
}
