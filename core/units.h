/// Units in text: "25 ns", "300 um", "0.9 T", "GeV/count", "g/cm^3", "T*m", "5 %".
///
/// Units  native are mm, ns, MeV (c = 1: momenta are MeV or MeV/c), T, rad, e; besides them g, K,
///        mbar, V, count (adc), ticks and B, each with its usual multiples
#pragma once

#include "core/status.h"

/// A number with a unit, converted to `unit` (same dimension); exact when both units are the same.
/// A bare number is right only for unit "1", which also takes "%" and "ppm".
/// Errors  SPW_BAD_CONFIG: not a number, not finite, no unit, unknown unit, other dimension.
SPW_MUST_CHECK enum spw_status
spw_quantity_parse(const char *text, const char *unit, double *value);
