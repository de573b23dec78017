/* Photons straight into the LKr, for measuring clusters: one, or two side by side. */
#include "sim/event.h"

#include <math.h>

#define FROM_Z_MM    200000.0
#define INNERMOST_MM 170.0
#define OUTERMOST_MM 1030.0 /* apothem of the octagon, and inside the last LAV */

static bool is_inside(double x_mm, double y_mm)
{
    const double x = fabs(x_mm), y = fabs(y_mm);
    return hypot(x, y) > INNERMOST_MM && x < OUTERMOST_MM && y < OUTERMOST_MM &&
           x + y < OUTERMOST_MM * M_SQRT2 && hypot(x, y) < OUTERMOST_MM;
}

/* A photon from the axis to a place on the front face. */
static void add_photon(struct sim_event *event, double x_mm, double y_mm)
{
    const struct sim_settings *settings = &event->setup->settings;
    const double e =
        sim_between(&event->random, settings->photon_min, settings->photon_max);
    const double way = NA62_Z_LKR_MM - FROM_Z_MM;
    const double length = sqrt(x_mm * x_mm + y_mm * y_mm + way * way);
    const struct sim_particle photon = {
        .pdg = SIM_PDG_GAMMA,
        .parent = -1,
        .origin = SIM_FROM_DECAY,
        .p_MeV = {e * x_mm / length, e * y_mm / length, e * way / length},
        .r_mm = {0, 0, FROM_Z_MM},
        .time_ns = event->time_ns,
    };
    sim_particle_response(event, sim_add_particle(event, &photon));
}

void sim_generate_photons(struct sim_event *event)
{
    struct sim_random *random = &event->random;
    const double distance = event->setup->settings.photon_distance;
    double x, y, other_x, other_y;
    do {
        const double angle = sim_between(random, 0, 2 * M_PI);
        x = sim_between(random, -OUTERMOST_MM, OUTERMOST_MM);
        y = sim_between(random, -OUTERMOST_MM, OUTERMOST_MM);
        other_x = x + distance * cos(angle);
        other_y = y + distance * sin(angle);
    } while (!is_inside(x, y) || (distance > 0 && !is_inside(other_x, other_y)));
    add_photon(event, x, y);
    if (distance > 0) add_photon(event, other_x, other_y);
}
