/// What a run knows: configuration, constants, the objects it makes. Read-only after prepare.
#pragma once

#include "core/arena.h"
#include "core/columns.h"
#include "core/config.h"
#include "core/file_search.h"
#include "core/histogram.h"
#include "core/isa.h"
#include "core/tally.h"
#include "io/format.h"

/// Smaller tiers are subsets of larger ones, column for column.
enum spw_tier { SPW_TIER_MDST, SPW_TIER_RECO, SPW_TIER_CDST };

/// A struct of arrays that a stage makes for every batch and the output writes.
struct spw_object {
    const char *path;        ///< group in the file: "/ktag/hits"; NULL: internal
    const char *offset_name; ///< column of /events: "ktag_hits_offset"
    const struct spw_table *table;
    enum spw_tier tier; ///< smallest tier that writes it
    bool per_spill;     ///< no offsets column in /events (scalers, spill summaries)
    uint32_t capacity_per_event; ///< first guess of rows
    const uint8_t
        *significant_bits; ///< [table->n_columns]; NULL or 0: all bits are written
};

enum { SPW_MAX_OBJECTS = 96, SPW_MAX_CONSTANTS = 256 };

struct spw_stage;

/// Memory  `arena`, run lifetime.
struct spw_run {
    struct spw_arena arena;
    struct spw_config *config;
    struct spw_file_search conditions; ///< count 0 without conditions_dir
    const struct spw_raw_file
        *file; ///< the file being read; run and burst select constants
    enum spw_isa isa;
    enum spw_tier tier;

    struct spw_object object[SPW_MAX_OBJECTS];
    uint32_t n_objects;
    struct spw_histogram_list histograms;
    struct spw_tally_list tallies; ///< the format's first (base 0), then the stages'

    const struct spw_stage **stage; ///< ordered
    void **stage_state;
    uint32_t n_stages;
    const char
        *constants_used[SPW_MAX_CONSTANTS]; ///< paths of the files read, for provenance
    uint32_t n_constants_used;
    uint32_t batch_events;      ///< events a batch
    char conditions_digest[65]; ///< SHA-256 of all constants read, in order
};

/// Prepares a run over one raw file: constants, stages, objects, histograms, tallies.
/// `config` belongs to the caller and is finished (unknown keys are errors) here.
/// Errors  SPW_BAD_CONFIG, SPW_MISSING, SPW_NO_CONSTANTS.
SPW_MUST_CHECK enum spw_status spw_run_prepare(struct spw_run *run,
                                               struct spw_config *config,
                                               const struct spw_raw_file *file);

/// Gives the run's memory back.
void spw_run_release(struct spw_run *run);

/// "mdst", "reco" or "cdst" to a tier; SPW_USAGE otherwise.
SPW_MUST_CHECK enum spw_status spw_tier_parse(const char *text, enum spw_tier *tier);

/// "mdst", "reco" or "cdst".
const char *spw_tier_name(enum spw_tier tier);

/// Declares an object; `*id` indexes spw_batch.object.
SPW_MUST_CHECK enum spw_status
spw_run_add_object(struct spw_run *run, const struct spw_object *object, uint32_t *id);

/// The id of an object declared by an earlier stage, by its path ("/ktag/hits").
/// Errors  SPW_BAD_CONFIG when no stage makes it.
SPW_MUST_CHECK enum spw_status
spw_run_find_object(const struct spw_run *run, const char *path, uint32_t *id);

/// The experiments' own file `name` for this run and burst, or NULL: nominal constants serve.
/// Notes the path for provenance.
const char *spw_run_constants(struct spw_run *run, const char *name);
