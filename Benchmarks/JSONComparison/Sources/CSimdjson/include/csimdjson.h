#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parser with its own buffers; not for two threads at once.
void *_Nonnull csimdjson_make(void);
void csimdjson_free(void *_Nonnull parser);

/// Parses to the tape. `json` has `capacity - length >= 64` readable bytes behind its end. 0, or simdjson's error code.
int csimdjson_parse(void *_Nonnull parser, const char *_Nonnull json, size_t length, size_t capacity);

/// Parses, and looks up `metadata.name` and `metadata.namespace`: bytes of both, or -1.
long csimdjson_find(void *_Nonnull parser, const char *_Nonnull json, size_t length, size_t capacity);

#ifdef __cplusplus
}
#endif
