/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload.c - a file is looked at in each round, through the links by which
 * Kubernetes changes a ConfigMap at once.  An editor writes bit by bit: a file
 * is read when it has been the same for a round.
 */
#include "autoscaler/reload.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/mem.h"

#define ANNOTATION "raytide.io/policy"

struct reload reload_open(const struct settings *settings)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	return (struct reload){
		.settings = settings,
		.in_force = settings->first,
		.hangup = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC),
	};
}

void reload_close(struct reload *r)
{
	close(r->hangup);
	policy_close(&r->own);
	rt_free(r->annotation);
}

/* ---- is there any news? -------------------------------------------------- */

static bool was_hung_up(const struct reload *r)
{
	struct signalfd_siginfo info;
	bool any = false;
	while (read(r->hangup, &info, sizeof info) == sizeof info)
		any = true;
	return any;
}

static const char *annotation_of(const cJSON *raycluster)
{
	const cJSON *meta =
		cJSON_GetObjectItemCaseSensitive(raycluster, "metadata");
	const cJSON *all =
		cJSON_GetObjectItemCaseSensitive(meta, "annotations");
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(all, ANNOTATION));
	return text && *text ? text : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_new_annotation(struct reload *r, const char *text)
{
	if (same_text(r->annotation, text))
		return false;
	rt_free(r->annotation);
	r->annotation = text ? rt_strdup(text) : NULL;
	return true;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_new_file(struct reload *r, const char *name)
{
	struct stat now = { 0 };
	if (!rt_policy_is_file(name))
		return false;
	if (stat(name, &now) != 0)
		now = (struct stat){ 0 };
	bool settled = same_file(&now, &r->seen);
	bool news = settled && !same_file(&now, &r->tried);
	r->seen = now;
	if (news)
		r->tried = now;
	return news;
}

/* ---- another policy ------------------------------------------------------ */

/* An annotation may be the YAML itself. */
static enum rt_status read_source(const char *given,
				  struct rt_policy_source *source,
				  struct rt_error *err)
{
	if (!strchr(given, '\n'))
		return rt_policy_read(source, given, &rt_registry, err);
	*source = (struct rt_policy_source){
		.name = rt_strdup(ANNOTATION),
		.text = rt_strdup(given),
	};
	return RT_OK;
}

static enum rt_status open_given(const struct reload *r, const char *given,
				 struct policy **out, struct rt_error *err)
{
	const struct rt_policy_source *old = &r->in_force->source;
	struct rt_policy_source source;
	enum rt_status status = read_source(given, &source, err);
	*out = NULL;
	if (status || (same_text(source.name, old->name) &&
		       same_text(source.text, old->text))) {
		rt_policy_source_free(&source);
		return status;
	}
	return policy_open(out, &source, r->settings->sets_len,
			   r->settings->sets, err);
}

static bool refuse(struct metrics *metrics, const struct rt_error *err)
{
	char why[2 * RT_ERROR_TEXT];
	rt_log(RT_WARN, "policy-refused", "why=%s",
	       rt_log_quote(err->text, why, sizeof why));
	metrics_add(metrics, METRIC_RELOADS, 1, "refused", NULL);
	metrics_set(metrics, METRIC_REFUSED, 1, NULL, NULL);
	return false;
}

static bool take(struct reload *r, const char *given,
		 struct rt_controller *controller, struct metrics *metrics)
{
	struct policy *new;
	struct rt_error err;
	char name[2 * RT_ERROR_TEXT];
	if (open_given(r, given, &new, &err))
		return refuse(metrics, &err);
	metrics_set(metrics, METRIC_REFUSED, 0, NULL, NULL);
	if (!new)
		return false;
	rt_controller_use(controller, &new->settings, &new->chain);
	policy_close(&r->own);
	r->own = new;
	r->in_force = new;
	rt_log(RT_INFO, "policy-taken", "policy=%s",
	       rt_log_quote(new->source.name, name, sizeof name));
	metrics_add(metrics, METRIC_RELOADS, 1, "taken", NULL);
	return true;
}

bool reload_look(struct reload *r, const cJSON *raycluster,
		 struct rt_controller *controller, struct metrics *metrics)
{
	const char *annotation = annotation_of(raycluster);
	const char *given = annotation ? annotation : r->settings->policy;
	bool news = was_hung_up(r);
	news |= is_new_annotation(r, annotation);
	news |= is_new_file(r, given);
	return news && take(r, given, controller, metrics);
}
