/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc.h - unary gRPC calls to one server, plain text over HTTP/2.  Replies are
 * unpacked into an arena: nothing is to be freed, and nothing outlives its
 * reset.
 */
#ifndef AUTOSCALER_GCS_GRPC_H
#define AUTOSCALER_GCS_GRPC_H

#include <protobuf-c/protobuf-c.h>

#include "autoscaler/net/http.h"
#include "core/base/arena.h"

#define GRPC_METHOD_MAX 128 /* bytes of "package.Service/Method" */

/* A server; plain data, nothing is held open between calls. */
struct grpc {
	struct http *http;
	const char *address; /* "HOST:PORT" */
	long timeout_ms;     /* of each call */
	size_t max;          /* bytes of a reply */
};

struct grpc_call;

/* `method` is "package.Service/Method"; `request` is packed at once.  NULL: an
 * empty request. */
struct grpc_call *grpc_start(const struct grpc *, const char *method,
			     const ProtobufCMessage *request);

/* Waits, unpacks the reply as `type`, ends the call.  An error that the server
 * reports is RT_EREMOTE, its text "METHOD: STATUS NAME: message". */
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
