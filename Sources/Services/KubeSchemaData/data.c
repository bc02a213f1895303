#include "kube_schema_data.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char schema_tsv[] = {
#embed "data/schema.tsv"
};

static const unsigned char openapi_v2_protobuf[] = {
#embed "data/openapi-v2.pb"
};

static const unsigned char openapi_v2_json[] = {
#embed "data/openapi-v2.json"
};

struct kmd_data kmd_schema_tsv(void) { return (struct kmd_data){schema_tsv, sizeof schema_tsv}; }
struct kmd_data kmd_openapi_v2_protobuf(void) { return (struct kmd_data){openapi_v2_protobuf, sizeof openapi_v2_protobuf}; }
struct kmd_data kmd_openapi_v2_json(void) { return (struct kmd_data){openapi_v2_json, sizeof openapi_v2_json}; }
