#include "support/na62_fixture.h"

#include "support/test.h"

int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    nb_standard_burst(&f->bytes, 2);
    na62_read(&f->good, "burst", nb_bytes(&f->bytes));
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    na62_read_release(&f->good);
    na62_read_release(&f->bad);
    nb_release(&f->bytes);
    free(f);
    return 0;
}

uint32_t *source_word(struct fixture *f, uint32_t id, size_t i)
{
    return &f->bytes.word[nb_source_at(&f->bytes, EVENT, id) + i];
}

void read_bad(struct fixture *f)
{
    na62_read(&f->bad, "burst", nb_bytes(&f->bytes));
    assert_ok(f->bad.status);
    assert_int_equal(f->bad.file.index.count, 4);
}

void others_unchanged(const struct fixture *f, uint32_t s)
{
    for (uint32_t e = 0; e < 4; ++e)
        for (uint32_t k = 0; k < NA62_N_STREAMS; ++k)
            if (e != EVENT || k != s)
                assert_true(na62_same_event(&f->good, e, &f->bad, e, k));
}
