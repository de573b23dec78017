/// Selections of the configuration: cuts on named quantities (reco/match/quantities.def).
#pragma once

#include "reco/match/quantities.h"

/// low <= quantity <= high.
struct match_cut {
    enum match_quantity quantity;
    double low, high;
};

/// A quantity of what is selected: by itself, and by the momentum times charge of each track.
struct match_plot {
    enum match_quantity quantity;
    uint32_t histogram, by_momentum;
};

/// Section `events.selections.NAME`. Memory: the run's arena.
struct match_selection {
    const char *name;
    double mass_MeV;                          ///< of all tracks
    struct match_cut cut[MATCH_N_QUANTITIES]; ///< those without hypothesis first
    uint32_t n_plain, n_cuts;
    struct match_plot plot[MATCH_N_QUANTITIES];
    uint32_t n_plots;
};

enum { MATCH_MAX_SELECTIONS = 32 }; ///< bits of spw_summaries.selected

struct match_selections {
    struct match_selection *selection;
    uint32_t count;
};

/// Reads all of them and books their histograms. Errors: SPW_BAD_CONFIG.
SPW_MUST_CHECK enum spw_status match_selections_read(struct match_selections *selections,
                                                     struct spw_run *run);

/// True when the vertex passes; `values` are then complete. Their plain ones are filled before.
bool match_selection_passes(const struct match_selection *selection,
                            const struct match_vertex *vertex,
                            struct match_values *values);

/// Fills the selection's histograms.
void match_selection_plot(const struct match_selection *selection,
                          const struct match_vertex *vertex,
                          const struct match_values *values,
                          struct spw_histogram *set);
