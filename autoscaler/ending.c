/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.c - as Ray's KubeRay provider does it (_evaluate_idle_termination() of
 * ray/autoscaler/v2), with two differences.  Each write is for the version of
 * the RayCluster that told to, so that a user who takes the options back is
 * heard.  And a write that fails is tried again less and less often.
 */
#include "autoscaler/ending.h"

#include <math.h>
#include <string.h>

#include "autoscaler/gcs/gcs_jobs.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/mem.h"

#define LOOK_MS 1000     /* from one look for drivers to the next */
#define BACKOFF_MS 60000 /* the longest between two tries to end it */
#define FINALIZER "ray.io/idle-termination-cleanup-finalizer"

/* What the RayCluster says of it. */
struct wish {
	int64_t after_ms; /* RT_NONE: never */
	bool deletes;
	bool over;   /* it is suspended, or being deleted */
	bool marked; /* has the finalizer */
	bool has_finalizers;
	const char *version; /* of the document; NULL: it tells none */
	const char *uid;     /* NULL: none */
};

/* ---- what is asked for --------------------------------------------- */

static enum rt_status read_options(const struct rt_json *options,
				   struct wish *wish, struct rt_error *err)
{
	double seconds = RT_NONE;
	const char *policy = "Suspend";
	enum rt_status status = rt_json_is_object(options, err);
	if (status ||
	    (status = rt_json_get_f64(options, "timeoutSeconds", 0, 1e9,
				      &seconds, err)) ||
	    (status = rt_json_get_str(options, "policy", &policy, err)))
		return status;
	wish->deletes = strcmp(policy, "Delete") == 0;
	if (!wish->deletes && strcmp(policy, "Suspend") != 0)
		return rt_json_fail(
			options, err,
			"policy \"%.40s\" is none of Suspend, Delete", policy);
	if (seconds >= 0)
		wish->after_ms = llround(seconds * 1000);
	return RT_OK;
}

static void read_marks(const struct rt_json *meta, struct wish *wish)
{
	struct rt_json deleted, list, item;
	rt_json_get_str(meta, "resourceVersion", &wish->version, NULL);
	rt_json_get_str(meta, "uid", &wish->uid, NULL);
	wish->over |= rt_json_member(meta, "deletionTimestamp", &deleted);
	if (!rt_json_member(meta, "finalizers", &list))
		return;
	wish->has_finalizers = rt_json_len(&list) > 0;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item)) {
		const char *name = "";
		rt_json_str(&item, &name, NULL);
		wish->marked |= strcmp(name, FINALIZER) == 0;
	}
}

static enum rt_status read_wish(const cJSON *doc, struct wish *wish,
				struct rt_error *err)
{
	struct rt_json root = rt_json_root(doc), meta, spec, options;
	*wish = (struct wish){ .after_ms = RT_NONE };
	if (rt_json_member(&root, "metadata", &meta))
		read_marks(&meta, wish);
	if (!rt_json_member(&root, "spec", &spec))
		return RT_OK;
	bool suspended = false;
	rt_json_get_bool(&spec, "idleSuspend", &suspended, NULL);
	wish->over |= suspended;
	if (!rt_json_member(&spec, "idleTerminationOptions", &options))
		return RT_OK;
	return read_options(&options, wish, err);
}

/* ---- drivers ------------------------------------------------------- */

/* One that came and went between two looks has left the time of its end. */
static enum rt_status look(struct ending *e, const struct world *world,
			   struct rt_arena *arena, struct rt_error *err)
{
	struct gcs_drivers drivers;
	enum rt_status status = gcs_drivers(&world->gcs, arena, &drivers, err);
	int64_t now_ms = http_clock_ms();
	bool was_alone = e->alone && e->life == world->head->life && !status &&
			 e->ended_ms == drivers.ended_ms;
	e->look_ms = now_ms + LOOK_MS;
	e->alone = !status && drivers.alive == 0;
	if (!was_alone)
		e->since_ms = now_ms;
	if (status)
		return status;
	e->life = world->head->life;
	e->ended_ms = drivers.ended_ms;
	return RT_OK;
}

/* ---- the end ------------------------------------------------------- */

/* Takes `patch` over.  The document that it leads to is in `*wish` then. */
static enum rt_status put(const struct world *world, cJSON *patch,
			  struct wish *wish, struct rt_error *err)
{
	const cJSON *doc;
	enum rt_status status = kube_cluster_patch(world->cluster, patch, err);
	cJSON_Delete(patch);
	if (!status)
		status = kube_cluster_read(world->cluster, &doc, err);
	return status ? status : read_wish(doc, wish, err);
}

static enum rt_status suspend(const struct world *world, struct wish *wish,
			      struct rt_error *err)
{
	cJSON *patch = cJSON_CreateObject();
	cJSON_AddStringToObject(cJSON_AddObjectToObject(patch, "metadata"),
				"resourceVersion", wish->version);
	cJSON_AddTrueToObject(cJSON_AddObjectToObject(patch, "spec"),
			      "idleSuspend");
	enum rt_status status = put(world, patch, wish, err);
	if (!status && !wish->over)
		status = rt_fail(err, RT_EREMOTE,
				 "spec.idleSuspend was not kept: the "
				 "RayCluster's definition does not know it; "
				 "does this KubeRay?");
	return status;
}

static cJSON *add_op(cJSON *ops, const char *op, const char *path)
{
	cJSON *one = cJSON_CreateObject();
	cJSON_AddStringToObject(one, "op", op);
	cJSON_AddStringToObject(one, "path", path);
	cJSON_AddItemToArray(ops, one);
	return one;
}

static enum rt_status mark(const struct world *world, struct wish *wish,
			   struct rt_error *err)
{
	cJSON *ops = cJSON_CreateArray(), *op;
	op = add_op(ops, "test", "/metadata/resourceVersion");
	cJSON_AddStringToObject(op, "value", wish->version);
	if (wish->has_finalizers) {
		op = add_op(ops, "add", "/metadata/finalizers/-");
		cJSON_AddStringToObject(op, "value", FINALIZER);
	} else {
		op = add_op(ops, "add", "/metadata/finalizers");
		cJSON_AddItemToArray(cJSON_AddArrayToObject(op, "value"),
				     cJSON_CreateString(FINALIZER));
	}
	enum rt_status status = put(world, ops, wish, err);
	if (!status && !wish->marked)
		status = rt_fail(err, RT_EREMOTE,
				 "the finalizer " FINALIZER " was not kept");
	return status;
}

/* KubeRay cleans up behind the finalizer, so it comes first. */
static enum rt_status remove_it(const struct world *world, struct wish *wish,
				struct rt_error *err)
{
	enum rt_status status = wish->marked ? RT_OK : mark(world, wish, err);
	if (!status)
		status = kube_cluster_delete(world->cluster, wish->uid, err);
	return status;
}

static enum rt_status end(const struct world *world, struct wish *wish,
			  int64_t alone_ms, struct rt_error *err)
{
	if (!wish->version)
		return rt_fail(err, RT_EREMOTE,
			       "the RayCluster has no resourceVersion");
	int64_t after_ms = wish->after_ms;
	bool deletes = wish->deletes;
	enum rt_status status = deletes ? remove_it(world, wish, err)
					: suspend(world, wish, err);
	if (!status)
		rt_log(RT_INFO,
		       deletes ? "cluster-deleted" : "cluster-suspended",
		       "why=\"no driver for %lld ms, timeoutSeconds is "
		       "%g\"",
		       (long long)alone_ms, (double)after_ms / 1000);
	return status;
}

static enum rt_status attempt(struct ending *e, const struct world *world,
			      const struct round *round, struct wish *wish,
			      struct rt_error *err)
{
	int64_t alone_ms;
	enum rt_status status = look(e, world, round->arena, err);
	if (status || !e->alone || round->decision->held)
		return status;
	alone_ms = http_clock_ms() - e->since_ms;
	if (alone_ms < wish->after_ms)
		return RT_OK;
	status = end(world, wish, alone_ms, err);
	e->backoff.most_ms = BACKOFF_MS;
	if (status)
		backoff_fail(&e->backoff);
	else
		backoff_end(&e->backoff);
	return status;
}

enum rt_status ending_run(struct ending *e, const struct world *world,
			  const struct round *round, struct rt_error *err)
{
	struct wish wish;
	struct rt_error ignored; /* the next observation will tell */
	const cJSON *doc;        /* the round's may have been patched */
	if (!kube_cluster_read(world->cluster, &doc, &ignored)) {
		enum rt_status status = read_wish(doc, &wish, &e->failed);
		if (status || wish.after_ms == RT_NONE || wish.over) {
			e->alone = false;
			e->failed.status = status;
		} else if (http_clock_ms() >= e->look_ms &&
			   !backoff_left_ms(&e->backoff)) {
			e->failed.status =
				attempt(e, world, round, &wish, &e->failed);
		}
	}
	*err = e->failed;
	return err->status;
}
