/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_snapshot.h - snapshots as JSON, version 1 (docs/formats/snapshot.md).
 */
#ifndef CORE_MODEL_CODEC_SNAPSHOT_H
#define CORE_MODEL_CODEC_SNAPSHOT_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/names.h"

/* Copies everything into the arena and `names`: the document may be freed.
 * `names` must not be given new names while the snapshot is in use. */
enum rt_status rt_snapshot_decode(const cJSON *doc, struct rt_names *,
				  struct rt_arena *, struct rt_snapshot **out,
				  struct rt_error *err);

cJSON *rt_snapshot_encode(const struct rt_snapshot *);

#endif
