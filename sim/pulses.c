/* Samples of the calorimeters: pulse shape, noise, zero suppression. */
#include "sim/readout.h"

#include "io/na62/write.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_SAMPLES = 32, FULL_SCALE = 16383 };

/* A channel being read out. */
struct channel {
    uint32_t address, dense;
};

static int compare_channels(const void *left, const void *right)
{
    const struct channel *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

/* Adds what the deposits of a channel give at every sample, in counts. */
static void add_deposits(const struct sim_event *event,
                         enum sim_calorimeter calorimeter,
                         uint32_t dense,
                         uint32_t n_samples,
                         double *adc)
{
    const struct sim_setup *setup = event->setup;
    const struct sim_deposits *deposits = &event->deposits[calorimeter];
    const struct sim_gains *gains = &setup->gains[calorimeter];
    const double slope = (double)gains->slope_MeV[dense];
    const double zero =
        gains->peak_sample * NA62_CLOCK_NS + setup->cells[calorimeter].t0_ns[dense];
    for (int32_t i = deposits->head[dense]; i >= 0; i = deposits->deposit[i].next) {
        const double height = (double)deposits->deposit[i].energy_MeV / slope;
        const double peak = zero + deposits->deposit[i].time_ns;
        for (uint32_t k = 0; k < n_samples; ++k)
            adc[k] += height * sim_pulse_at(gains, dense, k * NA62_CLOCK_NS - peak);
    }
}

/* Counts with noise; returns largest - smallest. */
static uint32_t make_samples(struct sim_event *event,
                             enum sim_calorimeter calorimeter,
                             uint32_t dense,
                             uint32_t n_samples,
                             uint16_t *sample)
{
    const struct sim_gains *gains = &event->setup->gains[calorimeter];
    double adc[MAX_SAMPLES];
    uint16_t low = UINT16_MAX, high = 0;
    for (uint32_t k = 0; k < n_samples; ++k)
        adc[k] = (double)gains->pedestal_adc[dense] +
                 sim_gauss(&event->random, (double)gains->noise_adc[dense]);
    add_deposits(event, calorimeter, dense, n_samples, adc);
    for (uint32_t k = 0; k < n_samples; ++k) {
        sample[k] = (uint16_t)lround(fmin(fmax(adc[k], 0), FULL_SCALE));
        if (sample[k] < low) low = sample[k];
        if (sample[k] > high) high = sample[k];
    }
    return (uint32_t)(high - low);
}

static void add_truth(struct sim_truth_cells *truth,
                      const struct sim_event *event,
                      enum sim_calorimeter calorimeter,
                      const struct channel *channel)
{
    const struct sim_deposits *deposits = &event->deposits[calorimeter];
    const uint32_t row = truth->rows.count++;
    double sum = 0, largest = 0, time = 0;
    uint16_t n = 0;
    int32_t particle = -1;
    for (int32_t i = deposits->head[channel->dense]; i >= 0;
         i = deposits->deposit[i].next) {
        const struct sim_deposit *d = &deposits->deposit[i];
        sum += (double)d->energy_MeV;
        ++n;
        if ((double)d->energy_MeV <= largest) continue;
        largest = (double)d->energy_MeV;
        time = d->time_ns;
        particle = d->particle;
    }
    truth->channel[row] = event->setup->cells[calorimeter].map.id[channel->dense];
    truth->address[row] = channel->address;
    truth->energy_MeV[row] = (float)sum;
    truth->time_ns[row] = (float)time;
    truth->largest_MeV[row] = (float)largest;
    truth->n_deposits[row] = n;
    truth->particle[row] = particle;
}

/* Sum of a channel's deposits in counts: what cannot reach the threshold needs no samples. */
static double
counts_of(const struct sim_event *event, enum sim_calorimeter calorimeter, uint32_t dense)
{
    const struct sim_deposits *deposits = &event->deposits[calorimeter];
    double sum = 0;
    for (int32_t i = deposits->head[dense]; i >= 0; i = deposits->deposit[i].next)
        sum += (double)deposits->deposit[i].energy_MeV;
    return sum / (double)event->setup->gains[calorimeter].slope_MeV[dense];
}

/* Channels worth sampling, by address: all of the LKr for pedestals and pulses. */
static uint32_t list_channels(const struct sim_event *event,
                              enum sim_calorimeter calorimeter,
                              double threshold,
                              struct channel *channel)
{
    const struct sim_channels *cells = &event->setup->cells[calorimeter];
    const struct sim_deposits *deposits = &event->deposits[calorimeter];
    const bool all = event->all_cells && calorimeter == SIM_LKR;
    const uint32_t n = all ? cells->map.n_channels : deposits->n_touched;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t dense = all ? i : deposits->touched[i];
        const double noise = (double)event->setup->gains[calorimeter].noise_adc[dense];
        if (cells->dead[dense]) continue;
        if (!all && counts_of(event, calorimeter, dense) < threshold - 4 * noise) continue;
        channel[kept++] = (struct channel){cells->map.address[dense], dense};
    }
    qsort(channel, kept, sizeof *channel, compare_channels);
    return kept;
}

enum spw_status sim_read_out_pulses(struct sim_event *event,
                                    enum sim_calorimeter calorimeter,
                                    struct spw_raw_batch *batch,
                                    struct sim_truth *truth)
{
    const struct sim_setup *setup = event->setup;
    const enum na62_stream stream = sim_calorimeter_info[calorimeter].stream;
    const uint32_t n_samples = na62_n_samples(setup->run, stream);
    const double threshold = calorimeter == SIM_LKR ? setup->settings.lkr_threshold
                                                    : setup->settings.muv_threshold;
    const bool all = event->all_cells && calorimeter == SIM_LKR;
    struct spw_raw_pulses *raw = &batch->pulses[stream];
    struct sim_truth_cells *rows = &truth->cells[calorimeter];
    const uint32_t most = all ? setup->cells[calorimeter].map.n_channels
                              : event->deposits[calorimeter].n_touched;
    SPW_TRY(spw_raw_pulses_reserve(batch, stream, most, n_samples));
    SPW_TRY(spw_rows_reserve(&rows->rows, &sim_truth_cells_table, truth->arena, most));

    struct channel *channel;
    const struct spw_arena_mark mark = spw_arena_mark(batch->arena);
    SPW_NEW(batch->arena, channel, most + 1);
    const uint32_t n = list_channels(event, calorimeter, threshold, channel);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t row = raw->rows.count;
        uint16_t *sample = raw->sample + (size_t)row * raw->n_samples;
        const uint32_t height =
            make_samples(event, calorimeter, channel[i].dense, n_samples, sample);
        if (!all && height < threshold) continue;
        raw->address[row] = channel[i].address;
        raw->length[row] = (uint16_t)n_samples;
        raw->quality[row] = 0;
        ++raw->rows.count;
        add_truth(rows, event, calorimeter, &channel[i]);
    }
    spw_arena_rewind(batch->arena, mark);
    return SPW_OK;
}
