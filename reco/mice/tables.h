/// MICE's cabling and calibration tables: which file a run takes, and words of their lines.
///
/// Lines are blank-separated words with literal keywords (`TOFChannelKey 0 0 1 0 tof0 ...`);
/// integers may have leading zeros (formats/mice.md 9).
#pragma once

#include "core/text_table.h"
#include "reco/run.h"

#include <stdbool.h>

/// The name that a list gives for a run taken at a time (seconds since 1970).
///
/// Entries are "FIRST-LAST NAME" (these runs), "YYYY-MM-DD NAME" (from that day on; the last one
/// that has begun serves, unless a run range does) or "NAME" (always). NULL if none fits.
const char *mice_pick(const struct spw_texts *entries, uint32_t run, double time_s);

/// Opens the constants that `entries` name for this run. `*found` is false, and the table empty,
/// when no entry holds the run or no folder of conditions_dir holds the file.
/// Errors  SPW_RETRY, SPW_IO.
SPW_MUST_CHECK enum spw_status mice_open_table(struct spw_run *run,
                                               const struct spw_texts *entries,
                                               struct spw_text_table *table,
                                               bool *found);

/// Word `i` of a line as a decimal integer (leading zeros allowed), or -1.
int64_t mice_integer(const struct spw_text_line *line, uint32_t i);

/// Word `i` of a line as a number, or NaN.
double mice_number(const struct spw_text_line *line, uint32_t i);

/// A DAQ key in words i ... i + 4: `DAQChannelKey ldc geo channel equipment`.
struct mice_daq_key {
    uint32_t ldc, geo, channel, equipment;
};

/// False when the words are no such key, or its numbers have no address.
bool mice_daq_key(const struct spw_text_line *line, uint32_t i, struct mice_daq_key *key);

/// Address of the key's channel in its stream (V1290, V1724, V1731, DBB).
uint32_t mice_daq_address(const struct mice_daq_key *key);

/// A table of `n` entries of -1.
SPW_MUST_CHECK enum spw_status
mice_new_map(struct spw_arena *arena, uint32_t n, int32_t **map);
