/// What the steps of the chain must cost at least, measured in this run with the shortest loops
/// that do the step: data already in order, nothing checked, nothing kept.
#pragma once

#include "bench/bench.h"

/// Floors of the steps (design/performance.md's table, and the histograms), here and now.
struct bench_steps {
    double read_gb_per_s;     ///< bytes from memory, once: as from the page cache
    double checksum_gb_per_s; ///< adler32 of bytes that were just read
    double decode_ns;         ///< a TDC word: bit fields, channel map, T0
    double pair_ns;           ///< an edge: leading and trailing of a channel
    double pulse_ns;          ///< a channel of 8 samples: pedestal, maximum, parabola
    double count_ns;          ///< an entry of four histograms, one larger than near caches
    double pack_gb_per_s;     ///< column bytes: shuffle and deflate
};

/// Measures all of them.
SPW_MUST_CHECK enum spw_status bench_steps(struct bench_report *report,
                                           struct bench_steps *steps);
