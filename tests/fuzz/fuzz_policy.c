/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_policy.c - a policy file: it is understood, or refused with a line.  No
 * libraries are loaded, whatever it names.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/controller/settings.h"
#include "core/host/policy_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rt_controller_settings controller;
	const struct rt_setting_group group = { rt_controller_params,
						&controller, NULL };
	struct rt_chain chain = { 0 };
	const struct rt_settings settings = { &chain, 1, &group };
	char *text = rt_calloc(size + 1, 1);
	const struct rt_preset presets[] = { { "fuzz", text }, { NULL, NULL } };
	const struct rt_registry registry = { rt_registry.policies, presets };
	struct rt_error err = { 0 };

	memcpy(text, data, size);
	rt_params_default(rt_controller_params, &controller);
	if (!strstr(text, "plug")) {
		if (!rt_policy_open(&settings, "fuzz", &registry, &err)) {
			if (chain.len == 0)
				abort();
		} else if (!err.text[0] || strchr(err.text, '\n') ||
			   chain.len != 0) {
			abort();
		}
	}
	rt_chain_close(&chain);
	rt_free(text);
	return 0;
}
