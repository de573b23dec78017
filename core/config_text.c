#include "core/config.h"
#include "core/config_internal.h"
#include "core/digest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text that grows in the arena; NULL data: memory is exhausted. */
struct text {
    struct spw_arena *arena;
    char *data;
    size_t length, capacity;
    bool with_help;
};

__attribute__((format(printf, 2, 3))) static void
put(struct text *text, const char *format, ...)
{
    if (!text->data) return;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    const size_t wanted = text->length + (size_t)(length > 0 ? length : 0) + 1;
    if (wanted > text->capacity) {
        char *grown = spw_arena_alloc(text->arena, 2 * wanted);
        if (grown) memcpy(grown, text->data, text->length);
        text->data = grown;
        text->capacity = 2 * wanted;
    }
    if (text->data)
        vsnprintf(text->data + text->length, text->capacity - text->length, format, again);
    text->length = wanted - 1;
    va_end(again);
}

/* One UTF-8 character (the reader has checked them); its bytes are counted in `size`. */
static uint32_t decode(const char *text, int *size)
{
    const unsigned char *byte = (const unsigned char *)text;
    *size = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    uint32_t code = *size == 1 ? byte[0] : byte[0] & (0x7fu >> *size);
    for (int i = 1; i < *size; ++i) {
        if ((byte[i] & 0xc0) != 0x80) { /* not from a file: a text of the program */
            *size = 1;
            return byte[0];
        }
        code = code << 6 | (byte[i] & 0x3f);
    }
    return code;
}

/* Characters that YAML does not take as they are, or takes for the end of a line. */
static bool needs_escape(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 ||
           code == 0x2029 || code == 0xfeff || code == 0xfffe || code == 0xffff;
}

static void put_quoted(struct text *text, const char *scalar)
{
    int size;
    put(text, "\"");
    for (; *scalar; scalar += size) {
        const uint32_t code = decode(scalar, &size);
        if (code == '"' || code == '\\')
            put(text, "\\%c", (int)code);
        else if (needs_escape(code))
            put(text, "\\u%04x", code);
        else
            put(text, "%.*s", size, scalar);
    }
    put(text, "\"");
}

/* Texts that mean themselves without quotes anywhere in YAML: "25 ns", paths, numbers. */
static bool is_plain(const char *scalar)
{
    const char first = scalar[*scalar == '-' || *scalar == '+'];
    if (!isalnum((unsigned char)first) && (first != *scalar || !strchr("./_", first)))
        return false;
    size_t length = 0;
    while (isalnum((unsigned char)scalar[length]) ||
           (scalar[length] && strchr("./_+- %^*", scalar[length])))
        ++length;
    return length > 0 && !scalar[length] && scalar[length - 1] != ' ';
}

static void put_scalar(struct text *text, const char *scalar)
{
    if (is_plain(scalar))
        put(text, "%s", scalar);
    else
        put_quoted(text, scalar);
}

static void put_help(struct text *text, const struct spw_option *option, int indent)
{
    const bool has_unit = option->unit && *option->unit && strcmp(option->unit, "1") != 0;
    put(text, "%*s# %s", indent, "", option->help ? option->help : option->key);
    if (has_unit) put(text, " [%s]", option->unit);
    if (option->min != 0 || option->max != 0)
        put(text, ", %.15g to %.15g", option->min, option->max);
    if (option->fallback && !option->required) {
        put(text, "; default ");
        if (option->type == SPW_OPTION_TEXT)
            put_scalar(text, option->fallback);
        else
            put(text, "%s", option->fallback);
    }
    put(text, "\n");
}

static void put_node(struct text *text, const struct config_node *node, int indent);

static void put_children(struct text *text, const struct config_node *node, int indent)
{
    for (const struct config_node *child = node->child; child; child = child->next)
        put_node(text, child, indent);
}

/* Sections without a value are left out; so are texts that are not set (a comment with help). */
static bool has_values(const struct config_node *node)
{
    if (node->kind != CONFIG_MAP) return !node->is_null;
    for (const struct config_node *child = node->child; child; child = child->next)
        if (has_values(child)) return true;
    return false;
}

static void put_node(struct text *text, const struct config_node *node, int indent)
{
    if (!has_values(node) && !(text->with_help && node->option)) return;
    if (text->with_help && node->option) put_help(text, node->option, indent);
    put(text, "%*s%s%s:", indent, "", node->is_null ? "# " : "", node->key);
    if (node->kind == CONFIG_MAP) {
        put(text, "\n");
        put_children(text, node, indent + 2);
        return;
    }
    if (!node->is_null) put(text, " ");
    if (node->kind == CONFIG_LIST) {
        put(text, "[");
        for (const struct config_node *item = node->child; item; item = item->next) {
            put_scalar(text, item->text);
            put(text, "%s", item->next ? ", " : "");
        }
        put(text, "]\n");
        return;
    }
    if (!node->is_null) put_scalar(text, node->text);
    put(text, "\n");
}

const char *spw_config_text(const struct spw_config *config, bool with_help)
{
    struct text text = {.arena = config->arena, .capacity = 4096, .with_help = with_help};
    text.data = spw_arena_zeros(config->arena, 1, text.capacity);
    put_children(&text, config->effective, 0);
    return text.data;
}

const char *spw_config_sha256(const struct spw_config *config)
{
    char hex[SPW_SHA256_TEXT];
    const char *text = spw_config_text(config, false);
    if (!text) return NULL;
    const struct spw_bytes bytes = {(const uint8_t *)text, strlen(text)};
    return spw_sha256(hex, bytes) == SPW_OK ? spw_arena_text(config->arena, hex) : NULL;
}
