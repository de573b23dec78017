/// One simulated event while it is made: particles, tracks, and what the detectors see.
#pragma once

#include "core/arena.h"
#include "sim/decay.h"
#include "sim/random.h"
#include "sim/setup.h"

#include <stdbool.h>

/// Why the event was triggered.
enum sim_kind {
    SIM_KIND_PHYSICS,
    SIM_KIND_CONTROL,  ///< a physics event seen by the control detector
    SIM_KIND_PERIODIC, ///< no kaon
    SIM_KIND_RANDOM,
    SIM_KIND_CALIBRATION, ///< LKr pulser
};

enum sim_origin {
    SIM_FROM_DECAY,      ///< the triggering kaon and its products
    SIM_FROM_ACCIDENTAL, ///< another kaon decay in the window
    SIM_FROM_HALO,       ///< muon of the beam halo
    SIM_FROM_BEAM,       ///< beam particle that does not decay
};

/// A particle where it is made. Units: MeV, mm, ns (relative to the event's timestamp).
struct sim_particle {
    int32_t pdg, parent; ///< parent: row in the event, -1 none
    uint8_t origin;      ///< enum sim_origin
    double p_MeV[3], r_mm[3];
    double time_ns;
};

/// A straight piece of a track: from z on, until the next one.
struct sim_leg {
    double z_mm, x_mm, y_mm, tx, ty;
    double p_MeV;
    int pdg; ///< changes when a pion decays
};

enum { SIM_MAX_LEGS = 40 };

/// Path of a charged or neutral particle through the spectrometer to z_end.
struct sim_track {
    int n;
    double z_end_mm;
    struct sim_leg leg[SIM_MAX_LEGS];
};

/// Where a track is, and what it is there.
struct sim_point {
    double z_mm, x_mm, y_mm, tx, ty, p_MeV;
    int pdg;
};

/// A signal in a channel of a TDC or pixel detector, before the electronics.
struct sim_hit {
    double time_ns;    ///< relative to the event's timestamp, as it should be reconstructed
    double slewing_ns; ///< delay of a small signal that is not in the detector's constants
    float width_ns;
    float position_mm; ///< straw: signed distance to the wire; CHOD: along the slab
    uint32_t channel;  ///< dense number in the detector's map
    int32_t particle;  ///< row in the event, -1 noise
};

struct sim_hits {
    struct sim_hit *hit;
    uint32_t count, capacity;
};

/// Energy in a calorimeter channel.
struct sim_deposit {
    uint32_t channel; ///< dense number
    float energy_MeV;
    double time_ns;
    int32_t particle;
    int32_t next; ///< next deposit in the same channel, -1 none
};

struct sim_deposits {
    struct sim_deposit *deposit;
    uint32_t count, capacity;
    uint32_t *touched; ///< channels with deposits
    uint32_t n_touched;
    int32_t *head; ///< [n_channels] first deposit of a channel, -1 none
};

/// Everything of one event.
/// Memory  arrays live in `arena` (the thread's), grow when needed, and are used again.
struct sim_event {
    const struct sim_setup *setup;
    struct spw_arena *arena;
    struct sim_random random;
    bool out_of_memory; ///< sticky: something could not be added

    uint64_t index; ///< 0 ... of the burst
    int kind;       ///< enum sim_kind
    int mode;       ///< enum sim_mode of the triggering kaon, -1: none
    bool all_cells; ///< every LKr cell is read out
    uint32_t timestamp, fine_time;
    uint32_t l0_flags; ///< L0 masks that fired (trigger.c)
    double time_ns;    ///< true time of the decay
    double vertex_mm[3], kaon_MeV[3];

    struct sim_particle *particle;
    struct sim_track *track; ///< of each particle; n = 0: none
    uint32_t n_particles, max_particles;
    struct sim_hits hits[SIM_N_HIT_DETECTORS];
    struct sim_deposits deposits[SIM_N_CALORIMETERS];
};

/// Allocates the arrays once a thread. Memory: arena.
SPW_MUST_CHECK enum spw_status sim_event_init(struct sim_event *event,
                                              const struct sim_setup *setup,
                                              struct spw_arena *arena);

/// Empties it for event `index` and seeds its random numbers.
void sim_event_start(struct sim_event *event, uint64_t index);

/// Adds a particle; returns its row.
uint32_t sim_add_particle(struct sim_event *event, const struct sim_particle *particle);

/// Adds a signal unless the channel is dead.
void sim_add_hit(struct sim_event *event,
                 enum sim_detector detector,
                 const struct sim_hit *hit);

/// Adds energy to a channel unless it is dead.
void sim_add_energy(struct sim_event *event,
                    enum sim_calorimeter calorimeter,
                    const struct sim_deposit *deposit);

/// Makes the physics of an event: what kind, kaon, decay, accidentals, noise, all responses.
void sim_event_generate(struct sim_event *event);

/// A kaon of the beam and its decay: all particles, tracks and responses (generator.c).
void sim_generate_decay(struct sim_event *event,
                        enum sim_mode mode,
                        enum sim_origin origin,
                        double time_ns);

/// One or two photons into the LKr, without a kaon (photons.c).
void sim_generate_photons(struct sim_event *event);

/// Path of particle `row` and what all detectors behind the beam's see of it (generator.c).
void sim_particle_response(struct sim_event *event, uint32_t row);

/// Straight, bent and scattered path of particle `row` (propagate.c).
void sim_propagate(struct sim_event *event, uint32_t row);

/// Passage through a uniform vertical field from z_in to z_in + length: exact.
/// `kick_MeV` = 0.299792458 B length. False when the particle does not come out.
bool sim_magnet(struct sim_point *at,
                double p_MeV,
                int charge,
                double kick_MeV,
                double length);

/// Where the track is at z; false before its origin and behind its end.
bool sim_track_at(const struct sim_track *track, double z_mm, struct sim_point *at);

/// Responses to particle `row`, one file a kind of detector.
void sim_straw_response(struct sim_event *event, uint32_t row);
void sim_rich_response(struct sim_event *event, uint32_t row);
void sim_ktag_response(struct sim_event *event, uint32_t row);
void sim_hodoscope_response(struct sim_event *event, uint32_t row);
void sim_veto_response(struct sim_event *event, uint32_t row);
void sim_calorimeter_response(struct sim_event *event, uint32_t row);

/// Halo and beam particles, noise.
void sim_accidentals(struct sim_event *event);
void sim_noise(struct sim_event *event);
