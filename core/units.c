#include "core/units.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum dimension {
    LENGTH,
    TIME,
    ENERGY,
    FIELD,
    ANGLE,
    CHARGE,
    MASS,
    TEMPERATURE,
    PRESSURE,
    VOLTAGE,
    COUNT,
    TICK,
    BYTE,
    N_DIMENSIONS,
};

/* A named unit as factor * native^power; power 0 is a pure number. c = 1, so MeV/c is MeV. */
struct unit {
    const char *name;
    double factor;
    enum dimension dimension;
    int power;
};

static const struct unit units[] = {
    {"1",      1,                    LENGTH,      0 },
    {"%",      1e-2,                 LENGTH,      0 },
    {"ppm",    1e-6,                 LENGTH,      0 },
    {"c",      1,                    LENGTH,      0 },
    {"nm",     1e-6,                 LENGTH,      1 },
    {"um",     1e-3,                 LENGTH,      1 },
    {"µm",    1e-3,                 LENGTH,      1 },
    {"mm",     1,                    LENGTH,      1 },
    {"cm",     10,                   LENGTH,      1 },
    {"m",      1e3,                  LENGTH,      1 },
    {"km",     1e6,                  LENGTH,      1 },
    {"ps",     1e-3,                 TIME,        1 },
    {"ns",     1,                    TIME,        1 },
    {"us",     1e3,                  TIME,        1 },
    {"µs",    1e3,                  TIME,        1 },
    {"ms",     1e6,                  TIME,        1 },
    {"s",      1e9,                  TIME,        1 },
    {"min",    60e9,                 TIME,        1 },
    {"h",      3600e9,               TIME,        1 },
    {"Hz",     1e-9,                 TIME,        -1},
    {"kHz",    1e-6,                 TIME,        -1},
    {"MHz",    1e-3,                 TIME,        -1},
    {"GHz",    1,                    TIME,        -1},
    {"eV",     1e-6,                 ENERGY,      1 },
    {"keV",    1e-3,                 ENERGY,      1 },
    {"MeV",    1,                    ENERGY,      1 },
    {"GeV",    1e3,                  ENERGY,      1 },
    {"TeV",    1e6,                  ENERGY,      1 },
    {"T",      1,                    FIELD,       1 },
    {"mT",     1e-3,                 FIELD,       1 },
    {"kG",     0.1,                  FIELD,       1 },
    {"G",      1e-4,                 FIELD,       1 },
    {"rad",    1,                    ANGLE,       1 },
    {"mrad",   1e-3,                 ANGLE,       1 },
    {"urad",   1e-6,                 ANGLE,       1 },
    {"µrad",  1e-6,                 ANGLE,       1 },
    {"deg",    0.017453292519943295, ANGLE,       1 },
    {"e",      1,                    CHARGE,      1 },
    {"fC",     6241.509074460763,    CHARGE,      1 },
    {"pC",     6241509.074460763,    CHARGE,      1 },
    {"g",      1,                    MASS,        1 },
    {"kg",     1e3,                  MASS,        1 },
    {"K",      1,                    TEMPERATURE, 1 },
    {"mbar",   1,                    PRESSURE,    1 },
    {"hPa",    1,                    PRESSURE,    1 },
    {"bar",    1e3,                  PRESSURE,    1 },
    {"mV",     1e-3,                 VOLTAGE,     1 },
    {"V",      1,                    VOLTAGE,     1 },
    {"kV",     1e3,                  VOLTAGE,     1 },
    {"count",  1,                    COUNT,       1 },
    {"counts", 1,                    COUNT,       1 },
    {"adc",    1,                    COUNT,       1 },
    {"tick",   1,                    TICK,        1 },
    {"ticks",  1,                    TICK,        1 },
    {"B",      1,                    BYTE,        1 },
    {"kB",     1e3,                  BYTE,        1 },
    {"MB",     1e6,                  BYTE,        1 },
    {"GB",     1e9,                  BYTE,        1 },
    {"KiB",    1024,                 BYTE,        1 },
    {"MiB",    1048576,              BYTE,        1 },
    {"GiB",    1073741824,           BYTE,        1 },
};

/* A product of units: its size in native units, and the power of each dimension. */
struct product {
    double factor;
    int power[N_DIMENSIONS];
};

static const struct unit *unit_find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; ++i)
        if (strlen(units[i].name) == length && memcmp(units[i].name, name, length) == 0)
            return &units[i];
    return NULL;
}

static const char *skip_blanks(const char *text)
{
    while (*text == ' ' || *text == '\t') ++text;
    return text;
}

static size_t name_length(const char *text)
{
    size_t length = 0;
    while (isalpha((unsigned char)text[length]) || (unsigned char)text[length] >= 0x80 ||
           text[length] == '%')
        ++length;
    return length == 0 && *text == '1' ? 1 : length;
}

/* One unit with its exponent ("mm", "cm^2", "cm2"); NULL when it is none. */
static const char *take_term(const char *text, int sign, struct product *product)
{
    const size_t length = name_length(text);
    const struct unit *unit = unit_find(text, length);
    if (!unit) return NULL;
    text += length;
    int power = sign;
    if (*text == '^') ++text;
    if (*text >= '1' && *text <= '9')
        power *= *text++ - '0';
    else if (text[-1] == '^')
        return NULL;
    product->factor *= pow(unit->factor, power);
    product->power[unit->dimension] += unit->power * power;
    return text;
}

/* "mm", "GeV/count", "T*m", "g/cm^3": each '/' divides by the one unit behind it. */
static bool product_parse(const char *text, struct product *product)
{
    *product = (struct product){.factor = 1};
    int sign = 1;
    for (;;) {
        text = take_term(skip_blanks(text), sign, product);
        if (!text) return false;
        text = skip_blanks(text);
        if (!*text) return true;
        sign = *text == '/' ? -1 : 1;
        if (*text == '/' || *text == '*') ++text;
    }
}

enum spw_status spw_quantity_parse(const char *text, const char *unit, double *value)
{
    struct product from, to;
    const bool known = product_parse(unit, &to);
    assert(known && "a unit of the program's own tables");
    if (!known)
        return SPW_FAIL(SPW_INTERNAL, "the program asks for unknown unit '%s'", unit);

    const char *start = skip_blanks(text);
    char *end;
    const double number = strtod(start, &end);
    if (end == start || isalpha((unsigned char)start[*start == '-' || *start == '+']))
        return SPW_FAIL(SPW_BAD_CONFIG, "'%s' is not a number", text);
    if (!isfinite(number))
        return SPW_FAIL(SPW_BAD_CONFIG, "'%s' is out of the range of numbers", text);
    const char *name = skip_blanks(end);
    if (!*name) name = "1";
    if (!product_parse(name, &from))
        return SPW_FAIL(SPW_BAD_CONFIG, "'%s': unknown unit '%s'", text, name);
    if (memcmp(from.power, to.power, sizeof to.power) != 0)
        return *skip_blanks(end)
                   ? SPW_FAIL(SPW_BAD_CONFIG, "'%s' cannot be converted to %s", text,
                              strcmp(unit, "1") == 0 ? "a pure number" : unit)
                   : SPW_FAIL(SPW_BAD_CONFIG, "'%s' needs a unit, as in '%s %s'", text,
                              start, unit);
    *value = number * (from.factor / to.factor);
    return SPW_OK;
}
