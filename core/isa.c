#include "core/isa.h"

#include <string.h>

static const char *const names[SPW_N_ISA] = {"v2", "v3", "v4"};

/* By single features: clang 14 does not know the level names. */
enum spw_isa spw_isa_best(void)
{
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi2"))
        return SPW_ISA_V2;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return SPW_ISA_V3;
    return SPW_ISA_V4;
}

enum spw_status spw_isa_parse(const char *text, enum spw_isa *isa)
{
    for (int i = 0; i < SPW_N_ISA; ++i) {
        if (strcmp(text, names[i]) != 0) continue;
        if (i > (int)spw_isa_best())
            return SPW_FAIL(SPW_USAGE,
                            "this machine has no x86-64-%s instructions; best is %s", text,
                            names[spw_isa_best()]);
        *isa = (enum spw_isa)i;
        return SPW_OK;
    }
    return SPW_FAIL(SPW_USAGE, "unknown instruction set '%s' (v2, v3 or v4)", text);
}

const char *spw_isa_name(enum spw_isa isa)
{
    return names[isa];
}
