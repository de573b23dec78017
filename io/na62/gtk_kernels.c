#include "io/na62/gtk_kernels.h"

#include "core/bytes.h"
#include "io/na62/na62_kernels.h"

enum { STEP = 4, BLOCK = 64 };

/* Four items; [31:0] word 0, [63:32] word 1. */
typedef uint64_t item_vector __attribute__((vector_size(8 * STEP)));
typedef int64_t lane_vector __attribute__((vector_size(8 * STEP)));

static inline uint64_t item(const uint8_t *items, uint32_t i)
{
    uint64_t two;
    memcpy(&two, items + 8 * (size_t)i, sizeof two);
    return two;
}

/* Bit i: item i is a first trailer; n <= BLOCK. */
static inline uint64_t find_trailers(const uint8_t *items, uint32_t n)
{
    item_vector found = {0}, bit = {1, 2, 4, 8};
    uint64_t rest = 0;
    uint32_t i = 0;
    for (; i + STEP <= n; i += STEP, bit <<= STEP) {
        item_vector v;
        memcpy(&v, items + 8 * (size_t)i, sizeof v);
        found |= bit & (item_vector)((v >> 28 & 15) == NA62_GTK_TRAILER_1);
    }
    for (; i < n; ++i)
        rest |= (uint64_t)((item(items, i) >> 28 & 15) == NA62_GTK_TRAILER_1) << i;
    return ((found[0] | found[1]) | (found[2] | found[3])) | rest;
}

/* The trailers at item `t` are those of this trigger, of a chip of the PC, and of `n_hits` hits. */
static inline bool
trailers_agree(const struct na62_gtk_walk *walk, uint32_t t, uint32_t n_hits)
{
    if (t + STEP >= walk->n_readable || t + 1 >= walk->n_items) return false;
    const uint64_t one = item(walk->items, t), two = item(walk->items, t + 1);
    const uint64_t chip = one >> 24 & 15, next = (walk->number + 1) & 0xffffff;
    const uint64_t first =
        (uint64_t)walk->l1a << 32 | (NA62_GTK_TRAILER_1 << 4 | chip) << 24 | walk->number;
    const uint64_t second = (uint64_t)n_hits << 56 | next << 32 |
                            (NA62_GTK_TRAILER_2 << 4 | chip) << 24 | walk->l0_type;
    const uint64_t not_said = 0xffff00; /* hits since the trigger before */
    return ((one ^ first) | ((two ^ second) & ~not_said)) == 0 &&
           chip - walk->first_chip < walk->n_chips && n_hits < NA62_GTK_LIMITER_HITS;
}

/* Gathers `n` items behind the last row, where they do not count yet; true when all are hits of
 * one pixel in this or the last frame, without status bit, none twice. */
static inline bool
gather(const struct na62_gtk_walk *w, const uint8_t *items, uint32_t n, uint32_t chip)
{
    const uint64_t frame_now_or_last = 29, high = UINT64_C(1) << 63; /* may differ: bit 1 */

    const uint64_t mark = chip << 2 | w->station, frame = 2 * (w->l1a >> 8);
    const uint64_t meta = (w->l1a & NA62_GTK_L1A_MASK) | w->quality
                                                             << NA62_GTK_QUALITY_SHIFT;
    const item_vector metas = {meta, meta, meta, meta};
    lane_vector lane = {0, 1, 2, 3};
    item_vector all = {0};
    uint32_t k = 0;
    do {
        item_vector v, next;
        memcpy(&v, items + 8 * (size_t)k, sizeof v);
        memcpy(&next, items + 8 * (size_t)k + 8, sizeof next);
        memcpy(w->word + w->count + 2 * (size_t)k, &v, sizeof v);
        memcpy(w->meta + w->count + 2 * (size_t)k, &metas, sizeof metas);
        const item_vector bits = v & 0x3ff, less = bits - 1;
        const item_vector strange =
            ((v >> 22 & 0x3ff) ^ mark) | ((frame - (v >> 17)) & frame_now_or_last) |
            ((bits | high) & less) /* not one bit */ |
            (((v >> 10 & 127) + (128 - NA62_GTK_GROUPS)) & 128) | (item_vector)(v == next);
        all |= strange & (item_vector)(lane < (int64_t)n);
        lane += STEP;
        k += STEP;
    } while (k < n);
    return ((all[0] | all[1]) | (all[2] | all[3])) == 0;
}

static void take_half_chips(struct na62_gtk_walk *walk)
{
    struct na62_gtk_walk w = *walk;
    for (uint32_t block = w.at; block < w.n_items; block += BLOCK) {
        const uint32_t n = w.n_items - block < BLOCK ? w.n_items - block : BLOCK;
        uint64_t trailers = find_trailers(w.items + 8 * (size_t)block, n);
        for (; trailers; trailers &= trailers - 1) {
            const uint32_t t = block + (uint32_t)__builtin_ctzll(trailers),
                           n_hits = t - w.at;
            const uint8_t *hits = w.items + 8 * (size_t)w.at;
            if (!trailers_agree(&w, t, n_hits) ||
                !gather(&w, hits, n_hits, w.items[8 * (size_t)t + 3] & 15)) {
                block = w.n_items;
                break;
            }
            w.count += 2 * n_hits;
            w.at = t + 2;
            ++w.n_half_chips;
        }
    }
    walk->at = w.at;
    walk->count = w.count;
    walk->n_half_chips = w.n_half_chips;
}

const struct na62_gtk_kernels SPW_KERNELS(na62_gtk_kernels) = {.take = take_half_chips};
