/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rooms.c - a room is found by a hash of what is left, its nodes are bits by
 * position.  Positions are given anew when they run out: in order of launch
 * those of nodes that went are taken out, random ones are spread twice as wide.
 */
#include "sim/rooms.h"

#include <string.h>

#include "core/base/mem.h"
#include "sim/world.h"

#define CAP_MIN 64
#define EMPTY UINT32_MAX
#define ROOMS_SLACK                                                            \
	64 /* empty ones that are kept beside as many as are used              \
	    */

void sim_rooms_init(struct sim_rooms *rooms,
		    const struct rt_raycluster *cluster, bool shuffled,
		    uint64_t seed)
{
	*rooms = (struct sim_rooms){
		.cluster = cluster,
		.shuffled = shuffled,
		.rng = rt_rng_open(seed, "order of nodes", 0),
	};
}

static void free_room(struct sim_room *room)
{
	rt_free(room->free);
	rt_free(room->bits);
	rt_free(room);
}

void sim_rooms_free(struct sim_rooms *rooms)
{
	for (uint32_t i = 0; i < rooms->rooms_len; i++)
		free_room(rooms->rooms[i]);
	rt_free(rooms->rooms);
	rt_free(rooms->found);
	rt_free(rooms->slots);
	rt_free(rooms->at);
}

/* ---- positions ---------------------------------------------------------- */

static void set_bit(struct sim_room *room, uint32_t position)
{
	room->bits[position / 64] |= (uint64_t)1 << position % 64;
	if (position / 64 < room->low)
		room->low = position / 64;
}

/* Where the i-th node in order of position goes. */
static uint32_t spread(struct sim_rooms *rooms, uint32_t i, uint32_t position)
{
	if (!rooms->shuffled)
		return i;
	return 2 * position + rt_rng_u32(&rooms->rng) % 2;
}

static void renumber(struct sim_rooms *rooms)
{
	uint32_t cap = CAP_MIN, n = 0;
	struct sim_node **old = rooms->at;

	while (cap < 2 * rooms->len || (rooms->shuffled && cap <= rooms->cap))
		cap *= 2;
	rooms->at = rt_calloc(cap, sizeof(struct sim_node *));
	for (uint32_t i = 0; i < rooms->rooms_len; i++) {
		struct sim_room *room = rooms->rooms[i];
		rt_free(room->bits);
		room->bits = rt_calloc(cap / 64, sizeof *room->bits);
		room->low = 0;
	}
	for (uint32_t p = 0; p < rooms->cap; p++) {
		if (!old[p])
			continue;
		old[p]->position = spread(rooms, n++, p);
		rooms->at[old[p]->position] = old[p];
		if (old[p]->room)
			set_bit(old[p]->room, old[p]->position);
	}
	rt_free(old);
	rooms->cap = cap;
	rooms->end = n;
}

static uint32_t new_position(struct sim_rooms *rooms)
{
	if (!rooms->shuffled)
		return rooms->end++;
	uint32_t p = rt_rng_u32(&rooms->rng) % rooms->cap;
	while (rooms->at[p])
		p = (p + 1) % rooms->cap;
	return p;
}

void sim_rooms_enter(struct sim_rooms *rooms, struct sim_node *node)
{
	if (rooms->shuffled ? 2 * rooms->len >= rooms->cap
			    : rooms->end == rooms->cap)
		renumber(rooms);
	node->position = new_position(rooms);
	rooms->at[node->position] = node;
	rooms->len++;
}

void sim_rooms_leave(struct sim_rooms *rooms, struct sim_node *node)
{
	sim_rooms_close(rooms, node);
	rooms->at[node->position] = NULL;
	rooms->len--;
}

/* ---- rooms -------------------------------------------------------------- */

static uint64_t hash(uint32_t group, const struct rt_amount *free, uint32_t len)
{
	uint64_t h = 14695981039346656037u ^ group;

	for (uint32_t i = 0; i < len; i++)
		h = (h ^ (uint64_t)free[i].units) * 0x9E3779B97F4A7C15u;
	return h ^ h >> 32;
}

static bool alike(const struct sim_room *room, uint32_t group,
		  const struct rt_amount *free, uint32_t len)
{
	if (room->group != group)
		return false;
	for (uint32_t i = 0; i < len; i++)
		if (room->free[i].units != free[i].units)
			return false;
	return true;
}

/* The slot of such a room, or the empty one where it belongs. */
static uint32_t *find(const struct sim_rooms *rooms, uint32_t group,
		      const struct rt_amount *free)
{
	uint32_t len = rooms->cluster->groups[group].res.len;
	uint32_t mask = rooms->slots_len - 1;
	uint32_t i = (uint32_t)hash(group, free, len) & mask;

	while (rooms->slots[i] != EMPTY &&
	       !alike(rooms->rooms[rooms->slots[i]], group, free, len))
		i = (i + 1) & mask;
	return &rooms->slots[i];
}

static void rehash(struct sim_rooms *rooms)
{
	while (rooms->slots_len < 4 * (rooms->rooms_len + 1))
		rooms->slots_len = rooms->slots_len ? 2 * rooms->slots_len : 64;
	rooms->slots = rt_realloc(rooms->slots,
				  rooms->slots_len * sizeof *rooms->slots);
	memset(rooms->slots, 0xFF, rooms->slots_len * sizeof *rooms->slots);
	for (uint32_t i = 0; i < rooms->rooms_len; i++)
		*find(rooms, rooms->rooms[i]->group, rooms->rooms[i]->free) = i;
}

static void drop_empty(struct sim_rooms *rooms)
{
	for (uint32_t i = rooms->used; i < rooms->rooms_len; i++)
		free_room(rooms->rooms[i]);
	rooms->rooms_len = rooms->used;
	rehash(rooms);
}

static struct sim_room *add_room(struct sim_rooms *rooms, struct sim_node *node)
{
	uint32_t len = rooms->cluster->groups[node->group].res.len;
	struct sim_room *room = rt_calloc(1, sizeof *room);

	if (rooms->rooms_len > 2 * rooms->used + ROOMS_SLACK)
		drop_empty(rooms);
	*room = (struct sim_room){
		.group = node->group,
		.free = rt_calloc(len, sizeof *room->free),
		.place = rooms->rooms_len,
		.bits = rt_calloc(rooms->cap / 64, sizeof *room->bits),
	};
	memcpy(room->free, node->free, len * sizeof *room->free);
	RT_GROW(rooms->rooms, rooms->rooms_len, rooms->rooms_cap);
	rooms->found = rt_realloc(rooms->found,
				  rooms->rooms_cap * sizeof *rooms->found);
	rooms->rooms[rooms->rooms_len++] = room;
	if (rooms->slots_len < 2 * rooms->rooms_len)
		rehash(rooms);
	else
		*find(rooms, room->group, room->free) = room->place;
	return room;
}

/* The slots of both change. */
static void swap(struct sim_rooms *rooms, struct sim_room *room, uint32_t place)
{
	struct sim_room *other = rooms->rooms[place];

	if (room == other)
		return;
	uint32_t *a = find(rooms, room->group, room->free);
	uint32_t *b = find(rooms, other->group, other->free);
	*b = other->place = room->place;
	*a = room->place = place;
	rooms->rooms[other->place] = other;
	rooms->rooms[place] = room;
}

void sim_rooms_close(struct sim_rooms *rooms, struct sim_node *node)
{
	struct sim_room *room = node->room;

	if (!room)
		return;
	room->bits[node->position / 64] &=
		~((uint64_t)1 << node->position % 64);
	if (--room->count == 0)
		swap(rooms, room, --rooms->used);
	node->room = NULL;
}

void sim_rooms_open(struct sim_rooms *rooms, struct sim_node *node)
{
	sim_rooms_close(rooms, node);
	if (!rooms->slots_len)
		rehash(rooms);
	uint32_t slot = *find(rooms, node->group, node->free);
	struct sim_room *room =
		slot == EMPTY ? add_room(rooms, node) : rooms->rooms[slot];
	if (room->count++ == 0)
		swap(rooms, room, rooms->used++);
	set_bit(room, node->position);
	node->room = room;
}

/* ---- searches ----------------------------------------------------------- */

bool sim_rooms_has(const struct sim_rooms *rooms, uint32_t group)
{
	for (uint32_t i = 0; i < rooms->used; i++)
		if (rooms->rooms[i]->group == group)
			return true;
	return false;
}

uint32_t sim_rooms_search(struct sim_rooms *rooms,
			  const struct sim_shape *shape)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rooms->used; i++)
		if (sim_shape_fits(shape, rooms->rooms[i]->group,
				   rooms->rooms[i]->free))
			rooms->found[n++] = rooms->rooms[i];
	return n;
}

static uint64_t word_of(const struct sim_rooms *rooms, uint32_t low,
			uint32_t high, uint32_t i)
{
	uint64_t word = 0;

	for (uint32_t r = low; r < high; r++)
		word |= rooms->found[r]->bits[i];
	return word;
}

struct sim_node *sim_rooms_nth(const struct sim_rooms *rooms, uint32_t low,
			       uint32_t high, uint32_t n)
{
	for (uint32_t i = 0;; i++) {
		uint64_t word = word_of(rooms, low, high, i);
		uint32_t count = (uint32_t)__builtin_popcountll(word);
		if (n >= count) {
			n -= count;
			continue;
		}
		while (n-- > 0)
			word &= word - 1;
		return rooms->at[i * 64 + (uint32_t)__builtin_ctzll(word)];
	}
}

struct sim_node *sim_rooms_from(const struct sim_rooms *rooms, uint32_t len,
				uint32_t from)
{
	uint32_t best = EMPTY;

	for (uint32_t r = 0; r < len; r++) {
		struct sim_room *room = rooms->found[r];
		while (room->bits[room->low] == 0)
			room->low++;
		uint32_t i = from / 64 > room->low ? from / 64 : room->low;
		uint64_t mask =
			i == from / 64 ? UINT64_MAX << from % 64 : UINT64_MAX;
		while (i < rooms->cap / 64 && !(room->bits[i] & mask)) {
			mask = UINT64_MAX;
			i++;
		}
		if (i == rooms->cap / 64)
			continue;
		uint32_t p = i * 64 +
			     (uint32_t)__builtin_ctzll(room->bits[i] & mask);
		if (p < best)
			best = p;
	}
	return best == EMPTY ? NULL : rooms->at[best];
}
