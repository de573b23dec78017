/* The chain of containers: events -> sub-events -> equipment blocks (formats/mice.md 1, 2).
 *
 *   GDC super event:  header | sub-event (LDC) | sub-event ...      sizes fill the event exactly
 *   plain LDC event:  header | block | block ...                    its own sub-event
 *   equipment block:  0 size, header included   4 type   8 id (geo)   12 attributes (3 words)
 *                     24 basic element size     28 payload
 */
#include "io/date/builder.h"

size_t date_find_event(struct spw_bytes bytes, size_t at, bool built)
{
    struct date_header header;
    for (; at + DATE_HEADER_BYTES_MIN <= bytes.size; at += 4)
        if (date_word(bytes.data + at, 1) == DATE_MAGIC &&
            date_header_read(bytes, at, &header) &&
            (!built || header.system_attribute & DATE_ATTRIBUTE_SUPER))
            return at;
    return bytes.size;
}

static enum spw_status walk_blocks(struct date_builder *builder,
                                   struct spw_bytes bytes,
                                   uint64_t offset,
                                   const struct date_header *event)
{
    size_t at = 0;
    while (bytes.size - at >= DATE_EQUIPMENT_BYTES) {
        const uint8_t *header = bytes.data + at;
        const uint32_t size = date_word(header, 0);
        if (size < DATE_EQUIPMENT_BYTES || size % 4 || size > bytes.size - at) break;
        const struct date_block block = {
            .equipment = date_word(header, 1),
            .geo = date_word(header, 2),
            .ldc = event->ldc,
            .event_type = event->type,
            .payload = header + DATE_EQUIPMENT_BYTES,
            .n_words = (size - DATE_EQUIPMENT_BYTES) / 4,
            .offset = offset + at + DATE_EQUIPMENT_BYTES,
        };
        SPW_TRY(date_scan_block(builder, &block));
        at += size;
    }
    if (at == bytes.size) return SPW_OK;
    ++builder->tally[DATE_BAD_EQUIPMENT_CHAIN];
    builder->tally[DATE_UNDECODED_BYTES] += bytes.size - at;
    return SPW_OK;
}

static bool same_event(const struct date_header *a, const struct date_header *b)
{
    return a->version == b->version && a->type == b->type && a->run == b->run &&
           a->id[0] == b->id[0] && a->id[1] == b->id[1];
}

static enum spw_status
header_records(struct date_builder *builder, const struct date_header *event, uint32_t ldc)
{
    const struct date_block block = {.ldc = ldc};
    SPW_TRY(date_add_record(builder, &block, DATE_RECORD_EVENT_TIME, event->type,
                            event->time_s));
    return date_add_record(builder, &block, DATE_RECORD_EVENT_NUMBER, event->type,
                           event->id[0]);
}

/* The sub-events of a super event; `bytes` is its payload. */
static enum spw_status walk_subevents(struct date_builder *builder,
                                      struct spw_bytes bytes,
                                      uint64_t offset,
                                      const struct date_header *event)
{
    size_t at = 0;
    while (at < bytes.size) {
        struct date_header header;
        const bool good = date_header_read(bytes, at, &header);
        if (!good) {
            const size_t next = date_find_event(bytes, at + 4, false);
            ++builder->tally[DATE_BAD_SUBEVENT];
            builder->tally[DATE_UNDECODED_BYTES] += next - at;
            at = next;
            continue;
        }
        if (!same_event(&header, event)) ++builder->tally[DATE_SUBEVENT_FIELDS];
        header.type = event->type;
        size_t size = header.size;
        if (size > bytes.size - at) {
            ++builder->tally[DATE_BAD_SUBEVENT];
            size = date_find_event(bytes, at + header.header_size, false) - at;
        }
        SPW_TRY(header_records(builder, &header, header.ldc));
        SPW_TRY(walk_blocks(
            builder,
            spw_bytes_from(bytes, at + header.header_size, size - header.header_size),
            offset + at + header.header_size, &header));
        at += size;
    }
    return SPW_OK;
}

/* Where the event at `at` ends: its size, or the next event when the size is damaged. */
static size_t event_end(struct date_builder *builder,
                        struct spw_bytes bytes,
                        size_t at,
                        const struct date_header *event)
{
    const size_t end = at + event->size;
    struct date_header next;
    if (end == bytes.size) return end;
    if (end < bytes.size && date_header_read(bytes, end, &next)) return end;

    const bool built = event->system_attribute & DATE_ATTRIBUTE_SUPER;
    const size_t found = date_find_event(bytes, at + event->header_size, built);
    if (end < bytes.size && found > end)
        return end; /* the next header is damaged, not this */
    ++builder->tally[DATE_BAD_EVENT_SIZE];
    return found;
}

static enum spw_status
walk_event(struct date_builder *builder, struct spw_bytes bytes, size_t at, size_t end)
{
    struct date_header event;
    if (!date_header_read(bytes, at, &event)) return SPW_OK;
    const bool built = event.system_attribute & DATE_ATTRIBUTE_SUPER;
    const size_t begin = at + event.header_size;
    const struct spw_bytes payload = spw_bytes_from(bytes, begin, end - begin);

    SPW_TRY(date_spill_enter(builder, &event, built, at, end - at));
    SPW_TRY(header_records(builder, &event, built ? DATE_LDC_BUILDER : event.ldc));
    if (built) return walk_subevents(builder, payload, begin, &event);
    return walk_blocks(builder, payload, begin, &event);
}

enum spw_status date_walk(struct date_builder *builder, struct spw_bytes bytes)
{
    size_t at = 0;
    while (at < bytes.size) {
        struct date_header event;
        if (date_header_read(bytes, at, &event)) {
            const size_t end = event_end(builder, bytes, at, &event);
            SPW_TRY(walk_event(builder, bytes, at, end));
            at = end;
            continue;
        }
        const size_t next = date_find_event(bytes, at + 4, false);
        SPW_TRY(date_spill_quarantine(builder, at, next - at));
        at = next;
    }
    return date_spill_close(builder);
}
