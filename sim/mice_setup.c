/* Cables and constants of a simulated MICE run, and their files (formats/mice.md 9). */
#include "io/text_file.h"
#include "sim/mice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    TDC_CHANNELS = 30,
    FADC_CHANNELS = 8,
    FIRST_TDC_CHANNEL = 2,
    N_TDCS = 4,
    N_KL_FADCS = 6
};

enum { N_TOF_FADCS = 14, FIRST_TDC_GEO = 1, FIRST_FADC_GEO = 10 };

uint32_t mice_n_slabs(uint32_t station)
{
    return station == 1 ? 7 : 10;
}

double mice_slab_width_mm(uint32_t station)
{
    return station == 0 ? 40 : 60;
}

static void add_board(struct mice_setup *setup, uint32_t type, uint32_t ldc, uint32_t id)
{
    setup->board[setup->n_boards++] = (struct date_board){type, ldc, id};
}

static void add_boards(struct mice_setup *setup)
{
    add_board(setup, DATE_EQUIPMENT_RECEIVER, MICE_LDC_KL, 0);
    for (uint32_t b = 0; b < N_KL_FADCS; ++b)
        add_board(setup, DATE_EQUIPMENT_V1724, MICE_LDC_KL, MICE_GEO_KL + b);
    add_board(setup, DATE_EQUIPMENT_SELECTOR, MICE_LDC_KL, 0);
    for (uint32_t b = 0; b < N_TDCS; ++b)
        add_board(setup, DATE_EQUIPMENT_V1290, MICE_LDC_TOF, FIRST_TDC_GEO + b);
    add_board(setup, DATE_EQUIPMENT_V1731, MICE_LDC_TOF, MICE_GEO_CKOV);
    for (uint32_t b = 0; b < N_TOF_FADCS; ++b)
        add_board(setup, DATE_EQUIPMENT_V1724, MICE_LDC_TOF, FIRST_FADC_GEO + b);
    add_board(setup, DATE_EQUIPMENT_V830, MICE_LDC_TOF, MICE_GEO_SCALER);
    for (uint32_t plane = 0; plane < MICE_EMR_PLANES; ++plane)
        add_board(setup, DATE_EQUIPMENT_DBB, MICE_LDC_EMR, plane);
    add_board(setup, DATE_EQUIPMENT_TRAILER, MICE_LDC_EMR, 0);
}

/* Sizes as those of the real constants: T0 -45 to -75 ns, walk below 1 ns, delays below 0.5 ns. */
void mice_setup_build(struct mice_setup *setup, uint64_t seed)
{
    struct sim_random random;
    uint32_t n = 0;
    *setup = (struct mice_setup){0};
    sim_random_seed(&random, seed, UINT64_MAX);
    add_boards(setup);
    for (uint32_t i = 0; i < MICE_PMTS; ++i) {
        const uint32_t station = i / (MICE_PMTS / MICE_STATIONS);
        if (i / MICE_SIDES % MICE_SLABS >= mice_n_slabs(station)) continue;
        setup->pmt[i] = (struct mice_pmt){
            .there = true,
            .tdc_geo = FIRST_TDC_GEO + n / TDC_CHANNELS,
            .tdc_channel = FIRST_TDC_CHANNEL + n % TDC_CHANNELS,
            .fadc_geo = FIRST_FADC_GEO + n / FADC_CHANNELS,
            .fadc_channel = n % FADC_CHANNELS,
            .t0_ps = sim_between(&random, -75000, -45000),
            .walk = {sim_between(&random, 50, 500), sim_between(&random, 200, 800),
                     sim_between(&random, -1e6, -2e5), sim_between(&random, -2e7, 2e7)}};
        ++n;
    }
    for (uint32_t h = 0; h < mice_n_slabs(MICE_TRIGGER_STATION); ++h)
        for (uint32_t v = 0; v < mice_n_slabs(MICE_TRIGGER_STATION); ++v)
            setup->delay_ps[h][v] = sim_between(&random, -500, -50);
    setup->delay_ps[MICE_REFERENCE_SLAB][MICE_REFERENCE_SLAB] = 0;
}

double mice_correction_ps(const struct mice_setup *setup,
                          uint32_t pmt,
                          double charge_adc,
                          const uint32_t pixel[2])
{
    const struct mice_pmt *of = &setup->pmt[pmt];
    const uint32_t station = pmt / (MICE_PMTS / MICE_STATIONS);
    const uint32_t plane = pmt / (MICE_SLABS * MICE_SIDES) % MICE_PLANES;
    const uint32_t slab = pmt / MICE_SIDES % MICE_SLABS;
    const double x = charge_adc + of->walk[0];
    const double walk = of->walk[1] + of->walk[2] / x + of->walk[3] / (x * x);
    double dt = of->t0_ps - walk - setup->delay_ps[pixel[0]][pixel[1]];
    if (station == MICE_TRIGGER_STATION)
        dt += plane == 0 ? setup->delay_ps[slab][MICE_REFERENCE_SLAB]
                         : setup->delay_ps[MICE_REFERENCE_SLAB][slab];
    return dt;
}

/* What one file holds. */
typedef void write_lines(const struct mice_setup *setup, FILE *file);

static void for_pmts(const struct mice_setup *setup,
                     FILE *file,
                     void (*line)(const struct mice_pmt *pmt, FILE *file))
{
    for (uint32_t i = 0; i < MICE_PMTS; ++i) {
        const uint32_t station = i / (MICE_PMTS / MICE_STATIONS);
        if (!setup->pmt[i].there) continue;
        fprintf(file, "TOFChannelKey %u %u %u %u tof%u", station,
                i / (MICE_SLABS * MICE_SIDES) % MICE_PLANES, i / MICE_SIDES % MICE_SLABS,
                i % MICE_SIDES, station);
        line(&setup->pmt[i], file);
    }
}

static void cable_line(const struct mice_pmt *pmt, FILE *file)
{
    fprintf(file,
            " DAQChannelKey %02u %02u %02u 120 tof DAQChannelKey %02u %02u %02u 102 tof\n",
            MICE_LDC_TOF, pmt->fadc_geo, pmt->fadc_channel, MICE_LDC_TOF, pmt->tdc_geo,
            pmt->tdc_channel);
}

static void t0_line(const struct mice_pmt *pmt, FILE *file)
{
    fprintf(file, " %.3f %d\n", pmt->t0_ps, MICE_REFERENCE_SLAB);
}

static void walk_line(const struct mice_pmt *pmt, FILE *file)
{
    fprintf(file, " %.6f %.6f %.3f %.3f\n", pmt->walk[0], pmt->walk[1], pmt->walk[2],
            pmt->walk[3]);
}

static void write_cables(const struct mice_setup *setup, FILE *file)
{
    for_pmts(setup, file, cable_line);
}

static void write_t0(const struct mice_setup *setup, FILE *file)
{
    for_pmts(setup, file, t0_line);
}

static void write_walk(const struct mice_setup *setup, FILE *file)
{
    for_pmts(setup, file, walk_line);
}

static void write_pixel(const struct mice_setup *setup, FILE *file, uint32_t h, uint32_t v)
{
    fprintf(file, "TOFPixelKey %d %u %u tof%d %.3f\n", MICE_TRIGGER_STATION, h, v,
            MICE_TRIGGER_STATION, setup->delay_ps[h][v]);
}

/* The reference pixel comes first. */
static void write_delays(const struct mice_setup *setup, FILE *file)
{
    const uint32_t n = mice_n_slabs(MICE_TRIGGER_STATION), reference = MICE_REFERENCE_SLAB;
    write_pixel(setup, file, reference, reference);
    for (uint32_t h = 0; h < n; ++h)
        for (uint32_t v = 0; v < n; ++v)
            if (h != reference || v != reference) write_pixel(setup, file, h, v);
}

static void write_daq_map(const struct mice_setup *setup, FILE *file)
{
    for (uint32_t b = 0; b < setup->n_boards; ++b) {
        const struct date_board *board = &setup->board[b];
        if (board->type != DATE_EQUIPMENT_V1290) continue;
        fprintf(file, "DAQChannelKey %02u %02u 00 102 trigger\n", board->ldc, board->id);
        fprintf(file, "DAQChannelKey %02u %02u 01 102 trigger_request\n", board->ldc,
                board->id);
    }
    for (uint32_t c = 0; c < MICE_CKOV_PMTS; ++c)
        fprintf(file, "DAQChannelKey %02u %02u %02u 121 ckov\n", MICE_LDC_TOF,
                MICE_GEO_CKOV, c);
    for (uint32_t c = 0; c < MICE_KL_PMTS; ++c)
        fprintf(file, "DAQChannelKey %02u %02u %02u 120 kl\n", MICE_LDC_KL,
                MICE_GEO_KL + c / 8, c % 8);
}

static void write_kl_map(const struct mice_setup *setup, FILE *file)
{
    (void)setup;
    for (uint32_t c = 0; c < MICE_KL_PMTS; ++c)
        fprintf(file, "KLChannelKey %02u %u kl DAQChannelKey %02u %02u %02u 120 kl\n",
                c / 2, c % 2, MICE_LDC_KL, MICE_GEO_KL + c / 8, c % 8);
}

static void write_kl_gain(const struct mice_setup *setup, FILE *file)
{
    (void)setup;
    for (uint32_t c = 0; c < MICE_KL_PMTS; ++c)
        fprintf(file, "KLChannelKey %02u %u kl 1.0\n", c / 2, c % 2);
}

static void write_emr_map(const struct mice_setup *setup, FILE *file)
{
    (void)setup;
    for (uint32_t plane = 0; plane < MICE_EMR_PLANES; ++plane) {
        for (uint32_t bar = 1; bar <= MICE_EMR_BARS; ++bar)
            fprintf(file, "EMRChannelKey %u %u %02u emr DAQChannelKey %d %u %u 141 emr\n",
                    plane, plane % 2, bar, MICE_LDC_EMR, plane, mice_emr_channel(bar));
        fprintf(file, "EMRChannelKey %u %u 63 trigger DAQChannelKey %d %u %d 141 emr\n",
                plane, plane % 2, MICE_LDC_EMR, plane, DATE_DBB_TRIGGER_CHANNEL);
    }
}

static enum spw_status write_file(const struct mice_setup *setup,
                                  const char *folder,
                                  const char *name,
                                  write_lines *lines)
{
    struct spw_text_file text;
    SPW_TRY(spw_text_file_create(&text, folder, name));
    lines(setup, text.file);
    return spw_text_file_close(&text);
}

enum spw_status mice_setup_write(const struct mice_setup *setup, const char *folder)
{
    static const struct {
        const char *name;
        write_lines *lines;
    } files[] = {
        {"TOFChannelMap.txt", write_cables},
        {"tofcalibT0_trTOF1_dec2011.txt", write_t0},
        {"tofcalibTW_dec2011.txt", write_walk},
        {"tofcalibTrigger_trTOF1_dec2011.txt", write_delays},
        {"DAQChannelMap.txt", write_daq_map},
        {"KLChannelMap.txt", write_kl_map},
        {"klcalib.txt", write_kl_gain},
        {"EMRChannelMap.txt", write_emr_map},
    };

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return SPW_FAIL(SPW_CANNOT_CREATE, "%s: %s", folder, strerror(errno));
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i)
        SPW_TRY(write_file(setup, folder, files[i].name, files[i].lines));
    return SPW_OK;
}
