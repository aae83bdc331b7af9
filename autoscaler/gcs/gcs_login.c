/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_login.c - the order in which Ray 2.60 looks for its token: the variable,
 * the file that a variable names, the pod's projected token, the user's own
 * file.  Where no mode is set, a token is sent if there is one: a head turns
 * tokens on by itself when it finds one, and one without ignores them.
 */
#include "autoscaler/gcs/gcs_login.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/error.h"

/* Mounted by KubeRay, renewed by the kubelet. */
#define POD_TOKEN "/var/run/secrets/ray.io/serviceaccount/token"
#define HOME_TOKEN ".ray/auth_token"

/* NULL when it is not set, or empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value && value[0] ? value : NULL;
}

static bool is_on(const char *name)
{
	const char *value = variable(name);
	return value &&
	       (strcasecmp(value, "1") == 0 || strcasecmp(value, "true") == 0);
}

static void find_token(struct grpc_login *login, struct rt_arena *arena)
{
	const char *mode = variable("RAY_AUTH_MODE");
	const char *home = variable("HOME");
	if (mode && strcasecmp(mode, "disabled") == 0)
		return;
	login->token = variable("RAY_AUTH_TOKEN");
	if (login->token)
		return;
	login->token_file = variable("RAY_AUTH_TOKEN_PATH");
	if (!login->token_file && is_on("RAY_ENABLE_K8S_TOKEN_AUTH"))
		login->token_file = POD_TOKEN;
	if (login->token_file)
		return;
	const char *path =
		rt_arena_printf(arena, "%s/" HOME_TOKEN, home ? home : "");
	bool must = mode && strcasecmp(mode, "token") == 0;
	if (must || access(path, F_OK) == 0)
		login->token_file = path;
}

static enum rt_status find_tls(struct grpc_login *login, struct rt_error *err)
{
	const struct {
		const char *name;
		const char **value;
	} files[] = {
		{ "RAY_TLS_CA_CERT", &login->tls.ca },
		{ "RAY_TLS_SERVER_CERT", &login->tls.cert },
		{ "RAY_TLS_SERVER_KEY", &login->tls.key },
	};
	login->use_tls = is_on("RAY_USE_TLS");
	for (size_t i = 0; login->use_tls && i < sizeof files / sizeof *files;
	     i++) {
		*files[i].value = variable(files[i].name);
		if (!*files[i].value)
			return rt_fail(err, RT_EINPUT,
				       "RAY_USE_TLS is set and %s is not",
				       files[i].name);
	}
	return RT_OK;
}

enum rt_status gcs_login_find(struct grpc_login *login, struct rt_arena *arena,
			      struct rt_error *err)
{
	*login = (struct grpc_login){ 0 };
	find_token(login, arena);
	return find_tls(login, err);
}
