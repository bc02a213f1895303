enum ReconcilerPlaceholder {}
