/* One particle trigger of MICE: a particle through TOF0, CKOV, TOF1, TOF2 and KL, and what the
 * boards make of it (docs/physics/simulation.md). */
#include "sim/mice_trigger.h"

#include <math.h>
#include <string.h>

enum { V1724_SAMPLES = 128, V1731_SAMPLES = 256, V1724_FULL = 16383, V1731_FULL = 255 };

enum { EMR_EARLY_TICKS = 228 };

enum { KEPT_ADC = 100, PEAK_SAMPLE = 45, TDC_MASK = 0x1FFFFF };

#define C_MM_NS       299.792458
#define TDC_LSB_NS    0.025 /* the tick that the constants are made for */
#define DBB_TICK_NS   2.5
#define TOF1_Z_MM     7705.0
#define TOF2_Z_MM     10080.0
#define BEAM_SIGMA_MM 45.0
#define PMT_SIGMA_NS  0.07
#define ADC_PER_PE    23.0
#define TOF_PEDESTAL  8700.0
#define CKOV_PEDESTAL 145.0

static const struct species {
    int32_t pdg;
    double mass_MeV, ckov_pe, kl_adc, emr_planes;
} species[] = {{-13, 105.658, 3.0, 350, 24},
               {211, 139.570, 1.0, 420, 18},
               {-11, 0.511, 18.0, 1400, 6}};

/* Draws particle, momentum and times at the stations; TOF1 is where time begins. */
static void draw_particle(const struct mice_beam *beam,
                          struct sim_random *random,
                          struct mice_truth *truth)
{
    const double choice = sim_uniform(random);
    truth->species = choice < beam->pions                     ? 1
                     : choice < beam->pions + beam->electrons ? 2
                                                              : 0;
    truth->pdg = species[truth->species].pdg;
    truth->momentum_MeV =
        beam->momentum_MeV + sim_gauss(random, beam->spread * beam->momentum_MeV);
    const double ratio = species[truth->species].mass_MeV / truth->momentum_MeV;
    const double ns_per_mm = sqrt(1 + ratio * ratio) / C_MM_NS;
    truth->time_ns[0] = -TOF1_Z_MM * ns_per_mm;
    truth->time_ns[1] = 0;
    truth->time_ns[2] = (TOF2_Z_MM - TOF1_Z_MM) * ns_per_mm;
    for (uint32_t s = 0; s < MICE_STATIONS; ++s) {
        const double half = mice_n_slabs(s) * mice_slab_width_mm(s) / 2;
        for (uint32_t p = 0; p < MICE_PLANES; ++p) {
            double at;
            do at = sim_gauss(random, BEAM_SIGMA_MM);
            while (fabs(at) >= half);
            truth->slab[s][p] = (uint32_t)((at + half) / mice_slab_width_mm(s));
        }
    }
}

static enum spw_status add_hit(struct spw_raw_batch *batch,
                               uint32_t stream,
                               uint32_t address,
                               uint32_t ticks,
                               uint32_t value)
{
    SPW_TRY(spw_raw_hits_reserve(batch, stream, 1));
    struct spw_raw_hits *hits = &batch->hits[stream];
    const uint32_t i = hits->rows.count++;
    hits->address[i] = address;
    hits->ticks[i] = (int32_t)ticks;
    hits->edge[i] = SPW_EDGE_LEADING;
    hits->quality[i] = 0;
    hits->value[i] = (uint16_t)value;
    return SPW_OK;
}

/* Samples of a pulse: pedestal, noise, and `height` times a shape that peaks at 1. */
struct wave {
    double pedestal, noise, height, peak_sample, rise_samples;
    uint32_t n, full;
};

static void draw_wave(const struct wave *wave, struct sim_random *random, uint16_t *sample)
{
    for (uint32_t k = 0; k < wave->n; ++k) {
        const double t = 1 + (k - wave->peak_sample) / wave->rise_samples;
        const double pulse = t > 0 ? wave->height * t * t * exp(2 - 2 * t) : 0;
        const double adc = wave->pedestal + sim_gauss(random, wave->noise) + pulse;
        sample[k] = (uint16_t)(adc < 0 ? 0 : adc > wave->full ? wave->full : lround(adc));
    }
}

/* Largest minus smallest sample: the charge that the reconstruction takes. */
static uint32_t height_of(const uint16_t *sample, uint32_t n)
{
    uint16_t least = UINT16_MAX, most = 0;
    for (uint32_t k = 0; k < n; ++k) {
        if (sample[k] < least) least = sample[k];
        if (sample[k] > most) most = sample[k];
    }
    return (uint32_t)(most - least);
}

static enum spw_status add_pulse(struct spw_raw_batch *batch,
                                 uint32_t stream,
                                 uint32_t address,
                                 const uint16_t *sample,
                                 uint32_t n)
{
    SPW_TRY(spw_raw_pulses_reserve(batch, stream, 1,
                                   stream == DATE_V1731 ? V1731_SAMPLES : V1724_SAMPLES));
    struct spw_raw_pulses *pulses = &batch->pulses[stream];
    const uint32_t i = pulses->rows.count++;
    uint16_t *to = pulses->sample + (size_t)i * pulses->n_samples;
    memset(to, 0, pulses->n_samples * sizeof *to);
    memcpy(to, sample, n * sizeof *to);
    pulses->address[i] = address;
    pulses->length[i] = (uint16_t)n;
    pulses->quality[i] = 0;
    return SPW_OK;
}

/* A V1724 channel with software zero suppression; `*charge_adc` as it will be measured. */
static enum spw_status add_v1724(struct spw_raw_batch *batch,
                                 uint32_t address,
                                 double height,
                                 struct sim_random *random,
                                 uint32_t *charge_adc)
{
    uint16_t sample[V1724_SAMPLES];
    const struct wave wave = {.pedestal = TOF_PEDESTAL,
                              .noise = 2,
                              .height = height,
                              .peak_sample = PEAK_SAMPLE + sim_uniform(random),
                              .rise_samples = 4,
                              .n = V1724_SAMPLES,
                              .full = V1724_FULL};
    draw_wave(&wave, random, sample);
    *charge_adc = height_of(sample, V1724_SAMPLES);
    return add_pulse(batch, DATE_V1724, address, sample,
                     *charge_adc > KEPT_ADC ? V1724_SAMPLES : 0);
}

static bool is_hit(const struct mice_truth *truth, uint32_t pmt)
{
    const uint32_t station = pmt / (MICE_PMTS / MICE_STATIONS);
    const uint32_t plane = pmt / (MICE_SLABS * MICE_SIDES) % MICE_PLANES;
    return truth->slab[station][plane] == pmt / MICE_SIDES % MICE_SLABS;
}

/* Flash ADCs and TDC hits of all PMTs of the TOF. */
static enum spw_status add_tof(const struct mice_setup *setup,
                               struct mice_trigger *trigger,
                               struct spw_raw_batch *batch)
{
    struct sim_random *random = &trigger->random;
    const struct mice_truth *truth = &trigger->truth;
    for (uint32_t i = 0; i < MICE_PMTS; ++i) {
        const struct mice_pmt *pmt = &setup->pmt[i];
        const bool hit = is_hit(truth, i);
        uint32_t charge;
        if (!pmt->there) continue;
        const double height = hit ? 500 + gsl_ran_landau(&random->rng) * 60 : 0;
        SPW_TRY(add_v1724(batch,
                          date_address_fadc(MICE_LDC_TOF, pmt->fadc_geo, pmt->fadc_channel),
                          fmin(fmax(height, hit ? 200 : 0), 6000), random, &charge));
        if (!hit) continue;
        const double raw_ns = truth->time_ns[i / (MICE_PMTS / MICE_STATIONS)] +
                              sim_gauss(random, PMT_SIGMA_NS) +
                              mice_correction_ps(setup, i, charge, truth->slab[1]) / 1000;
        const uint32_t ticks =
            trigger->request_ticks + (uint32_t)lround(raw_ns / TDC_LSB_NS);
        SPW_TRY(add_hit(batch, DATE_V1290,
                        date_address_v1290(MICE_LDC_TOF, pmt->tdc_geo, pmt->tdc_channel),
                        ticks & TDC_MASK, 0));
    }
    return SPW_OK;
}

/* Negative pulses whose area is the photo-electrons'. */
static enum spw_status add_ckov(struct mice_trigger *trigger, struct spw_raw_batch *batch)
{
    struct sim_random *random = &trigger->random;
    const double mean = species[trigger->truth.species].ckov_pe / MICE_CKOV_PMTS;
    for (uint32_t c = 0; c < MICE_CKOV_PMTS; ++c) {
        uint16_t sample[V1731_SAMPLES];
        const uint32_t n_pe = sim_poisson(random, mean);
        const struct wave wave = {.pedestal = CKOV_PEDESTAL,
                                  .noise = 0.3,
                                  .height = -ADC_PER_PE * n_pe / 7.39,
                                  .peak_sample = PEAK_SAMPLE + sim_uniform(random),
                                  .rise_samples = 4,
                                  .n = V1731_SAMPLES,
                                  .full = V1731_FULL};
        draw_wave(&wave, random, sample);
        trigger->truth.n_pe[c / 4] += n_pe;
        SPW_TRY(add_pulse(batch, DATE_V1731,
                          date_address_fadc(MICE_LDC_TOF, MICE_GEO_CKOV, c), sample,
                          V1731_SAMPLES));
    }
    return SPW_OK;
}

static enum spw_status add_kl(struct mice_trigger *trigger, struct spw_raw_batch *batch)
{
    struct sim_random *random = &trigger->random;
    const uint32_t cell = MICE_KL_PMTS / 4 + (uint32_t)lround(sim_gauss(random, 1.5));
    const double light =
        species[trigger->truth.species].kl_adc * (1 + sim_gauss(random, 0.15));
    trigger->truth.kl_cell = cell;
    for (uint32_t c = 0; c < 8 * ((MICE_KL_PMTS + 7) / 8); ++c) {
        uint32_t charge;
        SPW_TRY(add_v1724(batch, date_address_fadc(MICE_LDC_KL, MICE_GEO_KL + c / 8, c % 8),
                          c / 2 == cell ? light : 0, random, &charge));
    }
    return SPW_OK;
}

static enum spw_status
add_edges(struct spw_raw_batch *batch, uint32_t address, uint32_t ticks, uint32_t width)
{
    SPW_TRY(add_hit(batch, DATE_DBB, address, ticks, 0));
    SPW_TRY(add_hit(batch, DATE_DBB, address, ticks + width, 0));
    batch->hits[DATE_DBB].edge[batch->hits[DATE_DBB].rows.count - 1] = SPW_EDGE_TRAILING;
    return SPW_OK;
}

/* One bar in each plane down to where the particle stops; bars are read before their trigger. */
static enum spw_status add_emr(struct mice_trigger *trigger, struct spw_raw_batch *batch)
{
    struct sim_random *random = &trigger->random;
    const double range = species[trigger->truth.species].emr_planes + sim_gauss(random, 3);
    const uint32_t n_planes = (uint32_t)lround(fmin(fmax(range, 1), MICE_EMR_PLANES));
    const uint32_t time = (uint32_t)(trigger->spill_time_ns / DBB_TICK_NS);
    trigger->truth.n_emr_planes = n_planes;
    for (uint32_t plane = 0; plane < MICE_EMR_PLANES; ++plane) {
        if (plane < n_planes) {
            const double at = MICE_EMR_BARS / 2.0 + sim_gauss(random, 3);
            const uint32_t bar = (uint32_t)lround(fmin(fmax(at, 1), MICE_EMR_BARS));
            SPW_TRY(add_edges(
                batch, date_address_dbb(MICE_LDC_EMR, plane, mice_emr_channel(bar)),
                time - EMR_EARLY_TICKS + sim_below(random, 7), 8 + sim_below(random, 20)));
        }
        SPW_TRY(add_edges(batch,
                          date_address_dbb(MICE_LDC_EMR, plane, DATE_DBB_TRIGGER_CHANNEL),
                          time, 20));
    }
    return SPW_OK;
}

/* Trigger, request, time tags and bunch numbers of every board. */
static enum spw_status add_board_times(const struct mice_setup *setup,
                                       const struct mice_trigger *trigger,
                                       struct spw_raw_batch *batch)
{
    for (uint32_t b = 0; b < setup->n_boards; ++b) {
        const struct date_board *board = &setup->board[b];
        const double tag_ns = board->type == DATE_EQUIPMENT_V1290   ? 800
                              : board->type == DATE_EQUIPMENT_V1724 ? 10
                                                                    : 8;
        const uint32_t tag = (uint32_t)(uint64_t)(trigger->time_ns / tag_ns);
        const uint32_t count = trigger->number + 1;
        if (board->type == DATE_EQUIPMENT_V1724 || board->type == DATE_EQUIPMENT_V1731)
            SPW_TRY(add_hit(batch, DATE_TAGS,
                            date_address_tag(board->type == DATE_EQUIPMENT_V1724 ? 1 : 2,
                                             board->ldc, board->id),
                            tag, count));
        if (board->type != DATE_EQUIPMENT_V1290) continue;
        SPW_TRY(add_hit(batch, DATE_TAGS, date_address_tag(0, board->ldc, board->id),
                        tag & 0x7FFFFFF, count));
        for (uint32_t chip = 0; chip < 4; ++chip)
            SPW_TRY(add_hit(batch, DATE_BUNCHES,
                            date_address_bunch(board->ldc, board->id, chip),
                            (uint32_t)(trigger->time_ns / 25) & 0xFFF, 0));
        const uint32_t first = date_address_v1290(board->ldc, board->id, 0);
        SPW_TRY(
            add_hit(batch, DATE_V1290, first, (trigger->request_ticks + 60) & TDC_MASK, 0));
        SPW_TRY(add_hit(batch, DATE_V1290, first + 1, trigger->request_ticks, 0));
    }
    return SPW_OK;
}

enum spw_status mice_trigger_make(const struct mice_setup *setup,
                                  const struct mice_beam *beam,
                                  struct mice_trigger *trigger,
                                  struct spw_raw_batch *batch)
{
    memset(&trigger->truth, 0, sizeof trigger->truth);
    trigger->request_ticks =
        (uint32_t)(uint64_t)(trigger->time_ns / (25.0 / 1024)) & TDC_MASK;
    draw_particle(beam, &trigger->random, &trigger->truth);
    SPW_TRY(add_board_times(setup, trigger, batch));
    SPW_TRY(add_kl(trigger, batch));
    SPW_TRY(add_tof(setup, trigger, batch));
    SPW_TRY(add_ckov(trigger, batch));
    return add_emr(trigger, batch);
}
