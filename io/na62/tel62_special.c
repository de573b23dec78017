/// Special frames of TEL62 boards: start of burst, end-of-burst texts (formats/na62.md 3.3.6).
///
///   FPGA word   [11:0] words with this one, [23:16] FPGA
///   SOB         one word: timestamp
///   EOB         ASCII, the four bytes of each word reversed, lines `LABEL=hex:hex:...`
///   others      nothing

#include "io/na62/blocks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { N_FPGAS = 5, MAX_CHANNEL = 128, FPGA_STRIDE = 1000 };

/* Where the values of a text belong. */
struct place {
    struct na62_unpack *u;
    uint32_t source, board, fpga;
};

static enum spw_status
add(const struct place *place, enum na62_record_item item, uint32_t index, double value)
{
    return na62_record(place->u, place->source, place->board, item, index, value);
}

/* The next hexadecimal value, with or without 0x and zeros; false at the end of the list. */
static bool take_hex(const char **text, uint32_t *value)
{
    char *end;
    if (!isxdigit((unsigned char)**text)) return false;
    *value = (uint32_t)strtoul(*text, &end, 16);
    *text = *end == ':' ? end + 1 : end;
    return true;
}

static enum spw_status take_count(const struct place *place, uint32_t value)
{
    const uint32_t channel = value >> 24;
    if (channel < MAX_CHANNEL)
        return add(place, NA62_RECORD_CHANNEL_COUNT, MAX_CHANNEL * place->fpga + channel,
                   value & 0xffffff);
    na62_count(place->u, NA62_TALLY_TEL62_TEXT);
    return SPW_OK;
}

static enum spw_status
take_values(const struct place *place, const char *label, const char *text)
{
    uint32_t value, i = 0;
    for (; take_hex(&text, &value); ++i) {
        if (strcmp(label, "LAST_TIMESTAMP") == 0)
            SPW_TRY(add(place, NA62_RECORD_LAST_TIMESTAMP, place->fpga, value));
        else if (strcmp(label, "M3PSTA") == 0)
            SPW_TRY(add(place, NA62_RECORD_M3PSTA, FPGA_STRIDE * place->fpga + i, value));
        else
            SPW_TRY(take_count(place, value));
    }
    if (i == 0 || *text != '\0') na62_count(place->u, NA62_TALLY_TEL62_TEXT);
    return SPW_OK;
}

static bool is_known(const char *label)
{
    return strcmp(label, "LAST_TIMESTAMP") == 0 || strcmp(label, "M3PSTA") == 0 ||
           strncmp(label, "CHANNEL_COUNT_", strlen("CHANNEL_COUNT_")) == 0;
}

static enum spw_status take_line(const struct place *place, char *line)
{
    char *value = strchr(line, '=');
    if (!value) {
        if (*line) na62_count(place->u, NA62_TALLY_TEL62_TEXT);
        return SPW_OK;
    }
    *value++ = '\0';
    return is_known(line) ? take_values(place, line, value) : SPW_OK;
}

static enum spw_status take_text(const struct place *place, const struct na62_words *words)
{
    struct spw_arena *arena = place->u->batch->arena;
    char *text;
    SPW_NEW(arena, text, 4 * (size_t)words->count + 1);
    for (uint32_t i = 0; i < words->count; ++i) {
        const uint32_t reversed = __builtin_bswap32(na62_word(words, i));
        memcpy(text + 4 * (size_t)i, &reversed, sizeof reversed);
    }
    const size_t length = 4 * (size_t)words->count;
    text[length] = '\0';
    for (size_t begin = 0; begin < length;) {
        const size_t n = strcspn(text + begin, "\n\r");
        text[begin + n] = '\0';
        SPW_TRY(take_line(place, text + begin));
        begin += n + 1;
    }
    return SPW_OK;
}

static enum spw_status take_fpga(const struct place *place, const struct na62_words *words)
{
    switch (place->u->event.l0_type) {
    case NA62_L0_SOB:
        if (words->count == 0) return SPW_OK;
        return add(place, NA62_RECORD_SOB_TIMESTAMP, place->fpga, na62_word(words, 0));
    case NA62_L0_EOB:
        return take_text(place, words);
    default:
        return SPW_OK;
    }
}

enum spw_status na62_tel62_special(struct na62_unpack *u,
                                   uint32_t source,
                                   const struct na62_board *board,
                                   bool *fits)
{
    const struct na62_words *words = &board->body;
    const uint32_t fpgas = SPW_BITS(na62_word(words, 0), 7, 0);
    struct place place = {.u = u, .source = source, .board = board->number};
    uint32_t at = 1;
    *fits = fpgas >> N_FPGAS == 0;
    for (uint32_t fpga = 0; *fits && fpga < N_FPGAS; ++fpga) {
        if (!(fpgas >> fpga & 1) || at == words->count) continue;
        const uint32_t header = na62_word(words, at), n = SPW_BITS(header, 11, 0);
        *fits = n >= 1 && n <= words->count - at && SPW_BITS(header, 23, 16) == fpga;
        if (!*fits) break;
        place.fpga = fpga;
        const struct na62_words part = na62_words_from(words, at + 1, n - 1);
        SPW_TRY(take_fpga(&place, &part));
        at += n;
    }
    *fits = *fits && at == words->count;
    return SPW_OK;
}
