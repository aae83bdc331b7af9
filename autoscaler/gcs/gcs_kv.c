/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_kv.c - three calls.  A reply that came may still say that nothing was
 * done: its own status is looked at.
 */
#include "autoscaler/gcs/gcs_kv.h"

#include <string.h>

#include "core/base/error.h"
#include "gcs_kv.pb-c.h"

#define SERVICE "ray.rpc.InternalKVGcsService/"
#define NO_SUCH_KEY 17

static ProtobufCBinaryData bytes(const char *text)
{
	return (ProtobufCBinaryData){ strlen(text), (uint8_t *)text };
}

static enum rt_status check(const Gcs__Outcome *outcome, struct gcs_key key,
			    const char *what, struct rt_error *err)
{
	if (!outcome || outcome->code == 0)
		return RT_OK;
	return rt_fail(err, RT_EREMOTE, "%s %s: %d %s", what, key.key,
		       (int)outcome->code, outcome->message);
}

enum rt_status gcs_kv_put(const struct grpc *to, struct rt_arena *arena,
			  struct gcs_key key, const char *value,
			  struct rt_error *err)
{
	Gcs__KeyValuePutRequest request = GCS__KEY_VALUE_PUT_REQUEST__INIT;
	ProtobufCMessage *reply;
	request.namespace_ = bytes(key.name_space);
	request.key = bytes(key.key);
	request.value = bytes(value);
	request.overwrite = true;
	enum rt_status status = grpc_call(
		to, SERVICE "InternalKVPut", &request.base,
		&gcs__key_value_put_reply__descriptor, arena, &reply, err);
	if (status)
		return status;
	return check(((Gcs__KeyValuePutReply *)reply)->status, key,
		     "InternalKVPut", err);
}

enum rt_status gcs_kv_get(const struct grpc *to, struct rt_arena *arena,
			  struct gcs_key key, const char **value,
			  struct rt_error *err)
{
	Gcs__KeyValueGetRequest request = GCS__KEY_VALUE_GET_REQUEST__INIT;
	ProtobufCMessage *message;
	request.namespace_ = bytes(key.name_space);
	request.key = bytes(key.key);
	enum rt_status status = grpc_call(
		to, SERVICE "InternalKVGet", &request.base,
		&gcs__key_value_get_reply__descriptor, arena, &message, err);
	if (status)
		return status;
	const Gcs__KeyValueGetReply *reply = (Gcs__KeyValueGetReply *)message;
	*value = NULL;
	if (reply->status && reply->status->code == NO_SUCH_KEY)
		return RT_OK;
	*value = rt_arena_strndup(arena, (const char *)reply->value.data,
				  reply->value.len);
	return check(reply->status, key, "InternalKVGet", err);
}

enum rt_status gcs_kv_del(const struct grpc *to, struct rt_arena *arena,
			  struct gcs_key key, struct rt_error *err)
{
	Gcs__KeyValueDelRequest request = GCS__KEY_VALUE_DEL_REQUEST__INIT;
	ProtobufCMessage *reply;
	request.namespace_ = bytes(key.name_space);
	request.key = bytes(key.key);
	enum rt_status status = grpc_call(
		to, SERVICE "InternalKVDel", &request.base,
		&gcs__key_value_del_reply__descriptor, arena, &reply, err);
	if (status)
		return status;
	return check(((Gcs__KeyValueDelReply *)reply)->status, key,
		     "InternalKVDel", err);
}
