#include "reco/mice/tof_constants.h"

#include "io/date/date.h"

#include <math.h>
#include <string.h>

/* Words 1..4 of a line: station plane slab side -> photomultiplier, or -1. */
static int64_t read_pmt(const struct spw_text_line *line, const char *keyword)
{
    static const int64_t limit[] = {TOF_STATIONS, TOF_PLANES, TOF_SLABS, TOF_SIDES};
    uint32_t number[4];
    if (line->n_all < 6 || strcmp(line->word[0], keyword) != 0) return -1;
    for (uint32_t i = 0; i < 4; ++i) {
        const int64_t value = mice_integer(line, 1 + i);
        if (value < 0 || value >= limit[i]) return -1;
        number[i] = (uint32_t)value;
    }
    return tof_pmt(number[0], number[1], number[2], number[3]);
}

static enum spw_status read_map(struct spw_run *run,
                                const struct tof_files *files,
                                struct tof_constants *constants)
{
    struct spw_text_table table;
    SPW_TRY(mice_open_table(run, &files->map, &table, &constants->cabled));
    SPW_TRY(
        mice_new_map(&run->arena, DATE_N_LDC * DATE_N_GEO * 32, &constants->pmt_of_tdc));
    for (uint32_t i = 0; i < table.count; ++i) {
        struct mice_daq_key fadc, tdc;
        const int64_t pmt = read_pmt(&table.line[i], "TOFChannelKey");
        if (pmt < 0 || !mice_daq_key(&table.line[i], 6, &fadc) ||
            !mice_daq_key(&table.line[i], 12, &tdc) ||
            tdc.equipment != DATE_EQUIPMENT_V1290)
            continue;
        struct tof_cable *cable = &constants->cable[pmt];
        if (cable->mapped) continue;
        *cable = (struct tof_cable){true, mice_daq_address(&tdc), mice_daq_address(&fadc)};
        if (constants->pmt_of_tdc[cable->tdc] < 0)
            constants->pmt_of_tdc[cable->tdc] = (int32_t)pmt;
    }
    return SPW_OK;
}

static enum spw_status
read_t0(struct spw_run *run, const struct tof_files *files, struct tof_constants *constants)
{
    struct spw_text_table table;
    bool found;
    SPW_TRY(mice_open_table(run, &files->t0, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) {
        const int64_t pmt = read_pmt(&table.line[i], "TOFChannelKey");
        const double t0 = mice_number(&table.line[i], 6);
        const int64_t reference = mice_integer(&table.line[i], 7);
        if (pmt < 0 || isnan(t0) || reference < 0 || reference >= TOF_SLABS ||
            constants->t0_ps[pmt] != 0)
            continue;
        constants->t0_ps[pmt] = t0;
        constants->reference[pmt] = (uint32_t)reference;
    }
    return SPW_OK;
}

static enum spw_status read_walk(struct spw_run *run,
                                 const struct tof_files *files,
                                 struct tof_constants *constants)
{
    struct spw_text_table table;
    bool found;
    SPW_TRY(mice_open_table(run, &files->walk, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) {
        const int64_t pmt = read_pmt(&table.line[i], "TOFChannelKey");
        if (pmt < 0 || constants->walk[pmt][0] != 0) continue;
        for (uint32_t k = 0; k < 4; ++k) {
            const double p = mice_number(&table.line[i], 6 + k);
            constants->walk[pmt][k] = isnan(p) ? 0 : p;
        }
    }
    return SPW_OK;
}

static enum spw_status read_delay(struct spw_run *run,
                                  const struct tof_files *files,
                                  struct tof_constants *constants)
{
    struct spw_text_table table;
    bool found;
    for (uint32_t h = 0; h < TOF_SLABS; ++h)
        for (uint32_t v = 0; v < TOF_SLABS; ++v) constants->delay_ps[h][v] = NAN;
    SPW_TRY(mice_open_table(run, &files->delay, &table, &found));
    for (uint32_t i = 0; i < table.count; ++i) {
        const struct spw_text_line *line = &table.line[i];
        if (line->n_all < 6 || strcmp(line->word[0], "TOFPixelKey") != 0) continue;
        const int64_t station = mice_integer(line, 1), h = mice_integer(line, 2);
        const int64_t v = mice_integer(line, 3);
        if (station < 0 || station >= TOF_STATIONS || h < 0 || h >= TOF_SLABS || v < 0 ||
            v >= TOF_SLABS || !isnan(constants->delay_ps[h][v]))
            continue;
        constants->trigger_station = (int)station;
        constants->delay_ps[h][v] = mice_number(line, 5);
    }
    return SPW_OK;
}

enum spw_status tof_constants_read(struct spw_run *run,
                                   const struct tof_files *files,
                                   struct tof_constants *constants)
{
    constants->trigger_station = -1;
    SPW_TRY(read_map(run, files, constants));
    SPW_TRY(read_t0(run, files, constants));
    SPW_TRY(read_walk(run, files, constants));
    return read_delay(run, files, constants);
}

double tof_correction_ps(const struct tof_constants *constants,
                         uint32_t pmt,
                         double charge_adc,
                         const uint32_t pixel[2])
{
    const double *p = constants->walk[pmt], t0 = constants->t0_ps[pmt];
    if (t0 == 0 || p[0] == 0 || p[1] == 0 || p[2] == 0 || p[3] == 0) return NAN;
    const double x = charge_adc + p[0];
    const double walk = p[1] + p[2] / x + p[3] / (x * x);
    double correction = t0 - walk - constants->delay_ps[pixel[0]][pixel[1]];
    if ((int)(pmt / (TOF_PLANES * TOF_SLABS * TOF_SIDES)) == constants->trigger_station) {
        const uint32_t plane = pmt / (TOF_SLABS * TOF_SIDES) % TOF_PLANES;
        const uint32_t slab = pmt / TOF_SIDES % TOF_SLABS,
                       reference = constants->reference[pmt];
        correction += plane == 0 ? constants->delay_ps[slab][reference]
                                 : constants->delay_ps[reference][slab];
    }
    return correction;
}
