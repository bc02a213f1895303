enum KubeAPIPlaceholder {}
