#include "io/date/layout.h"

enum { MAX_EVENT_TYPE = 14, MAX_HEADER_BYTES = 4096 };

/* Bytes of the fixed part, which depends on the version (major 15..0 of the high half). */
static uint32_t base_size(uint32_t version)
{
    const uint32_t minor = version & 0xffff;
    return minor <= 10 ? 68 : minor <= 13 ? 72 : 80;
}

bool date_header_read(struct spw_bytes bytes, size_t at, struct date_header *header)
{
    const struct spw_bytes rest = spw_bytes_from(bytes, at, bytes.size);
    if (rest.size < DATE_HEADER_BYTES_MIN || date_word(rest.data, 1) != DATE_MAGIC)
        return false;
    const uint8_t *w = rest.data;
    *header = (struct date_header){
        .size = date_word(w, 0),
        .header_size = date_word(w, 2),
        .version = date_word(w, 3),
        .type = date_word(w, 4),
        .run = date_word(w, 5),
        .id = {date_word(w, 6), date_word(w, 7)},
    };
    const uint32_t base = base_size(header->version);
    const uint32_t size = header->header_size;
    if (header->version >> 16 != 3 || size < base || size > MAX_HEADER_BYTES || size % 4 ||
        size > rest.size || header->size < size || header->size % 4 || header->type == 0 ||
        header->type > MAX_EVENT_TYPE)
        return false;

    const uint32_t pattern_words = base == 80 ? 4 : 2;
    const uint32_t after = 8 + pattern_words + 1; /* first attribute word */
    header->system_attribute = date_word(w, after + 2);
    header->ldc = date_word(w, after + 3);
    header->time_s = date_word(w, after + 5);
    if (base > 68) header->time_s += 1e-6 * date_word(w, after + 6);
    return true;
}
