#include "sim/truth.h"

#include <math.h>

#define HITS(member, unit, meaning) SPW_COLUMN(struct sim_truth_hits, member, unit, meaning)
static const struct spw_column hits_columns[] = {
    HITS(channel, "1", "geometric ID"),
    HITS(address, "1", "electronics address"),
    HITS(time_ns, "ns", "true time relative to timestamp_ticks, without T0 and slewing"),
    HITS(width_ns, "ns", "true time over threshold"),
    HITS(position_mm, "mm", "straw: signed distance to the wire; CHOD: along the slab"),
    HITS(lead_ticks, "1", "leading edge as written, -2147483648: not read out"),
    HITS(trail_ticks, "1", "trailing edge as written, -2147483648: not read out"),
    HITS(particle, "1", "row among the event's particles, -1: noise"),
    HITS(n_signals,
         "1",
         "signals that overlap in this pulse; time and particle of the first"),
};
const struct spw_table sim_truth_hits_table =
    SPW_TABLE(struct sim_truth_hits, hits_columns);

#define CELLS(member, unit, meaning) \
    SPW_COLUMN(struct sim_truth_cells, member, unit, meaning)
static const struct spw_column cells_columns[] = {
    CELLS(channel, "1", "geometric ID"),
    CELLS(address, "1", "electronics address"),
    CELLS(energy_MeV, "MeV", "energy of all deposits"),
    CELLS(time_ns, "ns", "true time of the largest deposit relative to timestamp_ticks"),
    CELLS(largest_MeV, "MeV", "energy of the largest deposit"),
    CELLS(n_deposits, "1", "number of deposits"),
    CELLS(particle, "1", "row of the largest among the event's particles, -1: noise"),
};
const struct spw_table sim_truth_cells_table =
    SPW_TABLE(struct sim_truth_cells, cells_columns);

#define PARTICLES(member, unit, meaning) \
    SPW_COLUMN(struct sim_truth_particles, member, unit, meaning)
static const struct spw_column particles_columns[] = {
    PARTICLES(pdg, "1", "particle number of the PDG"),
    PARTICLES(parent, "1", "row of the parent in the event, -1: none"),
    PARTICLES(origin, "1", "0 triggering decay, 1 other decay, 2 halo, 3 beam"),
    PARTICLES(px_MeV, "MeV", "momentum where it is made"),
    PARTICLES(py_MeV, "MeV", "momentum where it is made"),
    PARTICLES(pz_MeV, "MeV", "momentum where it is made"),
    PARTICLES(x_mm, "mm", "where it is made"),
    PARTICLES(y_mm, "mm", "where it is made"),
    PARTICLES(z_mm, "mm", "where it is made"),
    PARTICLES(time_ns, "ns", "when it is made, relative to timestamp_ticks"),
    PARTICLES(x1_mm, "mm", "at the centre of chamber 1, NAN: not there"),
    PARTICLES(y1_mm, "mm", "at the centre of chamber 1"),
    PARTICLES(dxdz, "1", "slope at the centre of chamber 1"),
    PARTICLES(dydz, "1", "slope at the centre of chamber 1"),
    PARTICLES(x4_mm, "mm", "at the centre of chamber 4, NAN: not there"),
    PARTICLES(y4_mm, "mm", "at the centre of chamber 4"),
    PARTICLES(dxdz_after, "1", "slope at the centre of chamber 4"),
    PARTICLES(dydz_after, "1", "slope at the centre of chamber 4"),
    PARTICLES(x_lkr_mm, "mm", "at the LKr front, NAN: not there"),
    PARTICLES(y_lkr_mm, "mm", "at the LKr front"),
    PARTICLES(n_straws, "1", "its straw hits that were read out"),
};
const struct spw_table sim_truth_particles_table =
    SPW_TABLE(struct sim_truth_particles, particles_columns);

#define EVENTS(member, unit, meaning) \
    SPW_COLUMN(struct sim_truth_events, member, unit, meaning)
static const struct spw_column events_columns[] = {
    EVENTS(event, "1", "event number in the burst"),
    EVENTS(timestamp_ticks, "1", "timestamp, 25-ns clock"),
    EVENTS(trigger_word, "1", "trigger word as written"),
    EVENTS(fine_time, "1", "fine time as written"),
    EVENTS(mode,
           "1",
           "0 kmu2, 1 k2pi, 2 k3pi, 3 ke3, 4 kmu3, 5 kpi00, 6 pinunu, -1 no kaon"),
    EVENTS(kind,
           "1",
           "0 physics, 1 control, 2 periodic, 3 random, 4 pulser, 255 SOB or EOB"),
    EVENTS(time_ns, "ns", "true time of the decay relative to timestamp_ticks"),
    EVENTS(vertex_x_mm, "mm", "decay vertex"),
    EVENTS(vertex_y_mm, "mm", "decay vertex"),
    EVENTS(vertex_z_mm, "mm", "decay vertex"),
    EVENTS(kaon_px_MeV, "MeV", "momentum of the kaon"),
    EVENTS(kaon_py_MeV, "MeV", "momentum of the kaon"),
    EVENTS(kaon_pz_MeV, "MeV", "momentum of the kaon"),
};
const struct spw_table sim_truth_events_table =
    SPW_TABLE(struct sim_truth_events, events_columns);

enum spw_status
sim_truth_init(struct sim_truth *truth, struct spw_arena *arena, uint32_t n_events)
{
    *truth = (struct sim_truth){.arena = arena};
    SPW_TRY(spw_rows_init(&truth->events.rows, &sim_truth_events_table, arena, n_events,
                          n_events));
    SPW_TRY(spw_rows_init(&truth->particles.rows, &sim_truth_particles_table, arena,
                          n_events, 16 * n_events));
    for (int d = 0; d < SIM_N_HIT_DETECTORS; ++d)
        SPW_TRY(spw_rows_init(&truth->hits[d].rows, &sim_truth_hits_table, arena, n_events,
                              32 * n_events));
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c)
        SPW_TRY(spw_rows_init(&truth->cells[c].rows, &sim_truth_cells_table, arena,
                              n_events, 32 * n_events));
    return SPW_OK;
}

static void
add_particle(struct sim_truth_particles *p, const struct sim_event *event, uint32_t row)
{
    const struct sim_particle *particle = &event->particle[row];
    const struct sim_point nowhere = {NAN, NAN, NAN, NAN, NAN, NAN, 0};
    struct sim_point at[3] = {nowhere, nowhere, nowhere};
    const double z[3] = {na62_z_straw_chamber_mm[0], na62_z_straw_chamber_mm[3],
                         NA62_Z_LKR_MM};
    for (int i = 0; i < 3; ++i)
        if (!sim_track_at(&event->track[row], z[i], &at[i])) at[i] = nowhere;

    const uint32_t i = p->rows.count++;
    p->pdg[i] = particle->pdg;
    p->parent[i] = particle->parent;
    p->origin[i] = particle->origin;
    p->px_MeV[i] = (float)particle->p_MeV[0];
    p->py_MeV[i] = (float)particle->p_MeV[1];
    p->pz_MeV[i] = (float)particle->p_MeV[2];
    p->x_mm[i] = (float)particle->r_mm[0];
    p->y_mm[i] = (float)particle->r_mm[1];
    p->z_mm[i] = (float)particle->r_mm[2];
    p->time_ns[i] = (float)particle->time_ns;
    p->x1_mm[i] = (float)at[0].x_mm;
    p->y1_mm[i] = (float)at[0].y_mm;
    p->dxdz[i] = (float)at[0].tx;
    p->dydz[i] = (float)at[0].ty;
    p->x4_mm[i] = (float)at[1].x_mm;
    p->y4_mm[i] = (float)at[1].y_mm;
    p->dxdz_after[i] = (float)at[1].tx;
    p->dydz_after[i] = (float)at[1].ty;
    p->x_lkr_mm[i] = (float)at[2].x_mm;
    p->y_lkr_mm[i] = (float)at[2].y_mm;
    p->n_straws[i] = 0;
}

static void close_rows(struct spw_rows *rows, uint32_t e)
{
    rows->first[e + 1] = rows->count;
}

static void close_event(struct sim_truth *truth, uint32_t e)
{
    close_rows(&truth->events.rows, e);
    close_rows(&truth->particles.rows, e);
    for (int d = 0; d < SIM_N_HIT_DETECTORS; ++d) close_rows(&truth->hits[d].rows, e);
    for (int c = 0; c < SIM_N_CALORIMETERS; ++c) close_rows(&truth->cells[c].rows, e);
}

static void count_straws(struct sim_truth *truth, uint32_t e, uint32_t first_particle)
{
    const struct sim_truth_hits *straws = &truth->hits[SIM_STRAW];
    for (uint32_t i = straws->rows.first[e]; i < straws->rows.count; ++i)
        if (straws->particle[i] >= 0)
            ++truth->particles.n_straws[first_particle + (uint32_t)straws->particle[i]];
}

enum spw_status sim_truth_add_event(struct sim_truth *truth,
                                    uint32_t e,
                                    const struct sim_event *event,
                                    uint32_t trigger_word)
{
    struct sim_truth_events *events = &truth->events;
    struct sim_truth_particles *particles = &truth->particles;
    const uint32_t i = events->rows.count++, first_particle = particles->rows.count;
    SPW_TRY(spw_rows_reserve(&particles->rows, &sim_truth_particles_table, truth->arena,
                             event->n_particles));
    for (uint32_t row = 0; row < event->n_particles; ++row)
        add_particle(particles, event, row);
    count_straws(truth, e, first_particle);

    events->event[i] = event->setup->number[event->index];
    events->timestamp_ticks[i] = event->timestamp;
    events->trigger_word[i] = trigger_word;
    events->fine_time[i] = (uint8_t)event->fine_time;
    events->mode[i] = (int8_t)event->mode;
    events->kind[i] = (uint8_t)event->kind;
    events->time_ns[i] = (float)event->time_ns;
    events->vertex_x_mm[i] = (float)event->vertex_mm[0];
    events->vertex_y_mm[i] = (float)event->vertex_mm[1];
    events->vertex_z_mm[i] = (float)event->vertex_mm[2];
    events->kaon_px_MeV[i] = (float)event->kaon_MeV[0];
    events->kaon_py_MeV[i] = (float)event->kaon_MeV[1];
    events->kaon_pz_MeV[i] = (float)event->kaon_MeV[2];
    close_event(truth, e);
    return SPW_OK;
}

enum spw_status sim_truth_add_frame(struct sim_truth *truth,
                                    uint32_t e,
                                    uint32_t number,
                                    uint32_t timestamp,
                                    uint32_t trigger_word)
{
    struct sim_truth_events *events = &truth->events;
    SPW_TRY(spw_rows_reserve(&events->rows, &sim_truth_events_table, truth->arena, 1));
    const uint32_t i = events->rows.count++;
    events->event[i] = number;
    events->timestamp_ticks[i] = timestamp;
    events->trigger_word[i] = trigger_word;
    events->fine_time[i] = 0;
    events->mode[i] = -1;
    events->kind[i] = 255;
    events->time_ns[i] = 0;
    events->vertex_x_mm[i] = events->vertex_y_mm[i] = events->vertex_z_mm[i] = 0;
    events->kaon_px_MeV[i] = events->kaon_py_MeV[i] = events->kaon_pz_MeV[i] = 0;
    close_event(truth, e);
    return SPW_OK;
}
