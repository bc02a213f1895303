enum KubeObjectsPlaceholder {}
