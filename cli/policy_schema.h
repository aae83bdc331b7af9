/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_schema.h - what a policy file may hold, as JSON Schema, for editors
 * and checks that do not run raytide.
 */
#ifndef CLI_POLICY_SCHEMA_H
#define CLI_POLICY_SCHEMA_H

#include <cjson/cJSON.h>

/* To be freed with cJSON_Delete(). */
cJSON *policy_schema(void);

#endif
