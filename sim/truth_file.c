/* STEM.truth.h5: /events, /particles and one group a detector, each with its offsets. */
#include "sim/truth.h"

#include <stdio.h>
#include <string.h>

enum { N_CHILDREN = 1 + SIM_N_HIT_DETECTORS + SIM_N_CALORIMETERS, MAX_COLUMNS = 24 };

/* Child tables in the order of the file: particles, hits, cells. */
static const char *child_name(int child)
{
    if (child == 0) return "particles";
    if (child <= SIM_N_HIT_DETECTORS) return sim_detector_info[child - 1].name;
    return sim_calorimeter_info[child - 1 - SIM_N_HIT_DETECTORS].name;
}

static const struct spw_table *child_table(int child)
{
    if (child == 0) return &sim_truth_particles_table;
    return child <= SIM_N_HIT_DETECTORS ? &sim_truth_hits_table : &sim_truth_cells_table;
}

static const struct spw_rows *child_rows(const struct sim_truth *truth, int child)
{
    if (child == 0) return &truth->particles.rows;
    if (child <= SIM_N_HIT_DETECTORS) return &truth->hits[child - 1].rows;
    return &truth->cells[child - 1 - SIM_N_HIT_DETECTORS].rows;
}

static enum spw_status add_table(struct sim_truth_file *file,
                                 const char *name,
                                 const struct spw_table *table,
                                 uint32_t *ids)
{
    char group[32];
    snprintf(group, sizeof group, "/%s", name);
    for (size_t i = 0; i < table->n_columns; ++i) {
        const struct spw_column *c = &table->columns[i];
        SPW_TRY(spw_column_file_add(file->file, group, c->name, c->type, c->unit,
                                    c->meaning, &ids[i]));
    }
    return SPW_OK;
}

static enum spw_status declare(struct sim_truth_file *file, const struct sim_setup *setup)
{
    SPW_TRY(add_table(file, "events", &sim_truth_events_table, file->column));
    for (int child = 0; child < N_CHILDREN; ++child) {
        char name[32], meaning[64];
        SPW_TRY(add_table(file, child_name(child), child_table(child),
                          file->column + MAX_COLUMNS * (child + 1)));
        snprintf(name, sizeof name, "%s_offset", child_name(child));
        snprintf(meaning, sizeof meaning, "first row of each event in /%s",
                 child_name(child));
        SPW_TRY(spw_column_file_add(file->file, "/events", name, SPW_I64, "1", meaning,
                                    &file->offset[child]));
        const int64_t zero = 0;
        SPW_TRY(spw_column_file_append(file->file, file->offset[child], &zero, 1));
    }
    SPW_TRY(spw_column_file_text(file->file, "/", "format", "spillway-truth"));
    SPW_TRY(spw_column_file_number(file->file, "/", "format_version", 1));
    SPW_TRY(spw_column_file_number(file->file, "/", "seed", (int64_t)setup->seed));
    SPW_TRY(spw_column_file_number(file->file, "/", "run", setup->run));
    SPW_TRY(spw_column_file_number(file->file, "/", "burst", setup->burst));
    return spw_column_file_text(file->file, "/", "scenario", setup->settings.scenario);
}

enum spw_status sim_truth_create(struct sim_truth_file *file,
                                 struct spw_arena *arena,
                                 const struct sim_setup *setup,
                                 const char *path)
{
    *file = (struct sim_truth_file){0};
    SPW_NEW(arena, file->column, MAX_COLUMNS * (N_CHILDREN + 1));
    SPW_NEW(arena, file->offset, N_CHILDREN);
    SPW_NEW_ZEROS(arena, file->rows, N_CHILDREN);
    SPW_TRY(spw_column_file_create(&file->file, path));
    return declare(file, setup); /* the caller discards file->file on failure */
}

static enum spw_status append_table(struct sim_truth_file *file,
                                    const struct spw_rows *rows,
                                    const struct spw_table *table,
                                    const uint32_t *ids)
{
    for (size_t i = 0; i < table->n_columns; ++i)
        SPW_TRY(spw_column_file_append(
            file->file, ids[i], spw_column_data(rows, &table->columns[i]), rows->count));
    return SPW_OK;
}

static enum spw_status append_offsets(struct sim_truth_file *file,
                                      int child,
                                      const struct spw_rows *rows,
                                      uint32_t n_events)
{
    enum { STEP = 256 };

    int64_t offset[STEP];
    for (uint32_t e = 0; e < n_events; e += STEP) {
        const uint32_t n = n_events - e < STEP ? n_events - e : STEP;
        for (uint32_t i = 0; i < n; ++i)
            offset[i] = file->rows[child] + rows->first[e + i + 1];
        SPW_TRY(spw_column_file_append(file->file, file->offset[child], offset, n));
    }
    file->rows[child] += rows->count;
    return SPW_OK;
}

enum spw_status sim_truth_append(struct sim_truth_file *file,
                                 const struct sim_truth *truth,
                                 uint32_t n_events)
{
    SPW_TRY(append_table(file, &truth->events.rows, &sim_truth_events_table, file->column));
    for (int child = 0; child < N_CHILDREN; ++child) {
        const struct spw_rows *rows = child_rows(truth, child);
        SPW_TRY(append_table(file, rows, child_table(child),
                             file->column + MAX_COLUMNS * (child + 1)));
        SPW_TRY(append_offsets(file, child, rows, n_events));
    }
    return SPW_OK;
}

/* /dead_NAME/channel: geometric IDs of the channels that never answer. */
static enum spw_status add_dead(struct sim_truth_file *file,
                                struct spw_arena *arena,
                                const char *name,
                                const struct sim_channels *channels)
{
    char group[48];
    uint32_t *dead, n = 0, id;
    SPW_NEW(arena, dead, channels->map.n_channels + 1);
    for (uint32_t i = 0; i < channels->map.n_channels; ++i)
        if (channels->dead[i]) dead[n++] = channels->map.id[i];
    snprintf(group, sizeof group, "/dead_%s", name);
    SPW_TRY(spw_column_file_add(file->file, group, "channel", SPW_U32, "1",
                                "geometric IDs of dead channels", &id));
    return spw_column_file_append(file->file, id, dead, n);
}

enum spw_status sim_truth_close(struct sim_truth_file *file,
                                struct spw_arena *arena,
                                const struct sim_setup *setup)
{
    for (int d = 0; d < SIM_N_HIT_DETECTORS; ++d)
        SPW_TRY(add_dead(file, arena, sim_detector_info[d].name, &setup->channels[d]));
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c)
        SPW_TRY(add_dead(file, arena, sim_calorimeter_info[c].name, &setup->cells[c]));
    struct spw_column_file *closing = file->file;
    file->file = NULL;
    return spw_column_file_close(closing);
}
