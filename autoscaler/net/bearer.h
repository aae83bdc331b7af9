/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bearer.h - the header "Authorization: Bearer TOKEN".  A token that is kept in
 * a file is renewed in place: the file is to be read for each call.
 */
#ifndef AUTOSCALER_NET_BEARER_H
#define AUTOSCALER_NET_BEARER_H

#include <raytide/types.h>

#define BEARER_MAX 16384 /* bytes of the header */

/* White space around the token is not a part of it.  RT_EINPUT when it is none,
 * RT_EIO when the file cannot be read; the error never tells the token. */
enum rt_status bearer_of(const char *token, char line[BEARER_MAX],
			 struct rt_error *err);
enum rt_status bearer_read(const char *path, char line[BEARER_MAX],
			   struct rt_error *err);

#endif
