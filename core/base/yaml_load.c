/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_load.c - a whole file into memory, bounded, for yaml.c.
 */
#include "core/base/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"

static enum rt_status read_all(FILE *file, const char *path, struct rt_buf *buf,
			       struct rt_error *err)
{
	char part[16384];
	size_t n;
	while ((n = fread(part, 1, sizeof part, file)) > 0)
		if (!rt_buf_add(buf, part, n))
			return rt_fail(err, RT_ELIMIT, "%s: larger than %u MiB",
				       path, RT_YAML_MAX >> 20);
	if (ferror(file))
		return rt_fail(err, RT_EINPUT, "%s: cannot be read: %s", path,
			       strerror(errno));
	return RT_OK;
}

enum rt_status rt_yaml_read(const char *path, struct rt_buf *buf,
			    struct rt_error *err)
{
	*buf = (struct rt_buf)RT_BUF(RT_YAML_MAX);
	FILE *file = fopen(path, "rbe");
	if (!file)
		return rt_fail(err, RT_EINPUT, "%s: cannot be opened: %s", path,
			       strerror(errno));
	enum rt_status status = read_all(file, path, buf, err);
	fclose(file);
	return status;
}

enum rt_status rt_yaml_load(const char *path, cJSON **out, struct rt_error *err)
{
	return rt_yaml_load_marked(path, out, NULL, err);
}

enum rt_status rt_yaml_load_marked(const char *path, cJSON **out,
				   struct rt_marks *marks, struct rt_error *err)
{
	struct rt_buf buf;
	*out = NULL;
	if (marks)
		*marks = (struct rt_marks){ .file = path };
	enum rt_status status = rt_yaml_read(path, &buf, err);
	if (!status)
		status = rt_yaml_parse_marked(buf.data ? buf.data : "", buf.len,
					      path, out, marks, err);
	rt_buf_free(&buf);
	return status;
}
