/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - reads a YAML (or JSON) file into the form that json.h views.  Plain
 * scalars follow YAML's core schema (null, true/false, numbers, else text),
 * quoted ones are text.  Aliases are followed; tags and several documents in
 * one file are refused.
 */
#ifndef CORE_BASE_YAML_H
#define CORE_BASE_YAML_H

#include <cjson/cJSON.h>

#include <raytide/limits.h>
#include <raytide/types.h>

/* To be freed with cJSON_Delete().  What passes
 * raytide/limits.h is refused.  Errors name file and line. */
enum rt_status rt_yaml_load(const char *path, cJSON **out,
			    struct rt_error *err);
enum rt_status rt_yaml_parse(const char *text, size_t len, const char *name,
			     cJSON **out, struct rt_error *err);

#endif
