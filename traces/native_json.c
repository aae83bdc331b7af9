/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_json.c - a row is an object with the keys that are columns in CSV,
 * and with lists and maps where CSV must make do with texts.
 */
#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "traces/native.h"

/* Text or a number. */
static enum rt_status take_id(const struct rt_json *item,
			      struct trace_reader *reader, const char **out,
			      struct rt_error *err)
{
	if (!cJSON_IsNumber(item->node))
		return rt_json_str(item, out, err);
	*out = rt_arena_printf(trace_scratch(reader), "%.15g",
			       item->node->valuedouble);
	return RT_OK;
}

/* The empty text is none, as in CSV. */
static enum rt_status take_text(const struct rt_json *item,
				struct trace_reader *reader, const char **out,
				struct rt_error *err)
{
	enum rt_status status = take_id(item, reader, out, err);

	if (!status && !**out)
		*out = NULL;
	return status;
}

static enum rt_status take_resources(const struct rt_json *object,
				     struct native_row *row,
				     struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_map(object, err);

	row->has_resources = true;
	for (bool more = !status && rt_json_first(object, &item); more;
	     more = !status && rt_json_next(&item)) {
		double amount;
		status = rt_json_f64(&item, 0, TRACE_AMOUNT_MAX, &amount, err);
		if (!status)
			native_set_resource(row, item.key, amount);
	}
	return status;
}

static enum rt_status take_labels(const struct rt_json *object,
				  struct trace_wish *wish, struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_map(object, err);

	for (bool more = !status && rt_json_first(object, &item); more;
	     more = !status && rt_json_next(&item)) {
		const char *rule;
		status = rt_json_str(&item, &rule, err);
		if (!status)
			status = trace_wish_label(wish, item.key, rule, err);
	}
	return status;
}

/* {"resources":{"CPU":1},"label_selector":{...},"count":4} */
static enum rt_status take_bundle(const struct rt_json *bundle,
				  struct native_row *row,
				  struct trace_reader *reader,
				  struct rt_error *err)
{
	struct trace_wish wish = trace_wish_new(reader, NULL);
	struct rt_json part, item;
	double count = 1;
	uint32_t shape;
	enum rt_status status = rt_json_is_object(bundle, err);

	if (status)
		return status;
	if (!rt_json_member(bundle, "resources", &part))
		return rt_json_fail(bundle, err, "a bundle needs resources");
	status = rt_json_is_map(&part, err);
	for (bool more = !status && rt_json_first(&part, &item); more;
	     more = !status && rt_json_next(&item)) {
		double amount;
		status = rt_json_f64(&item, 0, TRACE_AMOUNT_MAX, &amount, err);
		if (!status)
			trace_wish_amount(&wish, item.key, amount);
	}
	if (!status && rt_json_member(bundle, "label_selector", &part))
		status = take_labels(&part, &wish, err);
	if (!status)
		status = rt_json_get_f64(bundle, "count", 1, RT_COUNT_MAX,
					 &count, err);
	if (!status)
		status = trace_wish_shape(&wish, reader, &shape, err);
	return status ? status : native_add_bundles(row, shape, count, err);
}

static enum rt_status take_bundles(const struct rt_json *list,
				   struct native_row *row,
				   struct trace_reader *reader,
				   struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status;

	if (cJSON_IsNumber(list->node))
		return rt_json_f64(list, 0, RT_COUNT_MAX, &row->bundles, err);
	status = rt_json_is_array(list, err);
	row->has_list = true;
	for (bool more = !status && rt_json_first(list, &item); more;
	     more = !status && rt_json_next(&item))
		status = take_bundle(&item, row, reader, err);
	return status;
}

static enum rt_status take_after(const struct rt_json *list,
				 struct native_row *row,
				 struct trace_reader *reader,
				 struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_array(list, err);

	for (bool more = !status && rt_json_first(list, &item); more;
	     more = !status && rt_json_next(&item)) {
		const char *id;
		status = take_id(&item, reader, &id, err);
		if (!status && row->after_len == RT_ENTRIES_MAX)
			status = rt_json_fail(&item, err,
					      "more than %d jobs to come after",
					      RT_ENTRIES_MAX);
		if (!status)
			native_add_after(row, id);
	}
	return status;
}

static enum rt_status take_member(const struct rt_json *item,
				  struct native_row *row,
				  struct trace_reader *reader,
				  struct rt_error *err)
{
	const struct native_number *number = native_number_find(item->key);
	const struct native_text *text = native_text_find(item->key);

	if (cJSON_IsNull(item->node) || native_is_note(item->key))
		return RT_OK;
	if (strcmp(item->key, "bundles") == 0)
		return take_bundles(item, row, reader, err);
	if (number)
		return rt_json_f64(item, number->min, number->max,
				   native_number_of(row, number), err);
	if (text)
		return take_text(item, reader, native_text_of(row, text), err);
	if (strcmp(item->key, "resources") == 0)
		return take_resources(item, row, err);
	if (strcmp(item->key, "label_selector") == 0)
		return take_labels(item, &row->wish, err);
	if (strcmp(item->key, "after") == 0)
		return take_after(item, row, reader, err);
	trace_ignore(reader, item->key);
	return RT_OK;
}

enum rt_status native_json_row(const char *line, struct trace_reader *reader,
			       struct rt_error *err)
{
	cJSON *doc;
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct native_row row = native_row_new(reader, kept);
	struct rt_json item;
	enum rt_status status = rt_json_parse(line, strlen(line), &doc, err);

	if (status)
		return status;
	struct rt_json root = rt_json_root(doc);
	status = rt_json_is_object(&root, err);
	for (bool more = !status && rt_json_first(&root, &item); more;
	     more = !status && rt_json_next(&item))
		status = take_member(&item, &row, reader, err);
	if (!status)
		status = native_emit(&row, reader, err);
	cJSON_Delete(doc);
	return status;
}
