/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubeconfig.c - three lists of named things: the context names a cluster and a
 * user.
 */
#include "autoscaler/kube/kubeconfig.h"

#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/yaml.h"

#define KEY_TEXT 64

struct reader {
	const char *path;
	struct rt_arena *arena;
	struct rt_json root;
};

/* ---- finding ------------------------------------------------------- */

/* An entry of a list; errors go by the views, so all of them are kept. */
struct named {
	struct rt_json list, item, body;
};

/* What the entry of that name is about: its `kind`. */
static enum rt_status find(const struct reader *r, const char *list,
			   const char *kind, const char *name,
			   struct named *out, struct rt_error *err)
{
	enum rt_status status;
	if (!rt_json_member(&r->root, list, &out->list))
		return rt_fail(err, RT_EINPUT, "%s is missing", list);
	if ((status = rt_json_is_array(&out->list, err)))
		return status;
	for (bool more = rt_json_first(&out->list, &out->item); more;
	     more = rt_json_next(&out->item)) {
		const char *is = "";
		status = rt_json_get_str(&out->item, "name", &is, err);
		if (status)
			return status;
		if (strcmp(is, name) != 0)
			continue;
		if (!rt_json_member(&out->item, kind, &out->body))
			return rt_json_fail(&out->item, err, "no %s", kind);
		return rt_json_is_object(&out->body, err);
	}
	return rt_json_fail(&out->list, err, "none is named \"%s\"", name);
}

/* A key that must not be ignored. */
static enum rt_status refuse(const struct rt_json *object, const char *key,
			     struct rt_error *err)
{
	struct rt_json member;
	bool on = true;
	if (!rt_json_member(object, key, &member))
		return RT_OK;
	if (rt_json_bool(&member, &on, NULL) == RT_OK && !on)
		return RT_OK;
	return rt_json_fail(&member, err,
			    "not supported; use a token or a client "
			    "certificate, and a certificate authority");
}

static enum rt_status refuse_all(const struct rt_json *object,
				 const char *const *keys, struct rt_error *err)
{
	enum rt_status status = RT_OK;
	for (; *keys && !status; keys++)
		status = refuse(object, *keys, err);
	return status;
}

/* ---- files and their contents -------------------------------------- */

/* Relative to the kubeconfig. */
static const char *beside(const struct reader *r, const char *file)
{
	const char *slash = strrchr(r->path, '/');
	if (file[0] == '/' || !slash)
		return rt_arena_strdup(r->arena, file);
	return rt_arena_printf(r->arena, "%.*s/%s", (int)(slash - r->path),
			       r->path, file);
}

/* NULL when it is not base64 of a text. */
static char *decode_base64(struct rt_arena *arena, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = rt_arena_alloc(arena, strlen(text) * 3 / 4 + 1);
	size_t len = 0;
	unsigned bits = 0, bits_len = 0;
	text += strspn(text, "\n");
	for (; *text && *text != '='; text += 1 + strspn(text + 1, "\n")) {
		const char *digit = strchr(digits, *text);
		if (!digit)
			return NULL;
		bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffffff;
		bits_len += 6;
		if (bits_len < 8)
			continue;
		bits_len -= 8;
		out[len++] = (char)(bits >> bits_len);
	}
	return strlen(out) == len && !text[strspn(text, "=\n")] ? out : NULL;
}

/* `key` names a file, `key`-data has its content. */
static enum rt_status take_pem(const struct reader *r,
			       const struct rt_json *object, const char *key,
			       const char **to, struct rt_error *err)
{
	char data_key[KEY_TEXT];
	const char *data = "", *file = "";
	enum rt_status status;
	snprintf(data_key, sizeof data_key, "%s-data", key);
	if ((status = rt_json_get_str(object, data_key, &data, err)) ||
	    (status = rt_json_get_str(object, key, &file, err)))
		return status;
	if (!data[0]) {
		*to = file[0] ? beside(r, file) : NULL;
		return RT_OK;
	}
	*to = decode_base64(r->arena, data);
	if (!*to || !strstr(*to, "-----BEGIN ") || !strchr(*to, '\n'))
		return rt_json_fail(object, err, "%s: not PEM in base64",
				    data_key);
	return RT_OK;
}

/* ---- cluster and user ---------------------------------------------- */

static enum rt_status take_cluster(const struct reader *r,
				   const struct rt_json *cluster,
				   struct kube_conf *conf, struct rt_error *err)
{
	static const char *const unknown[] = { "insecure-skip-tls-verify",
					       "tls-server-name", "proxy-url",
					       NULL };
	const char *server = "";
	enum rt_status status = refuse_all(cluster, unknown, err);
	if (status ||
	    (status = rt_json_get_str(cluster, "server", &server, err)))
		return status;
	if ((strncmp(server, "https://", 8) != 0 &&
	     strncmp(server, "http://", 7) != 0) ||
	    strpbrk(server, " ?#@"))
		return rt_json_fail(cluster, err,
				    "server: \"%s\" is no address like "
				    "https://10.0.0.1:6443",
				    server);
	size_t len = strlen(server);
	while (server[len - 1] == '/')
		len--;
	conf->server = rt_arena_strndup(r->arena, server, len);
	return take_pem(r, cluster, "certificate-authority", &conf->tls.ca,
			err);
}

static enum rt_status take_user(const struct reader *r,
				const struct rt_json *user,
				struct kube_conf *conf, struct rt_error *err)
{
	static const char *const unknown[] = { "exec",     "auth-provider",
					       "username", "password",
					       "as",       NULL };
	const char *token = "", *file = "";
	enum rt_status status = refuse_all(user, unknown, err);
	if (status ||
	    (status = take_pem(r, user, "client-certificate", &conf->tls.cert,
			       err)) ||
	    (status = take_pem(r, user, "client-key", &conf->tls.key, err)) ||
	    (status = rt_json_get_str(user, "token", &token, err)) ||
	    (status = rt_json_get_str(user, "tokenFile", &file, err)))
		return status;
	if (!conf->tls.cert != !conf->tls.key)
		return rt_json_fail(user, err,
				    "client-certificate and client-key: one "
				    "without the other");
	if (token[0])
		conf->token = rt_arena_strdup(r->arena, token);
	else if (file[0])
		conf->token_file = beside(r, file);
	return RT_OK;
}

static enum rt_status take_context(const struct reader *r,
				   struct kube_conf *conf, struct rt_error *err)
{
	const char *name = "", *cluster = "", *user = "", *name_space = "";
	struct named context, found;
	enum rt_status status = rt_json_is_object(&r->root, err);
	if (status ||
	    (status = rt_json_get_str(&r->root, "current-context", &name, err)))
		return status;
	if (!name[0])
		return rt_fail(err, RT_EINPUT, "no current-context is set");
	if ((status = find(r, "contexts", "context", name, &context, err)) ||
	    (status = rt_json_get_str(&context.body, "cluster", &cluster,
				      err)) ||
	    (status = rt_json_get_str(&context.body, "user", &user, err)) ||
	    (status = rt_json_get_str(&context.body, "namespace", &name_space,
				      err)))
		return status;
	if (!conf->name_space && name_space[0])
		conf->name_space = rt_arena_strdup(r->arena, name_space);
	if ((status = find(r, "clusters", "cluster", cluster, &found, err)) ||
	    (status = take_cluster(r, &found.body, conf, err)) ||
	    (status = find(r, "users", "user", user, &found, err)))
		return status;
	return take_user(r, &found.body, conf, err);
}

enum rt_status kubeconfig_read(const char *path, struct rt_arena *arena,
			       struct kube_conf *conf, struct rt_error *err)
{
	cJSON *doc;
	enum rt_status status = rt_yaml_load(path, &doc, err);
	if (status)
		return status;
	struct reader r = { path, arena, rt_json_root(doc) };
	status = take_context(&r, conf, err);
	cJSON_Delete(doc);
	return status ? rt_wrap(err, "%s", path) : RT_OK;
}
