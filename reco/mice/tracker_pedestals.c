#include "reco/mice/tracker_pedestals.h"

#include "io/date/date.h"

#include <math.h>
#include <string.h>

enum { BATCH_TRIGGERS = 128 };

double tracker_mean(const struct tracker_sums *sums)
{
    return sums->n ? (double)sums->sum / (double)sums->n : NAN;
}

double tracker_rms(const struct tracker_sums *sums)
{
    const double mean = tracker_mean(sums);
    const double variance = (double)sums->sum2 / (double)sums->n - mean * mean;
    return variance > 0 ? sqrt(variance) : variance <= 0 ? 0 : NAN;
}

static void add(struct tracker_sums *sums, int64_t value)
{
    ++sums->n;
    sums->sum += value;
    sums->sum2 += value * value;
}

/* The k-th smallest (from 0) of the values of a histogram. */
static uint32_t nth(const uint32_t *count, uint32_t n_values, uint64_t k)
{
    uint64_t below = 0;
    for (uint32_t v = 0; v < n_values; ++v) {
        below += count[v];
        if (below > k) return v;
    }
    return n_values - 1;
}

int32_t tracker_median4(const uint32_t *count, uint32_t n_values, uint64_t n)
{
    if (n == 0) return 0;
    return 2 * (int32_t)(nth(count, n_values, (n - 1) / 2) + nth(count, n_values, n / 2));
}

int32_t tracker_common_mode4(const uint16_t *adc, const int32_t *median4)
{
    int32_t sorted[TRACKER_GROUP];
    for (uint32_t i = 0; i < TRACKER_GROUP; ++i) {
        const int32_t value = 4 * adc[i] - median4[i];
        uint32_t k = i;
        for (; k > 0 && sorted[k - 1] > value; --k) sorted[k] = sorted[k - 1];
        sorted[k] = value;
    }
    return (sorted[TRACKER_GROUP / 2 - 1] + sorted[TRACKER_GROUP / 2]) / 2;
}

int32_t tracker_full_bank(const struct spw_raw_hits *hits, uint32_t i, uint32_t end)
{
    if (end - i < TRACKER_BANK_CHANNELS) return -1;
    const uint32_t bank = hits->address[i] / TRACKER_BANK_CHANNELS;
    uint64_t seen[2] = {0};
    for (uint32_t k = i; k < i + TRACKER_BANK_CHANNELS; ++k) {
        const uint32_t channel = hits->address[k] % TRACKER_BANK_CHANNELS;
        if (hits->address[k] / TRACKER_BANK_CHANNELS != bank) return -1;
        seen[channel / 64] |= UINT64_C(1) << (channel % 64);
    }
    return ~seen[0] || ~seen[1] ? -1 : (int32_t)(bank % TRACKER_BANKS);
}

void tracker_bank_read(const struct spw_raw_hits *hits,
                       uint32_t i,
                       struct tracker_bank *bank)
{
    for (uint32_t k = i; k < i + TRACKER_BANK_CHANNELS; ++k) {
        const uint32_t channel = hits->address[k] % TRACKER_BANK_CHANNELS;
        bank->adc[channel] = hits->value[k];
        bank->tdc[channel] = (uint8_t)hits->ticks[k];
        bank->discriminator[channel] = hits->edge[k];
    }
}

/* What a pass does with a full bank. */
struct pass {
    struct tracker_pedestals *pedestals;
    uint32_t *count; /* [TRACKER_CHANNELS][TRACKER_ADC_VALUES], first pass */
};

typedef void
use_bank(const struct pass *pass, uint32_t number, const struct tracker_bank *bank);

static void
count_bank(const struct pass *pass, uint32_t number, const struct tracker_bank *bank)
{
    for (uint32_t c = 0; c < TRACKER_BANK_CHANNELS; ++c) {
        const size_t channel = (size_t)number * TRACKER_BANK_CHANNELS + c;
        ++pass->count[channel * TRACKER_ADC_VALUES + bank->adc[c]];
        add(&pass->pedestals->adc[channel], bank->adc[c]);
        add(&pass->pedestals->tdc[channel], bank->tdc[c]);
        pass->pedestals->n_discriminator[channel] += bank->discriminator[c];
    }
}

static void
subtract_bank(const struct pass *pass, uint32_t number, const struct tracker_bank *bank)
{
    const struct tracker_pedestals *p = pass->pedestals;
    for (uint32_t c = 0; c < TRACKER_BANK_CHANNELS; c += TRACKER_GROUP) {
        const size_t first = (size_t)number * TRACKER_BANK_CHANNELS + c;
        const uint16_t *adc = bank->adc + c;
        const int32_t common = tracker_common_mode4(adc, p->median4 + first);
        add(&p->common_mode[first / TRACKER_GROUP], common);
        for (uint32_t i = 0; i < TRACKER_GROUP; ++i)
            add(&p->after[first + i], 4 * adc[i] - p->median4[first + i] - common);
    }
}

static void use_event(const struct spw_raw_hits *hits,
                      uint32_t e,
                      const struct pass *pass,
                      use_bank *use)
{
    const uint32_t end = hits->rows.first[e + 1];
    for (uint32_t i = hits->rows.first[e]; i < end;) {
        struct tracker_bank bank;
        const int32_t number = tracker_full_bank(hits, i, end);
        if (number < 0) {
            ++i;
            continue;
        }
        tracker_bank_read(hits, i, &bank);
        use(pass, (uint32_t)number, &bank);
        pass->pedestals->measured = true;
        i += TRACKER_BANK_CHANNELS;
    }
}

static enum spw_status
run_pass(struct spw_run *run, uint32_t n_events, const struct pass *pass, use_bank *use)
{
    const struct spw_format *format = run->file->format;
    struct spw_arena arena = {0};
    enum spw_status status = SPW_OK;
    for (uint32_t first = 0; first < n_events && status == SPW_OK;
         first += BATCH_TRIGGERS) {
        const uint32_t n =
            n_events - first < BATCH_TRIGGERS ? n_events - first : BATCH_TRIGGERS;
        struct spw_raw_batch batch;
        uint64_t *tally = spw_arena_zeros(&arena, format->n_tallies, sizeof *tally);
        status = tally ? spw_raw_batch_init(&batch, &arena, format->streams,
                                            format->n_streams, n)
                       : SPW_FAIL(SPW_RETRY, "out of memory: tracker pedestals");
        if (status == SPW_OK)
            status = format->unpack(run->file, first, n, run->isa, &batch, tally);
        for (uint32_t e = 0; e < n && status == SPW_OK; ++e)
            use_event(&batch.hits[DATE_VLSB], e, pass, use);
        spw_arena_reset(&arena);
    }
    spw_arena_release(&arena);
    return status;
}

enum spw_status tracker_pedestals_measure(struct spw_run *run,
                                          uint32_t max_triggers,
                                          struct tracker_pedestals *pedestals)
{
    const uint32_t n =
        run->file->index.count < max_triggers ? run->file->index.count : max_triggers;
    struct pass pass = {.pedestals = pedestals};
    SPW_NEW_ZEROS(&run->arena, pedestals->median4, TRACKER_CHANNELS);
    SPW_NEW_ZEROS(&run->arena, pedestals->adc, TRACKER_CHANNELS);
    SPW_NEW_ZEROS(&run->arena, pedestals->tdc, TRACKER_CHANNELS);
    SPW_NEW_ZEROS(&run->arena, pedestals->n_discriminator, TRACKER_CHANNELS);
    SPW_NEW_ZEROS(&run->arena, pedestals->after, TRACKER_CHANNELS);
    SPW_NEW_ZEROS(&run->arena, pedestals->common_mode, TRACKER_GROUPS);

    const struct spw_arena_mark mark = spw_arena_mark(&run->arena);
    SPW_NEW_ZEROS(&run->arena, pass.count, TRACKER_CHANNELS * TRACKER_ADC_VALUES);
    SPW_TRY(run_pass(run, n, &pass, count_bank));
    for (uint32_t c = 0; c < TRACKER_CHANNELS; ++c)
        pedestals->median4[c] = tracker_median4(pass.count + (size_t)c * TRACKER_ADC_VALUES,
                                                TRACKER_ADC_VALUES, pedestals->adc[c].n);
    spw_arena_rewind(&run->arena, mark);
    return pedestals->measured ? run_pass(run, n, &pass, subtract_bank) : SPW_OK;
}
