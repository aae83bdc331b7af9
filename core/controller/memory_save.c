/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_save.c - blocks as hexadecimal text, beside the names and sizes of the
 * stages that they are of.
 */
#include "core/controller/memory_parts.h"

#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/mem.h"

#define VERSION 1
#define LAYOUT_MAX 4096

/* "headroom 0 0, ray 0 0, guards 248 144" */
static void describe(const struct rt_chain *chain, struct rt_buf *out)
{
	for (uint32_t i = 0; i < chain->len; i++) {
		const struct rt_policy_ops *ops = chain->stages[i].ops;
		rt_buf_addf(out, "%s %zu %zu, ", ops->name, ops->state_size,
			    ops->group_state_size);
	}
	rt_buf_addf(out, "guards %zu %zu", sizeof(struct rt_guard_state),
		    sizeof(struct rt_guard_group_state));
}

static void add_block(cJSON *to, const char *key, const char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = rt_calloc(2 * len + 1, 1);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[(unsigned char)bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	cJSON_AddStringToObject(to, key, text);
	rt_free(text);
}

cJSON *rt_memory_save(const struct rt_memory *m, const struct rt_chain *chain)
{
	cJSON *doc = cJSON_CreateObject();
	struct rt_buf layout = RT_BUF(LAYOUT_MAX);

	describe(chain, &layout);
	cJSON_AddNumberToObject(doc, "version", VERSION);
	cJSON_AddStringToObject(doc, "layout", layout.data);
	add_block(doc, "cluster", m->cluster, m->cluster_size);
	cJSON *groups = cJSON_AddObjectToObject(doc, "groups");
	for (uint32_t i = 0; i < m->len; i++)
		add_block(groups, m->at[i].group, m->at[i].bytes,
			  m->group_size);
	rt_buf_free(&layout);
	return doc;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A copy to be freed with rt_free(). */
static enum rt_status read_block(const struct rt_json *view, size_t len,
				 char **out, struct rt_error *err)
{
	const char *text;
	enum rt_status status = rt_json_str(view, &text, err);

	if (status)
		return status;
	if (strlen(text) != 2 * len)
		return rt_json_fail(view, err, "has %zu digits, not %zu",
				    strlen(text), 2 * len);
	char *bytes = rt_calloc(1, len + 1);
	for (size_t i = 0; i < len; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
		if (high < 0 || low < 0) {
			rt_free(bytes);
			return rt_json_fail(view, err, "not hexadecimal");
		}
		bytes[i] = (char)(high << 4 | low);
	}
	*out = bytes;
	return RT_OK;
}

static enum rt_status check(const struct rt_chain *chain,
			    const struct rt_json *root, struct rt_error *err)
{
	struct rt_buf layout = RT_BUF(LAYOUT_MAX);
	int64_t version = 0;
	const char *text = "";
	enum rt_status status;

	if ((status = rt_json_is_object(root, err)) ||
	    (status = rt_json_get_i64(root, "version", VERSION, VERSION,
				      &version, err)) ||
	    (status = rt_json_get_str(root, "layout", &text, err)))
		return status;
	describe(chain, &layout);
	if (version != VERSION || strcmp(text, layout.data) != 0)
		status = rt_fail(err, RT_EINPUT,
				 "it is of other stages: %.200s", text);
	rt_buf_free(&layout);
	return status;
}

static enum rt_status read_groups(struct rt_memory *m,
				  const struct rt_json *groups,
				  struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_map(groups, err);

	m->at = rt_calloc(rt_json_len(groups) + 1, sizeof *m->at);
	for (bool more = !status && rt_json_first(groups, &item);
	     more && !status; more = rt_json_next(&item)) {
		struct rt_kept *kept = &m->at[m->len];
		status = read_block(&item, m->group_size, &kept->bytes, err);
		if (status)
			break;
		kept->group = rt_strdup(item.key);
		m->len++;
	}
	return status;
}

enum rt_status rt_memory_restore(struct rt_memory *m,
				 const struct rt_chain *chain,
				 const struct rt_json *root,
				 struct rt_error *err)
{
	struct rt_memory *read = rt_memory_new(chain);
	struct rt_json part;
	char *cluster = NULL;
	enum rt_status status = check(chain, root, err);

	if (!status && !rt_json_member(root, "cluster", &part))
		status = rt_json_fail(root, err, "cluster is missing");
	if (!status)
		status = read_block(&part, m->cluster_size, &cluster, err);
	if (!status && rt_json_member(root, "groups", &part))
		status = read_groups(read, &part, err);
	if (!status) {
		memcpy(read->cluster, cluster, m->cluster_size);
		const struct rt_memory old = *m;
		*m = *read;
		*read = old;
	}
	rt_free(cluster);
	rt_memory_free(&read);
	return status;
}
