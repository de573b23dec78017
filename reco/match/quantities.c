#include "reco/match/quantities.h"

#include "geometry/na62_geometry.h"
#include "reco/match/photons.h"

#include <math.h>

#define MASS_KAON_MEV 493.677
#define MASS_PI0_MEV  134.9768

/// Energy and momentum.
struct four {
    double e, x, y, z;
};

static struct four plus(struct four a, struct four b)
{
    return (struct four){a.e + b.e, a.x + b.x, a.y + b.y, a.z + b.z};
}

static struct four minus(struct four a, struct four b)
{
    return (struct four){a.e - b.e, a.x - b.x, a.y - b.y, a.z - b.z};
}

static double mass2(struct four p)
{
    return p.e * p.e - (p.x * p.x + p.y * p.y + p.z * p.z);
}

static struct four along(double p_MeV, double dxdz, double dydz, double mass_MeV)
{
    const double z = p_MeV / sqrt(1.0 + dxdz * dxdz + dydz * dydz);
    return (struct four){sqrt(p_MeV * p_MeV + mass_MeV * mass_MeV), z * dxdz, z * dydz, z};
}

static double track_momentum(const struct match_vertices *v, uint32_t row, int i)
{
    return 1.0 / fmax(fabs(v->q_over_p[i][row]), 1e-9);
}

static struct four
track_four(const struct match_vertices *v, uint32_t row, int i, double mass_MeV)
{
    return along(track_momentum(v, row, i), v->dxdz[i][row], v->dydz[i][row], mass_MeV);
}

/* Sum of a vertex's tracks. */
static struct four tracks_four(const struct match_vertex *at, double mass_MeV)
{
    struct four sum = track_four(at->vertices, at->row, 0, mass_MeV);
    for (int i = 1; i < at->vertices->n_tracks[at->row]; ++i)
        sum = plus(sum, track_four(at->vertices, at->row, i, mass_MeV));
    return sum;
}

static struct four nominal_kaon(const struct match_options *o)
{
    return along(o->beam_momentum, o->beam_slope_x, o->beam_slope_y, MASS_KAON_MEV);
}

static struct four measured_kaon(const struct spw_beam_tracks *b, int32_t row)
{
    return along((double)b->p_MeV[row], (double)b->dxdz[row], (double)b->dydz[row],
                 MASS_KAON_MEV);
}

static int32_t nearest_in_time(const struct spw_candidates *c, uint32_t e, float time_ns)
{
    int32_t best = -1;
    float least = INFINITY;
    for (uint32_t i = c->rows.first[e]; i < c->rows.first[e + 1]; ++i) {
        if (!(fabsf(c->time_ns[i] - time_ns) < least)) continue;
        least = fabsf(c->time_ns[i] - time_ns);
        best = (int32_t)i;
    }
    return best;
}

static double length_of(double x, double y)
{
    return sqrt(x * x + y * y);
}

/* Distance of a beam track from the vertex, in the vertex's plane. */
static double beam_distance(const struct match_vertex *at, int32_t beam)
{
    const struct spw_beam_tracks *b = at->scene->inputs->beam;
    const double step = at->vertices->z_mm[at->row] - na62_z_gtk_mm[2];
    const double x = (double)b->x_mm[beam] + step * (double)b->dxdz[beam];
    const double y = (double)b->y_mm[beam] + step * (double)b->dydz[beam];
    return length_of(x - at->vertices->x_mm[at->row], y - at->vertices->y_mm[at->row]);
}

/* The beam track that fits best to a group of tracks in time and place, -1: none. */
static int32_t nearest_beam(const struct match_vertex *at)
{
    const struct match_options *o = at->scene->options;
    const struct spw_beam_tracks *b = at->scene->inputs->beam;
    const float time_ns = at->vertices->time_ns[at->row];
    int32_t best = -1;
    double least = o->beam_chi2_max;
    for (uint32_t i = b->rows.first[at->e]; i < b->rows.first[at->e + 1]; ++i) {
        const double step = (double)(b->time_ns[i] - time_ns);
        if (!(fabs(step) < o->beam_window)) continue;
        const double place = beam_distance(at, (int32_t)i) / o->beam_distance_sigma;
        const double time = step / (2 * o->kaon_sigma);
        if (!(place * place + time * time < least)) continue;
        least = place * place + time * time;
        best = (int32_t)i;
    }
    return best;
}

struct match_vertex match_vertex_at(const struct match_scene *scene,
                                    const struct match_vertices *vertices,
                                    uint32_t row,
                                    uint32_t e)
{
    struct match_vertex at = {scene, vertices, row, e, vertices->beam[row], -1};
    at.kaon = nearest_in_time(scene->inputs->ktag, e, vertices->time_ns[row]);
    if (vertices->n_tracks[row] > 1) at.beam = nearest_beam(&at);
    return at;
}

/* Sums and extremes over the tracks. */
static void of_tracks(const struct match_vertex *at, double *q)
{
    const struct spw_tracks *tracks = at->scene->inputs->tracks;
    const struct spw_matches *m = at->scene->matches;

    static const struct {
        int quantity;
        uint16_t bit;
    } counted[] = {
        {MATCH_Q_electrons, SPW_IS_ELECTRON}, {MATCH_Q_muons, SPW_IS_MUON},
        {MATCH_Q_pions, SPW_IS_PION},         {MATCH_Q_ring_electrons, SPW_RING_ELECTRON},
        {MATCH_Q_ring_muons, SPW_RING_MUON},  {MATCH_Q_ring_pions, SPW_RING_PION},
        {MATCH_Q_chods, SPW_HAS_CHOD},        {MATCH_Q_muv3s, SPW_HAS_MUV3}};

    const int n_counted = (int)(sizeof counted / sizeof *counted);
    for (int k = 0; k < n_counted; ++k) q[counted[k].quantity] = 0;
    q[MATCH_Q_charge] = 0;
    q[MATCH_Q_p_min] = q[MATCH_Q_e_over_p_min] = q[MATCH_Q_lkr_radius_min] = INFINITY;
    q[MATCH_Q_p_max] = q[MATCH_Q_e_over_p_max] = q[MATCH_Q_lkr_radius_max] = 0;
    for (int i = 0; i < at->vertices->n_tracks[at->row]; ++i) {
        const uint32_t track = (uint32_t)at->vertices->track[i][at->row];
        const double p = track_momentum(at->vertices, at->row, i);
        const struct match_point lkr = match_behind(tracks, track, NA62_Z_LKR_MM);
        const double radius = length_of((double)lkr.x_mm, (double)lkr.y_mm);
        const double ratio = (double)m->e_over_p[track];
        q[MATCH_Q_charge] += tracks->charge[track];
        q[MATCH_Q_p_min] = fmin(q[MATCH_Q_p_min], p);
        q[MATCH_Q_p_max] = fmax(q[MATCH_Q_p_max], p);
        q[MATCH_Q_e_over_p_min] = fmin(q[MATCH_Q_e_over_p_min], ratio);
        q[MATCH_Q_e_over_p_max] = fmax(q[MATCH_Q_e_over_p_max], ratio);
        q[MATCH_Q_lkr_radius_min] = fmin(q[MATCH_Q_lkr_radius_min], radius);
        q[MATCH_Q_lkr_radius_max] = fmax(q[MATCH_Q_lkr_radius_max], radius);
        for (int k = 0; k < n_counted; ++k)
            q[counted[k].quantity] += (m->identity[track] & counted[k].bit) != 0;
    }
}

static void of_times(const struct match_vertex *at, double *q)
{
    const struct match_inputs *in = at->scene->inputs;
    const float time_ns = at->vertices->time_ns[at->row];
    const bool beam = at->beam >= 0;
    q[MATCH_Q_time] = (double)(time_ns - in->trigger_ns[at->e]);
    q[MATCH_Q_time_spread] = (double)at->vertices->time_spread_ns[at->row];
    q[MATCH_Q_kaon_time] =
        at->kaon >= 0 ? (double)(time_ns - in->ktag->time_ns[at->kaon]) : NAN;
    q[MATCH_Q_beams] = beam;
    q[MATCH_Q_beam_time] = beam ? (double)(time_ns - in->beam->time_ns[at->beam]) : NAN;
    q[MATCH_Q_beam_distance] = beam ? beam_distance(at, at->beam) : NAN;
}

void match_values_plain(const struct match_vertex *at, struct match_values *values)
{
    const struct match_vertices *v = at->vertices;
    const struct match_options *o = at->scene->options;
    double *q = values->of;
    const double z = v->z_mm[at->row], step = z - na62_z_gtk_mm[2];
    const struct four sum = tracks_four(at, 0);
    q[MATCH_Q_tracks] = v->n_tracks[at->row];
    q[MATCH_Q_vertex_x] = v->x_mm[at->row];
    q[MATCH_Q_vertex_y] = v->y_mm[at->row];
    q[MATCH_Q_vertex_z] = z;
    q[MATCH_Q_chi2] = v->chi2[at->row];
    q[MATCH_Q_cda] = v->cda_mm[at->row];
    q[MATCH_Q_beam_axis] = length_of(v->x_mm[at->row] - o->beam_x - step * o->beam_slope_x,
                                     v->y_mm[at->row] - o->beam_y - step * o->beam_slope_y);
    q[MATCH_Q_momentum] = sqrt(sum.x * sum.x + sum.y * sum.y + sum.z * sum.z);
    q[MATCH_Q_transverse] =
        length_of(sum.x - o->beam_slope_x * sum.z, sum.y - o->beam_slope_y * sum.z);
    of_tracks(at, q);
    of_times(at, q);
}

static struct four photon_four(const struct match_vertex *at, uint32_t cluster)
{
    const struct spw_clusters *lkr = at->scene->inputs->lkr;
    const struct match_vertices *v = at->vertices;
    const double step = NA62_Z_LKR_MM - v->z_mm[at->row];
    return along((double)lkr->energy_MeV[cluster],
                 ((double)lkr->x_mm[cluster] - v->x_mm[at->row]) / step,
                 ((double)lkr->y_mm[cluster] - v->y_mm[at->row]) / step, 0);
}

/* The two photons whose mass is nearest to a pi0's; false with less than two. */
static bool find_pi0(const struct match_vertex *at,
                     const struct match_photons *photons,
                     struct four *pi0)
{
    double least = INFINITY;
    for (uint32_t i = 0; i < photons->n_kept; ++i)
        for (uint32_t k = i + 1; k < photons->n_kept; ++k) {
            const struct four pair = plus(photon_four(at, photons->cluster[i]),
                                          photon_four(at, photons->cluster[k]));
            const double off = fabs(sqrt(fmax(mass2(pair), 0)) - MASS_PI0_MEV);
            if (!(off < least)) continue;
            least = off;
            *pi0 = pair;
        }
    return least < INFINITY;
}

void match_values_masses(const struct match_vertex *at,
                         double mass_MeV,
                         struct match_values *values)
{
    const struct match_inputs *in = at->scene->inputs;
    const struct match_options *o = at->scene->options;
    const float time_ns = at->vertices->time_ns[at->row];
    double *q = values->of;
    struct match_photons photons;
    struct four pi0 = {0};
    const struct four sum = tracks_four(at, mass_MeV), nominal = nominal_kaon(o);
    const struct four kaon = at->beam >= 0 ? measured_kaon(in->beam, at->beam) : nominal;
    q[MATCH_Q_mass] = sqrt(fmax(mass2(sum), 0));
    q[MATCH_Q_missing_mass2] = at->beam >= 0 ? mass2(minus(kaon, sum)) : NAN;
    q[MATCH_Q_nominal_missing_mass2] = mass2(minus(nominal, sum));
    match_photons_find(&photons, at->scene, at->e, time_ns);
    const bool pair = find_pi0(at, &photons, &pi0);
    q[MATCH_Q_photons] = photons.n;
    q[MATCH_Q_photon_energy] = (double)photons.energy_MeV;
    q[MATCH_Q_photon_mass] = pair ? sqrt(fmax(mass2(pi0), 0)) : NAN;
    q[MATCH_Q_neutrino_mass2] = pair ? mass2(minus(kaon, plus(sum, pi0))) : NAN;
    q[MATCH_Q_lavs] = match_count_near(in->lav, at->e, time_ns, o->veto_window);
    q[MATCH_Q_ircs] = match_count_near(in->irc, at->e, time_ns, o->veto_window);
    q[MATCH_Q_sacs] = match_count_near(in->sac, at->e, time_ns, o->veto_window);
    q[MATCH_Q_chantis] = match_count_near(in->chanti, at->e, time_ns, o->veto_window);
}
