/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribe.c - a queue between the two threads, and on the far side of it the
 * files (scribe_file.h).  The lock is held for a moment only, never while the
 * disk is waited for.
 */
#include "autoscaler/scribe.h"

#include <pthread.h>
#include <time.h>

#include "autoscaler/scribe_file.h"
#include "core/base/mem.h"

/* For what is left at the end; else it is given up.  Calls are waited for
 * before, and the parent for both. */
#define LEAVE_MS 300

struct page {
	struct page *next;
	char *text;
	size_t len;
	bool begin;
};

struct scribe {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	/* Under the lock: */
	struct page *first, **last;
	size_t queued; /* bytes */
	bool closing;
	struct scribe_state state;
	/* The thread's: */
	struct scribe_file *file;
	uint64_t share;
};

static struct page *next_page(struct scribe *s)
{
	pthread_mutex_lock(&s->lock);
	while (!s->first && !s->closing)
		pthread_cond_wait(&s->more, &s->lock);
	struct page *page = s->first;
	if (page) {
		s->first = page->next;
		if (!s->first)
			s->last = &s->first;
	}
	pthread_mutex_unlock(&s->lock);
	return page;
}

static void page_free(struct page *page)
{
	rt_free(page->text);
	rt_free(page);
}

/* What follows a failure is passed over, up to the next file. */
static enum rt_status write_page(struct scribe *s, const struct page *page,
				 struct rt_error *err)
{
	enum rt_status status = RT_OK;
	if (page->begin)
		status = scribe_file_begin(s->file, err);
	if (!status)
		status = scribe_file_write(s->file, page->text, page->len, err);
	return status;
}

static void note_page(struct scribe *s, const struct page *page,
		      const struct rt_error *err, uint64_t more)
{
	struct scribe_state *state = &s->state;
	pthread_mutex_lock(&s->lock);
	s->queued -= page->len;
	state->begun += page->begin;
	state->failed = *err;
	state->texts += !err->status;
	state->lost += err->status != RT_OK;
	state->bytes += more;
	state->file_bytes = scribe_file_bytes(s->file);
	pthread_mutex_unlock(&s->lock);
}

static void *write_all(void *arg)
{
	struct scribe *s = arg;
	struct rt_error err = { .status = RT_OK };
	for (struct page *page; (page = next_page(s));) {
		uint64_t before = page->begin ? 0 : scribe_file_bytes(s->file);
		if (page->begin || !err.status) {
			err.status = RT_OK;
			write_page(s, page, &err);
		}
		note_page(s, page, &err, scribe_file_bytes(s->file) - before);
		page_free(page);
	}
	scribe_file_close(&s->file);
	return NULL;
}

struct scribe *scribe_open(const char *dir, int64_t bytes_max)
{
	struct scribe *s = rt_calloc(1, sizeof *s);
	s->last = &s->first;
	s->file = scribe_file_open(dir, (uint64_t)bytes_max);
	s->share = scribe_file_share((uint64_t)bytes_max);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	if (pthread_create(&s->thread, NULL, write_all, s) != 0)
		rt_oom();
	return s;
}

void scribe_close(struct scribe **slot)
{
	struct scribe *s = *slot;
	struct timespec end;
	if (!s)
		return;
	*slot = NULL;
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += LEAVE_MS * 1000000L;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	/* A thread that hangs on its disk keeps what it uses. */
	if (pthread_timedjoin_np(s->thread, NULL, &end) != 0) {
		pthread_detach(s->thread);
		return;
	}
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	rt_free(s);
}

bool scribe_add(struct scribe *s, char *text, size_t len, bool begin)
{
	struct page *page = rt_calloc(1, sizeof *page);
	*page = (struct page){ .text = text, .len = len, .begin = begin };
	pthread_mutex_lock(&s->lock);
	bool room = s->queued + len <= SCRIBE_QUEUE_MAX;
	if (room) {
		s->queued += len;
		*s->last = page;
		s->last = &page->next;
		pthread_cond_signal(&s->more);
	}
	pthread_mutex_unlock(&s->lock);
	if (!room)
		page_free(page);
	return room;
}

struct scribe_state scribe_look(struct scribe *s)
{
	pthread_mutex_lock(&s->lock);
	struct scribe_state state = s->state;
	pthread_mutex_unlock(&s->lock);
	return state;
}

uint64_t scribe_share(const struct scribe *s)
{
	return s->share;
}
