#include "io/na62/constants.h"
#include "reco/pulse/cell_detector.h"

/// Everything read from files, before it is laid out by address.
struct tables {
    struct na62_t0 t0;
    struct na62_lkr_pedestals pedestals;
    struct na62_lkr_slopes slopes;
    struct na62_channel_gains gains;
    struct na62_muv_equalisation equalisation;
    struct na62_cream_faults faults;
    uint8_t *shape, *dead;
};

enum { N_IDS = 1000 }; ///< geometric IDs of MUV1, MUV2, SAV are below

/* Opens the first file of `names` into `table`, and runs `read` when there is one. */
#define READ_IF_FOUND(names, read)                         \
    do {                                                   \
        SPW_TRY(spw_constants_open(&table, run, (names))); \
        if (table.count) SPW_TRY(read);                    \
    } while (0)

static enum spw_status
read_tables(struct tables *t, struct spw_run *run, const struct cell_detector *detector)
{
    const struct cell_options *o = &detector->options;
    const uint32_t burst = run->file->burst, number = run->file->run;
    struct spw_arena *arena = &run->arena;
    struct spw_text_table table;
    uint32_t n_dead;
    SPW_NEW_ZEROS(arena, t->dead, NA62_LKR_CELLS);
    READ_IF_FOUND(o->t0, na62_t0_read(&t->t0, arena, &table, detector->map.n_addresses));
    READ_IF_FOUND(o->pedestal, na62_lkr_pedestals_read(&t->pedestals, arena, &table));
    READ_IF_FOUND(o->slope, na62_lkr_slopes_read(&t->slopes, arena, &table));
    READ_IF_FOUND(o->gains, na62_channel_gains_read(&t->gains, arena, &table, N_IDS));
    READ_IF_FOUND(o->equalisation, na62_muv_equalisation_read(&t->equalisation, &table));
    READ_IF_FOUND(o->shape, na62_lkr_shapes_read(&t->shape, arena, &table));
    READ_IF_FOUND(o->dead, na62_lkr_dead_read(t->dead, &n_dead, &table));
    READ_IF_FOUND(o->swaps, na62_cream_swaps_read(&t->faults, &table, number, burst));
    READ_IF_FOUND(o->jitters, na62_cream_jitters_read(&t->faults, &table, number, burst));
    return SPW_OK;
}

/* Place 128 ix + iy of a cell 1000 ix + iy, or -1. */
static int32_t cell_place(uint32_t id)
{
    const uint32_t x = id / 1000, y = id % 1000;
    return x < 128 && y < 128 ? (int32_t)(128 * x + y) : -1;
}

/// Module of an address: LKr address = 512 crate + 32 slot index + channel; others stand in
/// one crate.
struct module {
    uint32_t crate, slot;
};

static struct module module_of(const struct cell_options *o, uint32_t address)
{
    const uint32_t index = address / 32;
    if (o->crate >= 0)
        return (struct module){(uint32_t)o->crate & 31,
                               ((uint32_t)o->first_slot + index) & 31};
    const uint32_t slot = index % 16;
    return (struct module){index / 16 & 31, slot < 8 ? slot + 3 : slot + 5};
}

static float
pedestal_of(const struct tables *t, const struct cell_options *o, uint32_t id, int32_t cell)
{
    if (t->gains.n_ids && id < t->gains.n_ids && t->gains.gain_MeV[id] > 0.0f)
        return t->gains.pedestal_adc[id];
    if (t->pedestals.mean_adc && cell >= 0 && t->pedestals.flag[cell] != NA62_LKR_NO_CELL)
        return t->pedestals.mean_adc[cell];
    return o->nominal_pedestal > 0.0 ? (float)o->nominal_pedestal : -1.0f;
}

static float
gain_of(const struct tables *t, const struct cell_options *o, uint32_t id, int32_t cell)
{
    float gain = (float)o->nominal_gain;
    if (t->gains.n_ids) gain = id < t->gains.n_ids ? t->gains.gain_MeV[id] : 0.0f;
    if (t->slopes.slope_MeV) gain = cell >= 0 ? t->slopes.slope_MeV[cell] : 0.0f;
    const bool equalised = id < NA62_MUV_IDS && t->equalisation.factor[id] > 0.0f;
    return equalised ? gain / t->equalisation.factor[id] : gain;
}

/* The constants of the channel that `address` really is; `read` is where its samples arrive. */
static struct spw_pulse_channel
channel_of(const struct cell_detector *detector, const struct tables *t, uint32_t address)
{
    const struct cell_options *o = &detector->options;
    const struct module module = module_of(o, address);
    struct spw_pulse_channel channel = {.index = CELL_UNMAPPED, .crate = module.crate};
    if (address >= detector->map.n_addresses || detector->map.index[address] < 0)
        return channel;
    const uint32_t id = (uint32_t)detector->map.channel[address];
    const bool lkr = t->pedestals.mean_adc || t->slopes.slope_MeV || t->shape;
    const int32_t cell = lkr ? cell_place(id) : -1;
    channel.channel = id;
    channel.index =
        lkr && cell >= 0 && t->dead[cell] ? CELL_DEAD : detector->map.index[address];
    channel.pedestal_adc = pedestal_of(t, o, id, cell);
    channel.gain_MeV = gain_of(t, o, id, cell);
    channel.t0_ns = address < t->t0.n_addresses ? t->t0.t0_ns[address] : 0.0f;
    channel.t0_ns += (float)t->faults.jitter_clocks[module.crate][module.slot] *
                     detector->constants.clock_ns;
    if (t->shape && cell >= 0 && t->shape[cell] != 255)
        channel.shape = SPW_PULSE_PHASES * t->shape[cell];
    return channel;
}

/* The experiment's filter where it is found, else one of the configured pulse shape. */
static enum spw_status
read_filter(struct cell_detector *detector, struct spw_run *run, uint32_t *n_shapes)
{
    const struct cell_options *o = &detector->options;
    const struct spw_pulse_shape shape = {o->pulse_tau, o->pulse_power};
    struct spw_pulse_constants *c = &detector->constants;
    struct spw_pulse_weights *weights = NULL;
    struct spw_text_table table;
    spw_parabola_from_shape(&c->parabola, &shape, (double)c->clock_ns);
    *n_shapes = 1;
    SPW_TRY(spw_constants_open(&table, run, o->filter));
    if (table.count) {
        struct na62_lkr_filter filter;
        SPW_TRY(na62_lkr_filter_read(&filter, &run->arena, &table));
        SPW_TRY(spw_filter_from_file(&weights, &run->arena, &filter));
        *n_shapes = filter.n_shapes;
    } else if (o->pulse_power > 0.0) {
        SPW_NEW(&run->arena, weights, SPW_PULSE_PHASES);
        spw_filter_from_shape(weights, &shape, (double)c->clock_ns);
    }
    c->weights = weights;
    return SPW_OK;
}

enum spw_status cell_constants_read(struct cell_detector *detector, struct spw_run *run)
{
    const struct spw_stream *stream = &run->file->format->streams[detector->stream];
    const struct cell_options *o = &detector->options;
    detector->constants = (struct spw_pulse_constants){
        .clock_ns = (float)stream->lsb_ns,
        .peak_ns = (float)(o->peak_sample * stream->lsb_ns),
        .iterate_MeV = (float)o->iterate_above,
        .saturated_adc = (float)o->full_scale,
    };
    struct tables *tables;
    uint32_t n_shapes;
    SPW_NEW_ZEROS(&run->arena, tables, 1);
    SPW_TRY(read_tables(tables, run, detector));
    SPW_TRY(read_filter(detector, run, &n_shapes));
    SPW_NEW_ZEROS(&run->arena, detector->channel, stream->n_addresses);
    SPW_NEW_ZEROS(&run->arena, detector->dropped, stream->n_addresses);
    for (uint32_t a = 0; a < stream->n_addresses; ++a) {
        const struct module module = module_of(o, a);
        const bool swapped = tables->faults.swapped[module.crate][module.slot] != 0;
        struct spw_pulse_channel *channel = &detector->channel[a];
        *channel = channel_of(detector, tables, swapped ? a ^ 16 : a);
        if (channel->shape >= (int32_t)(SPW_PULSE_PHASES * n_shapes)) channel->shape = 0;
        if (channel->index < 0) detector->dropped[a] = (uint8_t)-channel->index;
    }
    return SPW_OK;
}
