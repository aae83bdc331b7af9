/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.c - rules are kept in byte order of their keys, so that equal selectors
 * are one shape.
 */
#include "traces/ask.h"

#include <string.h>

#include "core/base/error.h"

#define RULES_MAX 1000 /* each finds its place by looking at all */

struct trace_wish trace_wish_new(struct trace_reader *reader,
				 struct rt_amount kept[TRACE_AMOUNTS_KEPT])
{
	return (struct trace_wish){
		.res = { .arena = trace_scratch(reader),
			 .names = trace_facts(reader)->names,
			 .at = kept,
			 .cap = kept ? TRACE_AMOUNTS_KEPT : 0 },
	};
}

void trace_wish_amount(struct trace_wish *wish, const char *name, double amount)
{
	int64_t units = rt_units(amount);

	if (units > 0)
		rt_res_add(&wish->res, name, units);
}

/* The text between "in(" and ")", NULL when it is not written so. */
static char *list_of(struct rt_arena *arena, const char *rule)
{
	size_t len = strlen(rule);

	if (strncmp(rule, "in(", 3) != 0 || rule[len - 1] != ')')
		return NULL;
	return rt_arena_strndup(arena, rule + 3, len - 4);
}

static void add_value(struct trace_wish *wish, struct rt_label_rule *rule,
		      uint32_t *cap, const char *value)
{
	uint32_t *values = (uint32_t *)rule->values;

	RT_ARENA_GROW(wish->res.arena, values, rule->len, *cap);
	values[rule->len++] = rt_name_intern(wish->res.names, value);
	rule->values = values;
}

/* The next of a list, without the blanks around it; NULL: that was all. */
static char *next_value(char *list, char **save)
{
	char *value;

	while ((value = strtok_r(list, ",", save))) {
		list = NULL;
		value += strspn(value, " ");
		size_t len = strlen(value);
		while (len > 0 && value[len - 1] == ' ')
			value[--len] = '\0';
		if (len > 0)
			break;
	}
	return value;
}

static size_t longest_value(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t len = strcspn(text, ",");
		longest = len > longest ? len : longest;
		text += len + (text[len] == ',');
	}
	return longest;
}

static struct rt_label_rule *place_rule(struct trace_wish *wish,
					const char *key)
{
	const struct rt_names *names = wish->res.names;
	uint32_t id = rt_name_intern(wish->res.names, key), i = 0;

	while (i < wish->rules_len &&
	       strcmp(rt_name_text(names, wish->rules[i].key), key) < 0)
		i++;
	if (i == wish->rules_len || wish->rules[i].key != id) {
		RT_ARENA_GROW(wish->res.arena, wish->rules, wish->rules_len,
			      wish->rules_cap);
		memmove(wish->rules + i + 1, wish->rules + i,
			(wish->rules_len - i) * sizeof *wish->rules);
		wish->rules_len++;
	}
	wish->rules[i] = (struct rt_label_rule){ .key = id };
	return &wish->rules[i];
}

enum rt_status trace_wish_label(struct trace_wish *wish, const char *key,
				const char *text, struct rt_error *err)
{
	bool negated = *text == '!';
	uint32_t cap = 0;

	if (!*key || strlen(key) > RT_NAME_MAX)
		return rt_fail(err, RT_EINPUT,
			       "a label's key is empty or longer than %d bytes",
			       RT_NAME_MAX);
	if (wish->rules_len == RULES_MAX)
		return rt_fail(err, RT_ELIMIT, "more than %d labels",
			       RULES_MAX);
	if (longest_value(text) > RT_NAME_MAX)
		return rt_fail(err, RT_ELIMIT,
			       "%.40s: a value of more than %d bytes", key,
			       RT_NAME_MAX);
	struct rt_label_rule *rule = place_rule(wish, key);
	rule->op = negated ? RT_LABEL_NOT_IN : RT_LABEL_IN;
	text += negated;
	char *list = list_of(wish->res.arena, text);
	if (!list) {
		add_value(wish, rule, &cap, text);
		return RT_OK;
	}
	for (char *save, *value = next_value(list, &save); value;
	     value = next_value(NULL, &save))
		add_value(wish, rule, &cap, value);
	if (rule->len == 0)
		return rt_fail(err, RT_EINPUT, "%.40s: \"%.40s\" has no values",
			       key, text);
	return RT_OK;
}

enum rt_status trace_wish_shape(const struct trace_wish *wish,
				struct trace_reader *reader, uint32_t *out,
				struct rt_error *err)
{
	const struct trace_shape shape = {
		.res = { wish->res.len, wish->res.at },
		.selector = { wish->rules_len, wish->rules },
	};

	return trace_shape(reader, &shape, out, err);
}
