/// Slow control of the end of burst (formats/na62.md 3.9): three words to skip, then sub-blocks
/// up to the end of the source; the size field of the block overflows and is not used.
///
///   word 0  [15:0] length in words with the two of the header, [23:16] block, [31:24] detector
///   word 1  unix time; then the payload

#include "io/na62/reader.h"

enum { SKIPPED_WORDS = 3, HEADER_WORDS = 2 };

enum spw_status
na62_dim_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    for (uint32_t at = 0; at < words->count;) {
        const uint32_t header = na62_word(words, at), length = SPW_BITS(header, 15, 0);
        if (length < HEADER_WORDS || length > words->count - at) {
            na62_damage(u, NA62_TALLY_NSTD_LENGTH);
            return SPW_OK;
        }
        const uint32_t id = (header >> 24) << 8 | SPW_BITS(header, 23, 16);
        const struct na62_words part = na62_words_from(words, at, length);
        SPW_TRY(na62_record(u, source, id, NA62_RECORD_DIM_TIME, 0, na62_word(&part, 1)));
        SPW_TRY(
            na62_record_words(u, source, id, NA62_RECORD_DIM_WORD, &part, HEADER_WORDS));
        at += length;
    }
    return SPW_OK;
}

enum spw_status
na62_nstd_decode(struct na62_unpack *u, uint32_t source, const struct na62_words *words)
{
    if (words->count <= SKIPPED_WORDS || !u->event.end_of_burst) return SPW_OK;
    const struct na62_words rest =
        na62_words_from(words, SKIPPED_WORDS, words->count - SKIPPED_WORDS);
    return na62_dim_decode(u, source, &rest);
}
