/* Straw chambers: drift times, inefficiency, trailing edges (docs/physics/simulation.md, 4). */
#include "sim/event.h"

#include <math.h>

static const double resolution_min_ns = 1.0;

/* Distance resolution at a distance r from the wire, mm. */
static double resolution_mm(double r_mm)
{
    return 0.10 + 0.20 * exp(-r_mm / 0.8);
}

static double
wire_mm(const struct sim_setup *setup, const struct na62_wire *wire, uint32_t id)
{
    const double shift = setup->wire_shift_mm ? (double)setup->wire_shift_mm[id][0] : 0;
    return wire->w_mm + setup->view_shift_mm[4 * wire->chamber + wire->view] - shift;
}

/* Signal of a straw whose wire is passed at `distance` (signed). The trailing edge is that of
 * the electrons from the straw's wall: about the same for all distances. */
static void add_signal(struct sim_event *event, uint32_t row, uint32_t id, double distance)
{
    const struct sim_setup *setup = event->setup;
    const int32_t channel = sim_channel(&setup->channels[SIM_STRAW], id);
    if (channel < 0 || sim_chance(&event->random, setup->settings.straw_inefficiency))
        return;

    double ns_per_mm;
    const double r = fabs(distance), drift = sim_drift_time_ns(setup, r, &ns_per_mm);
    const double sigma = fmax(resolution_min_ns, resolution_mm(r) * ns_per_mm);
    const double t = drift + sim_gauss(&event->random, sigma);
    const double end = 170 + 0.15 * drift + sim_gauss(&event->random, 6.0);
    sim_add_hit(event, SIM_STRAW,
                &(struct sim_hit){
                    .time_ns = event->particle[row].time_ns + t,
                    .width_ns = (float)fmax(15.0, end - t),
                    .position_mm = (float)distance,
                    .channel = (uint32_t)channel,
                    .particle = (int32_t)row,
                });
}

static void cross_plane(struct sim_event *event, uint32_t row, uint32_t plane)
{
    const uint32_t chamber = plane / 16, view = plane / 4 % 4;
    struct sim_point at;
    double c, s;
    if (!sim_track_at(&event->track[row], na62_straw_plane_z_mm(chamber, view, plane % 4),
                      &at))
        return;
    na62_straw_view_axis(view, &c, &s);
    const double w = c * at.x_mm + s * at.y_mm, slope = c * at.tx + s * at.ty;
    const double place =
        (w - na62_straw_plane_offset_mm(view, plane % 4)) / NA62_STRAW_PITCH_MM;
    const long straw = lround(place);
    if (straw < 0 || straw >= NA62_STRAW_POSITIONS) return;

    const double along = hypot(at.x_mm, at.y_mm);
    const uint32_t id = plane * NA62_STRAW_POSITIONS + (uint32_t)straw;
    const struct na62_wire wire = na62_straw_wire(id);
    const double distance =
        (w - wire_mm(event->setup, &wire, id)) / sqrt(1 + slope * slope);
    if (wire.exists && along < 1050 && fabs(distance) < NA62_STRAW_RADIUS_MM)
        add_signal(event, row, id, distance);
}

void sim_straw_response(struct sim_event *event, uint32_t row)
{
    if (!sim_charge(event->particle[row].pdg) || event->track[row].n == 0) return;
    for (uint32_t plane = 0; plane < 64; ++plane) cross_plane(event, row, plane);
}
