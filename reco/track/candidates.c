#include "reco/track/candidates.h"

#define COLUMN(member, unit, meaning) \
    SPW_COLUMN(struct track_candidates, member, unit, meaning)

static const struct spw_column candidate_columns[] = {
    COLUMN(x_mm, "mm", "seed at the centre of chamber 1, towards Jura"),
    COLUMN(y_mm, "mm", "seed at the centre of chamber 1, upwards"),
    COLUMN(dxdz, "1", "seed before the magnet"),
    COLUMN(dydz, "1", "seed before the magnet"),
    COLUMN(q_over_p, "MeV-1", "seed: charge / momentum"),
    COLUMN(time_ns, "ns", "time of the track relative to the trigger"),
    SPW_COLUMN_AS(".first_hit", struct track_candidates, first_hit, "1", "first hit"),
    COLUMN(n_hits, "1", "rows of /straw/candidate_hits, candidate after candidate"),
    COLUMN(quality, "1", "quality bits"),
};

const struct spw_table track_candidates_table =
    SPW_TABLE(struct track_candidates, candidate_columns);

#undef COLUMN
#define COLUMN(member, unit, meaning) SPW_COLUMN(struct track_hits, member, unit, meaning)

static const struct spw_column hit_columns[] = {
    SPW_COLUMN_AS(".hit", struct track_hits, hit, "1", "row in the batch"),
    SPW_COLUMN_AS("hit", struct track_hits, event_hit, "1", "row among the event's hits"),
    COLUMN(z_mm, "mm", "of the wire"),
    COLUMN(w_mm, "mm", "of the wire: c x + s y = w"),
    COLUMN(c, "1", "view axis"),
    COLUMN(s, "1", "view axis"),
    COLUMN(radius_mm, "mm", "distance from the wire at the candidate's time"),
    COLUMN(time_ns, "ns", "leading edge relative to the trigger"),
    COLUMN(sigma_mm, "mm", "uncertainty of radius_mm"),
    COLUMN(side, "1", "1: the track passes at larger w than the wire, -1, 0 unknown"),
    COLUMN(chamber, "1", "0 ... 3"),
    COLUMN(view, "1", "0 ... 3: v, u, x, y"),
    COLUMN(plane, "1", "0 ... 3 along z"),
};

const struct spw_table track_hits_table = SPW_TABLE(struct track_hits, hit_columns);
