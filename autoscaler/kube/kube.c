/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube.c - HTTP/1.1 on kept connections: when a peer vanishes, a call that
 * times out takes its connection with it, where a stream of HTTP/2 would leave
 * a dead one behind.
 */
#include "autoscaler/kube/kube.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/mem.h"

#define CLUSTER_MAX (8u << 20) /* bytes of a RayCluster */
#define PODS_MAX (64u << 20)   /* bytes of the list of its pods */
#define AGENT "User-Agent: raytide-autoscaler/" RAYTIDE_VERSION
#define TOKEN_MAX 16384 /* bytes of a token */

struct kube {
	struct http *http;
	struct kube_conf conf;
	struct rt_arena *arena; /* of the URLs */
	const char *cluster_url;
	const char *pods_url;
};

struct kube_call {
	const char *what; /* for errors: "GET rayclusters/demo" */
	struct http_call *http;
	struct rt_error err; /* it could not even be started */
};

struct kube *kube_open(struct http *http, const struct kube_conf *conf)
{
	struct kube *kube = rt_calloc(1, sizeof *kube);
	bool bare_ipv6 = strchr(conf->host, ':') && conf->host[0] != '[';
	kube->http = http;
	kube->conf = *conf;
	kube->arena = rt_arena_new();
	const char *base = rt_arena_printf(
		kube->arena, bare_ipv6 ? "https://[%s]:%s" : "https://%s:%s",
		conf->host, conf->port);
	kube->cluster_url = rt_arena_printf(
		kube->arena, "%s/apis/ray.io/%s/namespaces/%s/rayclusters/%s",
		base, conf->crd_version, conf->name_space, conf->cluster);
	kube->pods_url = rt_arena_printf(kube->arena,
					 "%s/api/v1/namespaces/%s/pods"
					 "?labelSelector=ray.io%%2Fcluster%%3D"
					 "%s",
					 base, conf->name_space, conf->cluster);
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

/* Tokens are renewed in place: the file is read for each call. */
static enum rt_status read_token(const char *path, char *token, size_t size,
				 struct rt_error *err)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return rt_fail(err, RT_EIO,
			       "%s: %s; the pod needs a service account's "
			       "token",
			       path, strerror(errno));
	size_t len = fread(token, 1, size - 1, file);
	bool failed = ferror(file) || !feof(file);
	fclose(file);
	while (len > 0 && (token[len - 1] == '\n' || token[len - 1] == '\r'))
		len--;
	token[len] = '\0';
	for (size_t i = 0; i < len; i++)
		failed = failed || token[i] <= ' ' || token[i] > '~';
	if (failed || len == 0)
		return rt_fail(err, RT_EIO, "%s: not a bearer token", path);
	return RT_OK;
}

/* `type` is that of the body; NULL: there is none. */
static struct kube_call *start(struct kube *kube, const char *what,
			       struct http_request *request, const char *type)
{
	static const char bearer[] = "Authorization: Bearer ";
	char authorization[sizeof bearer + TOKEN_MAX];
	const char *headers[5] = { "Accept: application/json", AGENT };
	size_t len = 2;
	struct kube_call *call = rt_calloc(1, sizeof *call);
	call->what = what;
	if (type)
		headers[len++] = type;
	if (kube->conf.token) {
		memcpy(authorization, bearer, sizeof bearer);
		if (read_token(kube->conf.token,
			       authorization + sizeof bearer - 1, TOKEN_MAX,
			       &call->err))
			return call;
		headers[len] = authorization;
	}
	request->headers = headers;
	request->version = HTTP_1;
	request->tls = &kube->conf.tls;
	request->timeout_ms = kube->conf.timeout_ms;
	call->http = http_start(kube->http, request);
	return call;
}

struct kube_call *kube_get_cluster(struct kube *kube)
{
	return start(kube, "GET RayCluster",
		     &(struct http_request){ .method = "GET",
					     .url = kube->cluster_url,
					     .max = CLUSTER_MAX },
		     NULL);
}

struct kube_call *kube_list_pods(struct kube *kube)
{
	return start(kube, "LIST pods",
		     &(struct http_request){ .method = "GET",
					     .url = kube->pods_url,
					     .max = PODS_MAX },
		     NULL);
}

struct kube_call *kube_patch_cluster(struct kube *kube, const cJSON *ops)
{
	char *body = cJSON_PrintUnformatted(ops);
	if (!body)
		rt_oom();
	struct kube_call *call =
		start(kube, "PATCH RayCluster",
		      &(struct http_request){ .method = "PATCH",
					      .url = kube->cluster_url,
					      .body = body,
					      .len = strlen(body),
					      .max = CLUSTER_MAX },
		      "Content-Type: application/json-patch+json");
	cJSON_free(body);
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
	default:
		return "";
	}
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
	bool refused = reply->code == 409 || reply->code == 422;
	rt_fail(err, refused ? RT_ECONFLICT : RT_EREMOTE,
		"%s: status %ld%s%s%s", call->what, reply->code,
		message[0] ? ": " : "", message, hint(reply->code));
	cJSON_Delete(doc);
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
	*object = NULL;
	if (!call->http) {
		*err = call->err;
		status = call->err.status;
	} else if ((status = http_wait(call->http, &reply, err))) {
		rt_wrap(err, "%s", call->what);
	} else if (reply->code < 200 || reply->code > 299) {
		status = fail_status(call, reply, err);
	} else {
		status = parse(call, reply, object, err);
	}
	http_end(&call->http);
	rt_free(call);
	*slot = NULL;
	return status;
}
