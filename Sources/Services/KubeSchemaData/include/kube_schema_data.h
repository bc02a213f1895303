#pragma once
#include <stddef.h>

/// Bytes that scripts/generate-schema wrote and that live as long as the program.
struct kmd_data {
    const unsigned char *_Nonnull bytes;
    size_t length;
};

struct kmd_data kmd_schema_tsv(void);
struct kmd_data kmd_openapi_v2_protobuf(void);
struct kmd_data kmd_openapi_v2_json(void);
