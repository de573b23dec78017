#include "reco/track/output.h"

#include "reco/objects.h"

#include <math.h>

static const struct spw_column straw_columns[] = {
    SPW_COLUMN(struct track_straws, track, "1", "row among the event's tracks"),
    SPW_COLUMN(struct track_straws, hit, "1", "row among the event's straw hits"),
    SPW_COLUMN(struct track_straws, side, "1", "+1: the track passes at larger w"),
    SPW_COLUMN(struct track_straws,
               distance_mm,
               "mm",
               "distance of the fitted track from the wire, signed"),
    SPW_COLUMN(struct track_straws, residual_mm, "mm", "measured - fitted distance"),
    SPW_COLUMN_AS(".channel", struct track_straws, channel, "1", "straw ID"),
    SPW_COLUMN_AS(".radius_mm", struct track_straws, radius_mm, "mm", "fitted distance"),
    SPW_COLUMN_AS(".drift_ns", struct track_straws, drift_ns, "ns", "drift time"),
    SPW_COLUMN_AS(".late_ns", struct track_straws, late_ns, "ns", "time residual"),
};

const struct spw_table track_straws_table = SPW_TABLE(struct track_straws, straw_columns);

static enum spw_status book(struct track_output *output, struct spw_run *run)
{
    const struct {
        uint32_t *id;
        struct spw_histogram_spec spec;
    } list[] = {
        {&output->n_tracks,
         {"/straw/n_tracks", "tracks of an event", 1, {{"n", "tracks", 0, 12, 12}}}},
        {&output->momentum,
         {"/straw/track_momentum",
          "momentum times charge of tracks",
          1,
          {{"qp_MeV", "charge x momentum [MeV]", -100000, 100000, 400}}}},
        {&output->chi2,
         {"/straw/track_chi2",
          "chi2 per degree of freedom of tracks",
          1,
          {{"chi2", "chi2 / ndf", 0, 8, 160}}}},
        {&output->time,
         {"/straw/track_time",
          "time of tracks by their drift times",
          1,
          {{"time_ns", "track time - trigger time [ns]", -100, 150, 500}}}},
        {&output->residual_by_straw,
         {"/straw/residual_by_straw",
          "wires against tracks",
          2,
          {{"straw", "straw ID", 0, 7808, 7808},
           {"residual_mm", "side x (measured - fitted distance) [mm]", -1, 1, 40}}}},
        {&output->time_by_straw,
         {"/straw/time_residual_by_straw",
          "drift times against tracks",
          2,
          {{"straw", "straw ID", 0, 7808, 7808},
           {"residual_ns", "measured - fitted drift time [ns]", -30, 30, 60}}}},
        {&output->distance_by_time,
         {"/straw/distance_by_drift_time",
          "distances of tracks by drift time",
          2,
          {{"time_ns", "drift time [ns]", -20, 180, 200},
           {"distance_mm", "fitted distance [mm]", 0, 5, 250}}}},
    };

    for (size_t i = 0; i < sizeof list / sizeof *list; ++i)
        SPW_TRY(
            spw_histogram_book(&run->histograms, &run->arena, &list[i].spec, list[i].id));
    return SPW_OK;
}

enum spw_status track_output_prepare(struct track_output *output, struct spw_run *run)
{
    const struct spw_object tracks = {
        .path = "/straw/tracks",
        .offset_name = "straw_tracks_offset",
        .table = &spw_tracks_table,
        .tier = SPW_TIER_MDST,
        .capacity_per_event = 3,
    };
    const struct spw_object straws = {
        .path = "/straw/track_hits",
        .offset_name = "straw_track_hits_offset",
        .table = &track_straws_table,
        .tier = SPW_TIER_CDST,
        .capacity_per_event = 90,
    };
    SPW_TRY(spw_run_find_object(run, "/straw/hits", &output->straw_hits));
    SPW_TRY(spw_run_add_object(run, &tracks, &output->tracks));
    SPW_TRY(spw_run_add_object(run, &straws, &output->straws));
    output->fill = SPW_PICK(spw_fill_kernels, run->isa);
    return book(output, run);
}

/* Before the magnet, with the errors. */
static void
fill_before(struct spw_tracks *to, uint32_t row, const struct track_fitted *from)
{
    const float *covariance = from->covariance;
    to->x_mm[row] = from->state[0];
    to->y_mm[row] = from->state[1];
    to->dxdz[row] = from->state[2];
    to->dydz[row] = from->state[3];
    to->p_MeV[row] = 1.0f / fabsf(from->state[4]);
    to->charge[row] = from->state[4] > 0 ? 1 : -1;
    to->sigma_x_mm[row] = sqrtf(covariance[0]);
    to->sigma_y_mm[row] = sqrtf(covariance[2]);
    to->sigma_dxdz[row] = sqrtf(covariance[5]);
    to->sigma_dydz[row] = sqrtf(covariance[9]);
    to->sigma_q_over_p[row] = sqrtf(covariance[14]);
    for (int i = 0; i < SPW_TRACK_COVARIANCES; ++i) to->covariance[i][row] = covariance[i];
}

static void fill_track(struct spw_tracks *to,
                       uint32_t row,
                       const struct track_fitted *from,
                       const struct track_constants *constants,
                       float trigger_ns)
{
    fill_before(to, row, from);
    to->z_mm[row] = (float)constants->z_before_mm;
    to->x_after_mm[row] = from->after[0];
    to->y_after_mm[row] = from->after[1];
    to->dxdz_after[row] = from->after[2];
    to->dydz_after[row] = from->after[3];
    to->time_ns[row] = from->time_ns + trigger_ns;
    to->chi2[row] = from->chi2;
    to->ndf[row] = from->ndf;
    to->n_hits[row] = from->n_hits;
    to->n_chambers[row] = from->n_chambers;
    to->quality[row] = from->quality;
}

/* Used straws of the event's track number `track`. */
static void fill_straws(struct track_straws *to,
                        const struct spw_straw_hits *straws,
                        const struct track_source *source,
                        const struct track_event *event,
                        uint32_t track)
{
    const struct track_hit_fits *fits = event->hits;
    const uint32_t candidate = event->order[track];
    const uint32_t begin = source->candidates->first_hit[candidate];
    const uint32_t end = begin + source->candidates->n_hits[candidate];
    const uint32_t first_straw = straws->hits.rows.first[event->event];
    const float time = event->fitted[candidate].time_ns;
    for (uint32_t h = begin; h < end; ++h) {
        if (!fits->side[h]) continue;
        const uint32_t hit = source->hits->hit[h], row = to->rows.count++;
        const float drift_ns = source->hits->time_ns[h] - time;
        const float rate = track_drift_rate(source->drift, drift_ns);
        to->track[row] = (int32_t)track;
        to->hit[row] = (int32_t)(hit - first_straw);
        to->side[row] = fits->side[h];
        to->distance_mm[row] = fits->distance_mm[h];
        to->residual_mm[row] = fits->residual_mm[h];
        to->channel[row] = straws->hits.channel[hit];
        to->radius_mm[row] = fabsf(fits->distance_mm[h]);
        to->drift_ns[row] = drift_ns;
        to->late_ns[row] = (float)fits->side[h] * fits->residual_mm[h] / rate;
    }
}

enum spw_status track_output_fill(const struct track_output *output,
                                  struct spw_worker *worker,
                                  const struct spw_batch *batch)
{
    const struct track_straws *straws =
        SPW_OBJECT(batch, output->straws, struct track_straws);
    struct spw_histogram *by_time = &worker->histogram[output->distance_by_time];
    struct spw_histogram *late = &worker->histogram[output->time_by_straw];
    struct spw_histogram *away = &worker->histogram[output->residual_by_straw];
    const uint32_t n = straws->rows.count;
    uint32_t *place, *bin;
    SPW_NEW(&worker->scratch, place, n + 1);
    SPW_NEW(&worker->scratch, bin, n + 1);
    output->fill->places(n, away, straws->channel, straws->residual_mm, place);
    spw_count(away, n, place);
    output->fill->places(n, late, straws->channel, straws->late_ns, place);
    spw_count(late, n, place);
    output->fill->bins(n, by_time, 0, straws->drift_ns, place);
    output->fill->bins(n, by_time, 1, straws->radius_mm, bin);
    for (uint32_t i = 0; i < n; ++i) place[i] = place[i] * by_time->stride[0] + bin[i];
    spw_count(by_time, n, place);
    return SPW_OK;
}

static void fill_histograms(const struct track_output *output,
                            struct spw_worker *worker,
                            const struct track_event *event)
{
    struct spw_histogram *set = worker->histogram;
    spw_fill(&set[output->n_tracks], (float)event->n);
    for (uint32_t i = 0; i < event->n; ++i) {
        const struct track_fitted *track = &event->fitted[event->order[i]];
        spw_fill(&set[output->momentum], 1.0f / track->state[4]);
        spw_fill(&set[output->chi2], track->chi2 / (float)track->ndf);
        spw_fill(&set[output->time], track->time_ns);
    }
}

enum spw_status track_output_append(const struct track_output *output,
                                    struct spw_worker *worker,
                                    struct spw_batch *batch,
                                    const struct track_source *source,
                                    const struct track_event *event)
{
    struct spw_tracks *tracks = SPW_OBJECT(batch, output->tracks, struct spw_tracks);
    struct track_straws *to = SPW_OBJECT(batch, output->straws, struct track_straws);
    const struct spw_straw_hits *straws =
        SPW_OBJECT(batch, output->straw_hits, struct spw_straw_hits);
    uint32_t n_hits = 0;
    for (uint32_t i = 0; i < event->n; ++i)
        n_hits += source->candidates->n_hits[event->order[i]];
    SPW_TRY(spw_rows_reserve(&tracks->rows, &spw_tracks_table, &batch->arena, event->n));
    SPW_TRY(spw_rows_reserve(&to->rows, &track_straws_table, &batch->arena, n_hits));
    for (uint32_t i = 0; i < event->n; ++i) {
        fill_track(tracks, tracks->rows.count++, &event->fitted[event->order[i]],
                   source->constants, batch->raw.events.time_ns[event->event]);
        fill_straws(to, straws, source, event, i);
    }
    tracks->rows.first[event->event + 1] = tracks->rows.count;
    to->rows.first[event->event + 1] = to->rows.count;
    fill_histograms(output, worker, event);
    return SPW_OK;
}
