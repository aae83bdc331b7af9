/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_api.c - where the Kubernetes API is and who we are to it: a
 * kubeconfig that is named on the command line, else what each pod is given,
 * else the kubeconfig of the environment.
 */
#include <stdlib.h>
#include <string.h>

#include "autoscaler/kube/kubeconfig.h"
#include "autoscaler/settings.h"
#include "core/base/error.h"

#define ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"
#define NAME_MAX_BYTES 253 /* of a Kubernetes object */

const char *settings_variable(const char *name)
{
	const char *value = getenv(name);
	return value && value[0] ? value : NULL;
}

/* It becomes a part of a URL's path, where ".." would lead elsewhere. */
enum rt_status settings_take_name(const char **to, const char *value,
				  struct rt_error *err)
{
	size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-.");
	if (len == 0 || value[len] || len > NAME_MAX_BYTES || value[0] == '.')
		return rt_fail(err, RT_EINPUT,
			       "\"%s\": not a name of a Kubernetes object",
			       value);
	*to = value;
	return RT_OK;
}

/* The service account's, unless there is a client certificate. */
static enum rt_status find_credentials(struct settings *s, struct rt_error *err)
{
	const char *account = settings_variable("RAYTIDE_SERVICE_ACCOUNT");
	const char *ca = settings_variable("RAY_KUBERAY_CA_CERT_PATH");
	struct kube_conf *kube = &s->kube;
	if (!account)
		account = ACCOUNT;
	kube->tls.cert = settings_variable("RAY_KUBERAY_CLIENT_CERT_PATH");
	kube->tls.key = settings_variable("RAY_KUBERAY_CLIENT_KEY_PATH");
	kube->tls.ca =
		ca ? ca : rt_arena_printf(s->arena, "%s/ca.crt", account);
	if (!kube->tls.cert)
		kube->token_file =
			rt_arena_printf(s->arena, "%s/token", account);
	if (!kube->tls.cert != !kube->tls.key)
		return rt_fail(err, RT_EINPUT,
			       "RAY_KUBERAY_CLIENT_CERT_PATH and "
			       "RAY_KUBERAY_CLIENT_KEY_PATH: one without the "
			       "other");
	return RT_OK;
}

static enum rt_status find_server(struct settings *s, struct rt_error *err)
{
	const char *host = settings_variable("KUBERNETES_SERVICE_HOST");
	const char *https = settings_variable("KUBERNETES_SERVICE_PORT_HTTPS");
	const char *port =
		https ? https : settings_variable("KUBERNETES_SERVICE_PORT");
	const char *kubeconfig = s->kubeconfig;
	if (!kubeconfig && !host)
		kubeconfig = settings_variable("KUBECONFIG");
	if (kubeconfig)
		return kubeconfig_read(kubeconfig, s->arena, &s->kube, err);
	if (!host)
		return rt_fail(err, RT_EINPUT,
			       "KUBERNETES_SERVICE_HOST is not set: where is "
			       "the API?; it is set in every pod, and "
			       "--kubeconfig is for the world outside");
	bool bare_ipv6 = strchr(host, ':') && host[0] != '[';
	s->kube.server = rt_arena_printf(
		s->arena, bare_ipv6 ? "https://[%s]:%s" : "https://%s:%s", host,
		port ? port : "443");
	return find_credentials(s, err);
}

enum rt_status settings_find_api(struct settings *s, struct rt_error *err)
{
	const char *crd_version = settings_variable("KUBERAY_CRD_VER");
	enum rt_status status;
	if (settings_take_name(&s->kube.crd_version,
			       crd_version ? crd_version : "v1", err))
		return rt_wrap(err, "KUBERAY_CRD_VER");
	s->kube.timeout_ms = (long)(s->timeout_s * 1000);
	if (!s->kube.cluster)
		return rt_fail(err, RT_EINPUT,
			       "--cluster-name is missing; see --help");
	if ((status = find_server(s, err)))
		return status;
	if (!s->kube.name_space)
		return rt_fail(err, RT_EINPUT,
			       "--cluster-namespace is missing; see --help");
	return settings_take_name(&s->kube.name_space, s->kube.name_space, err);
}
