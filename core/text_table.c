#include "core/text_table.h"
#include "core/file.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* No constants file of any experiment comes near this. */
static const size_t LIMIT_BYTES = (size_t)256 << 20;

/* What is being filled: all lines share one array of words and one of numbers. */
struct reader {
    struct spw_text_table *table;
    const char **word;
    double *value;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_stray(char c)
{
    const unsigned char byte = (unsigned char)c;
    return byte >= 0x7f || (byte < 0x20 && byte != '\n' && !is_space(c));
}

/* Blanks the stray bytes and bounds the numbers of lines, words and numbers, so that arrays are
 * made once: a '=' may cut a word in two, a sign may begin a glued number. */
static void survey(struct spw_text_table *table,
                   char *text,
                   size_t size,
                   size_t *n_lines,
                   size_t *n_words,
                   size_t *n_values)
{
    bool between = true;
    for (size_t i = 0; i < size; ++i) {
        if (is_stray(text[i])) {
            text[i] = ' ';
            ++table->n_stray;
        }
        const bool separates = is_space(text[i]) || text[i] == '\n';
        *n_lines += text[i] == '\n';
        *n_values += text[i] == '+' || text[i] == '-';
        *n_words += (between && !separates) || text[i] == '=';
        between = separates;
    }
    *n_lines += 1;
    *n_values += *n_words;
}

/* Where the number at `text` ends: digits, a point, an exponent; `text` if there is none. */
static char *number_end(char *text, double *value)
{
    const char first = text[*text == '+' || *text == '-'];
    if (!isdigit((unsigned char)first) && first != '.') return text;
    char *end;
    *value = strtod(text, &end);
    return end;
}

static bool read_special(const char *word, double *value)
{
    const char *name = word + (*word == '+' || *word == '-');
    if (strcasecmp(name, "nan") != 0 && strcasecmp(name, "inf") != 0) return false;
    *value = strtod(word, NULL);
    return true;
}

/* Appends the number, or the glued numbers, of a word; how many, 0 if it is something else. */
static uint32_t take_numbers(double *value, char *word)
{
    if (read_special(word, value)) return 1;
    uint32_t n = 0;
    bool has_point = false;
    for (char *at = word; *at;) {
        if (n > 0 && *at != '+' && *at != '-') return 0;
        char *end = number_end(at, value + n);
        if (end == at) return 0;
        has_point |= memchr(at, '.', (size_t)(end - at)) != NULL;
        ++n;
        at = end;
    }
    return n == 1 || has_point ? n : 0;
}

static char *skip_space(char *text)
{
    while (is_space(*text)) ++text;
    return text;
}

static bool is_comment(const char *line)
{
    return *line == '#' || *line == '*' || (line[0] == '/' && line[1] == '/');
}

/* Splits one line in place. The first word is the key if '=' follows it, whatever it looks like;
 * otherwise the key is the first word that is no number. */
static void split_line(struct reader *reader, struct spw_text_line *line, char *text)
{
    text[strcspn(text, "#")] = 0;
    char *equals = strchr(text, '=');
    bool keyed = equals > text;
    if (equals) *equals = ' ';

    line->key = "";
    line->word = reader->word;
    line->value = reader->value;
    while (*(text = skip_space(text))) {
        char *word = text;
        while (*text && !is_space(*text)) ++text;
        if (*text) *text++ = 0;
        reader->word[line->n_all++] = word;
        const uint32_t numbers =
            keyed ? 0 : take_numbers(reader->value + line->n_values, word);
        line->n_values += numbers;
        if (numbers == 0 && !*line->key)
            line->key = word;
        else if (numbers == 0)
            ++line->n_words;
        keyed = false;
    }
    reader->word += line->n_all;
    reader->value += line->n_values;
}

static void split_text(struct reader *reader, char *text, char *end)
{
    struct spw_text_table *table = reader->table;
    for (uint32_t number = 1; text < end; ++number) {
        char *next = memchr(text, '\n', (size_t)(end - text));
        if (!next) next = end;
        *next = 0;
        text = skip_space(text);
        if (*text && !is_comment(text)) {
            struct spw_text_line *line = &table->line[table->count++];
            *line = (struct spw_text_line){.line = number};
            split_line(reader, line, text);
        }
        text = next + 1;
    }
}

/* `text` is ours, with one byte more than `size`. */
static enum spw_status parse_in_place(struct spw_text_table *table,
                                      struct spw_arena *arena,
                                      char *text,
                                      size_t size)
{
    size_t n_lines = 0, n_words = 0, n_values = 0;
    survey(table, text, size, &n_lines, &n_words, &n_values);
    struct reader reader = {.table = table};
    SPW_NEW(arena, table->line, n_lines);
    SPW_NEW(arena, reader.word, n_words);
    SPW_NEW(arena, reader.value, n_values);
    split_text(&reader, text, text + size);
    return SPW_OK;
}

enum spw_status spw_text_table_parse(struct spw_text_table *table,
                                     struct spw_arena *arena,
                                     const char *name,
                                     struct spw_bytes bytes)
{
    *table = (struct spw_text_table){.path = spw_arena_text(arena, name)};
    if (!table->path) return SPW_FAIL(SPW_RETRY, "out of memory: the name of a text file");
    if (bytes.size > LIMIT_BYTES)
        return SPW_FAIL(SPW_MISSING, "%s: %zu bytes of text are too many", name,
                        bytes.size);
    char *text;
    SPW_NEW(arena, text, bytes.size + 1);
    if (bytes.size) memcpy(text, bytes.data, bytes.size);
    return parse_in_place(table, arena, text, bytes.size);
}

enum spw_status
spw_text_table_open(struct spw_text_table *table, struct spw_arena *arena, const char *path)
{
    struct spw_bytes bytes;
    *table = (struct spw_text_table){.path = spw_arena_text(arena, path)};
    if (!table->path) return SPW_FAIL(SPW_RETRY, "out of memory: the name of a text file");
    SPW_TRY(spw_file_read(&bytes, arena, path, LIMIT_BYTES));
    return parse_in_place(table, arena, (char *)(uintptr_t)bytes.data, bytes.size);
}

int64_t spw_text_key_number(const char *key, const char *stem)
{
    const size_t length = strlen(stem);
    if (strncmp(key, stem, length) != 0) return -1;
    const char *digits = key + length;
    const size_t n = strspn(digits, "0123456789");
    return n > 0 && n <= 18 && !digits[n] ? strtoll(digits, NULL, 10) : -1;
}
