#include "reco/beam/triplets.h"

#include "reco/candidates/clusters.h"

#include <math.h>
#include <string.h>

#define EACH(member, unit, meaning)                                \
    SPW_COLUMN(struct spw_triplets, member[0], unit, meaning),     \
        SPW_COLUMN(struct spw_triplets, member[1], unit, meaning), \
        SPW_COLUMN(struct spw_triplets, member[2], unit, meaning)

static const struct spw_column columns[] = {
    EACH(cluster, "1", "cluster of a station"),
    EACH(x_mm, "mm", "position of the cluster"),
    EACH(y_mm, "mm", "position of the cluster"),
    EACH(time_ns, "ns", "time of the cluster"),
    EACH(weight, "1", "pixels of the cluster"),
    SPW_COLUMN(struct spw_triplets, fit_x_mm, "mm", "position in the third station"),
    SPW_COLUMN(struct spw_triplets, fit_y_mm, "mm", "position in the third station"),
    SPW_COLUMN(struct spw_triplets, dxdz, "1", "slope behind TRIM5"),
    SPW_COLUMN(struct spw_triplets, dydz, "1", "slope"),
    SPW_COLUMN(struct spw_triplets, p_MeV, "MeV", "momentum"),
    SPW_COLUMN(struct spw_triplets, fit_time_ns, "ns", "weighted mean time"),
    SPW_COLUMN(struct spw_triplets, sum_weights, "1", "pixels"),
    SPW_COLUMN(struct spw_triplets, chi2_x, "1", "of the line in x"),
    SPW_COLUMN(struct spw_triplets, chi2_beam, "1", "against the beam"),
    SPW_COLUMN(struct spw_triplets, chi2_time, "1", "of the times"),
    SPW_COLUMN(struct spw_triplets, quality, "1", "of the chosen ones"),
};

const struct spw_table spw_triplets_table = SPW_TABLE(struct spw_triplets, columns);

static enum spw_status append(struct spw_triplets *triplets,
                              struct spw_arena *arena,
                              const struct beam_event *event,
                              const uint32_t at[BEAM_STATIONS])
{
    if (triplets->rows.count == triplets->rows.capacity)
        SPW_TRY(spw_rows_reserve(&triplets->rows, &spw_triplets_table, arena, 1));
    const uint32_t row = triplets->rows.count++;
    for (int s = 0; s < BEAM_STATIONS; ++s) {
        const struct beam_cluster *cluster = &event->cluster[s][at[s]];
        triplets->cluster[s][row] = at[s];
        triplets->x_mm[s][row] = cluster->x_mm;
        triplets->y_mm[s][row] = cluster->y_mm;
        triplets->time_ns[s][row] = cluster->time_ns;
        triplets->weight[s][row] = (float)cluster->n_pixels;
    }
    return SPW_OK;
}

/* First cluster of a station not earlier than `time_ns`, looking on from `at`. */
static uint32_t
skip_earlier(const struct beam_event *event, int station, uint32_t at, float time_ns)
{
    while (at < event->n_clusters[station] && event->cluster[station][at].time_ns < time_ns)
        ++at;
    return at;
}

/// A line through clusters of stations 1 and 3, worked out once for all of station 2.
struct sight {
    float near_x, near_y, far_x, far_y, bend_x;
    float reach_x, reach_y;
};

static struct sight sight_along(const struct beam_setup *setup,
                                const struct beam_cluster *a,
                                const struct beam_cluster *c)
{
    const float near = setup->fit.near, far = setup->fit.far;
    return (struct sight){
        .near_x = near * a->x_mm,
        .near_y = near * a->y_mm,
        .far_x = far * c->x_mm,
        .far_y = far * c->y_mm,
        .bend_x = setup->bend_x_mm,
        .reach_x = setup->reach_x_mm,
        .reach_y = setup->reach_y_mm,
    };
}

/* True where station 2's cluster lies near to the line. */
static bool is_in_line(struct sight line, const struct beam_cluster *b)
{
    const float off_x = b->x_mm - line.near_x - line.far_x - line.bend_x;
    const float off_y = b->y_mm - line.near_y - line.far_y;
    return (fabsf(off_x) < line.reach_x) & (fabsf(off_y) < line.reach_y);
}

/// What the search of one event has done.
struct search {
    uint32_t from[BEAM_STATIONS]; ///< first cluster of the window
    uint32_t n_tried;
};

/* All triplets with cluster `a` of station 1. */
static enum spw_status add_with(struct spw_triplets *triplets,
                                struct spw_arena *arena,
                                struct beam_event *event,
                                const struct beam_setup *setup,
                                struct search *search)
{
    const uint32_t a = search->from[0];
    const struct beam_cluster *first = &event->cluster[0][a];
    const float until_ns = first->time_ns + setup->pair_ns;
    const uint32_t b_end = skip_earlier(event, 1, search->from[1], until_ns);
    const uint32_t c_end = skip_earlier(event, 2, search->from[2], until_ns);
    search->n_tried += (b_end - search->from[1]) * (c_end - search->from[2]);
    if (search->n_tried > setup->options.max_triplets) return SPW_OK;
    const struct beam_cluster *second = event->cluster[1];
    for (uint32_t c = search->from[2]; c < c_end; ++c) {
        const struct sight line = sight_along(setup, first, &event->cluster[2][c]);
        for (uint32_t b = search->from[1]; b < b_end; ++b)
            if (is_in_line(line, &second[b]))
                SPW_TRY(append(triplets, arena, event, (uint32_t[]){a, b, c}));
    }
    return SPW_OK;
}

enum spw_status beam_triplets_add(struct spw_triplets *triplets,
                                  struct spw_arena *arena,
                                  struct beam_event *event,
                                  const struct beam_setup *setup)
{
    struct search search = {0};
    const uint32_t max = (uint32_t)setup->options.max_triplets;
    for (uint32_t a = 0; a < event->n_clusters[0] && search.n_tried <= max; ++a) {
        const float since_ns = event->cluster[0][a].time_ns - setup->pair_ns;
        search.from[0] = a;
        for (int s = 1; s < BEAM_STATIONS; ++s)
            search.from[s] = skip_earlier(event, s, search.from[s], since_ns);
        SPW_TRY(add_with(triplets, arena, event, setup, &search));
    }
    event->cut |= search.n_tried > max;
    return SPW_OK;
}

/* A pixel by itself has to be this much better than the cluster it belongs to. */
#define PART_CHI2 4.0f

/* Keys of the triplets that pass the cuts, best first. */
static uint32_t
rank(struct beam_event *event, const struct beam_setup *setup, const struct spw_triplets *t)
{
    const struct beam_options *o = &setup->options;
    const float x_max = (float)o->chi2_x_max, beam_max = (float)o->chi2_beam_max;
    const float time_max = (float)o->chi2_time_max;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->rows.count; ++i) {
        if (!(t->chi2_x[i] < x_max && t->chi2_beam[i] < beam_max &&
              t->chi2_time[i] < time_max))
            continue;
        float chi2 = t->chi2_x[i] + t->chi2_beam[i] + t->chi2_time[i];
        for (int s = 0; s < BEAM_STATIONS; ++s)
            chi2 += event->cluster[s][t->cluster[s][i]].part ? PART_CHI2 : 0.0f;
        event->order[n++] = spw_time_key(chi2, i);
    }
    spw_keys_rank(setup->rank, event->order, event->spare, n);
    return n;
}

/* As many tracks as it has pixels may have a cluster, each in another way: all of it, or one of
   its pixels. */
enum { FREE, SHARED, TAKEN };

static int state_of(const struct beam_event *event, int s, uint32_t at)
{
    const uint32_t whole = event->cluster[s][at].whole;
    const uint32_t n_used = event->n_used[s][whole];
    if (!n_used) return FREE;
    return event->cluster[s][at].taken || n_used >= event->n_pixels[s][whole] ? TAKEN
                                                                              : SHARED;
}

/* Takes the three clusters if they are free; one of them may be shared. */
static bool take(struct beam_event *event, const struct spw_triplets *t, uint32_t row)
{
    uint32_t n_shared = 0;
    uint8_t quality = 0;
    for (int s = 0; s < BEAM_STATIONS; ++s) {
        const int state = state_of(event, s, t->cluster[s][row]);
        if (state == TAKEN) return false;
        n_shared += state == SHARED;
    }
    if (n_shared > 1) return false;
    for (int s = 0; s < BEAM_STATIONS; ++s) {
        const uint32_t at = t->cluster[s][row];
        struct beam_cluster *cluster = &event->cluster[s][at];
        ++event->n_used[s][cluster->whole];
        cluster->taken = true;
        quality |= cluster->quality & 0x1f;
        if (cluster->part) quality |= SPW_BEAM_PART;
    }
    if (n_shared) quality |= SPW_BEAM_SHARED;
    t->quality[row] = quality;
    return true;
}

uint32_t beam_triplets_choose(struct beam_event *event,
                              const struct beam_setup *setup,
                              const struct spw_triplets *triplets)
{
    const uint32_t n = rank(event, setup, triplets);
    uint32_t n_chosen = 0;
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t row = spw_key_row(event->order[i]);
        if (take(event, triplets, row))
            event->order[n_chosen++] = spw_time_key(triplets->fit_time_ns[row], row);
    }
    spw_keys_rank(setup->rank, event->order, event->spare, n_chosen);
    return n_chosen;
}
