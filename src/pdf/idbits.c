/* Open addressing over clusters of 64 numbers; never more than IDBITS_MOST of them. */
#include "pdf/idbits.h"

#include "base/fail.h"
#include "base/mem.h"

enum { IDBITS_LEAST = 64, IDBITS_MOST = 1 << 21 };

void idbits_free(idbits *set)
{
    mem_free(set->places);
    *set = (idbits){0};
}

static size_t place_of(const idbits_place *places, size_t cap, uint32_t key)
{
    size_t at = (key * 2654435761u) & (cap - 1);
    while (places[at].key && places[at].key != key) {
        at = (at + 1) & (cap - 1);
    }
    return at;
}

static bool grow(idbits *set)
{
    size_t cap = set->cap ? 2 * set->cap : IDBITS_LEAST;
    set->over = set->n >= IDBITS_MOST;
    idbits_place *places = set->over ? NULL : mem_array(cap, sizeof *places);
    if (!places) {
        set->failed = true;
        return false;
    }
    for (size_t i = 0; i < set->cap; i++) {
        if (set->places[i].key) {
            places[place_of(places, cap, set->places[i].key)] = set->places[i];
        }
    }
    mem_free(set->places);
    set->places = places;
    set->cap = cap;
    set->last = 0;
    return true;
}

static uint64_t bit_of(uint32_t id)
{
    return (uint64_t)1 << (id & 63);
}

/* The place of the cluster, or NULL. */
static idbits_place *find(const idbits *set, uint32_t id)
{
    uint32_t key = id / 64 + 1;
    if (set->cap == 0) {
        return NULL;
    }
    if (set->places[set->last].key == key) {
        return &set->places[set->last];
    }
    size_t at = place_of(set->places, set->cap, key);
    return set->places[at].key ? &set->places[at] : NULL;
}

bool idbits_has(const idbits *set, uint32_t id)
{
    const idbits_place *place = find(set, id);
    return place && (place->bits & bit_of(id)) != 0;
}

bool idbits_add(idbits *set, uint32_t id)
{
    idbits_place *place = find(set, id);
    if (!place) {
        if (set->failed || (4 * set->n >= 3 * set->cap && !grow(set))) {
            return false;
        }
        place = &set->places[place_of(set->places, set->cap, id / 64 + 1)];
        place->key = id / 64 + 1;
        set->n++;
    }
    bool was = (place->bits & bit_of(id)) != 0;
    place->bits |= bit_of(id);
    set->last = (size_t)(place - set->places);
    return was;
}

bool idbits_drop(idbits *set, uint32_t id)
{
    idbits_place *place = find(set, id);
    bool was = place && (place->bits & bit_of(id)) != 0;
    if (was) {
        place->bits &= ~bit_of(id);
    }
    return was;
}

pades_status idbits_check(const idbits *set, pades_error **e)
{
    if (!set->failed) {
        return PADES_OK;
    }
    return set->over ? fail(e, PADES_LIMIT, "object numbers are scattered over too wide a range")
                     : fail_memory(e);
}
