/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube.c - HTTP/1.1 on kept connections: when a peer vanishes, a call that
 * times out takes its connection with it, where a stream of HTTP/2 would leave
 * a dead one behind.
 */
#include "autoscaler/kube/kube.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autoscaler/net/bearer.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/mem.h"

#define OBJECT_MAX (8u << 20) /* bytes of a RayCluster, or of a pod */
#define PAGE_PODS "250"       /* pods in a page of their list */
#define PAGE_MAX (64u << 20)  /* bytes of it */
#define EVENT_MAX (4u << 20)  /* bytes of an event; a pod has 1.5 MB at most */
#define HOLD_MAX_S 60         /* the longest Retry-After that is obeyed */
#define AGENT "User-Agent: raytide-autoscaler/" RAYTIDE_VERSION
#define TYPE "Content-Type: application/"
#define URL_MAX 65536

struct kube {
	struct http *http;
	struct kube_conf conf;
	struct rt_arena *arena; /* of the URLs */
	const char *cluster_url;
	const char *pods_url;
	int64_t held_until_ms;
	struct rt_error held; /* why */
};

struct kube_call {
	struct kube *kube;
	const char *what; /* for errors: "GET RayCluster" */
	struct http_call *http;
	struct rt_error err; /* it could not even be started */
};

struct kube *kube_open(struct http *http, const struct kube_conf *conf)
{
	struct kube *kube = rt_calloc(1, sizeof *kube);
	kube->http = http;
	kube->conf = *conf;
	kube->arena = rt_arena_new();
	kube->cluster_url = rt_arena_printf(
		kube->arena, "%s/apis/ray.io/%s/namespaces/%s/rayclusters/%s",
		conf->server, conf->crd_version, conf->name_space,
		conf->cluster);
	kube->pods_url =
		rt_arena_printf(kube->arena, "%s/api/v1/namespaces/%s/pods",
				conf->server, conf->name_space);
	return kube;
}

void kube_close(struct kube **kube)
{
	if (!*kube)
		return;
	rt_arena_free(&(*kube)->arena);
	rt_free(*kube);
	*kube = NULL;
}

enum rt_status kube_may_call(const struct kube *kube, struct rt_error *err)
{
	if (http_clock_ms() >= kube->held_until_ms)
		return RT_OK;
	*err = kube->held;
	return err->status;
}

/* `type` is that of the body; NULL: there is none. */
static struct kube_call *start(struct kube *kube, const char *what,
			       struct http_request *request, const char *type)
{
	const struct kube_conf *conf = &kube->conf;
	char authorization[BEARER_MAX];
	const char *headers[5] = { "Accept: application/json", AGENT };
	size_t len = 2;
	struct kube_call *call = rt_calloc(1, sizeof *call);
	call->kube = kube;
	call->what = what;
	if (kube_may_call(kube, &call->err))
		return call;
	if (type)
		headers[len++] = type;
	if (conf->token_file &&
	    bearer_read(conf->token_file, authorization, &call->err))
		return call;
	if (!conf->token_file && conf->token &&
	    bearer_of(conf->token, authorization, &call->err))
		return call;
	if (conf->token_file || conf->token)
		headers[len] = authorization;
	request->headers = headers;
	request->version = HTTP_1;
	request->tls = &conf->tls;
	request->timeout_ms = conf->timeout_ms;
	request->peer = "kube";
	request->name = what;
	call->http = http_start(kube->http, request);
	return call;
}

struct kube_call *kube_get_cluster(struct kube *kube)
{
	return start(kube, "GET RayCluster",
		     &(struct http_request){ .method = "GET",
					     .url = kube->cluster_url,
					     .max = OBJECT_MAX },
		     NULL);
}

/* As the value of a query's parameter. */
static void add_escaped(struct rt_buf *url, const char *text)
{
	for (const char *c = text; *c; c++)
		rt_buf_addf(url, isalnum((unsigned char)*c) ? "%c" : "%%%02X",
			    (unsigned char)*c);
}

static void add_pods(struct rt_buf *url, const struct kube *kube)
{
	rt_buf_addf(url, "%s?labelSelector=ray.io%%2Fcluster%%3D%s",
		    kube->pods_url, kube->conf.cluster);
}

struct kube_call *kube_list_pods(struct kube *kube, const char *rest)
{
	struct rt_buf url = RT_BUF(URL_MAX);
	add_pods(&url, kube);
	rt_buf_addf(&url, "&limit=" PAGE_PODS);
	if (rest[0]) {
		rt_buf_addf(&url, "&continue=");
		add_escaped(&url, rest);
	}
	struct kube_call *call = start(
		kube, "LIST pods",
		&(struct http_request){
			.method = "GET", .url = url.data, .max = PAGE_MAX },
		NULL);
	rt_buf_free(&url);
	return call;
}

struct kube_call *kube_watch_pods(struct kube *kube, const char *version,
				  long seconds)
{
	struct rt_buf url = RT_BUF(URL_MAX);
	add_pods(&url, kube);
	rt_buf_addf(&url,
		    "&watch=1&allowWatchBookmarks=true&timeoutSeconds=%ld"
		    "&resourceVersion=",
		    seconds);
	add_escaped(&url, version);
	struct kube_call *call = start(
		kube, "WATCH pods",
		&(struct http_request){ .method = "GET",
					.url = url.data,
					.silence_ms = seconds * 1000 +
						      kube->conf.timeout_ms,
					.max = EVENT_MAX },
		NULL);
	rt_buf_free(&url);
	return call;
}

bool kube_is_open(const struct kube_call *call)
{
	return call->http && http_code(call->http) == 200;
}

bool kube_is_over(struct kube_call *call)
{
	return !call->http || http_is_over(call->http);
}

bool kube_event(struct kube_call *call, const char **line, size_t *len)
{
	return kube_is_open(call) && http_line(call->http, line, len);
}

static struct kube_call *send_json(struct kube *kube, const char *what,
				   const char *method, const char *url,
				   const cJSON *json, const char *type)
{
	char *body = cJSON_PrintUnformatted(json);
	if (!body)
		rt_oom();
	struct kube_call *call = start(kube, what,
				       &(struct http_request){
					       .method = method,
					       .url = url,
					       .body = body,
					       .len = strlen(body),
					       .max = OBJECT_MAX,
				       },
				       type);
	cJSON_free(body);
	return call;
}

static struct kube_call *patch(struct kube *kube, const char *what,
			       const char *url, const cJSON *patch,
			       const char *merge)
{
	return send_json(kube, what, "PATCH", url, patch,
			 cJSON_IsArray(patch) ? TYPE "json-patch+json" : merge);
}

struct kube_call *kube_patch_cluster(struct kube *kube, const cJSON *ops)
{
	return patch(kube, "PATCH RayCluster", kube->cluster_url, ops,
		     TYPE "merge-patch+json");
}

static struct kube_call *patch_pod(struct kube *kube, const char *what,
				   const char *pod, const char *part,
				   const cJSON *ops)
{
	struct rt_buf url = RT_BUF(URL_MAX);
	rt_buf_addf(&url, "%s/%s%s", kube->pods_url, pod, part);
	struct kube_call *call = patch(kube, what, url.data, ops,
				       TYPE "strategic-merge-patch+json");
	rt_buf_free(&url);
	return call;
}

struct kube_call *kube_patch_pod(struct kube *kube, const char *pod,
				 const cJSON *ops)
{
	return patch_pod(kube, "PATCH pod", pod, "", ops);
}

struct kube_call *kube_resize_pod(struct kube *kube, const char *pod,
				  const cJSON *ops)
{
	return patch_pod(kube, "PATCH pods/resize", pod, "/resize", ops);
}

struct kube_call *kube_delete_cluster(struct kube *kube, const char *uid)
{
	cJSON *options = cJSON_CreateObject();
	if (uid)
		cJSON_AddStringToObject(
			cJSON_AddObjectToObject(options, "preconditions"),
			"uid", uid);
	struct kube_call *call =
		send_json(kube, "DELETE RayCluster", "DELETE",
			  kube->cluster_url, options, TYPE "json");
	cJSON_Delete(options);
	return call;
}

static const char *hint(long code)
{
	switch (code) {
	case 401:
		return "; is the token or the client certificate valid?";
	case 403:
		return "; does the Role allow it, as KubeRay's does?";
	case 404:
		return "; is there a RayCluster of this name and namespace?";
	case 409:
	case 422:
		return "; was it edited meanwhile?";
	default:
		return "";
	}
}

/* A busy API says when to come back. */
static void note_hold(const struct kube_call *call, long code,
		      const struct rt_error *err)
{
	char text[16] = "1";
	if (!http_header(call->http, "Retry-After", text, sizeof text) &&
	    code != 429)
		return;
	long seconds = strtol(text, NULL, 10);
	if (seconds > HOLD_MAX_S)
		seconds = HOLD_MAX_S;
	call->kube->held_until_ms = http_clock_ms() + seconds * 1000;
	call->kube->held = *err;
}

/* The API explains a refusal in the `message` of a Status object. */
static enum rt_status fail_status(const struct kube_call *call,
				  const struct http_reply *reply,
				  struct rt_error *err)
{
	const char *message = "";
	cJSON *doc = NULL;
	if (!rt_json_parse(reply->body, reply->len, &doc, NULL)) {
		struct rt_json root = rt_json_root(doc);
		rt_json_get_str(&root, "message", &message, NULL);
	}
	bool refused =
		reply->code == 409 || reply->code == 410 || reply->code == 422;
	rt_fail(err, refused ? RT_ECONFLICT : RT_EREMOTE,
		"%s: status %ld%s%s%s", call->what, reply->code,
		message[0] ? ": " : "", message, hint(reply->code));
	cJSON_Delete(doc);
	note_hold(call, reply->code, err);
	return err->status;
}

static enum rt_status parse(const struct kube_call *call,
			    const struct http_reply *reply, cJSON **object,
			    struct rt_error *err)
{
	enum rt_status status =
		rt_json_parse(reply->body, reply->len, object, err);
	if (status)
		return rt_wrap(err, "%s", call->what);
	struct rt_json root = rt_json_root(*object);
	status = rt_json_is_object(&root, err);
	if (status) {
		cJSON_Delete(*object);
		*object = NULL;
		return rt_wrap(err, "%s", call->what);
	}
	return RT_OK;
}

enum rt_status kube_finish(struct kube_call **slot, cJSON **object,
			   struct rt_error *err)
{
	struct kube_call *call = *slot;
	const struct http_reply *reply;
	enum rt_status status;
	if (object)
		*object = NULL;
	if (!call->http) {
		*err = call->err;
		status = call->err.status;
	} else if ((status = http_wait(call->http, &reply, err))) {
		rt_wrap(err, "%s", call->what);
	} else if (reply->code < 200 || reply->code > 299) {
		status = fail_status(call, reply, err);
	} else if (object) {
		status = parse(call, reply, object, err);
	}
	kube_cancel(slot);
	return status;
}

void kube_cancel(struct kube_call **slot)
{
	if (!*slot)
		return;
	http_end(&(*slot)->http);
	rt_free(*slot);
	*slot = NULL;
}
