/* Which fitted candidates are tracks. */
#include "reco/track/fitted.h"

#include "reco/objects.h"

#include <math.h>

enum { MIN_CHAMBERS = 3 };

static bool is_good(const struct track_settings *limits, const struct track_fitted *fitted)
{
    const float max_qp = (float)(1 / limits->min_p);
    return fitted->score > 0 && fitted->n_hits >= limits->min_hits &&
           fitted->n_chambers >= MIN_CHAMBERS && fabsf(fitted->state[4]) < max_qp &&
           fitted->chi2 < (float)limits->max_chi2 * (float)fitted->ndf;
}

/* Puts a candidate among `n` others in falling order of a key; equal ones keep their order. */
static void insert(uint32_t *order,
                   uint32_t n,
                   uint32_t candidate,
                   float (*key)(const struct track_fitted *),
                   const struct track_fitted *fitted)
{
    const float mine = key(&fitted[candidate]);
    uint32_t place = n;
    for (; place > 0 && key(&fitted[order[place - 1]]) < mine; --place)
        order[place] = order[place - 1];
    order[place] = candidate;
}

static float score(const struct track_fitted *fitted)
{
    return fitted->score;
}

static float momentum(const struct track_fitted *fitted)
{
    return 1 / fabsf(fitted->state[4]);
}

/* Adds `step` to the use of a candidate's straws; returns how many were in use before. */
static uint32_t use_hits(const struct track_source *source,
                         const struct track_hit_fits *hits,
                         uint32_t candidate,
                         int step,
                         uint8_t *used)
{
    const uint32_t first = source->candidates->first_hit[candidate];
    const uint32_t end = first + source->candidates->n_hits[candidate];
    uint32_t n = 0;
    for (uint32_t h = first; h < end; ++h) {
        uint8_t *use = &used[source->hits->hit[h]];
        if (!hits->side[h]) continue;
        n += *use > 0;
        *use = (uint8_t)(*use + step);
    }
    return n;
}

/* How many of a candidate's straws more than one track uses. */
static uint32_t count_shared(const struct track_source *source,
                             const struct track_hit_fits *hits,
                             uint32_t candidate,
                             const uint8_t *used)
{
    const uint32_t first = source->candidates->first_hit[candidate];
    const uint32_t end = first + source->candidates->n_hits[candidate];
    uint32_t n = 0;
    for (uint32_t h = first; h < end; ++h)
        n += hits->side[h] && used[source->hits->hit[h]] > 1;
    return n;
}

uint32_t track_choose(const struct track_fitter *fitter,
                      const struct track_source *source,
                      const struct track_hit_fits *hits,
                      struct track_fitted *fitted,
                      const uint32_t range[2],
                      const struct track_choice *choice)
{
    uint32_t n = 0, n_kept = 0, *order = choice->order;
    for (uint32_t c = range[0]; c < range[1]; ++c)
        if (is_good(&fitter->settings, &fitted[c])) insert(order, n++, c, score, fitted);
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t c = order[i];
        const float most = (float)fitter->settings.max_shared * (float)fitted[c].n_hits;
        if ((float)use_hits(source, hits, c, 1, choice->used) > most)
            use_hits(source, hits, c, -1, choice->used);
        else
            order[n_kept++] = c;
    }
    for (uint32_t i = 0; i < n_kept; ++i)
        if (count_shared(source, hits, order[i], choice->used))
            fitted[order[i]].quality |= SPW_TRACK_SHARED_HITS;
    for (uint32_t i = 0; i < n_kept; ++i) {
        const uint32_t c = order[i];
        use_hits(source, hits, c, -1, choice->used);
        insert(order, i, c, momentum, fitted);
    }
    return n_kept;
}
