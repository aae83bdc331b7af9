/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - a block per format, filled by its rows.
 */
#include "core/base/mem.h"
#include "core/base/param.h"
#include "traces/format.h"

struct trace_settings {
	size_t len;
	void **at; /* by the place of the format */
};

struct trace_settings *trace_settings_new(void)
{
	struct trace_settings *settings = rt_calloc(1, sizeof *settings);

	while (trace_formats[settings->len])
		settings->len++;
	settings->at = rt_calloc(settings->len, sizeof *settings->at);
	for (size_t i = 0; i < settings->len; i++) {
		const struct trace_format *format = trace_formats[i];
		settings->at[i] = rt_calloc(1, format->conf_size);
		if (format->params)
			rt_params_default(format->params, settings->at[i]);
	}
	return settings;
}

void trace_settings_free(struct trace_settings **settings)
{
	if (!*settings)
		return;
	for (size_t i = 0; i < (*settings)->len; i++)
		rt_free((*settings)->at[i]);
	rt_free((*settings)->at);
	rt_free(*settings);
	*settings = NULL;
}

void *trace_settings_of(const struct trace_settings *settings, size_t i)
{
	return settings->at[i];
}
