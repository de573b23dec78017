/// Signals over two thresholds, for vetoes and their noise.
#pragma once

#include "sim/event.h"

struct sim_two_thresholds {
    enum sim_detector detector;
    uint32_t low_id, high_id; ///< geometric IDs of the two channels
    double energy_MeV;        ///< or any measure of light, with thresholds in it
    double low_MeV, high_MeV;
    double time_ns;
    bool slewed; ///< late for small signals as LAV is
    int32_t particle;
};

/// Adds the hits of both thresholds; nothing below the low one or when its channel is dead.
void sim_add_two_thresholds(struct sim_event *event,
                            const struct sim_two_thresholds *signal);

/// A particle through one CHANTI station: two bars in each layer.
void sim_chanti_hit(struct sim_event *event, int32_t particle, double time_ns);
