enum LeaderElectorPlaceholder {}
