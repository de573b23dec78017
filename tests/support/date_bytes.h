/// DATE files made by hand, word by word from the format description: for tests and the fuzz
/// corpus. Nothing of it is shared with the reader.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { DATE_BYTES_MAX_WORDS = 1 << 16 };

/// Growing words; containers remember where their size stands.
struct date_bytes {
    uint32_t word[DATE_BYTES_MAX_WORDS];
    uint32_t count;
    uint32_t minor;                  ///< of the version 3.x: decides the header
    uint32_t event, subevent, block; ///< first words of the open containers
};

void date_bytes_start(struct date_bytes *out, uint32_t version_minor);

/// Opens a super event (built) of a type; `number` is the spill count of the event id.
void date_bytes_event(struct date_bytes *out, uint32_t type, uint32_t run, uint32_t number);

/// Opens a plain event of an LDC: no super event around it.
void date_bytes_plain(struct date_bytes *out,
                      uint32_t type,
                      uint32_t run,
                      uint32_t number,
                      uint32_t ldc);

/// Opens the sub-event of an LDC in the open super event.
void date_bytes_subevent(struct date_bytes *out, uint32_t ldc);

/// Opens an equipment block; words put after it are its payload.
void date_bytes_block(struct date_bytes *out, uint32_t equipment, uint32_t geo);

void date_bytes_put(struct date_bytes *out, uint32_t word);

/// Close what is open and write its size.
void date_bytes_end_block(struct date_bytes *out);
void date_bytes_end_subevent(struct date_bytes *out);
void date_bytes_end_event(struct date_bytes *out);

/// One block with these words.
void date_bytes_equipment(struct date_bytes *out,
                          uint32_t equipment,
                          uint32_t geo,
                          const uint32_t *words,
                          uint32_t n);

/// A START_OF_RUN, then START_OF_BURST of spill `number`, both of LDC `ldc`, with receiver words.
void date_bytes_begin_run(struct date_bytes *out,
                          uint32_t run,
                          uint32_t ldc,
                          uint32_t number);

/// Opens a physics event with one sub-event of `ldc` and its receiver word.
void date_bytes_physics(struct date_bytes *out,
                        uint32_t run,
                        uint32_t ldc,
                        uint32_t number);

/// Closes sub-event and event.
void date_bytes_close(struct date_bytes *out);

/// V1290 block: `n_triggers` triggers, each with trigger (channel 0), request (channel 1) and one
/// hit on `channel` at time 1000 + 10 trigger.
void date_bytes_v1290(struct date_bytes *out,
                      uint32_t geo,
                      uint32_t n_triggers,
                      uint32_t channel);

/// V1731 block: n_triggers x 8 channels of `n_words` words, every sample 100 + channel.
void date_bytes_v1731(struct date_bytes *out,
                      uint32_t geo,
                      uint32_t n_triggers,
                      uint32_t n_words);

/// V1724 block in suppressed form: channel 2 has `n_words` words of samples 8500, the rest none.
void date_bytes_v1724(struct date_bytes *out,
                      uint32_t geo,
                      uint32_t n_triggers,
                      uint32_t n_words);

/// Tracker: master, board and four banks of n_triggers x 128 words; ADC = channel, TDC = bank.
void date_bytes_vlsb(struct date_bytes *out, uint32_t board, uint32_t n_triggers);

/// DBB: two triggers at 1000 and 5000 on channel 4, hits of channel 10 at 800 and 4790.
void date_bytes_dbb(struct date_bytes *out, uint32_t board);

/// V1495 with n_triggers records; patterns 1 << trigger.
void date_bytes_v1495(struct date_bytes *out, uint32_t geo, uint32_t n_triggers);

/// A whole file with every board, two triggers a spill, two spills.
void date_bytes_everything(struct date_bytes *out, uint32_t version_minor);
