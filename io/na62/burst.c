/// The burst file: header, tables, events (formats/na62.md 1 and 2.1).
///
///   byte          content
///   0             [23:0] format version = 1, [31:24] = 0 (2014 files: first event, 0x62)
///   4             N = number of events
///   8, 12         run, burst
///   16            N event numbers, then N trigger words, then N event offsets in words
///   16 + 12 N     events, back to back
///
/// The length words chain the events; the tables confirm them and help where a length is
/// damaged. What is no event becomes a quarantined row up to the next event that is plausible.

#include "io/na62/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_VERSION = 1,
    FILE_HEADER_WORDS = 4,
    EVENT_HEADER_WORDS = 8,
    EVENT_MARK = 0x62,
    NUMBER_MASK = 0xffffff,
    BEHIND_BYTES = 1 << 25, ///< mapped bytes that are looked at before they are given back
};

/* A walk over the words of a file. */
struct walk {
    struct spw_raw_file *file;
    const uint8_t *data;
    uint64_t n_words;
    uint32_t n_table, entry; ///< table entries, and the one expected next
    uint64_t released;       ///< bytes already given back
};

static uint32_t word_at(const struct walk *walk, uint64_t i)
{
    return spw_load_u32(walk->data + 4 * i);
}

static void count(const struct walk *walk, enum na62_tally tally)
{
    ++walk->file->tally[tally];
}

static uint32_t table_number(const struct walk *walk, uint32_t k)
{
    return word_at(walk, FILE_HEADER_WORDS + (uint64_t)k) & NUMBER_MASK;
}

static uint32_t table_trigger(const struct walk *walk, uint32_t k)
{
    return word_at(walk, FILE_HEADER_WORDS + walk->n_table + (uint64_t)k);
}

static uint64_t table_offset(const struct walk *walk, uint32_t k)
{
    return word_at(walk, FILE_HEADER_WORDS + 2 * (uint64_t)walk->n_table + k);
}

/* The source table of an event at `p` is there and its first offset is 8 + D. */
static bool sources_fit(const struct walk *walk, uint64_t p)
{
    if (p + EVENT_HEADER_WORDS + 1 > walk->n_words) return false;
    const uint32_t n_sources = SPW_BITS(word_at(walk, p + 5), 15, 8);
    const uint64_t first = EVENT_HEADER_WORDS + n_sources;
    if (p + first > walk->n_words) return false;
    return n_sources == 0 || (word_at(walk, p + EVENT_HEADER_WORDS) & NUMBER_MASK) == first;
}

static bool has_mark(const struct walk *walk, uint64_t p)
{
    return p < walk->n_words && word_at(walk, p) >> 24 == EVENT_MARK;
}

/* An event header may begin here. */
static bool begins(const struct walk *walk, uint64_t p)
{
    return has_mark(walk, p) && sources_fit(walk, p);
}

static bool trailer_ends(const struct walk *walk, uint64_t p, uint64_t end)
{
    return word_at(walk, end - 1) == (word_at(walk, p) & NUMBER_MASK);
}

static bool table_has(const struct walk *walk, uint64_t p)
{
    for (uint32_t k = walk->entry; k < walk->n_table && k < walk->entry + 3; ++k)
        if (table_offset(walk, k) == p) return true;
    return false;
}

/* End of the event at `p` if its length word is confirmed by the trailer, by the event that
 * follows, or by the tables; else 0. */
static uint64_t stated_end(const struct walk *walk, uint64_t p)
{
    const uint64_t length = word_at(walk, p + 1), end = p + length;
    const uint64_t least = EVENT_HEADER_WORDS + SPW_BITS(word_at(walk, p + 5), 15, 8) + 1;
    if (length < least || end > walk->n_words) return 0;
    const bool confirmed = trailer_ends(walk, p, end) || end == walk->n_words ||
                           begins(walk, end) || table_has(walk, end);
    return confirmed ? end : 0;
}

/* An event with a consistent header and a confirmed end. */
static bool plausible(const struct walk *walk, uint64_t p)
{
    return begins(walk, p) && stated_end(walk, p) != 0;
}

/* The next place after `p` where an event is plausible, or the tables point to one. */
static uint64_t next_event(const struct walk *walk, uint64_t p)
{
    for (uint64_t q = p + 1; q < walk->n_words; ++q) {
        if (!has_mark(walk, q)) continue;
        if (plausible(walk, q) || (begins(walk, q) && table_has(walk, q))) return q;
    }
    return walk->n_words;
}

/* The end of an event whose length word is damaged: the tables, a trailer before a header, or
 * the next plausible event. */
static uint64_t found_end(const struct walk *walk, uint64_t p)
{
    const uint64_t least =
        p + EVENT_HEADER_WORDS + SPW_BITS(word_at(walk, p + 5), 15, 8) + 1;
    for (uint64_t q = least; q < walk->n_words; ++q) {
        if (!begins(walk, q)) continue;
        if (trailer_ends(walk, p, q) || plausible(walk, q) || table_has(walk, q)) return q;
    }
    return walk->n_words;
}

static void check_table(struct walk *walk, uint64_t p)
{
    uint32_t k = walk->entry;
    if (k >= walk->n_table) {
        if (walk->n_table) count(walk, NA62_TALLY_TABLE_MISMATCH);
        return;
    }
    if (table_offset(walk, k) != p) {
        count(walk, NA62_TALLY_TABLE_MISMATCH);
        if (k + 1 < walk->n_table && table_offset(walk, k + 1) == p) k = ++walk->entry;
    } else if (table_number(walk, k) != (word_at(walk, p) & NUMBER_MASK) ||
               ((table_trigger(walk, k) ^ word_at(walk, p + 4)) & NUMBER_MASK) != 0) {
        count(walk, NA62_TALLY_TABLE_MISMATCH);
    }
    if (k && table_offset(walk, k) <= table_offset(walk, k - 1))
        count(walk, NA62_TALLY_TABLE_ORDER);
    ++walk->entry;
}

static enum spw_status add_event(struct walk *walk, uint64_t p, uint64_t end)
{
    struct spw_event_index *index = &walk->file->index;
    uint32_t i;
    check_table(walk, p);
    SPW_TRY(spw_event_index_add(index, &walk->file->arena, &i));
    index->number[i] = word_at(walk, p) & NUMBER_MASK;
    index->burst[i] = word_at(walk, p + 2);
    index->ticks[i] = word_at(walk, p + 3);
    index->trigger_word[i] = word_at(walk, p + 4);
    index->offset[i] = 4 * p;
    index->size[i] = 4 * (end - p);
    return SPW_OK;
}

/* Quarantines [from, to) bytes; the number is what the tables say of that place. */
static enum spw_status
add_lost(struct walk *walk, uint64_t from, uint64_t to, enum na62_tally reason)
{
    struct spw_event_index *index = &walk->file->index;
    uint32_t i;
    count(walk, reason);
    SPW_TRY(spw_event_index_add(index, &walk->file->arena, &i));
    index->offset[i] = from;
    index->size[i] = to - from;
    index->burst[i] = walk->file->burst;
    index->reason[i] = (uint16_t)reason;
    if (walk->entry < walk->n_table && 4 * table_offset(walk, walk->entry) == from) {
        index->number[i] = table_number(walk, walk->entry);
        index->trigger_word[i] = table_trigger(walk, walk->entry);
    }
    while (walk->entry < walk->n_table && 4 * table_offset(walk, walk->entry) >= from &&
           4 * table_offset(walk, walk->entry) < to)
        ++walk->entry;
    return SPW_OK;
}

/* Indexes what begins at `p`; `*next` is where it ends. */
static enum spw_status take_event(struct walk *walk, uint64_t p, uint64_t *next)
{
    *next = 0;
    if (sources_fit(walk, p)) {
        *next = stated_end(walk, p);
        if (has_mark(walk, p)) {
            if (*next == 0) {
                *next = found_end(walk, p);
                const bool closed = *next < walk->n_words || trailer_ends(walk, p, *next);
                count(walk, closed ? NA62_TALLY_EVENT_LENGTH : NA62_TALLY_EVENT_TRUNCATED);
            }
            return add_event(walk, p, *next);
        }
        if (*next && trailer_ends(walk, p, *next)) {
            count(walk, NA62_TALLY_EVENT_VERSION);
            return add_event(walk, p, *next);
        }
    }
    *next = next_event(walk, p);
    return add_lost(walk, 4 * p, 4 * *next, NA62_TALLY_EVENT_LOST);
}

/* Pages looked at count as resident memory; the events come back later, batch by batch. */
static void give_back(struct walk *walk, uint64_t bytes)
{
    if (!walk->file->map.path || bytes - walk->released < BEHIND_BYTES) return;
    spw_map_behind(&walk->file->map, walk->released, bytes - walk->released);
    walk->released = bytes;
}

static enum spw_status take_events(struct walk *walk, uint64_t p)
{
    walk->file->index.header_bytes = 4 * p;
    while (p < walk->n_words) {
        uint64_t next;
        SPW_TRY(take_event(walk, p, &next));
        p = next;
        give_back(walk, 4 * p);
    }
    walk->file->n_missing = walk->n_table - walk->entry;
    walk->file->tally[NA62_TALLY_TABLE_UNUSED] += walk->file->n_missing;
    const uint64_t size = walk->file->map.bytes.size;
    if (4 * p < size) return add_lost(walk, 4 * p, size, NA62_TALLY_FILE_TAIL);
    return SPW_OK;
}

/* Run and burst of `na62raw_TIME-MM-RRRRRR-BBBB.dat` or `cdrMMRRRRRR-BBBB.dat`. */
static bool parse_name(const char *path, uint32_t *run, uint32_t *burst)
{
    if (!path) return false;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    unsigned merger, r, b;
    unsigned long long time;
    if (sscanf(name, "na62raw_%llu-%2u-%6u-%4u", &time, &merger, &r, &b) != 4 &&
        sscanf(name, "cdr%2u%6u-%4u", &merger, &r, &b) != 3)
        return false;
    *run = r;
    *burst = b;
    return true;
}

/* True when header and tables can be used; then fills run, burst and the number of entries. */
static bool take_header(struct walk *walk)
{
    if (walk->n_words < FILE_HEADER_WORDS) return false;
    const uint32_t version = word_at(walk, 0);
    const uint64_t n = word_at(walk, 1), first = FILE_HEADER_WORDS + 3 * n;
    if (version != FILE_VERSION) count(walk, NA62_TALLY_HEADER_VERSION);
    walk->file->run = word_at(walk, 2);
    walk->file->burst = word_at(walk, 3);
    if (n == 0 || first >= walk->n_words) return false;
    if (word_at(walk, FILE_HEADER_WORDS + 2 * n) != first && !begins(walk, first))
        return false;
    walk->n_table = (uint32_t)n;
    return true;
}

/* The first event, run and burst of a file whose header cannot be used. */
static uint64_t find_first(struct walk *walk, bool headerless)
{
    struct spw_raw_file *file = walk->file;
    if (!headerless) count(walk, NA62_TALLY_HEADER_TABLES);
    const uint64_t p = headerless ? 0 : next_event(walk, 0);
    uint32_t run = file->run, burst = file->burst;
    if (!parse_name(file->path, &run, &burst) && p + 2 < walk->n_words && burst == 0)
        burst = word_at(walk, p + 2);
    file->run = run;
    file->burst = burst;
    return p;
}

static void count_bursts(struct walk *walk)
{
    const struct spw_event_index *index = &walk->file->index;
    for (uint32_t i = 0; i < index->count; ++i)
        if (!index->reason[i] && index->burst[i] != walk->file->burst)
            count(walk, NA62_TALLY_EVENT_BURST);
}

static enum spw_status set_state(struct spw_raw_file *file, bool headerless)
{
    struct na62_settings *settings;
    uint32_t run = file->run, burst;
    SPW_NEW(&file->arena, settings, 1);
    if (run == 0 && !parse_name(file->path, &run, &burst)) run = 0;
    /* a run number of 0 in a file with header: run control was away; take the latest rules */
    *settings = na62_settings_for(run == 0 && !headerless ? UINT32_MAX : run);
    settings->run = file->run;
    file->state = settings;
    return SPW_OK;
}

enum spw_status na62_burst_index(struct spw_raw_file *file)
{
    struct walk walk = {.file = file, .data = file->map.bytes.data};
    walk.n_words = file->map.bytes.size / 4;
    const bool headerless = has_mark(&walk, 0);
    uint64_t p;
    if (!headerless && take_header(&walk))
        p = FILE_HEADER_WORDS + 3 * (uint64_t)walk.n_table;
    else
        p = find_first(&walk, headerless);
    if (p >= walk.n_words)
        return SPW_FAIL(SPW_CORRUPT, "%s: no NA62 event in %zu bytes", file->path,
                        file->map.bytes.size);

    SPW_TRY(take_events(&walk, p));
    for (uint32_t i = 0; i < file->index.count && file->start_time_s == 0; ++i)
        if (!file->index.reason[i])
            file->start_time_s = word_at(&walk, file->index.offset[i] / 4 + 7);
    count_bursts(&walk);
    return set_state(file, headerless);
}

/* Event numbers of the table rise and fit 24 bits: a header whose version is damaged. */
static bool numbers_rise(const struct walk *walk, size_t size)
{
    enum { ENOUGH = 8 };

    if (walk->n_words < FILE_HEADER_WORDS + ENOUGH) return false;
    const uint64_t n = word_at(walk, 1);
    if (n < ENOUGH || 16 + 12 * n >= size) return false;
    for (uint64_t k = 0; k < ENOUGH; ++k) {
        const uint32_t number = word_at(walk, FILE_HEADER_WORDS + k);
        if (number > NUMBER_MASK) return false;
        if (k && number <= word_at(walk, FILE_HEADER_WORDS + k - 1)) return false;
    }
    return true;
}

/* A whole source table, which other data do not show by chance. */
static bool table_convinces(const struct walk *walk, uint64_t p)
{
    enum { LEAST_SOURCES = 4, LAST_SOURCE = 0x58 };

    if (!begins(walk, p)) return false;
    const uint32_t n_sources = SPW_BITS(word_at(walk, p + 5), 15, 8);
    uint32_t offset = 0;
    for (uint64_t s = 0; s < n_sources; ++s) {
        const uint32_t entry = word_at(walk, p + EVENT_HEADER_WORDS + s), id = entry >> 24;
        if (id % 4 != 0 || id > LAST_SOURCE || (entry & NUMBER_MASK) < offset) return false;
        offset = entry & NUMBER_MASK;
    }
    return n_sources >= LEAST_SOURCES;
}

bool na62_burst_probe(struct spw_bytes head, size_t size)
{
    const struct walk walk = {.data = head.data, .n_words = head.size / 4};
    if (walk.n_words < EVENT_HEADER_WORDS + 1) return false;
    if (word_at(&walk, 0) == FILE_VERSION || numbers_rise(&walk, size)) return true;
    for (uint64_t p = 0; p < walk.n_words; ++p)
        if (table_convinces(&walk, p)) return true;
    return false;
}
