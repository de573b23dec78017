/// Any bytes as an experiment's text file: never an error, every line within its bounds.
#include "core/text_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(int condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "%s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct spw_arena arena = {0};
    struct spw_text_table table;
    const struct spw_bytes bytes = {data, size};
    require(spw_text_table_parse(&table, &arena, "fuzz", bytes) == SPW_OK, "refused");
    uint32_t before = 0;
    size_t characters = 0;
    volatile double sum = 0;
    for (uint32_t i = 0; i < table.count; ++i) {
        const struct spw_text_line *line = &table.line[i];
        require(line->line > before, "lines out of order");
        before = line->line;
        require(line->n_words <= line->n_all, "more words than words");
        for (uint32_t k = 0; k < line->n_values; ++k) sum += line->value[k];
        for (uint32_t k = 0; k < line->n_all; ++k) {
            require(*line->word[k], "an empty word");
            characters += strlen(line->word[k]);
        }
        characters += strlen(line->key) == 0;
        (void)spw_text_key_number(line->key, "T0_");
    }
    require(characters <= size + table.count, "more text than there was");
    spw_arena_release(&arena);
    return 0;
}
