#include "reco/match/association.h"

#include "geometry/na62_geometry.h"

#include <math.h>

struct match_point match_behind(const struct spw_tracks *tracks, uint32_t row, double z_mm)
{
    const float step = (float)(z_mm - na62_z_straw_chamber_mm[3]);
    return (struct match_point){
        tracks->x_after_mm[row] + step * tracks->dxdz_after[row],
        tracks->y_after_mm[row] + step * tracks->dydz_after[row],
    };
}

float match_approach_mm(const struct match_line *a, const struct match_line *b)
{
    const float dz = b->z_mm - a->z_mm;
    const float x = a->x_mm + dz * a->dxdz - b->x_mm, y = a->y_mm + dz * a->dydz - b->y_mm;
    const float tx = a->dxdz - b->dxdz, ty = a->dydz - b->dydz;
    const float norm = sqrtf(tx * tx + ty * ty);
    return norm > 1e-7f ? fabsf(x * ty - y * tx) / norm : sqrtf(x * x + y * y);
}

/// Objects with a time and a place.
struct places {
    const uint32_t *first;
    const float *time_ns, *x_mm, *y_mm;
};

static struct places candidate_places(const struct spw_candidates *c)
{
    return (struct places){c->rows.first, c->time_ns, c->x_mm, c->y_mm};
}

static struct places cluster_places(const struct spw_clusters *c)
{
    return (struct places){c->rows.first, c->time_ns, c->x_mm, c->y_mm};
}

/// What is looked for.
struct wanted {
    struct match_point at;
    float time_ns;
    float distance_mm, window_ns; ///< in x and in y; in time
};

static struct wanted
wanted(struct match_point at, float time_ns, double distance_mm, double window_ns)
{
    return (struct wanted){at, time_ns, (float)distance_mm, (float)window_ns};
}

/* Row among the event's: the one with the smallest sum of squares in units of the limits. */
static int32_t nearest(struct places places, uint32_t e, struct wanted w)
{
    int32_t best = -1;
    float least = INFINITY;
    const float per_mm = 1.0f / w.distance_mm, per_ns = 1.0f / w.window_ns;
    for (uint32_t i = places.first[e]; i < places.first[e + 1]; ++i) {
        const float x = (places.x_mm[i] - w.at.x_mm) * per_mm;
        const float y = (places.y_mm[i] - w.at.y_mm) * per_mm;
        const float t = (places.time_ns[i] - w.time_ns) * per_ns;
        const float square = x * x + y * y + t * t;
        if (!(fabsf(x) < 1.0f && fabsf(y) < 1.0f && fabsf(t) < 1.0f && square < least))
            continue;
        least = square;
        best = (int32_t)(i - places.first[e]);
    }
    return best;
}

static int32_t ring_of(const struct spw_rings *rings, uint32_t e, int32_t track)
{
    for (uint32_t i = rings->rows.first[e]; i < rings->rows.first[e + 1]; ++i)
        if (rings->track[i] == track) return (int32_t)(i - rings->rows.first[e]);
    return -1;
}

/// Times of one track, each with its resolution.
struct times {
    float time_ns[4], sigma_ns[4];
    int n;
};

static void add_time(struct times *times, float time_ns, double sigma_ns)
{
    if (!isfinite(time_ns)) return;
    times->time_ns[times->n] = time_ns;
    times->sigma_ns[times->n++] = (float)sigma_ns;
}

static bool agree(const struct times *t, int i, int k)
{
    const float step = t->time_ns[i] - t->time_ns[k];
    const float variance =
        t->sigma_ns[i] * t->sigma_ns[i] + t->sigma_ns[k] * t->sigma_ns[k];
    return step * step < 16.0f * variance;
}

/* The time with which most agree within 4 sigma (of equal ones the earlier added), and the
   weighted mean of those. */
static float best_time(const struct times *t, float *sigma_ns)
{
    int best = 0, most = 0;
    double sum = 0, weights = 0;
    for (int i = 0; i < t->n; ++i) {
        int n = 0;
        for (int k = 0; k < t->n; ++k) n += agree(t, i, k);
        if (n > most) best = i;
        most = n > most ? n : most;
    }
    for (int k = 0; k < t->n; ++k) {
        if (!agree(t, best, k)) continue;
        const double weight = 1.0 / ((double)t->sigma_ns[k] * (double)t->sigma_ns[k]);
        sum += weight * (double)(t->time_ns[k] - t->time_ns[best]);
        weights += weight;
    }
    *sigma_ns = (float)(1.0 / sqrt(weights));
    return t->time_ns[best] + (float)(sum / weights);
}

/* The detectors whose times are good: LKr, CHOD, RICH; and the track's time by all of them. */
static void match_times(const struct match_options *o,
                        const struct match_inputs *in,
                        uint32_t e,
                        uint32_t row,
                        const struct spw_matches *m)
{
    const struct spw_tracks *tracks = in->tracks;
    const float time_ns = tracks->time_ns[row];
    const struct match_point at_chod = match_behind(tracks, row, NA62_Z_CHOD_V_MM);
    const struct match_point at_lkr = match_behind(tracks, row, NA62_Z_LKR_MM);
    struct times times = {.n = 0};
    m->ring[row] = ring_of(in->rings, e, (int32_t)(row - tracks->rows.first[e]));
    m->chod[row] = nearest(candidate_places(in->chod), e,
                           wanted(at_chod, time_ns, o->chod_distance, o->chod_window));
    m->cluster[row] = nearest(cluster_places(in->lkr), e,
                              wanted(at_lkr, time_ns, o->lkr_distance, o->lkr_window));
    if (m->ring[row] >= 0) {
        const uint32_t i = in->rings->rows.first[e] + (uint32_t)m->ring[row];
        const int n_hits = in->rings->n_hits[i] > 1 ? in->rings->n_hits[i] : 1;
        add_time(&times, in->rings->time_ns[i], o->ring_sigma / sqrt(n_hits));
    }
    if (m->chod[row] >= 0)
        add_time(&times,
                 in->chod->time_ns[in->chod->rows.first[e] + (uint32_t)m->chod[row]],
                 o->chod_sigma);
    if (m->cluster[row] >= 0)
        add_time(&times,
                 in->lkr->time_ns[in->lkr->rows.first[e] + (uint32_t)m->cluster[row]],
                 o->lkr_sigma);
    add_time(&times, time_ns, o->track_sigma);
    m->time_ns[row] = times.n ? best_time(&times, &m->sigma_time_ns[row]) : 0.0f;
    if (!times.n) m->sigma_time_ns[row] = (float)o->window;
}

static void match_cluster(const struct match_inputs *in,
                          uint32_t e,
                          uint32_t row,
                          const struct spw_matches *m)
{
    m->lkr_distance_mm[row] = 0.0f;
    m->e_over_p[row] = 0.0f;
    if (m->cluster[row] < 0) return;
    const uint32_t i = in->lkr->rows.first[e] + (uint32_t)m->cluster[row];
    const struct match_point at = match_behind(in->tracks, row, NA62_Z_LKR_MM);
    const float x = in->lkr->x_mm[i] - at.x_mm, y = in->lkr->y_mm[i] - at.y_mm;
    const float p = in->tracks->p_MeV[row];
    m->lkr_distance_mm[row] = sqrtf(x * x + y * y);
    m->e_over_p[row] = p > 0.0f ? in->lkr->energy_MeV[i] / p : 0.0f;
}

/* The other detectors of charged particles, by the time now known. */
static void match_places(const struct match_options *o,
                         const struct match_inputs *in,
                         uint32_t e,
                         uint32_t row,
                         const struct spw_matches *m)
{
    const struct spw_tracks *t = in->tracks;
    const float time_ns = m->time_ns[row];
    m->newchod[row] = nearest(candidate_places(in->newchod), e,
                              wanted(match_behind(t, row, NA62_Z_NEWCHOD_MM), time_ns,
                                     o->newchod_distance, o->newchod_window));
    m->muv1[row] = nearest(cluster_places(in->muv1), e,
                           wanted(match_behind(t, row, NA62_Z_MUV1_MM), time_ns,
                                  o->muv_distance, o->muv_window));
    m->muv2[row] = nearest(cluster_places(in->muv2), e,
                           wanted(match_behind(t, row, NA62_Z_MUV2_MM), time_ns,
                                  o->muv_distance, o->muv_window));
    m->muv3[row] = nearest(candidate_places(in->muv3), e,
                           wanted(match_behind(t, row, NA62_Z_MUV3_MM), time_ns,
                                  o->muv3_distance, o->muv3_window));
}

static int32_t nearest_kaon(const struct match_options *o,
                            const struct spw_candidates *kaons,
                            uint32_t e,
                            float time_ns)
{
    int32_t best = -1;
    float least = (float)o->kaon_window;
    for (uint32_t i = kaons->rows.first[e]; i < kaons->rows.first[e + 1]; ++i) {
        const float step = fabsf(kaons->time_ns[i] - time_ns);
        if (!(step < least)) continue;
        least = step;
        best = (int32_t)(i - kaons->rows.first[e]);
    }
    return best;
}

/* chi2 of a beam track: its time against the track's and the kaon's, and their distance. */
static float beam_chi2(const struct match_options *o,
                       const struct match_inputs *in,
                       uint32_t row,
                       uint32_t beam,
                       const struct spw_matches *m,
                       float distance_mm)
{
    const float sigma = in->beam->sigma_time_ns[beam], track = m->sigma_time_ns[row];
    const float step = in->beam->time_ns[beam] - m->time_ns[row];
    const float place = distance_mm / (float)o->beam_distance_sigma;
    return step * step / (sigma * sigma + track * track) + place * place;
}

/* Of the beam tracks near in time the one with the least chi2. */
static void match_beam(const struct match_options *o,
                       const struct match_inputs *in,
                       uint32_t e,
                       uint32_t row,
                       const struct spw_matches *m)
{
    const struct spw_beam_tracks *b = in->beam;
    const struct spw_tracks *t = in->tracks;
    const struct match_line track = {t->x_mm[row], t->y_mm[row], t->z_mm[row], t->dxdz[row],
                                     t->dydz[row]};
    const bool kaon = m->ktag[row] >= 0;
    const float kaon_ns =
        kaon ? in->ktag->time_ns[in->ktag->rows.first[e] + (uint32_t)m->ktag[row]] : 0.0f;
    float least = (float)o->beam_chi2_max;
    m->beam[row] = -1;
    m->beam_distance_mm[row] = 0.0f;
    for (uint32_t i = b->rows.first[e]; i < b->rows.first[e + 1]; ++i) {
        if (!(fabsf(b->time_ns[i] - m->time_ns[row]) < (float)o->beam_window)) continue;
        const struct match_line beam = {b->x_mm[i], b->y_mm[i], (float)na62_z_gtk_mm[2],
                                        b->dxdz[i], b->dydz[i]};
        const float distance = match_approach_mm(&track, &beam);
        float chi2 = beam_chi2(o, in, row, i, m, distance);
        if (kaon) {
            const float step = b->time_ns[i] - kaon_ns;
            const float sigma = (float)o->kaon_sigma, mine = b->sigma_time_ns[i];
            chi2 += step * step / (sigma * sigma + mine * mine);
        }
        if (!(chi2 < least)) continue;
        least = chi2;
        m->beam[row] = (int32_t)(i - b->rows.first[e]);
        m->beam_distance_mm[row] = distance;
    }
}

/* The bit of the hypothesis that the ring likes best; none without light to tell by. */
static uint16_t ring_identity(const struct match_inputs *in, uint32_t e, int32_t ring)
{
    if (ring < 0) return 0;
    const uint32_t i = in->rings->rows.first[e] + (uint32_t)ring;
    int best = 0;
    bool differ = false;
    for (int h = 1; h < SPW_N_RING_HYPOTHESES; ++h) {
        const float *const *likelihood = (const float *const *)in->rings->log_likelihood;
        differ |= likelihood[h][i] != likelihood[0][i];
        if (likelihood[h][i] > likelihood[best][i]) best = h;
    }
    return differ ? (uint16_t)(SPW_RING_ELECTRON << best) : 0;
}

static uint16_t identity_of(const struct match_options *o,
                            const struct match_inputs *in,
                            uint32_t e,
                            uint32_t row,
                            const struct spw_matches *m)
{
    const int32_t seen[] = {m->cluster[row], m->chod[row], m->newchod[row],
                            m->muv3[row],    m->muv1[row], m->muv2[row],
                            m->ring[row],    m->ktag[row], m->beam[row]};
    const float ratio = m->e_over_p[row];
    uint16_t bits = ring_identity(in, e, m->ring[row]);
    for (int i = 0; i < (int)(sizeof seen / sizeof *seen); ++i)
        bits |= (uint16_t)(seen[i] >= 0 ? 1 << i : 0);
    const bool wall = m->muv3[row] >= 0;
    if (!wall && (double)ratio > o->electron.value[0] &&
        (double)ratio < o->electron.value[1])
        return bits | SPW_IS_ELECTRON;
    return bits | (wall && (double)ratio < o->muon_e_over_p ? SPW_IS_MUON : SPW_IS_PION);
}

void match_tracks(const struct match_scene *scene, uint32_t e)
{
    const struct match_options *o = scene->options;
    const struct match_inputs *in = scene->inputs;
    const struct spw_matches *m = scene->matches;
    const uint32_t *first = in->tracks->rows.first;
    for (uint32_t row = first[e]; row < first[e + 1]; ++row) {
        match_times(o, in, e, row, m);
        match_cluster(in, e, row, m);
        match_places(o, in, e, row, m);
        m->ktag[row] = nearest_kaon(o, in->ktag, e, m->time_ns[row]);
        match_beam(o, in, e, row, m);
        m->identity[row] = identity_of(o, in, e, row, m);
    }
}
