/* A simulated MICE run: spills one after the other, their truth, and the constants they need. */
#include "core/config.h"
#include "io/atomic_file.h"
#include "io/column_file.h"
#include "sim/mice_trigger.h"
#include "sim/settings.h"
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

enum { DATE_3_14 = 3 << 16 | 14, N_SCALERS = 32, N_TRUTHS = 16 };

#define SPILL_NS         2.56e9
#define FIRST_TRIGGER_NS 1e6

/* Section `sim` of configs/mice/mice.yaml. */
struct settings {
    int64_t events, per_spill, run, start_time;
    double momentum, spread, pions, electrons;
};

#define REAL(member, unit_, fallback_, help_) \
    SPW_OPTION(struct settings, member, SPW_OPTION_REAL, unit_, fallback_, help_)
#define INT(member, fallback_, help_) \
    SPW_OPTION(struct settings, member, SPW_OPTION_INT, "1", fallback_, help_)

static const struct spw_option options_table[] = {
    INT(events, "5000", "particle triggers"),
    INT(per_spill, "100", "particle triggers a spill"),
    INT(run, "7000", "run number: which names the constants have"),
    INT(start_time, "1393632000", "unix time of the start of run"),
    REAL(momentum, "MeV", "200 MeV", "mean momentum of the beam"),
    REAL(spread, "1", "0.05", "relative spread of the momentum"),
    REAL(pions, "1", "0.2", "fraction of pions"),
    REAL(electrons, "1", "0.1", "fraction of positrons; the rest are muons"),
};

struct run {
    struct spw_arena arena, batch_arena;
    struct settings settings;
    struct mice_setup setup;
    struct date_write_options write;
    struct spw_column_file *truth;
    uint32_t column[N_TRUTHS];
    uint64_t seed, n_done;
    struct spw_atomic_file file;
    uint64_t n_bytes;
};

static const struct {
    const char *name, *unit, *meaning;
} truth_columns[N_TRUTHS] = {
    {"spill", "1", "spill in the run"},
    {"trigger", "1", "particle trigger in the spill"},
    {"pdg", "1", "particle"},
    {"momentum_MeV", "MeV", "momentum"},
    {"tof01_ns", "ns", "time from TOF0 to TOF1"},
    {"tof12_ns", "ns", "time from TOF1 to TOF2"},
    {"slab_tof0_horizontal", "1", "slab hit"},
    {"slab_tof0_vertical", "1", "slab hit"},
    {"slab_tof1_horizontal", "1", "slab hit"},
    {"slab_tof1_vertical", "1", "slab hit"},
    {"slab_tof2_horizontal", "1", "slab hit"},
    {"slab_tof2_vertical", "1", "slab hit"},
    {"ckov_a_pe", "1", "photo-electrons in CKOV A"},
    {"ckov_b_pe", "1", "photo-electrons in CKOV B"},
    {"kl_cell", "1", "cell of KL with light"},
    {"n_emr_planes", "1", "planes of the EMR passed"},
};

static enum spw_status write_chunks(struct run *run)
{
    for (struct spw_chunk *chunk; (chunk = spw_column_file_take_chunk(run->truth));) {
        SPW_TRY(spw_chunk_compress(chunk));
        SPW_TRY(spw_column_file_put_chunk(run->truth, chunk));
    }
    return SPW_OK;
}

static enum spw_status
add_truth(struct run *run, uint32_t spill, const struct mice_trigger *trigger)
{
    const struct mice_truth *truth = &trigger->truth;
    const double values[N_TRUTHS] = {spill,
                                     trigger->number,
                                     truth->pdg,
                                     truth->momentum_MeV,
                                     -truth->time_ns[0],
                                     truth->time_ns[2],
                                     truth->slab[0][0],
                                     truth->slab[0][1],
                                     truth->slab[1][0],
                                     truth->slab[1][1],
                                     truth->slab[2][0],
                                     truth->slab[2][1],
                                     truth->n_pe[0],
                                     truth->n_pe[1],
                                     truth->kl_cell,
                                     truth->n_emr_planes};
    for (uint32_t c = 0; c < N_TRUTHS; ++c)
        SPW_TRY(spw_column_file_append(run->truth, run->column[c], &values[c], 1));
    return write_chunks(run);
}

static enum spw_status add_record(struct spw_raw_batch *batch,
                                  const struct date_board *board,
                                  uint32_t item,
                                  uint32_t index,
                                  double value)
{
    struct spw_raw_records *records = &batch->records;
    SPW_TRY(spw_rows_reserve(&records->rows, &spw_raw_records_table, batch->arena, 1));
    const uint32_t i = records->rows.count++;
    records->source[i] = board->type;
    records->board[i] = date_record_board(board->ldc, board->id);
    records->item[i] = item;
    records->index[i] = index;
    records->value[i] = value;
    return SPW_OK;
}

/* Counters of the spill: TDC event counters run on, channel 0 of the scaler counts triggers. */
static enum spw_status add_counters(const struct run *run, struct spw_raw_batch *batch)
{
    for (uint32_t b = 0; b < run->setup.n_boards; ++b) {
        const struct date_board *board = &run->setup.board[b];
        if (board->type == DATE_EQUIPMENT_V1290)
            SPW_TRY(add_record(batch, board, DATE_RECORD_FIRST_COUNTER, 0,
                               (double)(run->n_done & 0x3FFFFF)));
        for (uint32_t c = 0; c < N_SCALERS && board->type == DATE_EQUIPMENT_V830; ++c)
            SPW_TRY(add_record(batch, board, DATE_RECORD_SCALER, c,
                               c < 2 ? batch->n_events : 0));
    }
    return SPW_OK;
}

static void add_row(const struct run *run, struct spw_raw_batch *batch, uint32_t spill)
{
    struct spw_raw_events *events = &batch->events;
    const uint32_t e = events->rows.count++;
    events->run[e] = run->write.run;
    events->burst[e] = spill;
    events->event[e] = e;
    events->timestamp_ticks[e] = events->trigger_word[e] = events->l0_flags[e] = 0;
    events->fine_time[e] = 0;
    events->time_ns[e] = 0;
    events->quality[e] = 0;
}

static enum spw_status
make_spill(struct run *run, uint32_t spill, struct spw_raw_batch *batch)
{
    const struct mice_beam beam = {.momentum_MeV = run->settings.momentum,
                                   .spread = run->settings.spread,
                                   .pions = run->settings.pions,
                                   .electrons = run->settings.electrons};
    struct mice_trigger trigger = {.spill_time_ns = FIRST_TRIGGER_NS};
    for (uint32_t t = 0; t < batch->n_events; ++t) {
        sim_random_seed(&trigger.random, run->seed, run->n_done + t);
        trigger.number = t;
        trigger.spill_time_ns += 2e4 + gsl_ran_exponential(&trigger.random.rng, 1e4);
        trigger.time_ns = SPILL_NS * spill + trigger.spill_time_ns;
        add_row(run, batch, spill);
        if (t == 0) SPW_TRY(add_counters(run, batch));
        SPW_TRY(mice_trigger_make(&run->setup, &beam, &trigger, batch));
        SPW_TRY(add_truth(run, spill, &trigger));
        spw_raw_batch_close_event(batch, t);
    }
    return SPW_OK;
}

static enum spw_status write_spill(struct run *run, uint32_t spill)
{
    const uint64_t left = (uint64_t)run->settings.events - run->n_done;
    const uint64_t per_spill = (uint64_t)run->settings.per_spill;
    struct spw_raw_batch batch;
    struct spw_bytes bytes;
    spw_arena_reset(&run->batch_arena);
    SPW_TRY(spw_raw_batch_init(&batch, &run->batch_arena, spw_format_date.streams,
                               DATE_N_STREAMS,
                               (uint32_t)(left < per_spill ? left : per_spill)));
    SPW_TRY(make_spill(run, spill, &batch));
    run->write.start_of_run = spill == 0;
    run->write.end_of_run = left <= per_spill;
    SPW_TRY(date_encode(&run->write, &batch, &run->batch_arena, &bytes));
    SPW_TRY(spw_atomic_file_write(&run->file, bytes.data, bytes.size, run->n_bytes));
    run->n_done += batch.n_events;
    run->n_bytes += bytes.size;
    return SPW_OK;
}

static enum spw_status read_section(struct spw_config *config, struct settings *settings)
{
    return spw_config_read(config, "sim", options_table,
                           sizeof options_table / sizeof *options_table, settings);
}

enum spw_status mice_section(struct spw_config *config)
{
    struct settings settings;
    return read_section(config, &settings);
}

static enum spw_status read_settings(struct run *run, const struct sim_options *options)
{
    struct spw_config *config = options->config;
    if (!config)
        SPW_TRY(spw_config_parse(&config, &run->arena, "defaults", "", 0, NULL, 0));
    SPW_TRY(read_section(config, &run->settings));
    SPW_TRY(sim_settings_ignore_others(config));
    spw_config_ignore(config, "conditions_dir"); /* the constants are its own */
    SPW_TRY(spw_config_finish(config));
    if (options->scenario && strcmp(options->scenario, "beam") != 0)
        return SPW_FAIL(SPW_USAGE, "no scenario '%s' for mice; there is: beam",
                        options->scenario);
    if (options->n_events) run->settings.events = (int64_t)options->n_events;
    if (options->run) run->settings.run = options->run;
    if (run->settings.events < 1 || run->settings.per_spill < 1 ||
        run->settings.per_spill > 250)
        return SPW_FAIL(SPW_BAD_CONFIG,
                        "sim.events must be above 0, sim.per_spill in 1 ... 250");
    run->seed = options->seed;
    mice_setup_build(&run->setup, options->seed);
    run->write =
        (struct date_write_options){.version = DATE_3_14,
                                    .run = (uint32_t)run->settings.run,
                                    .start_time_s = (uint32_t)run->settings.start_time,
                                    .board = run->setup.board,
                                    .n_boards = run->setup.n_boards};
    return SPW_OK;
}

static enum spw_status open_files(struct run *run, const struct sim_result *result)
{
    SPW_TRY(mice_setup_write(&run->setup, result->conditions_dir));
    SPW_TRY(spw_column_file_create(&run->truth, result->truth_path));
    for (uint32_t c = 0; c < N_TRUTHS; ++c)
        SPW_TRY(spw_column_file_add(run->truth, "/events", truth_columns[c].name, SPW_F64,
                                    truth_columns[c].unit, truth_columns[c].meaning,
                                    &run->column[c]));
    return spw_atomic_file_create(&run->file, &run->arena, result->raw_path);
}

static enum spw_status finish(struct run *run, struct sim_result *result)
{
    struct spw_column_file *truth = run->truth;
    SPW_TRY(spw_atomic_file_commit(&run->file));
    result->n_events = run->n_done;
    result->n_bytes = run->n_bytes;
    run->truth = NULL;
    return spw_column_file_close(truth);
}

static enum spw_status
simulate(struct run *run, const struct sim_options *options, struct sim_result *result)
{
    const char *folder = options->out_dir ? options->out_dir : ".";
    SPW_TRY(read_settings(run, options));
    const unsigned number = run->write.run;
    snprintf(result->raw_path, sizeof result->raw_path, "%s/%05u.000", folder, number);
    snprintf(result->truth_path, sizeof result->truth_path, "%s/%05u.truth.h5", folder,
             number);
    snprintf(result->conditions_dir, sizeof result->conditions_dir, "%s/conditions",
             folder);
    SPW_TRY(open_files(run, result));
    for (uint32_t spill = 0; run->n_done < (uint64_t)run->settings.events; ++spill)
        SPW_TRY(write_spill(run, spill));
    return finish(run, result);
}

enum spw_status sim_mice(const struct sim_options *options, struct sim_result *result)
{
    struct run run = {.file.fd = -1};
    const enum spw_status status = simulate(&run, options, result);
    if (run.file.fd >= 0) spw_atomic_file_discard(&run.file);
    if (run.truth) spw_column_file_discard(run.truth);
    spw_arena_release(&run.batch_arena);
    spw_arena_release(&run.arena);
    return status;
}
