#include "support/constants.h"

#include <string.h>

struct spw_text_table test_open_table(struct spw_arena *arena, const char *below)
{
    struct spw_text_table table;
    assert_ok(spw_text_table_open(&table, arena, test_shared_path(below)));
    return table;
}

struct spw_text_table test_text_table(struct spw_arena *arena, const char *text)
{
    struct spw_text_table table;
    const struct spw_bytes bytes = {(const uint8_t *)text, strlen(text)};
    assert_ok(spw_text_table_parse(&table, arena, "text.dat", bytes));
    return table;
}
