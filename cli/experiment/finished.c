/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finished.c - JSON is YAML: the reader of files is the same.
 */
#include "cli/experiment/finished.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/yaml.h"

static enum rt_status load(const char *folder, const char *name, cJSON **doc,
			   struct rt_error *err)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return rt_yaml_load(path, doc, err);
}

bool finished_is(const char *folder, const char *key)
{
	struct rt_error err;
	cJSON *doc;

	if (load(folder, "cell.json", &doc, &err))
		return false;
	const char *known = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, "key"));
	bool same = known && strcmp(known, key) == 0;
	cJSON_Delete(doc);
	return same;
}

/* "wait_s.mean" is a member of a member. */
static double figure(const cJSON *doc, const char *name)
{
	const char *dot = strchr(name, '.');
	char first[64];

	if (!dot) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc, name);
		return cJSON_IsNumber(item) ? item->valuedouble : NAN;
	}
	snprintf(first, sizeof first, "%.*s", (int)(dot - name), name);
	return figure(cJSON_GetObjectItemCaseSensitive(doc, first), dot + 1);
}

enum rt_status finished_figures(const char *folder, struct sim_figures *figures,
				struct rt_error *err)
{
	cJSON *doc;
	enum rt_status status = load(folder, "summary.json", &doc, err);

	if (status)
		return status;
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		double value = figure(doc, sim_measures[i].name);
		memcpy((char *)figures + sim_measures[i].offset, &value,
		       sizeof value);
	}
	cJSON_Delete(doc);
	return RT_OK;
}
