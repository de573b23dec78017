#include "reco/match/vertices.h"

#include "geometry/na62_geometry.h"

#include <math.h>
#include <string.h>

/* Lines meet anywhere between the target and the magnet. */
#define PLANE_MM (na62_z_straw_chamber_mm[0])
#define REACH_MM 130000.0

#define EACH(member, unit, meaning)                                  \
    SPW_COLUMN(struct match_vertices, member[0], unit, meaning),     \
        SPW_COLUMN(struct match_vertices, member[1], unit, meaning), \
        SPW_COLUMN(struct match_vertices, member[2], unit, meaning)

static const struct spw_column columns[] = {
    SPW_COLUMN(struct match_vertices, n_tracks, "1", "straw tracks"),
    EACH(track, "1", "row of the batch, -1 none"),
    SPW_COLUMN(struct match_vertices, beam, "1", "row of the batch, -1 none"),
    SPW_COLUMN(struct match_vertices, time_ns, "ns", "mean of the tracks"),
    SPW_COLUMN(struct match_vertices, time_spread_ns, "ns", "latest - earliest track"),
    SPW_COLUMN(struct match_vertices, x_mm, "mm", "position"),
    SPW_COLUMN(struct match_vertices, y_mm, "mm", "position"),
    SPW_COLUMN(struct match_vertices, z_mm, "mm", "position"),
    SPW_COLUMN(struct match_vertices, chi2, "1", "of the fit"),
    SPW_COLUMN(struct match_vertices, cda_mm, "mm", "distance of the lines"),
    EACH(dxdz, "1", "slope through the vertex"),
    EACH(dydz, "1", "slope through the vertex"),
    EACH(q_over_p, "MeV-1", "charge over momentum through the vertex"),
};

const struct spw_table match_vertices_table = SPW_TABLE(struct match_vertices, columns);

/// A line with its covariance, at the plane of the fit.
struct line {
    double a[SPW_LINE_PARAMETERS];
    double c[SPW_LINE_COVARIANCES];
};

static void track_line(const struct spw_tracks *t, uint32_t row, struct line *line)
{
    line->a[0] = (double)t->x_mm[row];
    line->a[1] = (double)t->y_mm[row];
    line->a[2] = (double)t->dxdz[row];
    line->a[3] = (double)t->dydz[row];
    line->a[4] = (double)t->charge[row] / fmax((double)t->p_MeV[row], 1.0);
    for (int c = 0; c < SPW_LINE_COVARIANCES; ++c)
        line->c[c] = (double)t->covariance[c][row];
    line->a[0] += line->a[2] * (PLANE_MM - (double)t->z_mm[row]);
    line->a[1] += line->a[3] * (PLANE_MM - (double)t->z_mm[row]);
}

/* A line at the third GTK station, moved to the plane of the fit. Variances: x, y, slopes. */
static void beam_line(const double at[5], const double variance[3], struct line *line)
{
    const double step = PLANE_MM - na62_z_gtk_mm[2], slope = variance[2];
    *line = (struct line){0};
    memcpy(line->a, at, sizeof line->a);
    line->a[0] += step * at[2];
    line->a[1] += step * at[3];
    line->c[0] = variance[0] + step * step * slope;
    line->c[2] = variance[1] + step * step * slope;
    line->c[3] = line->c[7] = step * slope;
    line->c[5] = line->c[9] = slope;
}

static void nominal_beam(const struct match_options *o, struct line *line)
{
    const double at[5] = {o->beam_x, o->beam_y, o->beam_slope_x, o->beam_slope_y,
                          1.0 / o->beam_momentum};
    const double variance[3] = {o->beam_sigma_x * o->beam_sigma_x,
                                o->beam_sigma_y * o->beam_sigma_y,
                                o->divergence * o->divergence};
    beam_line(at, variance, line);
}

/* Resolutions of a beam track: those of the beam tracker (docs/physics/beam.md). */
static void measured_beam(const struct spw_beam_tracks *b, uint32_t row, struct line *line)
{
    const double sigma_mm = 0.1, sigma_slope = 6e-6;
    const double at[5] = {(double)b->x_mm[row], (double)b->y_mm[row], (double)b->dxdz[row],
                          (double)b->dydz[row], 1.0 / fmax((double)b->p_MeV[row], 1.0)};
    const double variance[3] = {sigma_mm * sigma_mm, sigma_mm * sigma_mm,
                                sigma_slope * sigma_slope};
    beam_line(at, variance, line);
}

static void
set_line(struct spw_vertex_block *block, int i, uint32_t lane, const struct line *line)
{
    for (int p = 0; p < SPW_LINE_PARAMETERS; ++p) block->line[i][p][lane] = line->a[p];
    for (int c = 0; c < SPW_LINE_COVARIANCES; ++c)
        block->covariance[i][c][lane] = line->c[c];
}

static void fit_block(struct match_vertices *v,
                      struct match_block *b,
                      int n_lines,
                      const struct spw_vertex_kernels *kernels)
{
    if (!b->n) return;
    (n_lines == 2 ? kernels->fit2 : kernels->fit3)(REACH_MM, &b->block);
    for (uint32_t lane = 0; lane < b->n; ++lane) {
        const uint32_t row = b->row[lane];
        v->x_mm[row] = b->block.x_mm[lane];
        v->y_mm[row] = b->block.y_mm[lane];
        v->z_mm[row] = PLANE_MM + b->block.z_mm[lane];
        v->chi2[row] = b->block.chi2[lane];
        v->cda_mm[row] = b->block.cda_mm[lane];
        for (int i = 0; i < n_lines; ++i) {
            v->dxdz[i][row] = b->block.fitted[i][0][lane];
            v->dydz[i][row] = b->block.fitted[i][1][lane];
            v->q_over_p[i][row] = b->block.fitted[i][2][lane];
        }
    }
    b->n = 0;
}

void match_vertices_finish(struct match_vertices *vertices, struct match_fitter *fitter)
{
    fit_block(vertices, fitter->two, 2, fitter->kernels);
    fit_block(vertices, fitter->three, 3, fitter->kernels);
}

/// What combinations of one event are made from.
struct event {
    const struct match_scene *scene;
    uint32_t row[MATCH_MAX_TRACKS]; ///< tracks near the trigger
    struct line line[MATCH_MAX_TRACKS];
    uint32_t n, beam_first;
};

/* Times of the tracks of a combination. */
static void set_times(struct match_vertices *v,
                      uint32_t to,
                      const struct event *event,
                      const uint32_t *at,
                      int n)
{
    const struct spw_matches *m = event->scene->matches;
    const float origin = m->time_ns[event->row[at[0]]];
    float sum = 0, weights = 0, first = INFINITY, last = -INFINITY;
    for (int i = 0; i < n; ++i) {
        const uint32_t row = event->row[at[i]];
        const float sigma = m->sigma_time_ns[row], weight = 1.0f / (sigma * sigma);
        sum += weight * (m->time_ns[row] - origin);
        weights += weight;
        first = fminf(first, m->time_ns[row]);
        last = fmaxf(last, m->time_ns[row]);
    }
    v->time_ns[to] = origin + sum / weights;
    v->time_spread_ns[to] = last - first;
}

/* A row for the tracks at[0 ... n) of the event and, for one track, the beam. */
static enum spw_status add(struct match_vertices *v,
                           struct match_fitter *fitter,
                           const struct event *event,
                           const uint32_t *at,
                           int n,
                           int32_t beam)
{
    SPW_TRY(spw_rows_reserve(&v->rows, &match_vertices_table, fitter->arena, 1));
    struct match_block *block = n == 3 ? fitter->three : fitter->two;
    const uint32_t to = v->rows.count++, lane = block->n++;
    v->n_tracks[to] = (uint8_t)n;
    v->beam[to] = beam;
    for (int i = 0; i < SPW_VERTEX_LINES; ++i)
        v->track[i][to] = i < n ? (int32_t)event->row[at[i]] : -1;
    for (int i = 0; i < n; ++i) set_line(&block->block, i, lane, &event->line[at[i]]);
    set_times(v, to, event, at, n);
    if (n == 1) {
        struct line line;
        if (beam < 0)
            nominal_beam(event->scene->options, &line);
        else
            measured_beam(event->scene->inputs->beam, (uint32_t)beam, &line);
        set_line(&block->block, 1, lane, &line);
    }
    block->row[lane] = to;
    if (block->n == SPW_VERTEX_LANES) fit_block(v, block, n == 3 ? 3 : 2, fitter->kernels);
    return SPW_OK;
}

static bool close_in_time(const struct event *event, uint32_t i, uint32_t k)
{
    const float *time_ns = event->scene->matches->time_ns;
    return fabsf(time_ns[event->row[i]] - time_ns[event->row[k]]) <
           (float)event->scene->options->pair_window;
}

static enum spw_status add_single(struct match_vertices *v,
                                  struct match_fitter *fitter,
                                  const struct event *event,
                                  uint32_t i)
{
    const int32_t beam = event->scene->matches->beam[event->row[i]];
    SPW_TRY(add(v, fitter, event, &i, 1, -1));
    if (beam < 0) return SPW_OK;
    return add(v, fitter, event, &i, 1, (int32_t)event->beam_first + beam);
}

/* Pairs and, of pairs that are close in time, triples. */
static enum spw_status add_groups(struct match_vertices *v,
                                  struct match_fitter *fitter,
                                  const struct event *event,
                                  int n)
{
    for (uint32_t i = 0; i < event->n; ++i)
        for (uint32_t k = i + 1; k < event->n; ++k) {
            if (!close_in_time(event, i, k)) continue;
            if (n == 2) SPW_TRY(add(v, fitter, event, (uint32_t[]){i, k}, 2, -1));
            for (uint32_t l = k + 1; n == 3 && l < event->n; ++l)
                if (close_in_time(event, i, l) && close_in_time(event, k, l))
                    SPW_TRY(add(v, fitter, event, (uint32_t[]){i, k, l}, 3, -1));
        }
    return SPW_OK;
}

/* Tracks near the trigger, as lines. */
static void
get_tracks(struct event *event, const struct match_scene *scene, uint32_t e, bool *cut)
{
    const struct spw_tracks *tracks = scene->inputs->tracks;
    const struct match_options *o = scene->options;
    const float trigger_ns = scene->inputs->trigger_ns[e];
    event->scene = scene;
    event->beam_first = scene->inputs->beam->rows.first[e];
    event->n = 0;
    *cut = false;
    for (uint32_t row = tracks->rows.first[e]; row < tracks->rows.first[e + 1]; ++row) {
        const float step = scene->matches->time_ns[row] - trigger_ns;
        if (!(fabsf(step) < (float)o->window)) continue;
        if (event->n == o->max_tracks) {
            *cut = true;
            return;
        }
        event->row[event->n] = row;
        track_line(tracks, row, &event->line[event->n++]);
    }
}

enum spw_status match_vertices_add(struct match_vertices *vertices,
                                   struct match_fitter *fitter,
                                   const struct match_scene *scene,
                                   uint32_t e,
                                   bool *cut)
{
    struct event event;
    get_tracks(&event, scene, e, cut);
    for (uint32_t i = 0; i < event.n; ++i) SPW_TRY(add_single(vertices, fitter, &event, i));
    for (int n = 2; n <= SPW_VERTEX_LINES; ++n)
        SPW_TRY(add_groups(vertices, fitter, &event, n));
    return SPW_OK;
}
