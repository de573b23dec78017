#include "support/test.h"

#include "core/isa.h"

#include <string.h>

struct example {
    enum spw_isa isa;
};

static const struct example example_v2 = {SPW_ISA_V2};
static const struct example example_v3 = {SPW_ISA_V3};
static const struct example example_v4 = {SPW_ISA_V4};

static void names_and_machine(void **state)
{
    (void)state;
    const enum spw_isa best = spw_isa_best();
    for (int i = 0; i < SPW_N_ISA; ++i) {
        enum spw_isa isa = SPW_N_ISA;
        const char *name = spw_isa_name((enum spw_isa)i);
        const enum spw_status status = spw_isa_parse(name, &isa);
        assert_int_equal(status, i <= (int)best ? SPW_OK : SPW_USAGE);
        if (status == SPW_OK) assert_int_equal(isa, i);
    }
}

static void best_is_what_the_system_says(void **state)
{
    (void)state;
    static char text[1 << 16];
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file) skip();
    const size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    const enum spw_isa best = spw_isa_best();
    assert_int_equal(best >= SPW_ISA_V3, strstr(text, " avx2 ") && strstr(text, " fma "));
    assert_int_equal(best == SPW_ISA_V4,
                     strstr(text, " avx512f ") && strstr(text, " avx512vl "));
}

static void unknown_names(void **state)
{
    (void)state;
    static const char *const names[] = {"", "v1", "v5", "V3", "avx2", "v33"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        enum spw_isa isa;
        assert_int_equal(spw_isa_parse(names[i], &isa), SPW_USAGE);
    }
}

static void pick(void **state)
{
    (void)state;
    for (int i = 0; i < SPW_N_ISA; ++i)
        assert_int_equal(SPW_PICK(example, (enum spw_isa)i)->isa, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_machine),
        cmocka_unit_test(best_is_what_the_system_says),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(pick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
