/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_watch.c - a WATCH ends after a minute or so by our own wish: one that is
 * silent for longer leads nowhere.  How it ended does not matter, where it
 * stood does: the next one goes on from there, unless an event was not
 * understood or the API has forgotten that version.  Then, and when there was
 * none for too long, the pods are listed again.
 */
#include "autoscaler/kube/kube_watch.h"

#include "autoscaler/net/backoff.h"
#include "core/base/error.h"
#include "core/base/mem.h"

#define PAGES_MAX 1000 /* of a LIST */
/* Of `stale_ms`: */
#define WATCH_TIMES 4   /* how long a watch lasts, about */
#define BACKOFF_TIMES 2 /* the longest between two that failed */
#define WELL_PART 2     /* one that lasted half as long was no failure */

struct kube_watch {
	struct kube *kube;
	struct kube_pods *pods;
	int64_t stale_ms;
	bool listed;      /* the pods are whole, and go on from their version */
	int64_t right_ms; /* when they last were as the API has them */
	struct kube_call *stream; /* NULL: none */
	int64_t opened_ms;
	struct backoff backoff;
	struct rt_error trouble;
};

struct kube_watch *kube_watch_open(struct kube *kube, int64_t stale_ms)
{
	struct kube_watch *watch = rt_calloc(1, sizeof *watch);
	watch->kube = kube;
	watch->pods = kube_pods_new();
	watch->stale_ms = stale_ms;
	watch->backoff.most_ms = BACKOFF_TIMES * stale_ms;
	return watch;
}

void kube_watch_close(struct kube_watch **slot)
{
	if (!*slot)
		return;
	kube_cancel(&(*slot)->stream);
	kube_pods_free(&(*slot)->pods);
	rt_free(*slot);
	*slot = NULL;
}

/* ---- the LIST ------------------------------------------------------ */

static enum rt_status add_page(struct kube_watch *watch, struct rt_error *err)
{
	cJSON *page;
	struct kube_call *call =
		kube_list_pods(watch->kube, kube_pods_rest(watch->pods));
	enum rt_status status = kube_finish(&call, &page, err);
	if (!status)
		status = kube_pods_add_page(watch->pods, page, err);
	cJSON_Delete(page);
	return status;
}

static enum rt_status list(struct kube_watch *watch, struct rt_error *err)
{
	enum rt_status status = RT_OK;
	bool more = true;
	kube_cancel(&watch->stream);
	kube_pods_clear(watch->pods);
	watch->right_ms = http_clock_ms();
	for (int i = 0; i < PAGES_MAX && more && !status; i++) {
		status = add_page(watch, err);
		more = kube_pods_rest(watch->pods)[0];
	}
	if (!status && more)
		status = rt_fail(err, RT_ELIMIT,
				 "LIST pods: more than %d pages", PAGES_MAX);
	watch->listed = !status;
	return status;
}

/* ---- the WATCH ----------------------------------------------------- */

static void open_stream(struct kube_watch *watch)
{
	long seconds = (long)(jitter_ms(WATCH_TIMES * watch->stale_ms) / 1000);
	watch->opened_ms = http_clock_ms();
	watch->stream =
		kube_watch_pods(watch->kube, kube_pods_version(watch->pods),
				seconds > 0 ? seconds : 1);
}

/* As long as it is open, the pods are right. */
static void note_open(struct kube_watch *watch)
{
	int64_t now_ms = http_clock_ms();
	if (!kube_is_open(watch->stream))
		return;
	watch->right_ms = now_ms;
	if (now_ms - watch->opened_ms < watch->stale_ms / WELL_PART)
		return;
	backoff_end(&watch->backoff);
	watch->trouble.status = RT_OK;
}

/* Takes in what has come.  After an event that is not understood, or not even
 * let in, nothing that follows can be trusted. */
static void follow(struct kube_watch *watch)
{
	const char *line;
	size_t len;
	struct rt_error err;
	enum rt_status status = RT_OK;
	while (!status && kube_event(watch->stream, &line, &len))
		status = kube_pods_apply(watch->pods, line, len, &err);
	bool understood = !status;
	if (understood && !kube_is_over(watch->stream)) {
		note_open(watch);
		return;
	}
	if (understood)
		status = kube_finish(&watch->stream, NULL, &err);
	kube_cancel(&watch->stream);
	watch->listed =
		understood && status != RT_ECONFLICT && status != RT_ELIMIT;
	backoff_fail(&watch->backoff);
	if (status)
		watch->trouble = err;
}

enum rt_status kube_watch_read(struct kube_watch *watch, struct rt_arena *arena,
			       const struct rt_pod **pods, uint32_t *len,
			       struct rt_error *err)
{
	enum rt_status status = RT_OK;
	if (watch->stream)
		follow(watch);
	if (http_clock_ms() - watch->right_ms > watch->stale_ms)
		watch->listed = false;
	if (!watch->listed)
		status = list(watch, err);
	if (status)
		return status;
	if (!watch->stream && !backoff_left_ms(&watch->backoff))
		open_stream(watch);
	*pods = kube_pods_copy(watch->pods, arena, len);
	return RT_OK;
}

enum rt_status kube_watch_check(const struct kube_watch *watch,
				struct rt_error *err)
{
	*err = watch->trouble;
	return err->status;
}
