/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc.h - unary gRPC calls to one server over HTTP/2.  Replies are unpacked
 * into an arena: nothing is to be freed, and nothing outlives its reset.
 */
#ifndef AUTOSCALER_GCS_GRPC_H
#define AUTOSCALER_GCS_GRPC_H

#include <protobuf-c/protobuf-c.h>

#include "autoscaler/net/http.h"
#include "core/base/arena.h"

#define GRPC_METHOD_MAX 128 /* bytes of "package.Service/Method" */

/* What the server asks of who calls it; gcs_login.h finds it. */
struct grpc_login {
	bool use_tls;
	struct http_tls tls;
	const char *token;      /* NULL: none, or that of the file */
	const char *token_file; /* read anew for each call; NULL: none */
};

/* A server; plain data, borrowed. */
struct grpc {
	struct http *http;
	const struct grpc_login *login; /* NULL: neither TLS nor a token */
	const char *address;            /* "HOST:PORT" */
	long timeout_ms;                /* of each call */
	size_t max;                     /* bytes of a reply */
};

struct grpc_call;

/* `method` is "package.Service/Method"; `request` is packed at once.  NULL: an
 * empty request. */
struct grpc_call *grpc_start(const struct grpc *, const char *method,
			     const ProtobufCMessage *request);

/* Waits, unpacks the reply as `type`, ends the call.  An error that the server
 * reports is RT_EREMOTE, RT_EUNSUPPORTED when it does not know the method; its
 * text is "METHOD: STATUS NAME: message". */
enum rt_status grpc_finish(struct grpc_call **,
			   const ProtobufCMessageDescriptor *type,
			   struct rt_arena *, ProtobufCMessage **reply,
			   struct rt_error *err);

/* Both in one. */
enum rt_status grpc_call(const struct grpc *, const char *method,
			 const ProtobufCMessage *request,
			 const ProtobufCMessageDescriptor *type,
			 struct rt_arena *, ProtobufCMessage **reply,
			 struct rt_error *err);

/* Unpacks a message into the arena; RT_EREMOTE when it is none of that type, or
 * when it is small on the wire and needs very much memory. */
enum rt_status grpc_unpack(const void *bytes, size_t len,
			   const ProtobufCMessageDescriptor *type,
			   struct rt_arena *, ProtobufCMessage **message,
			   struct rt_error *err);

#endif
