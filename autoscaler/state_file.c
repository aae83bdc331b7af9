/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_file.c - written beside, synced, and then given its name.
 */
#include "autoscaler/state_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/yaml.h"

#define PAUSE_MS 10000

static void tell(const char *event, const struct rt_error *err)
{
	char why[RT_ERROR_TEXT + 2];

	rt_log(RT_WARN, event, "why=%s",
	       rt_log_quote(err->text, why, sizeof why));
}

static enum rt_status take_up(struct state_file *f, struct rt_controller *c,
			      struct rt_error *err)
{
	cJSON *doc;
	enum rt_status status = rt_yaml_load(f->path, &doc, err);

	if (!status) {
		const struct rt_json root = rt_json_root(doc);
		status = rt_controller_restore(c, &root, err);
		cJSON_Delete(doc);
	}
	if (!status)
		rt_log(RT_INFO, "state_taken_up", NULL);
	f->left = status != RT_OK;
	f->hash = rt_controller_save_hash(c);
	return status;
}

struct state_file state_file_open(const char *path, struct rt_controller *c)
{
	struct state_file f = { .path = path, .tried_ms = -PAUSE_MS };
	struct rt_error err;

	if (!path || access(path, F_OK) != 0)
		return f;
	if (take_up(&f, c, &err))
		tell("state_not_taken_up", &err);
	return f;
}

void state_file_retry(struct state_file *f, struct rt_controller *c)
{
	struct rt_error ignored; /* it was told */

	if (f->left)
		take_up(f, c, &ignored);
}

static enum rt_status write_all(const char *path, const char *text,
				struct rt_error *err)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return rt_fail(err, RT_EIO, "%s: %s", path, strerror(errno));
	bool written = fputs(text, file) >= 0 && fflush(file) == 0 &&
		       fsync(fileno(file)) == 0;
	int error = errno;
	if (fclose(file) != 0 || !written)
		return rt_fail(err, RT_EIO, "%s: %s", path, strerror(error));
	return RT_OK;
}

static enum rt_status write_file(const char *path,
				 const struct rt_controller *c,
				 struct rt_error *err)
{
	char beside[PATH_MAX];
	int len = snprintf(beside, sizeof beside, "%s.new", path);

	if (len < 0 || (size_t)len >= sizeof beside)
		return rt_fail(err, RT_EIO, "%s: too long for a path", path);
	cJSON *doc = rt_controller_save(c);
	char *text = rt_json_print(doc);
	enum rt_status status = write_all(beside, text, err);
	cJSON_free(text);
	cJSON_Delete(doc);
	if (!status && rename(beside, path) != 0)
		status = rt_fail(err, RT_EIO, "%s: %s", path, strerror(errno));
	if (status)
		unlink(beside);
	return status;
}

static void keep(struct state_file *f, const struct rt_controller *c)
{
	uint64_t hash = rt_controller_save_hash(c);
	struct rt_error err;

	if (hash == f->hash)
		return;
	enum rt_status status = write_file(f->path, c, &err);
	if (!status) {
		f->hash = hash;
		f->left = false;
	} else if (!f->failed) {
		tell("state_not_kept", &err);
	}
	f->failed = status != RT_OK;
}

void state_file_keep(struct state_file *f, const struct rt_controller *c,
		     int64_t now_ms)
{
	if (!f->path || now_ms - f->tried_ms < PAUSE_MS)
		return;
	f->tried_ms = now_ms;
	keep(f, c);
}

void state_file_close(struct state_file *f, const struct rt_controller *c)
{
	if (f->path)
		keep(f, c);
}
