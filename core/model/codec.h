/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec.h - what the parts of the snapshot codec share: a reading in progress,
 * and the forms that occur in many places.
 */
#ifndef CORE_MODEL_CODEC_H
#define CORE_MODEL_CODEC_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/names.h"
#include "core/model/observation.h"

#define RT_SECONDS_MAX 1e12 /* some 30,000 years */

struct rt_codec {
	struct rt_names *names;
	struct rt_arena *arena;
	struct rt_error *err;
	uint32_t requests; /* read so far, of RT_REQUESTS_MAX */
};

/* The number of entries, RT_ELIMIT beyond `max`. */
enum rt_status rt_decode_len(struct rt_codec *, const struct rt_json *,
			     uint32_t max, uint32_t *len);

/* The array `key` of an object and its length, RT_ELIMIT beyond `max`.  Absent:
 * length 0, and `array` is not to be used. */
enum rt_status rt_decode_array(struct rt_codec *, const struct rt_json *object,
			       const char *key, uint32_t max,
			       struct rt_json *array, uint32_t *len);

/* The member `key`; when it is absent `out` stays as it was. */
enum rt_status rt_decode_res(struct rt_codec *, const struct rt_json *object,
			     const char *key, struct rt_res *out);
enum rt_status rt_decode_labels(struct rt_codec *, const struct rt_json *object,
				const char *key, struct rt_labels *out);
enum rt_status rt_decode_demand(struct rt_codec *,
				const struct rt_json *snapshot,
				struct rt_demand *out);

/* The member `key` as text, which must be there and not empty. */
enum rt_status rt_decode_name(struct rt_codec *, const struct rt_json *object,
			      const char *key, const char **out);

/* The member `key` as one of the words, by index; the list ends with NULL. When
 * it is absent `out` stays as it was. */
enum rt_status rt_decode_word(struct rt_codec *, const struct rt_json *object,
			      const char *key, const char *const *words,
			      int *out);

/* `ippr` of a type and of a node; NULL when it is absent. */
enum rt_status rt_decode_caps(struct rt_codec *, const struct rt_json *type,
			      const struct rt_resize_caps **out);
enum rt_status rt_decode_resize(struct rt_codec *, const struct rt_json *node,
				const struct rt_resize **out);

/* `size` of a pod; NULL when it is absent. */
enum rt_status rt_decode_pod_size(struct rt_codec *, const struct rt_json *pod,
				  const struct rt_pod_size **out);

/* Of a node, from RT_RAY_RUNNING on: the first says nothing. */
extern const char *const rt_codec_ray_statuses[];

/* RT_EINPUT unless the object has the member. */
enum rt_status rt_decode_required(struct rt_codec *,
				  const struct rt_json *object, const char *key,
				  struct rt_json *out);

cJSON *rt_encode_res(const struct rt_name_table *, struct rt_res);
cJSON *rt_encode_labels(const struct rt_name_table *, struct rt_labels);
cJSON *rt_encode_demand(const struct rt_name_table *, const struct rt_demand *);

cJSON *rt_encode_caps(const struct rt_resize_caps *);
cJSON *rt_encode_resize(const struct rt_resize *);
cJSON *rt_encode_pod_size(const struct rt_pod_size *);

/* The state of a cluster: times by the name of their group, empty ones left
 * out. */
cJSON *rt_encode_unneeded(const struct rt_snapshot *, const struct rt_times *);

#endif
