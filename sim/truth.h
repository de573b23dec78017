/// The truth of a batch of events, as columns, and the file it goes to.
#pragma once

#include "core/columns.h"
#include "io/column_file.h"
#include "sim/event.h"

#define SIM_NO_EDGE INT32_MIN

/// Signals that reached the raw data, detector by detector: groups /ktag ... /gtk.
struct sim_truth_hits {
    struct spw_rows rows;
    uint32_t *channel; ///< geometric ID
    uint32_t *address; ///< electronics address in its stream
    float *time_ns;    ///< relative to timestamp_ticks, without T0 and slewing
    float *width_ns;
    float *position_mm;  ///< straw: signed distance to the wire; CHOD: along the slab
    int32_t *lead_ticks; ///< as written; SIM_NO_EDGE: outside the read-out window
    int32_t *trail_ticks;
    int32_t *particle; ///< row among the event's particles, -1 noise
    uint8_t
        *n_signals; ///< signals that overlap in this pulse; time and particle of the first
};

/// Calorimeter channels that reached the raw data: groups /lkr ... /sav.
struct sim_truth_cells {
    struct spw_rows rows;
    uint32_t *channel, *address;
    float *energy_MeV;  ///< all deposits together
    float *time_ns;     ///< of the largest deposit
    float *largest_MeV; ///< the largest deposit
    uint16_t *n_deposits;
    int32_t *particle; ///< of the largest deposit
};

struct sim_truth_particles {
    struct spw_rows rows;
    int32_t *pdg, *parent; ///< parent: row in the event, -1 none
    uint8_t *origin;       ///< enum sim_origin
    float *px_MeV, *py_MeV, *pz_MeV;
    float *x_mm, *y_mm, *z_mm, *time_ns;
    float *x1_mm, *y1_mm, *dxdz, *dydz; ///< at the centre of chamber 1; NAN: not there
    float *x4_mm, *y4_mm, *dxdz_after, *dydz_after; ///< at the centre of chamber 4
    float *x_lkr_mm, *y_lkr_mm;
    uint8_t *n_straws; ///< straw hits of it that reached the raw data
};

struct sim_truth_events {
    struct spw_rows rows;
    uint32_t *event, *timestamp_ticks, *trigger_word;
    uint8_t *fine_time;
    int8_t *mode;  ///< enum sim_mode, -1 no kaon
    uint8_t *kind; ///< enum sim_kind; 255 start or end of burst
    float *time_ns;
    float *vertex_x_mm, *vertex_y_mm, *vertex_z_mm;
    float *kaon_px_MeV, *kaon_py_MeV, *kaon_pz_MeV;
};

/// Truth of [first, first + n_events) of the burst. Memory: the batch's arena.
struct sim_truth {
    struct spw_arena *arena;
    struct sim_truth_events events;
    struct sim_truth_particles particles;
    struct sim_truth_hits hits[SIM_N_HIT_DETECTORS];
    struct sim_truth_cells cells[SIM_N_CALORIMETERS];
};

extern const struct spw_table sim_truth_hits_table;
extern const struct spw_table sim_truth_cells_table;
extern const struct spw_table sim_truth_particles_table;
extern const struct spw_table sim_truth_events_table;

/// Empty tables for `n_events`. Memory: arena. Errors: SPW_RETRY.
SPW_MUST_CHECK enum spw_status
sim_truth_init(struct sim_truth *truth, struct spw_arena *arena, uint32_t n_events);

/// Adds event row `e` and its particles, once its hits are added.
SPW_MUST_CHECK enum spw_status sim_truth_add_event(struct sim_truth *truth,
                                                   uint32_t e,
                                                   const struct sim_event *event,
                                                   uint32_t trigger_word);

/// Adds a row for a start or end of burst.
SPW_MUST_CHECK enum spw_status sim_truth_add_frame(struct sim_truth *truth,
                                                   uint32_t e,
                                                   uint32_t number,
                                                   uint32_t timestamp,
                                                   uint32_t trigger_word);

/// The truth file of a burst.
struct sim_truth_file {
    struct spw_column_file *file;
    uint32_t *column; ///< ids in the order of all tables
    int64_t *rows;    ///< rows written of each child table
    uint32_t *offset; ///< ids of the offset columns
};

SPW_MUST_CHECK enum spw_status sim_truth_create(struct sim_truth_file *file,
                                                struct spw_arena *arena,
                                                const struct sim_setup *setup,
                                                const char *path);

/// Appends a batch; full chunks wait for sim_truth_flush().
SPW_MUST_CHECK enum spw_status sim_truth_append(struct sim_truth_file *file,
                                                const struct sim_truth *truth,
                                                uint32_t n_events);

/// Writes the last offsets, dead channels, and closes.
SPW_MUST_CHECK enum spw_status sim_truth_close(struct sim_truth_file *file,
                                               struct spw_arena *arena,
                                               const struct sim_setup *setup);
