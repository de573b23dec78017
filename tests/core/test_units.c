#include "support/test.h"

#include "core/units.h"

#include <string.h>

static void converts(void **state)
{
    (void)state;

    static const struct {
        const char *text, *unit;
        double value;
    } cases[] = {
        {"25 ns", "ns", 25},
        {"25ns", "ns", 25},
        {"300 um", "mm", 0.3},
        {"300 µm", "mm", 0.3},
        {"0.9 T", "T", 0.9},
        {"  -1.5e3   mT ", "T", -1.5},
        {"10 GeV", "MeV", 10000},
        {"75 GeV/c", "MeV", 75000},
        {"493.677 MeV/c^2", "MeV", 493.677},
        {"180 deg", "rad", 3.14159265358979312},
        {"3 urad", "mrad", 0.003},
        {"0.1 ns/mm", "ns/mm", 0.1},
        {"20 cm/ns", "mm/ns", 200},
        {"55 MeV/count", "GeV/count", 0.055},
        {"1 g/cm^3", "g/mm3", 1e-3},
        {"1 g/cm3", "g/mm^3", 1e-3},
        {"0.7 T m", "T*mm", 700},
        {"5 %", "1", 0.05},
        {"7", "1", 7},
        {"7 1", "1", 7},
        {"320 MHz", "1/ns", 0.32},
        {"2 1/us", "MHz", 2},
        {"64 KiB", "B", 65536},
        {"0x10", "1", 16},
        {"24.951059536 ns", "ns", 24.951059536},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        double value = -1;
        assert_ok(spw_quantity_parse(cases[i].text, cases[i].unit, &value));
        assert_near(value, cases[i].value, 0, 1e-15);
    }
}

static void same_unit_is_exact(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (int i = 0; i < 10000; ++i) {
        const double number = (double)(int64_t)test_random(&random) * 1e-12;
        char text[64];
        double value;
        snprintf(text, sizeof text, "%.17g GeV/count", number);
        assert_ok(spw_quantity_parse(text, "GeV/count", &value));
        assert_true(value == number);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"25", "ns", "'25' needs a unit, as in '25 ns'"},
        {"25 furlong", "mm", "'25 furlong': unknown unit 'furlong'"},
        {"25 mm", "ns", "'25 mm' cannot be converted to ns"},
        {"25 mm", "1", "'25 mm' cannot be converted to a pure number"},
        {"ns", "ns", "'ns' is not a number"},
        {"", "1", "'' is not a number"},
        {"nan", "1", "'nan' is not a number"},
        {"-inf", "1", "'-inf' is not a number"},
        {"1e999 mm", "mm", "'1e999 mm' is out of the range of numbers"},
        {"5 mm/", "mm", "'5 mm/': unknown unit 'mm/'"},
        {"1 /ns", "GHz", "'1 /ns': unknown unit '/ns'"},
        {"5 mm^", "mm", "'5 mm^': unknown unit 'mm^'"},
        {"5 adc", "ticks", "'5 adc' cannot be converted to ticks"},
        {"1 mm^2", "mm", "'1 mm^2' cannot be converted to mm"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        double value = 42;
        assert_int_equal(spw_quantity_parse(cases[i][0], cases[i][1], &value),
                         SPW_BAD_CONFIG);
        assert_string_equal(spw_error_message(), cases[i][2]);
        assert_true(value == 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts),
        cmocka_unit_test(same_unit_is_exact),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
