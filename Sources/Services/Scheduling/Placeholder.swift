enum SchedulingPlaceholder {}
