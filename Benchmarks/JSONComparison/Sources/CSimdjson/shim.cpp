#include "csimdjson.h"
#include <simdjson.h>

using namespace simdjson;

extern "C" void *csimdjson_make(void) { return new dom::parser(); }
extern "C" void csimdjson_free(void *parser) { delete static_cast<dom::parser *>(parser); }

extern "C" int csimdjson_parse(void *parser, const char *json, size_t length, size_t capacity) {
    dom::element root;
    return static_cast<dom::parser *>(parser)->parse(json, length, capacity < length + SIMDJSON_PADDING).get(root);
}

extern "C" long csimdjson_find(void *parser, const char *json, size_t length, size_t capacity) {
    dom::element root;
    if (static_cast<dom::parser *>(parser)->parse(json, length, capacity < length + SIMDJSON_PADDING).get(root)) return -1;
    std::string_view name, space;
    if (root["metadata"]["name"].get(name) || root["metadata"]["namespace"].get(space)) return -1;
    return static_cast<long>(name.size() + space.size());
}
