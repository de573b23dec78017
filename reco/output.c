#include "reco/output.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_written(const struct spw_run *run, const struct spw_object *object)
{
    return object->path && object->tier <= run->tier;
}

static enum spw_status add_columns(struct spw_output *output,
                                   const char *group,
                                   const struct spw_table *table,
                                   const uint8_t *significant_bits,
                                   uint32_t **ids)
{
    SPW_NEW(&output->arena, *ids, table->n_columns);
    for (size_t i = 0; i < table->n_columns; ++i) {
        const struct spw_column *column = &table->columns[i];
        if (column->name[0] == '.') continue; /* internal */
        SPW_TRY(spw_column_file_add(output->file, group, column->name, column->type,
                                    column->unit, column->meaning, &(*ids)[i]));
        if (significant_bits && significant_bits[i])
            spw_column_file_round(output->file, (*ids)[i], significant_bits[i]);
    }
    return SPW_OK;
}

static enum spw_status add_offsets(struct spw_output *output, uint32_t i)
{
    const struct spw_object *object = &output->run->object[i];
    const int64_t zero = 0;
    char meaning[160];
    snprintf(meaning, sizeof meaning, "rows of event i in %s: [offset[i], offset[i + 1])",
             object->path);
    SPW_TRY(spw_column_file_add(output->file, "/events", object->offset_name, SPW_I64, "1",
                                meaning, &output->offset_column[i]));
    return spw_column_file_append(output->file, output->offset_column[i], &zero, 1);
}

static enum spw_status write_header(struct spw_output *output,
                                    const struct spw_output_header *header)
{
    const struct spw_run *run = output->run;
    char created[32];
    const time_t now = time(NULL);
    struct tm utc;
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));

    const struct {
        const char *name, *text;
    } texts[] = {
        {"format", "spillway-reco"},
        {"software_version", SPW_VERSION},
        {"experiment", run->file->format->experiment},
        {"tier", spw_tier_name(run->tier)},
        {"config", spw_config_text(run->config, false)},
        {"config_sha256", spw_config_sha256(run->config)},
        {"conditions_tag", run->n_constants_used ? "files" : "nominal"},
        {"conditions_digest", run->conditions_digest},
        {"parents", header->parents},
        {"created", created},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
        SPW_TRY(spw_column_file_text(output->file, "/", texts[i].name, texts[i].text));
    SPW_TRY(spw_column_file_number(output->file, "/", "format_version", 1));
    SPW_TRY(spw_column_file_number(output->file, "/", "run", run->file->run));
    return spw_column_file_number(output->file, "/", "burst", run->file->burst);
}

static enum spw_status declare(struct spw_output *output,
                               const struct spw_output_header *header)
{
    const struct spw_run *run = output->run;
    SPW_TRY(write_header(output, header));
    SPW_TRY(add_columns(output, "/events", run->file->format->events, NULL,
                        &output->event_column));
    for (uint32_t i = 0; i < run->n_objects; ++i) {
        const struct spw_object *object = &run->object[i];
        if (!is_written(run, object)) continue;
        SPW_TRY(add_columns(output, object->path, object->table, object->significant_bits,
                            &output->object_column[i]));
        if (!object->per_spill) SPW_TRY(add_offsets(output, i));
    }
    return SPW_OK;
}

enum spw_status spw_output_create(struct spw_output *output,
                                  const struct spw_run *run,
                                  const struct spw_output_header *header)
{
    *output = (struct spw_output){.run = run};
    SPW_TRY(spw_column_file_create(&output->file, header->path));
    const enum spw_status status = declare(output, header);
    if (status != SPW_OK) spw_output_discard(output);
    return status;
}

static enum spw_status append_rows(struct spw_output *output,
                                   const struct spw_table *table,
                                   const uint32_t *ids,
                                   const struct spw_rows *rows,
                                   uint32_t first,
                                   uint32_t n)
{
    for (size_t i = 0; i < table->n_columns; ++i) {
        const struct spw_column *column = &table->columns[i];
        if (column->name[0] == '.') continue;
        const size_t size = spw_type_size(column->type);
        const char *data = spw_column_data(rows, column);
        output->column_bytes += n * size;
        SPW_TRY(spw_column_file_append(output->file, ids[i], data + first * size, n));
    }
    return SPW_OK;
}

/* Event rows of the batch, in stretches without quarantined events. */
static enum spw_status append_events(struct spw_output *output,
                                     const struct spw_batch *batch)
{
    const uint16_t *reason = output->run->file->index.reason + batch->raw.first_event;
    const struct spw_rows *rows = &batch->raw.events.rows;
    for (uint32_t e = 0, next; e < batch->raw.n_events; e = next) {
        for (next = e + 1; next < batch->raw.n_events && !reason[next] == !reason[e];)
            ++next;
        if (reason[e]) {
            output->n_quarantined += next - e;
            continue;
        }
        SPW_TRY(append_rows(output, output->run->file->format->events, output->event_column,
                            rows, e, next - e));
        const uint32_t *number = batch->raw.events.event;
        if (!output->n_events) output->first_event = number[e];
        output->last_event = number[next - 1];
        output->n_events += next - e;
    }
    return SPW_OK;
}

static enum spw_status
append_offsets(struct spw_output *output, const struct spw_batch *batch, uint32_t i)
{
    const uint16_t *reason = output->run->file->index.reason + batch->raw.first_event;
    const uint32_t *first = batch->object[i]->first;
    int64_t offset[1024];
    uint32_t n = 0;
    for (uint32_t e = 0; e < batch->raw.n_events; ++e) {
        if (reason[e]) continue;
        offset[n++] = (int64_t)output->object_rows[i] + first[e + 1];
        if (n < 1024) continue;
        SPW_TRY(spw_column_file_append(output->file, output->offset_column[i], offset, n));
        n = 0;
    }
    return spw_column_file_append(output->file, output->offset_column[i], offset, n);
}

enum spw_status spw_output_append(struct spw_output *output, const struct spw_batch *batch)
{
    const struct spw_run *run = output->run;
    SPW_TRY(append_events(output, batch));
    for (uint32_t i = 0; i < run->n_objects; ++i) {
        const struct spw_object *object = &run->object[i];
        const struct spw_rows *rows = batch->object[i];
        assert(object->per_spill || rows->first[batch->raw.n_events] == rows->count);
        if (is_written(run, object)) {
            SPW_TRY(append_rows(output, object->table, output->object_column[i], rows, 0,
                                rows->count));
            if (!object->per_spill) SPW_TRY(append_offsets(output, batch, i));
        }
        output->object_rows[i] += rows->count;
    }
    return SPW_OK;
}

static enum spw_status write_tallies(struct spw_output *output, const uint64_t *tally)
{
    const struct spw_tally_list *list = &output->run->tallies;
    const char **name, **meaning;
    uint32_t count;
    SPW_NEW(&output->arena, name, list->count);
    SPW_NEW(&output->arena, meaning, list->count);
    for (uint32_t i = 0; i < list->count; ++i) {
        name[i] = list->tally[i]->name;
        meaning[i] = list->tally[i]->meaning;
    }
    SPW_TRY(
        spw_column_file_texts(output->file, "/log", "name", "tally", name, list->count));
    SPW_TRY(spw_column_file_texts(output->file, "/log", "meaning", "what was counted",
                                  meaning, list->count));
    SPW_TRY(spw_column_file_add(output->file, "/log", "count", SPW_U64, "1", "times seen",
                                &count));
    return spw_column_file_append(output->file, count, tally, list->count);
}

static enum spw_status write_quarantined(struct spw_output *output)
{
    const struct spw_event_index *index = &output->run->file->index;
    const struct spw_tally_list *list = &output->run->tallies;
    const char **reason;
    uint32_t event, offset, size, n = 0;
    SPW_NEW(&output->arena, reason, output->n_quarantined + 1);
    SPW_TRY(spw_column_file_add(output->file, "/log/quarantined", "event", SPW_U32, "1",
                                "event number, where it could be read", &event));
    SPW_TRY(spw_column_file_add(output->file, "/log/quarantined", "offset", SPW_U64, "byte",
                                "first byte in the raw file", &offset));
    SPW_TRY(spw_column_file_add(output->file, "/log/quarantined", "size", SPW_U64, "byte",
                                "bytes set aside", &size));
    for (uint32_t i = 0; i < index->count; ++i) {
        if (!index->reason[i]) continue;
        reason[n++] = list->tally[index->reason[i]]->name;
        SPW_TRY(spw_column_file_append(output->file, event, &index->number[i], 1));
        SPW_TRY(spw_column_file_append(output->file, offset, &index->offset[i], 1));
        SPW_TRY(spw_column_file_append(output->file, size, &index->size[i], 1));
    }
    return spw_column_file_texts(output->file, "/log/quarantined", "reason",
                                 "tally that names the reason", reason, n);
}

enum spw_status spw_output_close(struct spw_output *output, const uint64_t *tally)
{
    enum spw_status status = write_tallies(output, tally);
    if (status == SPW_OK) status = write_quarantined(output);
    if (status != SPW_OK) {
        spw_output_discard(output);
        return status;
    }
    status = spw_column_file_close(output->file);
    output->file = NULL;
    spw_arena_release(&output->arena);
    return status;
}

void spw_output_discard(struct spw_output *output)
{
    if (output->file) spw_column_file_discard(output->file);
    output->file = NULL;
    spw_arena_release(&output->arena);
}
