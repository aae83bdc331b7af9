/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.c - libyaml's events, one after the other, become a cJSON tree.  An
 * alias is a copy of what its anchor stands on; nodes and bytes are counted
 * with the copies, so a file that unfolds to billions is refused early.
 */
#include "core/base/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/mem.h"

#define COPIED_MAX (64 << 20) /* bytes of text */

struct anchor {
	char *name;
	const cJSON *node;
};

struct loader {
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	const char *name;   /* of the file */
	int depth;
	int nodes;
	size_t copied; /* bytes of text, by aliases */
	size_t anchors_len, anchors_cap;
	struct anchor *anchors;
	struct rt_marks *marks; /* NULL: nobody asks */
	struct rt_error *err;
};

static void add_mark(struct loader *l, const cJSON *node, yaml_mark_t at)
{
	struct rt_marks *marks = l->marks;
	if (!marks)
		return;
	RT_GROW(marks->at, marks->len, marks->cap);
	marks->at[marks->len++] =
		(struct rt_mark){ node, at.line + 1, at.column + 1 };
}

void rt_marks_close(struct rt_marks *marks)
{
	rt_free(marks->at);
	*marks = (struct rt_marks){ 0 };
}

static enum rt_status fail(struct loader *l, const char *why)
{
	return rt_fail(l->err, RT_EINPUT, "%s:%zu: %s", l->name,
		       l->event.start_mark.line + 1, why);
}

static enum rt_status over(struct loader *l, int max, const char *what)
{
	return rt_fail(l->err, RT_ELIMIT, "%s:%zu: more than %d %s", l->name,
		       l->event.start_mark.line + 1, max, what);
}

static enum rt_status next_event(struct loader *l)
{
	yaml_event_delete(&l->event);
	if (yaml_parser_parse(&l->parser, &l->event))
		return RT_OK;
	const yaml_parser_t *p = &l->parser;
	size_t line = p->problem_mark.line;
	if (p->error == YAML_MEMORY_ERROR)
		rt_oom();
	return rt_fail(l->err, RT_EINPUT, "%s:%zu: %s%s%s", l->name, line + 1,
		       p->problem ? p->problem : "not valid YAML",
		       p->context ? " " : "", p->context ? p->context : "");
}

/* A node made by cJSON, which answers NULL only when out of memory. */
static cJSON *made(cJSON *node)
{
	if (!node)
		rt_oom();
	return node;
}

static bool is_one_of(const char *text, const char *const *words)
{
	while (*words && strcmp(text, *words) != 0)
		words++;
	return *words != NULL;
}

/* [-+]? ( digits [. digits*] | . digits ) [ [eE] [-+]? digits ] */
static bool is_decimal(const char *text)
{
	static const char digits[] = "0123456789";
	text += *text == '-' || *text == '+';
	size_t len = strspn(text, digits);
	text += len;
	if (*text == '.') {
		size_t more = strspn(++text, digits);
		len += more;
		text += more;
	}
	if (!len)
		return false;
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		len = strspn(text, digits);
		text += len;
	}
	return len && !*text;
}

static bool is_in_base(const char *text, char mark, const char *digits)
{
	return text[0] == '0' && text[1] == mark && text[2] &&
	       !text[2 + strspn(text + 2, digits)];
}

/* The core schema.  Infinity and NaN, which JSON has not, stay text. */
static cJSON *plain_scalar(const char *text)
{
	static const char *const nulls[] = { "",     "~",    "null",
					     "Null", "NULL", NULL };
	static const char *const trues[] = { "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "false", "False", "FALSE", NULL };
	if (is_one_of(text, nulls))
		return made(cJSON_CreateNull());
	if (is_one_of(text, trues))
		return made(cJSON_CreateTrue());
	if (is_one_of(text, falses))
		return made(cJSON_CreateFalse());
	if (is_in_base(text, 'o', "01234567"))
		return made(cJSON_CreateNumber(
			(double)strtoull(text + 2, NULL, 8)));
	if (is_decimal(text) || is_in_base(text, 'x', "0123456789abcdefABCDEF"))
		return made(cJSON_CreateNumber(strtod(text, NULL)));
	return made(cJSON_CreateString(text));
}

static bool has_tag(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.tag;
	default:
		return false;
	}
}

static const char *anchor_of(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return (const char *)event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return (const char *)event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return (const char *)event->data.mapping_start.anchor;
	default:
		return NULL;
	}
}

/* Counts a node, its text and what is in it; returns how deep it nests. */
static int measure(const cJSON *node, int *nodes, size_t *bytes)
{
	int height = 0;
	++*nodes;
	*bytes += node->string ? strlen(node->string) : 0;
	*bytes += node->valuestring ? strlen(node->valuestring) : 0;
	const cJSON *child;
	cJSON_ArrayForEach(child, node)
	{
		int h = measure(child, nodes, bytes);
		if (h > height)
			height = h;
	}
	return height + (cJSON_IsArray(node) || cJSON_IsObject(node));
}

static enum rt_status check_limits(struct loader *l, int depth, int nodes)
{
	l->nodes += nodes;
	if (l->nodes > RT_YAML_VALUES)
		return over(l, RT_YAML_VALUES, "values");
	if (depth > RT_DEPTH_MAX)
		return over(l, RT_DEPTH_MAX, "levels of nesting");
	return RT_OK;
}

static enum rt_status read_alias(struct loader *l, cJSON **out)
{
	const char *name = (const char *)l->event.data.alias.anchor;
	size_t i = l->anchors_len;
	while (i > 0 && strcmp(l->anchors[i - 1].name, name) != 0)
		i--;
	if (i == 0)
		return fail(l, "an alias without its anchor");
	int nodes = 0;
	int height = measure(l->anchors[i - 1].node, &nodes, &l->copied);
	enum rt_status status = check_limits(l, l->depth + height, nodes);
	if (!status && l->copied > COPIED_MAX)
		status = over(l, COPIED_MAX, "bytes of text in aliases");
	if (!status)
		*out = made(cJSON_Duplicate(l->anchors[i - 1].node, true));
	return status;
}

static enum rt_status check_scalar(struct loader *l)
{
	const char *text = (const char *)l->event.data.scalar.value;
	if (has_tag(&l->event))
		return fail(l, "tags are not supported");
	if (strlen(text) != l->event.data.scalar.length)
		return fail(l, "a NUL character in a text");
	return RT_OK;
}

static enum rt_status read_scalar(struct loader *l, cJSON **out)
{
	enum rt_status status = check_scalar(l);
	if (status)
		return status;
	const char *text = (const char *)l->event.data.scalar.value;
	bool plain = l->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	*out = plain ? plain_scalar(text) : made(cJSON_CreateString(text));
	return RT_OK;
}

/* The current event, a mapping's key, as text to be freed. */
static enum rt_status read_key(struct loader *l, char **key)
{
	if (l->event.type != YAML_SCALAR_EVENT)
		return fail(l, "a key that is not a plain text");
	enum rt_status status = check_scalar(l);
	if (status)
		return status;
	const char *text = (const char *)l->event.data.scalar.value;
	if (strcmp(text, "<<") == 0)
		return fail(l, "the merge key << is not supported; "
			       "write the members out");
	*key = rt_strdup(text);
	return RT_OK;
}

static enum rt_status read_node(struct loader *l, cJSON **out);

static enum rt_status read_sequence(struct loader *l, cJSON *array)
{
	enum rt_status status;
	while (!(status = next_event(l)) &&
	       l->event.type != YAML_SEQUENCE_END_EVENT) {
		cJSON *item = NULL;
		yaml_mark_t at = l->event.start_mark;
		if ((status = read_node(l, &item)))
			break;
		add_mark(l, item, at);
		cJSON_AddItemToArray(array, item);
	}
	return status;
}

static enum rt_status read_mapping(struct loader *l, cJSON *object)
{
	enum rt_status status;
	while (!(status = next_event(l)) &&
	       l->event.type != YAML_MAPPING_END_EVENT) {
		char *key = NULL;
		cJSON *item = NULL;
		yaml_mark_t at = l->event.start_mark;
		if ((status = read_key(l, &key)))
			break;
		status = next_event(l);
		if (!status)
			status = read_node(l, &item);
		if (!status && !cJSON_AddItemToObject(object, key, item))
			rt_oom();
		if (!status)
			add_mark(l, item, at);
		rt_free(key);
		if (status)
			break;
	}
	return status;
}

static enum rt_status read_collection(struct loader *l, cJSON **out)
{
	if (has_tag(&l->event))
		return fail(l, "tags are not supported");
	bool is_map = l->event.type == YAML_MAPPING_START_EVENT;
	cJSON *node = made(is_map ? cJSON_CreateObject() : cJSON_CreateArray());
	enum rt_status status =
		is_map ? read_mapping(l, node) : read_sequence(l, node);
	if (status)
		cJSON_Delete(node);
	else
		*out = node;
	return status;
}

/* Reads the node that the current event begins.  Its anchor counts only once it
 * is read: no node can hold itself. */
static enum rt_status read_node(struct loader *l, cJSON **out)
{
	if (l->event.type == YAML_ALIAS_EVENT)
		return read_alias(l, out);
	bool leaf = l->event.type == YAML_SCALAR_EVENT;
	enum rt_status status = check_limits(l, l->depth + !leaf, 1);
	if (status)
		return status;
	const char *name = anchor_of(&l->event);
	if (name && l->anchors_len >= RT_YAML_ANCHORS)
		return over(l, RT_YAML_ANCHORS, "anchors");
	struct anchor anchor = { .name = name ? rt_strdup(name) : NULL };
	l->depth += !leaf;
	status = leaf ? read_scalar(l, out) : read_collection(l, out);
	l->depth -= !leaf;
	if (status || !anchor.name) {
		rt_free(anchor.name);
		return status;
	}
	anchor.node = *out;
	RT_GROW(l->anchors, l->anchors_len, l->anchors_cap);
	l->anchors[l->anchors_len++] = anchor;
	return RT_OK;
}

static enum rt_status read_document(struct loader *l, cJSON **out)
{
	enum rt_status status = next_event(l); /* the stream's start */
	if (!status)
		status = next_event(l);
	if (!status && l->event.type == YAML_STREAM_END_EVENT)
		return fail(l, "nothing in it");
	if (!status)
		status = next_event(l);
	if (!status)
		status = read_node(l, out);
	return status;
}

static enum rt_status check_end(struct loader *l)
{
	enum rt_status status = next_event(l); /* the document's end */
	if (!status)
		status = next_event(l);
	if (!status && l->event.type != YAML_STREAM_END_EVENT)
		return fail(l, "a second document; one file holds one");
	return status;
}

static enum rt_status check_doc(struct loader *l, const cJSON *doc)
{
	struct rt_json root = rt_json_marked(doc, l->marks);
	enum rt_status status = rt_json_check(&root, l->err);
	if (status && !l->marks)
		rt_wrap(l->err, "%s", l->name);
	return status;
}

enum rt_status rt_yaml_parse(const char *text, size_t len, const char *name,
			     cJSON **out, struct rt_error *err)
{
	return rt_yaml_parse_marked(text, len, name, out, NULL, err);
}

enum rt_status rt_yaml_parse_marked(const char *text, size_t len,
				    const char *name, cJSON **out,
				    struct rt_marks *marks,
				    struct rt_error *err)
{
	struct loader l = { .name = name, .marks = marks, .err = err };
	cJSON *doc = NULL;
	*out = NULL;
	if (!yaml_parser_initialize(&l.parser))
		rt_oom();
	yaml_parser_set_input_string(&l.parser, (const unsigned char *)text,
				     len);
	enum rt_status status = read_document(&l, &doc);
	if (!status)
		status = check_end(&l);
	if (!status)
		status = check_doc(&l, doc);
	if (status)
		cJSON_Delete(doc);
	else
		*out = doc;
	yaml_event_delete(&l.event);
	yaml_parser_delete(&l.parser);
	for (size_t i = 0; i < l.anchors_len; i++)
		rt_free(l.anchors[i].name);
	rt_free(l.anchors);
	return status;
}
