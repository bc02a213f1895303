#include "kube_schema_data.h"
