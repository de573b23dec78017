#include "reco/mice/tof_event.h"

#include <math.h>
#include <string.h>

enum { MISSING_EDGE = -99, STATION_PMTS = TOF_PMTS / TOF_STATIONS };

void tof_event_references(struct tof_event *event,
                          const struct spw_raw_hits *hits,
                          uint32_t e)
{
    memset(event->trigger, 0xff, sizeof event->trigger);
    memset(event->request, 0xff, sizeof event->request);
    memset(event->has_time, 0, sizeof event->has_time);
    memset(event->n_points, 0, sizeof event->n_points);
    event->has_pixel = false;
    for (uint32_t i = hits->rows.first[e]; i < hits->rows.first[e + 1]; ++i) {
        const uint32_t board = hits->address[i] / 32, channel = hits->address[i] % 32;
        if (channel > 1 || hits->edge[i] != SPW_EDGE_LEADING) continue;
        int32_t *reference = channel == 0 ? event->trigger : event->request;
        if (reference[board] < 0) reference[board] = hits->ticks[i];
    }
}

/* True when any photomultiplier of the station has a flash-ADC pulse. */
static bool has_pulse(const struct tof_event *event,
                      const struct tof_constants *constants,
                      uint32_t station)
{
    const struct tof_cable *cable = &constants->cable[station * STATION_PMTS];
    for (uint32_t p = 0; p < STATION_PMTS; ++p) {
        if (!cable[p].mapped) continue;
        const int32_t row =
            mice_pulse_row(&event->index, DATE_EQUIPMENT_V1724, cable[p].fadc);
        if (row >= 0 && event->pulses->kept[row]) return true;
    }
    return false;
}

/* The trailing edge with the same place among its channel's edges as leading edge i, or -99. */
static int32_t find_trailing(const struct spw_raw_hits *hits, uint32_t e, uint32_t i)
{
    uint32_t place = 0;
    for (uint32_t k = hits->rows.first[e]; k < i; ++k)
        place += hits->address[k] == hits->address[i] && hits->edge[k] == SPW_EDGE_LEADING;
    for (uint32_t k = hits->rows.first[e]; k < hits->rows.first[e + 1]; ++k)
        if (hits->address[k] == hits->address[i] && hits->edge[k] == SPW_EDGE_TRAILING &&
            place-- == 0)
            return hits->ticks[k];
    return MISSING_EDGE;
}

static void
keep_earliest(struct tof_event *event, uint32_t pmt, double raw_ns, int32_t charge_adc)
{
    if (event->has_time[pmt] && event->raw_ns[pmt] <= raw_ns) return;
    event->has_time[pmt] = true;
    event->raw_ns[pmt] = raw_ns;
    event->charge_adc[pmt] = charge_adc;
}

static void put_digit(struct tof_event *event,
                      const struct tof_constants *constants,
                      const struct spw_raw_hits *hits,
                      uint32_t e,
                      uint32_t i,
                      struct tof_digits *out)
{
    const uint32_t board = hits->address[i] / 32, row = out->rows.count++;
    const uint32_t pmt = (uint32_t)constants->pmt_of_tdc[hits->address[i]];
    const int32_t request = event->request[board];
    const int32_t pulse =
        mice_pulse_row(&event->index, DATE_EQUIPMENT_V1724, constants->cable[pmt].fadc);
    const bool kept = pulse >= 0 && event->pulses->kept[pulse];
    out->plane[row] = (uint8_t)(pmt / (TOF_SLABS * TOF_SIDES) % TOF_PLANES);
    out->slab[row] = (uint8_t)(pmt / TOF_SIDES % TOF_SLABS);
    out->pmt[row] = (uint8_t)(pmt % TOF_SIDES);
    out->leading_ticks[row] = hits->ticks[i];
    out->trailing_ticks[row] = find_trailing(hits, e, i);
    out->time_ns[row] = constants->lsb_ns * date_v1290_difference(hits->ticks[i], request);
    out->trigger_time_ns[row] =
        constants->lsb_ns * date_v1290_difference(event->trigger[board], request);
    out->charge_mm_adc[row] = kept ? event->pulses->charge_mm_adc[pulse] : 0;
    out->charge_pm_adc[row] = kept ? event->pulses->charge_pm_adc[pulse] : 0;
    keep_earliest(event, pmt, out->time_ns[row], out->charge_mm_adc[row]);
}

void tof_event_digits(struct tof_event *event,
                      const struct tof_constants *constants,
                      const struct spw_raw_hits *hits,
                      uint32_t e,
                      uint32_t station,
                      struct tof_digits *out)
{
    if (!has_pulse(event, constants, station)) return;
    for (uint32_t i = hits->rows.first[e]; i < hits->rows.first[e + 1]; ++i) {
        const uint32_t board = hits->address[i] / 32;
        const int32_t pmt = constants->pmt_of_tdc[hits->address[i]];
        if (pmt < 0 || (uint32_t)pmt / STATION_PMTS != station ||
            hits->edge[i] != SPW_EDGE_LEADING || event->trigger[board] < 0 ||
            event->request[board] < 0)
            continue;
        put_digit(event, constants, hits, e, i, out);
    }
}

void tof_event_slabs(struct tof_event *event)
{
    for (uint32_t p = 0; p < TOF_PMTS; p += TOF_SIDES) {
        struct tof_slab *slab = &event->slab[0][0][0] + p / TOF_SIDES;
        slab->there = event->has_time[p] && event->has_time[p + 1];
        for (uint32_t side = 0; side < TOF_SIDES && slab->there; ++side) {
            slab->raw_ns[side] = event->raw_ns[p + side];
            slab->charge_adc[side] = event->charge_adc[p + side];
        }
    }
}

/* Corrected times of a slab for a trigger pixel; returns their mean (NaN: not calibrated). */
static double correct(const struct tof_constants *constants,
                      uint32_t first_pmt,
                      const uint32_t pixel[2],
                      struct tof_slab *slab)
{
    for (uint32_t side = 0; side < TOF_SIDES; ++side)
        slab->time_ns[side] =
            slab->raw_ns[side] -
            tof_correction_ps(constants, first_pmt + side, slab->charge_adc[side], pixel) /
                1000;
    return 0.5 * (slab->time_ns[0] + slab->time_ns[1]);
}

void tof_event_pixel(struct tof_event *event,
                     const struct tof_constants *constants,
                     double cut_ns)
{
    if (constants->trigger_station < 0) return;
    const uint32_t station = (uint32_t)constants->trigger_station;
    for (uint32_t h = 0; h < TOF_SLABS; ++h) {
        struct tof_slab *horizontal = &event->slab[station][0][h];
        for (uint32_t v = 0; v < TOF_SLABS && horizontal->there; ++v) {
            struct tof_slab *vertical = &event->slab[station][1][v];
            const uint32_t pixel[2] = {h, v};
            if (!vertical->there) continue;
            const double time =
                0.5 * (correct(constants, tof_pmt(station, 0, h, 0), pixel, horizontal) +
                       correct(constants, tof_pmt(station, 1, v, 0), pixel, vertical));
            if (!(fabs(time) < cut_ns)) continue;
            event->has_pixel = true;
            event->pixel[0] = h;
            event->pixel[1] = v;
            return;
        }
    }
}

static double put_slab(struct tof_event *event,
                       const struct tof_constants *constants,
                       uint32_t station,
                       uint32_t place,
                       struct tof_slab_hits *out)
{
    const uint32_t plane = place / TOF_SLABS, number = place % TOF_SLABS;
    struct tof_slab *slab = &event->slab[station][plane][number];
    const uint32_t row = out->rows.count++;
    double time = NAN;
    slab->time_ns[0] = slab->time_ns[1] = NAN;
    if (event->has_pixel)
        time = correct(constants, tof_pmt(station, plane, number, 0), event->pixel, slab);
    out->plane[row] = (uint8_t)plane;
    out->slab[row] = (uint8_t)number;
    out->raw_time_ns[row] = 0.5 * (slab->raw_ns[0] + slab->raw_ns[1]);
    out->pmt0_time_ns[row] = slab->time_ns[0];
    out->pmt1_time_ns[row] = slab->time_ns[1];
    out->time_ns[row] = time;
    out->pmt0_charge_adc[row] = slab->charge_adc[0];
    out->pmt1_charge_adc[row] = slab->charge_adc[1];
    return time;
}

/* 2 a b / (a + b), 0 when nothing was seen. */
static int32_t charge_product(const struct tof_slab *slab)
{
    const int32_t a = slab->charge_adc[0], b = slab->charge_adc[1];
    return a + b > 0 ? 2 * a * b / (a + b) : 0;
}

static void put_point(struct tof_event *event,
                      uint32_t station,
                      const uint32_t slab[2],
                      const double time_ns[2],
                      struct tof_space_points *out)
{
    const struct tof_slab *a = &event->slab[station][0][slab[0]];
    const struct tof_slab *b = &event->slab[station][1][slab[1]];
    const uint32_t row = out->rows.count++;
    out->slab_horizontal[row] = (uint8_t)slab[0];
    out->slab_vertical[row] = (uint8_t)slab[1];
    out->time_ns[row] = 0.5 * (time_ns[0] + time_ns[1]);
    out->dt_ns[row] = time_ns[0] - time_ns[1];
    out->charge_adc[row] =
        (a->charge_adc[0] + a->charge_adc[1] + b->charge_adc[0] + b->charge_adc[1]) / 4;
    out->charge_product_adc[row] = (charge_product(a) + charge_product(b)) / 2;
    event->point_ns[station] = out->time_ns[row];
    ++event->n_points[station];
}

void tof_event_points(struct tof_event *event,
                      const struct tof_constants *constants,
                      uint32_t station,
                      double cut_ns,
                      const struct tof_objects *out)
{
    double time[TOF_PLANES * TOF_SLABS];
    for (uint32_t i = 0; i < TOF_PLANES * TOF_SLABS; ++i) {
        time[i] = NAN;
        if (event->slab[station][i / TOF_SLABS][i % TOF_SLABS].there)
            time[i] = put_slab(event, constants, station, i, out->slabs);
    }
    for (uint32_t h = 0; h < TOF_SLABS; ++h)
        for (uint32_t v = 0; v < TOF_SLABS; ++v) {
            const double pair[2] = {time[h], time[TOF_SLABS + v]};
            if (!(fabs(pair[0] - pair[1]) < cut_ns)) continue;
            put_point(event, station, (const uint32_t[]){h, v}, pair, out->points);
        }
}
