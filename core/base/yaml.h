/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - reads a YAML (or JSON) file into the form that json.h views.  Plain
 * scalars follow YAML's core schema (null, true/false, numbers, else text),
 * quoted ones are text.  Aliases are followed; tags and several documents in
 * one file are refused.
 */
#ifndef CORE_BASE_YAML_H
#define CORE_BASE_YAML_H

#include "core/base/buf.h"
#include "core/base/json.h"

/* The bytes of a file, as many as a YAML file may have; into a new buffer, to
 * be freed also after an error. */
enum rt_status rt_yaml_read(const char *path, struct rt_buf *,
			    struct rt_error *err);

/* To be freed with cJSON_Delete().  What passes
 * raytide/limits.h is refused.  Errors name file and line. */
enum rt_status rt_yaml_load(const char *path, cJSON **out,
			    struct rt_error *err);
/* And where all of it stands, also after an error; to be closed with
 * rt_marks_close().  The path must outlive them. */
enum rt_status rt_yaml_load_marked(const char *path, cJSON **out,
				   struct rt_marks *, struct rt_error *err);
void rt_marks_close(struct rt_marks *);

enum rt_status rt_yaml_parse(const char *text, size_t len, const char *name,
			     cJSON **out, struct rt_error *err);
/* `marks` may be NULL. */
enum rt_status rt_yaml_parse_marked(const char *text, size_t len,
				    const char *name, cJSON **out,
				    struct rt_marks *marks,
				    struct rt_error *err);

#endif
