/* YAML to tree: the only file that includes libyaml. */
#include "core/config_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct builder {
    struct spw_config *config;
    const struct config_source *source;
    struct config_faults *faults;
    yaml_parser_t parser;
    uint32_t n_nodes, depth;
    bool stopped; ///< a fault that makes the rest unreadable, or no memory
};

/* The parser's end of the text may lie one line behind the last: then the end of that one. */
static struct config_place place_at(const struct builder *builder, yaml_mark_t mark)
{
    const struct config_source *source = builder->source;
    const uint32_t line = source->first_line + (uint32_t)mark.line;
    if (line > source->last_line)
        return (struct config_place){source, source->last_line, source->last_column};
    const uint32_t column = 1 + (uint32_t)mark.column;
    return (struct config_place){source, line,
                                 column + (mark.line == 0 ? source->first_column : 0)};
}

__attribute__((format(printf, 3, 4))) static void
stop(struct builder *builder, yaml_mark_t mark, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    config_fault(builder->faults, place_at(builder, mark), "%s", text);
    builder->stopped = true;
}

/* The parser gives no line for bytes that are no UTF-8 text, only their offset. */
static yaml_mark_t reader_mark(const struct builder *builder)
{
    yaml_mark_t mark = {0};
    const char *text = builder->source->text + builder->source->first_column;
    const size_t size = builder->source->size - builder->source->first_column;
    for (size_t i = 0; i < size && i < builder->parser.problem_offset; ++i) {
        mark.column += (text[i] & 0xc0) != 0x80;
        if (text[i] != '\n') continue;
        ++mark.line;
        mark.column = 0;
    }
    return mark;
}

/* The next event; false (and stopped) when there is none. */
static bool take_event(struct builder *builder, yaml_event_t *event)
{
    if (builder->stopped) return false;
    if (yaml_parser_parse(&builder->parser, event)) return true;
    const yaml_parser_t *parser = &builder->parser;
    const char *problem = parser->problem ? parser->problem : "not readable as YAML";
    if (parser->error == YAML_MEMORY_ERROR)
        builder->stopped = true;
    else if (parser->error == YAML_READER_ERROR)
        stop(builder, reader_mark(builder), "%s", problem);
    else
        stop(builder, parser->problem_mark, "%s%s%s", problem, parser->context ? " " : "",
             parser->context ? parser->context : "");
    return false;
}

static void refuse_extras(struct builder *builder,
                          const yaml_event_t *event,
                          const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    const struct config_place place = place_at(builder, event->start_mark);
    if (anchor)
        config_fault(builder->faults, place, "anchors are not supported: '&%s'", anchor);
    if (tag) config_fault(builder->faults, place, "tags are not supported: '%s'", tag);
}

static struct config_node *
node_new(struct builder *builder, enum config_kind kind, const yaml_event_t *event)
{
    struct config_node *node = config_node_new(builder->config->arena, kind, "", 0);
    if (!node)
        builder->stopped = true;
    else
        node->key_place = node->place = place_at(builder, event->start_mark);
    if (++builder->n_nodes > CONFIG_MAX_NODES)
        stop(builder, event->start_mark, "more than %d values", CONFIG_MAX_NODES);
    return node;
}

static struct config_node *scalar_build(struct builder *builder, const yaml_event_t *event)
{
    struct config_node *node = node_new(builder, CONFIG_SCALAR, event);
    const char *text = (const char *)event->data.scalar.value;
    refuse_extras(builder, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (strlen(text) != event->data.scalar.length)
        config_fault(builder->faults, place_at(builder, event->start_mark),
                     "text with a zero byte");
    if (!node) return NULL;
    node->text = spw_arena_text(builder->config->arena, text);
    node->is_null = !*text && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (node->text) return node;
    builder->stopped = true;
    return NULL;
}

static struct config_node *node_build(struct builder *builder, yaml_event_t *event);

static struct config_node *list_build(struct builder *builder, const yaml_event_t *start)
{
    struct config_node *list = node_new(builder, CONFIG_LIST, start);
    yaml_event_t event;
    while (list && take_event(builder, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return list;
        }
        struct config_node *item = node_build(builder, &event);
        if (item) config_node_add(list, item);
    }
    return NULL;
}

static bool key_is_name(const char *key)
{
    size_t size = 0;
    while (config_key_byte(key[size])) ++size;
    return size > 0 && !key[size];
}

/* Puts a value under its key, unless the key is bad or there already. */
static void map_add(struct builder *builder,
                    struct config_node *map,
                    const struct config_node *key,
                    struct config_node *value)
{
    if (key->kind != CONFIG_SCALAR || !key_is_name(key->text)) {
        config_fault(builder->faults, key->place,
                     "a key is made of letters, digits, '_' and '-'");
        return;
    }
    const struct config_node *first = config_child(map, key->text, strlen(key->text));
    if (first) {
        config_fault(builder->faults, key->place, "key '%s' is there already, in line %u",
                     key->text, first->key_place.line);
        return;
    }
    value->key = key->text;
    value->key_place = key->place;
    config_node_add(map, value);
}

static struct config_node *map_build(struct builder *builder, const yaml_event_t *start)
{
    struct config_node *map = node_new(builder, CONFIG_MAP, start);
    yaml_event_t event;
    while (map && take_event(builder, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return map;
        }
        const struct config_node *key = node_build(builder, &event);
        if (!key || !take_event(builder, &event)) return NULL;
        struct config_node *value = node_build(builder, &event);
        if (value) map_add(builder, map, key, value);
    }
    return NULL;
}

/* The node that begins with `event`; takes the event. NULL when stopped. */
static struct config_node *node_build(struct builder *builder, yaml_event_t *event)
{
    struct config_node *node = NULL;
    if (++builder->depth > CONFIG_MAX_DEPTH)
        stop(builder, event->start_mark, "more than %d levels", CONFIG_MAX_DEPTH);
    else if (event->type == YAML_SCALAR_EVENT)
        node = scalar_build(builder, event);
    else if (event->type == YAML_ALIAS_EVENT)
        stop(builder, event->start_mark, "aliases are not supported: '*%s'",
             event->data.alias.anchor);
    else if (event->type == YAML_SEQUENCE_START_EVENT) {
        refuse_extras(builder, event, event->data.sequence_start.anchor,
                      event->data.sequence_start.tag);
        node = list_build(builder, event);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        refuse_extras(builder, event, event->data.mapping_start.anchor,
                      event->data.mapping_start.tag);
        node = map_build(builder, event);
    }
    --builder->depth;
    yaml_event_delete(event);
    return node;
}

/* The one document of the stream; a null value when there is none. */
static struct config_node *document_build(struct builder *builder)
{
    yaml_event_t event;
    struct config_node *root = NULL;
    while (take_event(builder, &event)) {
        const yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && root)
            stop(builder, event.start_mark, "a second document");
        else if (type == YAML_DOCUMENT_START_EVENT &&
                 (event.data.document_start.version_directive ||
                  event.data.document_start.tag_directives.start !=
                      event.data.document_start.tag_directives.end))
            stop(builder, event.start_mark, "directives are not supported");
        else if (type == YAML_STREAM_END_EVENT && !root) {
            root = node_new(builder, CONFIG_SCALAR, &event);
            if (root) root->is_null = true;
        } else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
                   type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT) {
            root = node_build(builder, &event);
            continue;
        }
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT) break;
    }
    return builder->stopped ? NULL : root;
}

enum spw_status config_build(struct spw_config *config,
                             const struct config_source *source,
                             struct config_faults *faults,
                             struct config_node **root)
{
    const uint32_t count = faults->count;
    struct builder builder = {.config = config, .source = source, .faults = faults};
    *root = NULL;
    if (!yaml_parser_initialize(&builder.parser))
        return SPW_FAIL(SPW_RETRY, "out of memory: YAML parser");
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser,
                                 (const unsigned char *)source->text + source->first_column,
                                 source->size - source->first_column);
    *root = document_build(&builder);
    yaml_parser_delete(&builder.parser);
    if (*root || faults->count > count) return SPW_OK;
    return SPW_FAIL(SPW_RETRY, "out of memory: %s", source->name);
}
