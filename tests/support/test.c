#include "support/test.h"

#include <string.h>
#include <unistd.h>

void test_near(double a,
               double b,
               double absolute,
               double relative,
               const char *text,
               const char *file,
               int line)
{
    if (fabs(a - b) <= absolute + relative * fabs(b)) return;
    fprintf(stderr, "%s = %.12g, expected %.12g within %g + %g relative\n", text, a, b,
            absolute, relative);
    _fail(file, line);
}

void test_ok(enum spw_status status, const char *text, const char *file, int line)
{
    if (status == SPW_OK) return;
    fprintf(stderr, "%s: status %d: %s (%s)\n", text, (int)status, spw_error_message(),
            spw_error_place());
    _fail(file, line);
}

const char *test_shared(void)
{
    const char *folder = getenv("SPW_SHARED");
    return folder && access(folder, R_OK) == 0 ? folder : NULL;
}

const char *test_shared_path(const char *below)
{
    static char path[4][1024];
    static int turn;
    char *text = path[turn++ & 3];
    const char *folder = test_shared();
    if (folder) snprintf(text, sizeof path[0], "%s/%s", folder, below);
    if (!folder || access(text, R_OK) != 0) {
        fprintf(stderr, "skipped: reference data %s not here (set SPW_SHARED)\n", below);
        skip();
    }
    return text;
}

const char *test_folder(void)
{
    static char folder[64];
    strcpy(folder, "/tmp/spillway-test-XXXXXX");
    return mkdtemp(folder);
}

uint64_t test_seed(void)
{
    const char *text = getenv("SPW_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 0) : 20261122;
    fprintf(stderr, "seed %llu (SPW_SEED=... to change)\n", (unsigned long long)seed);
    return seed;
}

uint64_t test_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
