/// Walks over the boards of a source, and past damaged ones (formats/na62.md 3.1, 3.2).
///
/// L0 block   word 0: [15:0] size in bytes, [23:16] board, [31:24] format; word 1: timestamp
///            (absent for format 0 of 2014)
/// L1 module  word 0: [23:0] event number, [31:24] source; 1: [15:0] length in words;
///            2: timestamp; 3: [15:0] sub-ID, [23:16] L0 trigger word, [31:24] error bits

#include "io/na62/blocks.h"

enum { ABSENT = 0xFFFFFFFF, LAST_FORMAT = 1, MODULE_HEADER_WORDS = 4 };

static uint32_t header_words(uint32_t format)
{
    return format == 0 ? 1 : 2;
}

static uint32_t block_words(uint32_t header)
{
    return (SPW_BITS(header, 15, 0) + 3) / 4;
}

static bool size_fits(const struct na62_boards *boards, uint32_t at)
{
    const uint32_t header = na62_word(&boards->words, at), words = block_words(header);
    return SPW_BITS(header, 15, 0) >= 4 * header_words(header >> 24) &&
           words <= boards->words.count - at;
}

static bool header_fits(const struct na62_boards *boards, uint32_t at, uint32_t format)
{
    if (at >= boards->words.count || !size_fits(boards, at)) return false;
    const uint32_t header = na62_word(&boards->words, at);
    const uint32_t number = SPW_BITS(header, 23, 16);
    return header >> 24 == format && number < boards->n_boards &&
           !(boards->seen >> number & 1);
}

/* A block of this event begins at `at`: its timestamp says so; 2014 blocks have none, there the
 * next block must fit as well. */
static bool
board_plausible(const struct na62_unpack *u, const struct na62_boards *boards, uint32_t at)
{
    if (header_fits(boards, at, 1))
        return na62_word(&boards->words, at + 1) - u->event.ticks == boards->latency;
    if (!header_fits(boards, at, 0)) return false;
    const uint32_t next = at + block_words(na62_word(&boards->words, at));
    return next == boards->words.count || header_fits(boards, next, 0);
}

static void
search_board(const struct na62_unpack *u, struct na62_boards *boards, uint32_t from)
{
    boards->at = from;
    while (boards->at < boards->words.count && !board_plausible(u, boards, boards->at))
        ++boards->at;
}

void na62_boards_resync(struct na62_unpack *u, struct na62_boards *boards)
{
    boards->seen &= ~boards->claimed;
    boards->claimed = 0;
    if (boards->at < boards->words.count && !board_plausible(u, boards, boards->at))
        search_board(u, boards, boards->header_at + 1);
}

/* Timestamp of a board, checked against the event's where the trigger is a normal one. */
static void take_timestamp(struct na62_unpack *u,
                           const struct na62_boards *boards,
                           struct na62_board *board)
{
    board->timestamp = u->event.ticks + boards->latency;
    board->bad_time = 0;
    if (board->format == 0) return;
    const uint32_t stated = na62_word(&boards->words, boards->header_at + 1);
    if (stated != board->timestamp && !u->event.special) {
        na62_count(u, NA62_TALLY_BLOCK_TIME);
        board->bad_time = SPW_BAD_BOARD_TIME;
    }
    board->timestamp = stated;
}

bool na62_boards_search(struct na62_unpack *u,
                        struct na62_boards *boards,
                        struct na62_board *board)
{
    while (boards->at < boards->words.count) {
        const uint32_t at = boards->at, header = na62_word(&boards->words, at);
        boards->header_at = at;
        boards->claimed = 0;
        if (u->event.end_of_burst && header >> 24 == boards->source) return false;
        if (!size_fits(boards, at)) {
            na62_damage(u, NA62_TALLY_BLOCK_SIZE);
            search_board(u, boards, at + 1);
            continue;
        }
        const uint32_t words = block_words(header);
        boards->at = at + words;
        board->format = header >> 24;
        board->number = SPW_BITS(header, 23, 16);
        const uint32_t skipped = header_words(board->format);
        if (board->format > LAST_FORMAT) {
            na62_damage(u, NA62_TALLY_BLOCK_FORMAT);
            na62_boards_resync(u, boards);
            continue;
        }
        if (SPW_BITS(header, 1, 0)) na62_count(u, NA62_TALLY_BLOCK_ALIGN);
        if (words == skipped && skipped == 2 &&
            na62_word(&boards->words, at + 1) == ABSENT) {
            na62_damage(u, NA62_TALLY_BLOCK_MISSING);
            continue;
        }
        if (board->number >= boards->n_boards || boards->seen >> board->number & 1) {
            na62_damage(u, NA62_TALLY_BLOCK_BOARD);
            na62_boards_resync(u, boards);
            continue;
        }
        boards->claimed = UINT64_C(1) << board->number;
        boards->seen |= boards->claimed;
        take_timestamp(u, boards, board);
        board->body = na62_words_from(&boards->words, at + skipped, words - skipped);
        return true;
    }
    return false;
}

static bool module_plausible(const struct na62_unpack *u,
                             const struct na62_modules *modules,
                             uint32_t at)
{
    return at + MODULE_HEADER_WORDS <= modules->words.count &&
           na62_word(&modules->words, at) == na62_module_mark(u, modules->source);
}

static bool
module_ends(const struct na62_unpack *u, const struct na62_modules *modules, uint32_t at)
{
    return at == modules->words.count || module_plausible(u, modules, at);
}

static uint32_t
search_module(const struct na62_unpack *u, const struct na62_modules *modules, uint32_t at)
{
    while (at < modules->words.count && !module_plausible(u, modules, at)) ++at;
    return at;
}

static void check_module(struct na62_unpack *u,
                         const struct na62_modules *modules,
                         struct na62_module *module)
{
    const uint32_t last = na62_word(&module->words, 3);
    module->timestamp = na62_word(&module->words, 2);
    module->sub_id = SPW_BITS(last, 15, 0);
    module->quality = 0;
    if (na62_word(&module->words, 0) != na62_module_mark(u, modules->source)) {
        na62_count(u, NA62_TALLY_BLOCK_NUMBER);
        module->quality = SPW_BAD_CHECK;
    }
    if (SPW_BITS(last, 21, 16) != (u->event.l0_type & 0x3f)) {
        na62_count(u, NA62_TALLY_BLOCK_TRIGGER);
        module->quality = SPW_BAD_CHECK;
    }
    if (SPW_BITS(last, 31, 24)) {
        na62_count(u, NA62_TALLY_BLOCK_ERROR_BITS);
        module->quality = SPW_BAD_CHECK;
    }
}

bool na62_modules_search(struct na62_unpack *u,
                         struct na62_modules *modules,
                         struct na62_module *module)
{
    while (modules->at < modules->words.count) {
        const uint32_t at = modules->at, left = modules->words.count - at;
        if (left < MODULE_HEADER_WORDS) break;
        module->length = SPW_BITS(na62_word(&modules->words, at + 1), 15, 0);
        const bool fits = module->length >= MODULE_HEADER_WORDS && module->length <= left;
        const bool ends = fits && module_ends(u, modules, at + module->length);
        if (!ends && !module_plausible(u, modules, at)) {
            na62_damage(u, NA62_TALLY_BLOCK_SIZE);
            modules->at = search_module(u, modules, at + 1);
            continue;
        }
        modules->header_at = at;
        modules->at = ends ? at + module->length : search_module(u, modules, at + 1);
        if (modules->at - at <
            MODULE_HEADER_WORDS) { /* the next begins inside its header */
            na62_damage(u, NA62_TALLY_BLOCK_SIZE);
            continue;
        }
        if (!ends) na62_count(u, NA62_TALLY_BLOCK_SIZE);
        module->words = na62_words_from(&modules->words, at, modules->at - at);
        module->rest = na62_words_from(&modules->words, at, left);
        if (module->words.count == MODULE_HEADER_WORDS &&
            na62_word(&module->words, 2) == ABSENT) {
            na62_damage(u, NA62_TALLY_BLOCK_MISSING);
            continue;
        }
        check_module(u, modules, module);
        return true;
    }
    if (modules->at < modules->words.count) na62_damage(u, NA62_TALLY_BLOCK_SIZE);
    return false;
}

bool na62_modules_claim_again(const struct na62_unpack *u,
                              const struct na62_modules *modules,
                              uint32_t sub_id)
{
    for (uint32_t at = modules->at; at < modules->words.count; ++at)
        if (module_plausible(u, modules, at) &&
            SPW_BITS(na62_word(&modules->words, at + 3), 15, 0) == sub_id)
            return true;
    return false;
}
