/// Units in text: "25 ns", "300 um", "0.9 T". Native units: mm, ns, MeV (c = 1), T, rad, e.
#pragma once

#include "core/status.h"

/// A number with a unit, converted to `unit` (same dimension).
/// A bare number is right only for unit "1".
/// Errors  SPW_BAD_CONFIG: not a number, no unit, unknown unit, other dimension.
SPW_MUST_CHECK enum spw_status spw_quantity_parse(const char *text,
                                                  const char *unit,
                                                  double *value);
