#include "io/na62/board_kernels.h"

#include "core/bytes.h"
#include "io/na62/na62_kernels.h"

enum { STEP = NA62_BOARD_SLACK, HEADER_WORDS = 2 };

/* Rows that are stored at once: mostly that is enough. */
typedef uint32_t row_vector __attribute__((vector_size(4 * STEP)));
typedef int32_t lane_vector __attribute__((vector_size(4 * STEP)));
typedef uint16_t hit_vector __attribute__((vector_size(2 * STEP)));

static inline uint32_t word(const uint8_t *words, uint32_t i)
{
    return spw_load_u32(words + 4 * (size_t)i);
}

/* Sets STEP rows of a column. */
static inline void fill(void *column, uint32_t row, uint32_t value)
{
    const row_vector v = (row_vector){0} + value;
    memcpy((uint32_t *)column + row, &v, sizeof v);
}

/* Words of the board at `block` with its header, or 0 when the header is not as usual. */
static inline uint32_t board_words(const struct na62_board_walk *walk, const uint8_t *block)
{
    enum { FORMAT = 1 };

    const uint32_t header = word(block, 0), number = SPW_BITS(header, 23, 16);
    const uint32_t bytes = SPW_BITS(header, 15, 0);
    const bool usual = header >> 24 == FORMAT && bytes % 4 == 0 &&
                       word(block, 1) == walk->timestamp && number < walk->n_boards &&
                       !(walk->seen >> number & 1);
    return usual && bytes / 4 <= walk->n_words - walk->at ? bytes / 4 : 0;
}

static inline void
close_board(struct na62_board_walk *walk, uint32_t number, uint32_t n_words, uint32_t count)
{
    walk->seen |= UINT64_C(1) << number;
    walk->at += n_words;
    walk->count = count;
}

/* Gathers the slots [at, ...) of an FPGA; returns the word behind them, or 0. */
static inline uint32_t gather_slots(const struct na62_board_walk *w,
                                    const uint8_t *block,
                                    uint32_t at,
                                    uint32_t end,
                                    uint32_t meta,
                                    uint32_t *count)
{
    const uint32_t n_slots = SPW_BITS(word(block, at), 7, 0);
    const uint32_t first = (uint32_t)w->first_slot;
    uint32_t row = *count;
    ++at;
    for (uint32_t i = 0; i < n_slots; ++i) {
        const uint32_t slot = word(block, at), n = slot >> 16;
        const uint32_t in_window = (slot - w->ticks - first) & 0xffff;
        if (n - 1 >= end - at || in_window > w->n_window) return 0; /* n = 0 wraps around */
        const uint32_t base = (first + in_window - (slot & 0x7ff)) * 256;
        uint32_t k = 0;
        do {
            memcpy(w->word + row + k, block + 4 * (size_t)(at + 1 + k), 4 * STEP);
            fill(w->meta, row + k, meta | slot << NA62_META_SLOT_SHIFT);
            fill(w->base, row + k, base);
            k += STEP;
        } while (k < n - 1);
        row += n - 1;
        at += n;
    }
    *count = row;
    return at;
}

/* Gathers a board of `end` words; false when it is not as usual inside. No error frames here, and
 * no SL, whose hits are dropped. */
static inline bool
gather_fpgas(struct na62_board_walk *w, const uint8_t *block, uint32_t end)
{
    enum { N_FPGAS = 4, ERROR_BIT = 1 << 24, FPGA_BITS = 0xff0000 };

    const uint32_t number = SPW_BITS(word(block, 0), 23, 16), header = word(block, 2);
    const uint32_t address = NA62_TEL62_CHANNELS_PER_BOARD * number | w->mark;
    uint32_t at = HEADER_WORDS + 1, count = w->count;
    if (((header >> 8 ^ (number << 8 | w->type)) & 0xffff) || SPW_BITS(header, 7, N_FPGAS))
        return false;
    for (uint32_t fpgas = header & 0xff; fpgas; fpgas &= fpgas - 1) {
        const uint32_t fpga = (uint32_t)__builtin_ctz(fpgas);
        if (at >= end || ((word(block, at) ^ fpga << 16) & (ERROR_BIT | FPGA_BITS)))
            return false;
        const uint32_t meta = address + NA62_TEL62_CHANNELS_PER_FPGA * fpga;
        at = gather_slots(w, block, at, end, meta, &count);
        if (at == 0) return false;
    }
    if (at != end) return false;
    close_board(w, number, end, count);
    return true;
}

static void tel62(struct na62_board_walk *walk)
{
    struct na62_board_walk w = *walk;
    if (w.n_readable - w.n_words < STEP) return; /* edges are read in steps */
    while (w.n_words - w.at > HEADER_WORDS) {
        const uint8_t *block = w.words + 4 * (size_t)w.at;
        const uint32_t n = board_words(&w, block);
        if (n <= HEADER_WORDS || !gather_fpgas(&w, block, n)) break;
    }
    *walk = w;
}

/* Copies `n` hits behind the last row; true when none is padding. */
static inline bool
copy_hits(const struct na62_board_walk *w, const uint8_t *from, uint32_t n)
{
    lane_vector lane = {0, 1, 2, 3, 4, 5, 6, 7};
    row_vector padding = {0};
    uint32_t i = 0;
    do {
        hit_vector hits;
        memcpy(&hits, from + 2 * (size_t)i, sizeof hits);
        const row_vector rows = __builtin_convertvector(hits, row_vector);
        memcpy(w->word + w->count + i, &rows, sizeof rows);
        padding |= (row_vector)(rows == NA62_SRB_PADDING) & (row_vector)(lane < (int32_t)n);
        lane += STEP;
        i += STEP;
    } while (i < n);
    uint64_t any[STEP / 2];
    memcpy(any, &padding, sizeof any);
    return ((any[0] | any[1]) | (any[2] | any[3])) == 0;
}

/* Sum of the bytes of both. */
static inline uint32_t sum_bytes(uint64_t a, uint64_t b)
{
    const uint64_t even = UINT64_C(0x00FF00FF00FF00FF);
    const uint64_t pairs = (a & even) + (a >> 8 & even) + (b & even) + (b >> 8 & even);
    return (uint32_t)((pairs * UINT64_C(0x0001000100010001)) >> 48);
}

/* Spreads the times of eight slots over their hits; each store reaches into the next slot, which
 * comes later. Returns the row behind them. */
static inline uint32_t spread_slots(const struct na62_board_walk *w,
                                    uint64_t counters,
                                    uint32_t time,
                                    uint32_t row)
{
    for (uint32_t slot = 0; slot < 8; ++slot, counters >>= 8) {
        fill(w->base, row, time + slot * NA62_SRB_TICKS_PER_CLOCK);
        row += counters & 0xff;
    }
    return row;
}

/* Gathers a board of `end` words; false when it is not as usual inside. */
static inline bool gather_srb(struct na62_board_walk *w, const uint8_t *block, uint32_t end)
{
    const uint64_t beyond_step = UINT64_C(0x0101010101010101) * (0xff & ~(STEP - 1));
    const uint32_t number = SPW_BITS(word(block, 0), 23, 16), header = word(block, 2);
    const uint32_t length = end - HEADER_WORDS, time = word(block, 3);
    if (length < NA62_SRB_FIXED_WORDS || header >> 16 != 4 * length ||
        SPW_BITS(header, 15, 8) != w->type || SPW_BITS(header, 4, 0) != number ||
        w->timestamp - time > NA62_SRB_MAX_LATENCY)
        return false;
    const uint8_t *hits = block + 16, *counters = block + 4 * (size_t)(end - 4);
    uint64_t low, high;
    memcpy(&low, counters, sizeof low);
    memcpy(&high, counters + sizeof low, sizeof high);
    uint32_t n = 2 * (length - NA62_SRB_FIXED_WORDS);
    n -= n && spw_load_u16(hits + 2 * (size_t)n - 2) == NA62_SRB_PADDING;
    if (n != sum_bytes(low, high) || ((low | high) & beyond_step) || !copy_hits(w, hits, n))
        return false;
    for (uint32_t i = 0; i < n; i += STEP)
        fill(w->meta, w->count + i, NA62_SRB_STRAWS_PER_BOARD * number | w->mark);
    const uint32_t base = (time - w->ticks) * NA62_SRB_TICKS_PER_CLOCK;
    const uint32_t row = spread_slots(w, low, base, w->count);
    spread_slots(w, high, base + 8 * NA62_SRB_TICKS_PER_CLOCK, row);
    close_board(w, number, end, w->count + n);
    return true;
}

static void srb(struct na62_board_walk *walk)
{
    struct na62_board_walk w = *walk;
    while (w.n_words - w.at > HEADER_WORDS) {
        const uint8_t *block = w.words + 4 * (size_t)w.at;
        const uint32_t n = board_words(&w, block);
        if (n <= HEADER_WORDS || !gather_srb(&w, block, n)) break;
    }
    *walk = w;
}

const struct na62_board_kernels SPW_KERNELS(na62_board_kernels) = {.tel62 = tel62,
                                                                   .srb = srb};
