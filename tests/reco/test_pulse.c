/* Injected pulses of known height and time; the filter's weights; all instruction sets bit for
   bit. */
#include "support/test.h"

#include "reco/objects.h"
#include "reco/pulse/filter.h"

#include "io/raw.h"

#include <string.h>

enum { N = 500, SAMPLES = 8, PADDED = 512 };

static const double clock_ns = 24.951059536;
static const struct spw_pulse_shape shape = {72.0, 6.0};

/// Pulses and what is found of them.
struct pulses {
    struct spw_pulse_weights weights[SPW_PULSE_PHASES];
    struct spw_pulse_constants constants;
    struct spw_pulse_channel channel[N];
    uint16_t sample[N * SAMPLES], quality[PADDED];
    uint32_t row[PADDED], address[N];
    double height[N], time[N];
    uint32_t found[3][PADDED]; ///< channel, index, crate
    float energy[PADDED], time_ns[PADDED], amplitude[PADDED], charge[PADDED];
    float early[PADDED];
};

static double uniform(uint64_t *seed, double low, double high)
{
    return low + (high - low) * (double)(test_random(seed) >> 11) * 0x1p-53;
}

static void setup(struct pulses *p)
{
    memset(p, 0, sizeof *p);
    spw_filter_from_shape(p->weights, &shape, clock_ns);
    spw_parabola_from_shape(&p->constants.parabola, &shape, clock_ns);
    p->constants.weights = p->weights;
    p->constants.clock_ns = (float)clock_ns;
    p->constants.peak_ns = (float)(3.5 * clock_ns);
    p->constants.iterate_MeV = 150.0f;
    p->constants.saturated_adc = 16383.0f;
    for (uint32_t i = 0; i < N; ++i) {
        p->channel[i] = (struct spw_pulse_channel){.index = (int32_t)(2 * i),
                                                   .channel = 1000 + i,
                                                   .crate = i % 32,
                                                   .pedestal_adc = 400.0f,
                                                   .gain_MeV = 3.5f};
        p->address[i] = i;
    }
    for (uint32_t i = 0; i < PADDED; ++i) p->row[i] = i < N ? i : N - 1;
}

/* One pulse of height counts at time_ns, rounded and cut as an ADC does. */
static void inject(struct pulses *p, uint32_t row, double height, double time_ns)
{
    p->height[row] = height;
    p->time[row] = time_ns;
    for (int k = 0; k < SAMPLES; ++k) {
        const double t =
            k * clock_ns - 3.5 * clock_ns - time_ns - (double)p->channel[row].t0_ns;
        const double adc = 400.0 + height * spw_pulse_shape_value(&shape, t);
        p->sample[row * SAMPLES + (uint32_t)k] = (uint16_t)fmin(fmax(round(adc), 0), 16383);
    }
}

static void measure_in(struct pulses *p,
                       const uint16_t *sample,
                       uint32_t n_samples,
                       uint32_t n,
                       enum spw_isa isa)
{
    const struct spw_pulse_input input = {n,          n_samples,  sample,
                                          p->address, p->channel, p->row};
    const struct spw_pulse_output output = {.channel = p->found[0],
                                            .index = p->found[1],
                                            .energy_MeV = p->energy,
                                            .time_ns = p->time_ns,
                                            .amplitude_adc = p->amplitude,
                                            .charge_adc = p->charge,
                                            .quality = p->quality,
                                            .crate = p->found[2],
                                            .early_adc = p->early};
    memset(p->quality, 0, sizeof p->quality);
    SPW_PICK(spw_pulse_kernels, isa)->measure(&p->constants, &input, &output, 0, n);
}

static void measure(struct pulses *p, uint32_t n, enum spw_isa isa)
{
    measure_in(p, p->sample, SAMPLES, n, isa);
}

static void random_pulses(struct pulses *p, double low, double high)
{
    uint64_t seed = test_seed();
    for (uint32_t i = 0; i < N; ++i) {
        p->channel[i].t0_ns = (float)uniform(&seed, -3, 3);
        inject(p, i, uniform(&seed, low, high), uniform(&seed, -25, 30));
    }
}

/* Rounding of samples is the only error: 0.3 counts. */
static void filter_finds_height_and_time(void **state)
{
    (void)state;
    static struct pulses p;
    setup(&p);
    random_pulses(&p, 500, 12000);
    measure(&p, N, spw_isa_best());
    for (int i = 0; i < N; ++i) {
        assert_near(p.amplitude[i], p.height[i], 1.0, 2e-4);
        assert_near(p.energy[i], 3.5 * p.height[i], 3.5, 2e-4);
        assert_near(p.time_ns[i], p.time[i], 0.02 + 30.0 / p.height[i], 0);
        assert_int_equal(p.quality[i], 0);
    }
}

static void parabola_is_corrected(void **state)
{
    (void)state;
    static struct pulses p;
    setup(&p);
    p.constants.weights = NULL;
    random_pulses(&p, 500, 12000);
    measure(&p, N, spw_isa_best());
    for (int i = 0; i < N; ++i) {
        assert_near(p.amplitude[i], p.height[i], 1.5, 1e-3);
        assert_near(p.time_ns[i], p.time[i], 0.05 + 60.0 / p.height[i], 0);
        assert_int_equal(p.quality[i], SPW_CELL_PARABOLA);
    }
    const struct spw_pulse_shape none = {72.0, 0.0};
    spw_parabola_from_shape(&p.constants.parabola, &none, clock_ns);
    measure(&p, N, spw_isa_best());
    double bias = 0;
    for (int i = 0; i < N; ++i) bias += (double)p.amplitude[i] / p.height[i] - 1;
    assert_true(fabs(bias / N) > 1e-3); /* what the correction takes away */
}

static void borders_and_full_scale_fall_back(void **state)
{
    (void)state;
    static struct pulses p;
    setup(&p);
    inject(&p, 0, 1000, -3.5 * clock_ns - 20); /* maximum before the window */
    inject(&p, 1, 1000, 4.0 * clock_ns + 20);  /* behind it */
    inject(&p, 2, 20000, 0);                   /* clipped */
    inject(&p, 3, 1000, 0);
    p.sample[3 * SAMPLES] = 0;
    p.channel[3].gain_MeV = 0.0f;
    inject(&p, 4, 1000, 0);
    p.channel[4].pedestal_adc = -1.0f; /* from the first two samples */
    measure(&p, 5, spw_isa_best());
    assert_int_equal(p.quality[0], SPW_CELL_BORDER | SPW_CELL_PARABOLA);
    assert_int_equal(p.quality[1], SPW_CELL_BORDER | SPW_CELL_PARABOLA);
    assert_int_equal(p.quality[2], SPW_SATURATED | SPW_CELL_PARABOLA);
    assert_int_equal(p.quality[3], SPW_UNDERFLOW | SPW_CELL_NO_GAIN);
    assert_int_equal(p.quality[4], 0);
    assert_near(p.time_ns[0], -3.5 * clock_ns, 1e-3, 0);
    assert_near(p.amplitude[0], p.sample[0] - 400.0, 1e-3, 0);
    assert_near(p.time_ns[1], 3.5 * clock_ns, 1e-3, 0);
    assert_near(p.energy[3], 0, 0, 0);
    const double early = 0.5 * (p.sample[4 * SAMPLES] + p.sample[4 * SAMPLES + 1]);
    assert_near(p.amplitude[4], 1400 - early, 15, 0);
    double sum = 0;
    for (int k = 0; k < SAMPLES; ++k) sum += p.sample[2 * SAMPLES + k] - 400.0;
    assert_near(p.charge[2], sum, 0.01, 1e-6);
}

/* Of many pulses any may be asked for, in any order, also from a stretch of the list. */
static void rows_are_chosen(void **state)
{
    (void)state;
    static struct pulses all, some;
    setup(&all);
    random_pulses(&all, 500, 12000);
    some = all;
    measure(&all, N, spw_isa_best());
    for (uint32_t i = 0; i < PADDED; ++i) some.row[i] = (7 * i + 3) % N;
    measure(&some, PADDED, spw_isa_best());
    for (uint32_t i = 0; i < PADDED; ++i) {
        const uint32_t row = some.row[i];
        assert_int_equal(some.found[0][i], 1000 + row);
        assert_int_equal(some.found[1][i], 2 * row);
        assert_int_equal(some.found[2][i], row % 32);
        assert_memory_equal(&some.energy[i], &all.energy[row], sizeof(float));
        assert_memory_equal(&some.time_ns[i], &all.time_ns[row], sizeof(float));
        assert_near(some.early[i],
                    0.5 * (all.sample[SAMPLES * row] + all.sample[SAMPLES * row + 1]), 0,
                    0);
    }
}

/* The same pulses in shorter and longer windows: samples of no height add nothing. */
static void windows_of_any_length(void **state)
{
    (void)state;

    enum { LONGEST = 17 };

    static struct pulses p;
    static uint16_t sample[N * LONGEST];
    static float energy[PADDED], time_ns[PADDED];
    setup(&p);
    random_pulses(&p, 500, 12000);
    measure(&p, N, spw_isa_best());
    memcpy(energy, p.energy, sizeof energy);
    memcpy(time_ns, p.time_ns, sizeof time_ns);
    for (uint32_t n = SAMPLES - 1; n <= LONGEST; ++n) {
        for (uint32_t i = 0; i < N * n; ++i)
            sample[i] = i % n < SAMPLES ? p.sample[i / n * SAMPLES + i % n] : 400;
        measure_in(&p, sample, n, N, spw_isa_best());
        assert_memory_equal(p.energy, energy, sizeof energy);
        assert_memory_equal(p.time_ns, time_ns, sizeof time_ns);
    }
}

/* Weights give 1 and 0 on their own pulse, and an error only of second order between. */
static void weights_are_unbiased(void **state)
{
    (void)state;
    struct spw_pulse_weights weights[SPW_PULSE_PHASES];
    spw_filter_from_shape(weights, &shape, clock_ns);
    for (int p = 0; p < SPW_PULSE_PHASES; ++p)
        for (int late = -1; late <= 1; ++late) {
            double amplitude = 0, time = 0;
            for (int i = 0; i < 3; ++i) {
                const double t = p - SPW_PULSE_ZERO + (i - 1) * clock_ns - 0.5 * late;
                const double g = spw_pulse_shape_value(&shape, t);
                amplitude += (double)weights[p].energy[i] * g;
                time += (double)weights[p].time_ns[i] * g;
            }
            assert_near(amplitude, 1, late ? 2e-4 : 1e-6, 0);
            assert_near(time / amplitude, 0.5 * late, late ? 0.01 : 1e-5, 0);
        }
}

/* The experiment's weights answer to a pulse much like theirs in the sense that is documented:
   phase = sample time - time of maximum. With the other sign times are 20 ns off at 12 ns. */
static void the_experiments_weights(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_text_table table;
    struct na62_lkr_filter filter;
    struct spw_pulse_weights *weights;
    const char *path = test_shared_path("data/na62/na62fw-conditions/LKr/LKr-digfcons.dat");
    assert_ok(spw_text_table_open(&table, &arena, path));
    assert_ok(na62_lkr_filter_read(&filter, &arena, &table));
    assert_ok(spw_filter_from_file(&weights, &arena, &filter));
    assert_int_equal(filter.n_shapes, 12);
    for (uint32_t s = 0; s < filter.n_shapes; ++s)
        for (int phase = -12; phase <= 12; ++phase) {
            const struct spw_pulse_weights *w =
                &weights[s * SPW_PULSE_PHASES + (uint32_t)(phase + SPW_PULSE_ZERO)];
            double amplitude = 0, time = 0;
            for (int i = 0; i < 3; ++i) {
                const double g = spw_pulse_shape_value(&shape, phase + (i - 1) * clock_ns);
                amplitude += (double)w->energy[i] * g;
                time += (double)w->time_ns[i] * g;
            }
            assert_near(amplitude, 1, 0.08, 0); /* the real pulse is not exactly this one */
            assert_near(time, 0, 6.0, 0);
        }
    spw_arena_release(&arena);
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    static struct pulses p[3];
    for (int isa = 0; isa <= (int)spw_isa_best(); ++isa) {
        setup(&p[isa]);
        random_pulses(&p[isa], -20, 18000);
        for (uint32_t i = 0; i < N; i += 7) p[isa].channel[i].pedestal_adc = -1.0f;
        measure(&p[isa], N, (enum spw_isa)isa);
        assert_memory_equal(p[isa].energy, p[0].energy, sizeof p->energy);
        assert_memory_equal(p[isa].time_ns, p[0].time_ns, sizeof p->time_ns);
        assert_memory_equal(p[isa].amplitude, p[0].amplitude, sizeof p->amplitude);
        assert_memory_equal(p[isa].charge, p[0].charge, sizeof p->charge);
        assert_memory_equal(p[isa].quality, p[0].quality, sizeof p->quality);
        assert_memory_equal(p[isa].early, p[0].early, sizeof p->early);
        assert_memory_equal(p[isa].found, p[0].found, sizeof p->found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_finds_height_and_time),
        cmocka_unit_test(parabola_is_corrected),
        cmocka_unit_test(borders_and_full_scale_fall_back),
        cmocka_unit_test(rows_are_chosen),
        cmocka_unit_test(windows_of_any_length),
        cmocka_unit_test(weights_are_unbiased),
        cmocka_unit_test(the_experiments_weights),
        cmocka_unit_test(instruction_sets_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
