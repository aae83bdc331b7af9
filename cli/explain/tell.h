/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.h - answers: a headline for what was asked about, and sentences below.
 * They are kept as JSON, from which people's text is made.
 */
#ifndef CLI_EXPLAIN_TELL_H
#define CLI_EXPLAIN_TELL_H

#include <cjson/cJSON.h>

#include "cli/explain/scene.h"

/* A new answer about `kind` (group, node, demand) `name`, at the end of
 * `answers`; the format is that of the headline. */
cJSON *tell_about(cJSON *answers, const char *kind, const char *name,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A sentence of the reasons, of a stage or about something; NULL: it speaks for
 * itself. */
void tell_why(cJSON *answer, const struct rt_snapshot *, const char *of,
	      int64_t count, struct rt_why);

/* A sentence of the command's own. */
void tell(cJSON *answer, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What would be otherwise than now, had that been so.  False: nothing. */
bool tell_if(cJSON *answer, const struct rt_decision *now, const char *had,
	     const struct rt_decision *other);

/* As text, for people. */
void tell_print(const cJSON *answers);

#endif
