/* Events: what kind, the kaon and its decay, and who sees the products. */
#include "sim/beam.h"
#include "sim/event.h"

#include <math.h>
#include <string.h>

enum { FIRST_PARTICLES = 64, FIRST_HITS = 512, FIRST_DEPOSITS = 4096 };

enum spw_status sim_event_init(struct sim_event *event,
                               const struct sim_setup *setup,
                               struct spw_arena *arena)
{
    *event = (struct sim_event){
        .setup = setup, .arena = arena, .max_particles = FIRST_PARTICLES};
    SPW_NEW(arena, event->particle, FIRST_PARTICLES);
    SPW_NEW(arena, event->track, FIRST_PARTICLES);
    for (int d = 0; d < SIM_N_HIT_DETECTORS; ++d) {
        event->hits[d].capacity = FIRST_HITS;
        SPW_NEW(arena, event->hits[d].hit, FIRST_HITS);
    }
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c) {
        struct sim_deposits *deposits = &event->deposits[c];
        const uint32_t n = setup->cells[c].map.n_channels;
        deposits->capacity = FIRST_DEPOSITS;
        SPW_NEW(arena, deposits->deposit, FIRST_DEPOSITS);
        SPW_NEW(arena, deposits->touched, n);
        SPW_NEW(arena, deposits->head, n);
        for (uint32_t i = 0; i < n; ++i) deposits->head[i] = -1;
    }
    return SPW_OK;
}

void sim_event_start(struct sim_event *event, uint64_t index)
{
    const struct sim_setup *setup = event->setup;
    event->index = index;
    event->n_particles = 0;
    event->timestamp = setup->timestamp[index];
    for (int d = 0; d < SIM_N_HIT_DETECTORS; ++d) event->hits[d].count = 0;
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c) {
        struct sim_deposits *deposits = &event->deposits[c];
        for (uint32_t i = 0; i < deposits->n_touched; ++i)
            deposits->head[deposits->touched[i]] = -1;
        deposits->n_touched = deposits->count = 0;
    }
    sim_random_seed(&event->random, setup->seed, index);
}

/* Doubles an array of `count` elements that is full; false when memory is exhausted. */
static bool
grow(struct sim_event *event, void **array, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity) return true;
    void *more = spw_arena_alloc(event->arena, 2 * size * *capacity);
    if (!more) {
        event->out_of_memory = true;
        return false;
    }
    memcpy(more, *array, size * count);
    *array = more;
    *capacity *= 2;
    return true;
}

uint32_t sim_add_particle(struct sim_event *event, const struct sim_particle *particle)
{
    const uint32_t row = event->n_particles;
    uint32_t capacity = event->max_particles;
    void *particles = event->particle, *tracks = event->track;
    if (!grow(event, &particles, row, &capacity, sizeof *event->particle)) return 0;
    capacity = event->max_particles;
    if (!grow(event, &tracks, row, &capacity, sizeof *event->track)) return 0;
    event->particle = particles;
    event->track = tracks;
    event->max_particles = capacity;
    event->particle[row] = *particle;
    event->track[row].n = 0;
    ++event->n_particles;
    return row;
}

void sim_add_hit(struct sim_event *event,
                 enum sim_detector detector,
                 const struct sim_hit *hit)
{
    struct sim_hits *hits = &event->hits[detector];
    void *array = hits->hit;
    if (event->setup->channels[detector].dead[hit->channel] ||
        !grow(event, &array, hits->count, &hits->capacity, sizeof *hits->hit))
        return;
    hits->hit = array;
    hits->hit[hits->count++] = *hit;
}

void sim_add_energy(struct sim_event *event,
                    enum sim_calorimeter calorimeter,
                    const struct sim_deposit *deposit)
{
    struct sim_deposits *deposits = &event->deposits[calorimeter];
    const uint32_t channel = deposit->channel;
    void *array = deposits->deposit;
    if (event->setup->cells[calorimeter].dead[channel] ||
        !grow(event, &array, deposits->count, &deposits->capacity,
              sizeof *deposits->deposit))
        return;
    deposits->deposit = array;
    if (deposits->head[channel] < 0) deposits->touched[deposits->n_touched++] = channel;
    deposits->deposit[deposits->count] = *deposit;
    deposits->deposit[deposits->count].next = deposits->head[channel];
    deposits->head[channel] = (int32_t)deposits->count++;
}

void sim_particle_response(struct sim_event *event, uint32_t row)
{
    sim_propagate(event, row);
    sim_straw_response(event, row);
    sim_rich_response(event, row);
    sim_hodoscope_response(event, row);
    sim_veto_response(event, row);
    sim_calorimeter_response(event, row);
}

/* The kaon as it enters the decay volume; returns its row. */
static uint32_t add_kaon(struct sim_event *event,
                         const struct sim_beam *beam,
                         double z_mm,
                         const struct sim_particle *like)
{
    struct sim_particle kaon = *like;
    const double pz = beam->p_MeV / sqrt(1 + beam->tx * beam->tx + beam->ty * beam->ty);
    kaon.pdg = SIM_PDG_KAON;
    kaon.parent = -1;
    kaon.p_MeV[0] = pz * beam->tx;
    kaon.p_MeV[1] = pz * beam->ty;
    kaon.p_MeV[2] = pz;
    sim_beam_at(beam, z_mm, kaon.r_mm);
    return sim_add_particle(event, &kaon);
}

void sim_generate_decay(struct sim_event *event,
                        enum sim_mode mode,
                        enum sim_origin origin,
                        double time_ns)
{
    struct sim_beam beam;
    struct sim_product product[SIM_MAX_PRODUCTS];
    sim_beam_particle(event, &beam);
    const double z =
        sim_between(&event->random, NA62_Z_FIDUCIAL_MIN_MM, NA62_Z_FIDUCIAL_MAX_MM);
    const struct sim_particle like = {.origin = (uint8_t)origin, .time_ns = time_ns};
    const uint32_t kaon = add_kaon(event, &beam, z, &like);
    sim_gtk_hits(event, &beam, (int32_t)kaon, time_ns);
    sim_ktag_response(event, kaon);

    const struct sim_particle parent = event->particle[kaon];
    const int n = sim_decay(&event->random, &event->setup->decays, mode,
                            sim_four_of(SIM_MASS_KAON_MEV, parent.p_MeV), product);
    for (int i = 0; i < n; ++i) {
        struct sim_particle particle = parent;
        particle.pdg = product[i].pdg;
        particle.parent =
            (int32_t)kaon + (product[i].parent < 0 ? 0 : 1 + product[i].parent);
        particle.p_MeV[0] = product[i].p.x;
        particle.p_MeV[1] = product[i].p.y;
        particle.p_MeV[2] = product[i].p.z;
        sim_add_particle(event, &particle);
    }
    for (int i = 0; i < n; ++i) sim_particle_response(event, kaon + 1 + (uint32_t)i);
    if (origin != SIM_FROM_DECAY) return;
    event->mode = mode;
    for (int i = 0; i < 3; ++i) {
        event->vertex_mm[i] = parent.r_mm[i];
        event->kaon_MeV[i] = parent.p_MeV[i];
    }
}

static int choose_kind(struct sim_event *event)
{
    const struct sim_settings *settings = &event->setup->settings;
    switch (event->setup->scenario) {
    case SIM_SCENARIO_EMPTY:
    case SIM_SCENARIO_PEDESTAL:
        return SIM_KIND_RANDOM;
    case SIM_SCENARIO_PULSER:
        return SIM_KIND_CALIBRATION;
    default:
        break;
    }
    const double u = sim_uniform(&event->random);
    if (u < settings->control_fraction) return SIM_KIND_CONTROL;
    if (u < settings->control_fraction + settings->periodic_fraction)
        return SIM_KIND_PERIODIC;
    return SIM_KIND_PHYSICS;
}

/* The trigger's fine time is that of the reference detector: the true time lies around it. */
static void choose_time(struct sim_event *event)
{
    const double reference_sigma_ns = 0.10;
    event->fine_time = sim_below(&event->random, 256);
    event->time_ns =
        (event->fine_time + sim_uniform(&event->random)) * NA62_CLOCK_NS / 256 +
        sim_gauss(&event->random, reference_sigma_ns);
}

/* The calibration pulser: the same energy in every cell. */
static void pulse_cells(struct sim_event *event)
{
    for (uint32_t i = 0; i < event->setup->cells[SIM_LKR].map.n_channels; ++i)
        sim_add_energy(event, SIM_LKR,
                       &(struct sim_deposit){
                           .channel = i,
                           .energy_MeV = (float)event->setup->settings.pulser_energy,
                           .time_ns = event->time_ns,
                           .particle = -1,
                       });
}

void sim_event_generate(struct sim_event *event)
{
    const int scenario = event->setup->scenario;
    event->kind = choose_kind(event);
    event->mode = -1;
    event->all_cells = scenario == SIM_SCENARIO_PEDESTAL || scenario == SIM_SCENARIO_PULSER;
    for (int i = 0; i < 3; ++i) event->vertex_mm[i] = event->kaon_MeV[i] = 0;
    choose_time(event);
    const bool is_physics =
        event->kind == SIM_KIND_PHYSICS || event->kind == SIM_KIND_CONTROL;
    if (is_physics && scenario == SIM_SCENARIO_PHOTONS) {
        sim_generate_photons(event);
    } else if (is_physics) {
        const enum sim_mode mode =
            scenario >= 0 ? (enum sim_mode)scenario : sim_decay_choose(&event->random);
        sim_generate_decay(event, mode, SIM_FROM_DECAY, event->time_ns);
    }
    if (scenario == SIM_SCENARIO_PULSER) pulse_cells(event);
    if (event->all_cells) return;
    sim_accidentals(event);
    sim_noise(event);
}
