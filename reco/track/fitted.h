/// Fitted candidates of a batch, and which of them are tracks.
#pragma once

#include "reco/track/fill.h"
#include "reco/track/settings.h"

/// One fitted candidate; all 0 when the fit gave no finite numbers.
struct track_fitted {
    float state[5]; ///< x, y, dxdz, dydz, q/p before the magnet at the centre of chamber 1
    float after[4]; ///< x, y, dxdz, dydz at the centre of chamber 4
    float covariance[TRACK_COVARIANCES];
    float chi2, time_ns; ///< time relative to the trigger
    float score;         ///< of two with the same hits, the higher one is the track
    uint16_t n_hits, ndf, quality;
    uint8_t n_chambers;
};

/// What the fit says of the candidates' hits, in their order.
struct track_hit_fits {
    int8_t *side;       ///< +1 the track passes at larger w, -1; 0: hit not used
    float *residual_mm; ///< measured - fitted signed distance to the wire
    float *distance_mm; ///< fitted, signed
};

/// Everything the fit of a batch needs; read-only.
struct track_fitter {
    struct track_settings settings;
    struct track_constants constants, more; ///< more: for tracks that come out badly
    struct track_drift drift;
    struct track_kernels kernels;
};

/// Fits all candidates; `block` is room of the worker.
void track_fit_candidates(const struct track_fitter *fitter,
                          const struct track_source *source,
                          struct track_block *block,
                          struct track_fitted *fitted,
                          const struct track_hit_fits *hits);

/// Room for choosing among the candidates of one event.
struct track_choice {
    uint32_t *order; ///< [candidates] result: the tracks, by falling momentum
    uint8_t *used;   ///< [straw hits of the batch], zero before and after
};

/// The tracks of one event among its candidates [first, end): those that are good and do not
/// share too many straws with better ones; sets their bits of sharing. Returns their number.
uint32_t track_choose(const struct track_fitter *fitter,
                      const struct track_source *source,
                      const struct track_hit_fits *hits,
                      struct track_fitted *fitted,
                      const uint32_t range[2],
                      const struct track_choice *choice);
