/// spillway dump: what is in a raw file: index, hits, records, damage; sizes of an output.
#include "cli/cli.h"
#include "cli/dump_sizes.h"
#include "cli/table.h"

#include "io/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEY_EVENT = 0x2000, KEY_JSON, KEY_HITS, KEY_SIZES };

enum { DUMP_BATCH = 256 };

static const struct argp_option options[] = {
    {"event", KEY_EVENT, "N", 0, "only the event of this number, with all its content", 0},
    {"hits", KEY_HITS, NULL, 0, "with all hits, pulses and records of every event", 0},
    {"json", KEY_JSON, NULL, 0, "JSON lines: file, one an event, tallies", 0},
    {"sizes", KEY_SIZES, NULL, 0,
     "of an output (STEM.reco.h5): bytes an event of every column, stored and raw", 0},
    {0},
};

struct command {
    struct cli_common common;
    const char *raw;
    uint32_t event;
    bool one_event, json, hits, sizes;
};

/* A batch being printed, with the counts of the whole file. */
struct dump {
    const struct command *command;
    const struct spw_raw_file *file;
    struct spw_arena arena;      ///< of the batch
    struct spw_arena file_arena; ///< of the counts
    struct spw_raw_batch batch;
    uint64_t *tally;
    uint64_t rows[64]; ///< hits or pulses of each stream
    uint32_t n_shown;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct command *command = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->common;
        return 0;
    case KEY_EVENT:
        command->event = (uint32_t)cli_number(argument, "--event", 0, UINT32_MAX, state);
        command->one_event = command->hits = true;
        return 0;
    case KEY_HITS:
        command->hits = true;
        return 0;
    case KEY_JSON:
        command->json = true;
        return 0;
    case KEY_SIZES:
        command->sizes = true;
        return 0;
    case ARGP_KEY_ARG:
        if (command->raw) argp_error(state, "one file at a time");
        command->raw = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no file given");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&cli_common_argp, 0, "Common options:", 0},
                                             {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc =
        "Show what is in a raw file: its index, the hits of every stream, and the damage; "
        "or what the columns of an output take.",
    .children = children,
};

static void show_file(const struct dump *dump)
{
    const struct spw_raw_file *file = dump->file;
    if (dump->command->json) {
        json_t *line =
            json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:I}", "file", file->path,
                      "format", file->format->name, "run", (int)file->run, "burst",
                      (int)file->burst, "events", (int)file->index.count, "missing",
                      (int)file->n_missing, "bytes", (json_int_t)file->map.bytes.size,
                      "header_bytes", (json_int_t)file->index.header_bytes);
        cli_print_json(line);
        json_decref(line);
        return;
    }
    printf("%s: %s, run %u, burst %u, %u events, %zu bytes (%" PRIu64 " outside events)\n",
           file->path, file->format->name, file->run, file->burst, file->index.count,
           file->map.bytes.size, file->index.header_bytes);
    if (file->n_missing) printf("%u announced events are missing\n", file->n_missing);
}

static const struct spw_rows *stream_rows(const struct spw_raw_batch *batch, uint32_t s)
{
    return batch->stream[s].kind == SPW_STREAM_HITS ? &batch->hits[s].rows
                                                    : &batch->pulses[s].rows;
}

static json_t *hits_json(const struct spw_raw_hits *hits, uint32_t first, uint32_t end)
{
    json_t *list = json_array();
    for (uint32_t i = first; i < end; ++i)
        json_array_append_new(
            list, json_pack("{s:i, s:i, s:i, s:i, s:i}", "address", (int)hits->address[i],
                            "ticks", hits->ticks[i], "edge", hits->edge[i], "quality",
                            hits->quality[i], "value", hits->value[i]));
    return list;
}

static json_t *
pulses_json(const struct spw_raw_pulses *pulses, uint32_t first, uint32_t end)
{
    json_t *list = json_array();
    for (uint32_t i = first; i < end; ++i) {
        json_t *samples = json_array();
        for (uint32_t k = 0; k < pulses->length[i]; ++k)
            json_array_append_new(
                samples, json_integer(pulses->sample[(size_t)i * pulses->n_samples + k]));
        json_array_append_new(list, json_pack("{s:i, s:i, s:o}", "address",
                                              (int)pulses->address[i], "quality",
                                              pulses->quality[i], "samples", samples));
    }
    return list;
}

static json_t *
records_json(const struct spw_raw_records *records, uint32_t first, uint32_t end)
{
    json_t *list = json_array();
    for (uint32_t i = first; i < end; ++i)
        json_array_append_new(
            list, json_pack("{s:i, s:i, s:i, s:i, s:f}", "source", (int)records->source[i],
                            "board", (int)records->board[i], "item", (int)records->item[i],
                            "index", (int)records->index[i], "value", records->value[i]));
    return list;
}

static json_t *content_json(const struct spw_raw_batch *batch, uint32_t e)
{
    json_t *content = json_object();
    for (uint32_t s = 0; s < batch->n_streams; ++s) {
        const uint32_t first = stream_rows(batch, s)->first[e];
        const uint32_t end = stream_rows(batch, s)->first[e + 1];
        if (first == end) continue;
        json_object_set_new(content, batch->stream[s].name,
                            batch->stream[s].kind == SPW_STREAM_HITS
                                ? hits_json(&batch->hits[s], first, end)
                                : pulses_json(&batch->pulses[s], first, end));
    }
    const uint32_t *first = batch->records.rows.first;
    json_object_set_new(content, "records",
                        records_json(&batch->records, first[e], first[e + 1]));
    return content;
}

static json_t *counts_json(const struct spw_raw_batch *batch, uint32_t e)
{
    json_t *counts = json_object();
    for (uint32_t s = 0; s < batch->n_streams; ++s) {
        const uint32_t *first = stream_rows(batch, s)->first;
        if (first[e + 1] > first[e])
            json_object_set_new(counts, batch->stream[s].name,
                                json_integer(first[e + 1] - first[e]));
    }
    return counts;
}

static json_t *event_json(const struct dump *dump, uint32_t row, uint32_t e)
{
    const struct spw_event_index *index = &dump->file->index;
    const struct spw_raw_events *events = &dump->batch.events;
    json_t *line =
        json_pack("{s:i, s:i, s:I, s:I}", "event", (int)index->number[row], "burst",
                  (int)index->burst[row], "offset", (json_int_t)index->offset[row], "size",
                  (json_int_t)index->size[row]);
    if (index->reason[row]) {
        json_object_set_new(
            line, "quarantined",
            json_string(dump->file->format->tallies[index->reason[row]].name));
        return line;
    }
    json_object_update_new(
        line,
        json_pack("{s:I, s:i, s:I, s:i, s:i, s:o}", "timestamp_ticks",
                  (json_int_t)events->timestamp_ticks[e], "fine_time", events->fine_time[e],
                  "trigger_word", (json_int_t)events->trigger_word[e], "l0_flags",
                  (int)events->l0_flags[e], "quality", (int)events->quality[e], "counts",
                  counts_json(&dump->batch, e)));
    if (dump->command->hits)
        json_object_set_new(line, "content", content_json(&dump->batch, e));
    return line;
}

static void print_hits(const struct spw_raw_hits *hits, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; ++i)
        printf("    %6u %9d %s value %u quality 0x%02x\n", hits->address[i], hits->ticks[i],
               hits->edge[i] == SPW_EDGE_LEADING ? "leading " : "trailing", hits->value[i],
               hits->quality[i]);
}

static void print_pulses(const struct spw_raw_pulses *pulses, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; ++i) {
        printf("    %6u quality 0x%02x:", pulses->address[i], pulses->quality[i]);
        for (uint32_t k = 0; k < pulses->length[i]; ++k)
            printf(" %u", pulses->sample[(size_t)i * pulses->n_samples + k]);
        printf("\n");
    }
}

static void
print_records(const struct spw_raw_records *records, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; ++i)
        printf("    source 0x%02x board %u item %u index %u: %.10g\n", records->source[i],
               records->board[i], records->item[i], records->index[i], records->value[i]);
}

static void print_content(const struct spw_raw_batch *batch, uint32_t e)
{
    for (uint32_t s = 0; s < batch->n_streams; ++s) {
        const struct spw_stream *stream = &batch->stream[s];
        const uint32_t first = stream_rows(batch, s)->first[e];
        const uint32_t end = stream_rows(batch, s)->first[e + 1];
        if (first == end) continue;
        printf("  %s: %u, one tick %.9g ns; address, ticks or samples\n", stream->name,
               end - first, stream->lsb_ns);
        if (stream->kind == SPW_STREAM_HITS)
            print_hits(&batch->hits[s], first, end);
        else
            print_pulses(&batch->pulses[s], first, end);
    }
    const uint32_t *first = batch->records.rows.first;
    if (first[e + 1] > first[e]) printf("  records: %u\n", first[e + 1] - first[e]);
    print_records(&batch->records, first[e], first[e + 1]);
}

static void print_event(const struct dump *dump, uint32_t row, uint32_t e)
{
    const struct spw_event_index *index = &dump->file->index;
    const struct spw_raw_events *events = &dump->batch.events;
    printf("event %u, burst %u, bytes [%" PRIu64 ", %" PRIu64 ")", index->number[row],
           index->burst[row], index->offset[row], index->offset[row] + index->size[row]);
    if (index->reason[row]) {
        printf(": quarantined, %s\n",
               dump->file->format->tallies[index->reason[row]].meaning);
        return;
    }
    printf(", timestamp %u, fine time %u, trigger 0x%06x, L0 flags 0x%04x, quality 0x%x\n",
           events->timestamp_ticks[e], events->fine_time[e], events->trigger_word[e],
           events->l0_flags[e], events->quality[e]);
    if (dump->command->hits) print_content(&dump->batch, e);
}

static void show_event(struct dump *dump, uint32_t row, uint32_t e)
{
    if (dump->command->one_event && dump->file->index.number[row] != dump->command->event)
        return;
    ++dump->n_shown;
    if (!dump->command->json) {
        print_event(dump, row, e);
        return;
    }
    json_t *line = event_json(dump, row, e);
    cli_print_json(line);
    json_decref(line);
}

static enum spw_status show_events(struct dump *dump)
{
    const struct spw_raw_file *file = dump->file;
    const struct spw_format *format = file->format;
    for (uint32_t first = 0; first < file->index.count; first += DUMP_BATCH) {
        const uint32_t left = file->index.count - first;
        const uint32_t n = left < DUMP_BATCH ? left : DUMP_BATCH;
        spw_arena_reset(&dump->arena);
        SPW_TRY(spw_raw_batch_init(&dump->batch, &dump->arena, format->streams,
                                   format->n_streams, n));
        dump->batch.first_event = first;
        SPW_TRY(format->unpack(file, first, n, spw_isa_best(), &dump->batch, dump->tally));
        for (uint32_t e = 0; e < n; ++e) show_event(dump, first + e, e);
        for (uint32_t s = 0; s < format->n_streams; ++s)
            dump->rows[s] += stream_rows(&dump->batch, s)->count;
    }
    return SPW_OK;
}

static void show_totals(const struct dump *dump)
{
    const struct spw_format *format = dump->file->format;
    json_t *rows = json_object(), *tallies = json_object();
    for (uint32_t s = 0; s < format->n_streams; ++s)
        json_object_set_new(rows, format->streams[s].name,
                            json_integer((json_int_t)dump->rows[s]));
    for (uint32_t t = 0; t < format->n_tallies; ++t)
        if (dump->tally[t] + dump->file->tally[t])
            json_object_set_new(
                tallies, format->tallies[t].name,
                json_integer((json_int_t)(dump->tally[t] + dump->file->tally[t])));
    if (dump->command->json) {
        json_t *line = json_pack("{s:O, s:O}", "totals", rows, "tallies", tallies);
        cli_print_json(line);
        json_decref(line);
    } else {
        cli_print_counts("stream", rows);
        cli_print_tallies(tallies);
    }
    json_decref(rows);
    json_decref(tallies);
}

static enum spw_status dump_file(struct dump *dump)
{
    show_file(dump);
    SPW_NEW_ZEROS(&dump->file_arena, dump->tally, dump->file->format->n_tallies);
    SPW_TRY(show_events(dump));
    if (dump->command->one_event && !dump->n_shown)
        return SPW_FAIL(SPW_MISSING, "%s: no event %u", dump->file->path,
                        dump->command->event);
    if (!dump->command->one_event) show_totals(dump);
    return SPW_OK;
}

int cmd_dump(int argc, char **argv)
{
    struct command command = {.common = CLI_COMMON_DEFAULTS};
    if (argp_parse(&argp, argc, argv, 0, NULL, &command) != 0) return SPW_USAGE;
    if (command.sizes) return cli_close(dump_sizes(command.raw, command.json));
    struct spw_raw_file file;
    enum spw_status status = spw_raw_file_open(&file, command.raw);
    if (status != SPW_OK) return cli_close(status);
    struct dump dump = {.command = &command, .file = &file};
    status = dump_file(&dump);
    spw_arena_release(&dump.arena);
    spw_arena_release(&dump.file_arena);
    spw_raw_file_release(&file);
    return cli_close(status);
}
