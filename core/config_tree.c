#include "core/config_internal.h"

#include <ctype.h>
#include <string.h>

bool config_key_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

struct config_source *config_source_new(struct spw_arena *arena,
                                        const char *name,
                                        uint32_t first_line,
                                        const char *text,
                                        size_t size)
{
    struct config_source *source = spw_arena_zeros(arena, 1, sizeof *source);
    char *copy = spw_arena_zeros(arena, size + 1, 1);
    if (!source || !copy) return NULL;
    if (size) memcpy(copy, text, size);
    *source = (struct config_source){.text = copy, .size = size, .first_line = first_line};
    source->name = spw_arena_text(arena, name);
    source->last_line = first_line;
    source->last_column = 1;
    for (size_t i = 0; i < size; ++i) {
        ++source->last_column;
        if (text[i] != '\n') continue;
        ++source->last_line;
        source->last_column = 1;
    }
    return source->name ? source : NULL;
}

struct config_node *config_node_new(struct spw_arena *arena,
                                    enum config_kind kind,
                                    const char *key,
                                    size_t key_size)
{
    struct config_node *node = spw_arena_zeros(arena, 1, sizeof *node);
    if (!node) return NULL;
    node->kind = kind;
    node->key = spw_arena_printf(arena, "%.*s", (int)key_size, key);
    node->text = "";
    return node->key ? node : NULL;
}

void config_node_add(struct config_node *parent, struct config_node *child)
{
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->child = child;
    parent->last = child;
}

struct config_node *
config_child(const struct config_node *node, const char *key, size_t size)
{
    if (node->kind != CONFIG_MAP) return NULL;
    for (struct config_node *child = node->child; child; child = child->next)
        if (strncmp(child->key, key, size) == 0 && child->key[size] == 0) return child;
    return NULL;
}

struct config_node *config_find(struct config_node *root, const char *path, bool mark)
{
    struct config_node *node = root;
    while (node && *path) {
        const size_t size = strcspn(path, ".");
        node = config_child(node, path, size);
        if (node && mark) node->used = true;
        path += size;
        if (*path == '.') ++path;
    }
    return node;
}

struct config_node *config_make(struct config_node *root,
                                struct spw_arena *arena,
                                const char *path,
                                size_t path_size,
                                struct config_place place,
                                struct config_node **in_the_way)
{
    struct config_node *node = root;
    const char *end = path + path_size;
    while (path < end) {
        const char *point = memchr(path, '.', (size_t)(end - path));
        const size_t size = (size_t)((point ? point : end) - path);
        struct config_node *child = config_child(node, path, size);
        if (!child) {
            child = config_node_new(arena, CONFIG_MAP, path, size);
            if (!child) return NULL;
            child->place = child->key_place = place;
            config_node_add(node, child);
        }
        if (child->is_null) {
            child->is_null = false;
            child->kind = CONFIG_MAP;
        }
        if (child->kind != CONFIG_MAP) {
            *in_the_way = child;
            return NULL;
        }
        node = child;
        path += size + (point != NULL);
    }
    return node;
}

enum { KEY_MAX = 48 };

/* Number of characters to insert, delete, replace or swap with their neighbour. */
static unsigned distance(const char *a, const char *b)
{
    unsigned before[KEY_MAX + 1], last[KEY_MAX + 1], now[KEY_MAX + 1] = {0};
    const size_t n = strlen(a), m = strlen(b);
    if (n > KEY_MAX || m > KEY_MAX) return KEY_MAX;
    for (unsigned j = 0; j <= m; ++j) now[j] = j;
    for (size_t i = 1; i <= n; ++i) {
        memcpy(before, last, sizeof last);
        memcpy(last, now, sizeof now);
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; ++j) {
            unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return now[m];
}

const char *config_nearest(const struct config_node *parent, const char *key)
{
    const char *nearest = NULL;
    unsigned best = 2 + (unsigned)strlen(key) / 4;
    if (!parent) return NULL;
    for (const struct config_node *child = parent->child; child; child = child->next) {
        const unsigned d = distance(key, child->key);
        if (d >= best) continue;
        best = d;
        nearest = child->key;
    }
    return nearest;
}

static void mark_all(struct config_node *node)
{
    node->used = true;
    for (struct config_node *child = node->child; child; child = child->next)
        mark_all(child);
}

struct spw_arena *spw_config_arena(const struct spw_config *config)
{
    return config->arena;
}

void spw_config_ignore(struct spw_config *config, const char *section)
{
    if (config_find(config->effective, section, false)) return;
    struct config_node *node = config_find(config->root, section, true);
    if (node) mark_all(node);
}
