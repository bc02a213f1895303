enum KubeSchemaPlaceholder {}
