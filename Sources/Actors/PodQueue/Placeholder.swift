enum PodQueuePlaceholder {}
